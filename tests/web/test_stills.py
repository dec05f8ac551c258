"""A frozen frame over HTTP: from its publisher, as a DICOM instance in the folder, open on all sides; and everything
that is refused."""

import io
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from sefaw_rtc.consultation import GrabFrame
from sefaw_rtc.dicom.folder import Room
from sefaw_rtc.dicom.port import InstanceRef
from sefaw_rtc.media import port
from sefaw_rtc.media.transmitted import decode
from sefaw_rtc.service.stills import NoPicture, pixels_of
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import ConsultationId, TrackId
from signalling.vocabulary import Kind
from tests.media.clips import KINDS
from tests.web.world import PATIENT, Page, Person, Refusal, World, a_world, config, connect

PIXELS = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
KEY = "freeze-1"


def png(pixels: np.ndarray = PIXELS, mode: str | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(out, "PNG")
    return out.getvalue()


class Call:
    """An open call; the village doctor publishes a camera that the specialist freezes."""

    def __init__(self, world: World, village: Page, specialist: Page, consultation: ConsultationId) -> None:
        self.world, self.village, self.specialist, self.consultation = world, village, specialist, consultation
        self.host = world.services.registry.get(consultation)
        assert self.host is not None

    @property
    def track(self) -> TrackId:
        assert self.host is not None
        me = next(p.participant for p in self.host.state.participants if p.person.role == "village_doctor")
        return next(t.track for t in self.host.state.tracks if t.participant == me and t.kind is Kind.VIDEO)

    async def freeze(self, key: str = KEY) -> look.FrameKey:
        frame = look.FrameKey(track=self.track, rtp=90_000)
        await self.specialist.ask(wire.AskFreeze(re=1, key=key, frame=frame))
        return frame

    async def send(self, person: Person, data: bytes, key: str = KEY, query: str = "", kind: str = "image/png") -> Any:
        headers = {"Content-Type": kind, "X-CSRF-Token": person.csrf}
        url = f"{self.world.url}/api/consultations/{self.consultation}/stills/{key}{query}"
        async with person.http.post(url, data=data, headers=headers) as reply:
            return reply.status, await reply.json()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, settings=config(tmp_path, still_bytes=100_000)) as made:
        yield made


@pytest.fixture
async def call(world: World) -> Call:
    village, specialist = await connect(world)
    return Call(world, village, specialist, (await village.get(wire.JoinedReply)).consultation)


async def kept(call: Call, picture: look.Picture) -> pydicom.FileDataset:
    source = call.world.services.sources["folder"]  # type: ignore[index]
    ref = InstanceRef(picture.study, picture.series, picture.instance)
    return pydicom.dcmread(io.BytesIO(b"".join([chunk async for chunk in source.whole(ref)])))


async def test_the_publishers_picture_is_kept_and_everybody_sees_it(call: Call) -> None:
    village = await call.world.sign_in("village")
    frame = await call.freeze()
    status, body = await call.send(village, png())
    assert status == 201, body
    frozen = await call.specialist.event(look.Frozen)
    assert (frozen.frame, frozen.as_transmitted, frozen.picture.instance) == (frame, False, body["instance"])
    shared = await call.specialist.event(look.StudyShared)
    assert (shared.patient.name, shared.patient.identifier) == (PATIENT.name, PATIENT.identifier)
    assert not shared.differs
    series = await call.specialist.event(look.SeriesShared)
    assert (series.instances, series.modality) == (1, "OT")
    assert call.host is not None
    assert call.host.state.looking.viewports[0].image == frozen.picture  # open on all sides
    ds = await kept(call, frozen.picture)
    assert np.array_equal(ds.pixel_array, PIXELS)
    assert (str(ds.PatientName), ds.PatientID) == (PATIENT.name, PATIENT.identifier)
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY"]


async def test_another_still_of_the_track_is_one_more_in_its_series(call: Call) -> None:
    village = await call.world.sign_in("village")
    for key in ("a", "b"):
        await call.freeze(key)
        assert (await call.send(village, png(), key))[0] == 201
    assert call.host is not None
    (study,) = call.host.state.looking.studies
    assert [one.instances for one in study.series] == [2]


async def test_an_earlier_frame_says_which_it_is(call: Call) -> None:
    village = await call.world.sign_in("village")
    await call.freeze()
    assert (await call.send(village, png(), query="?rtp=87000"))[0] == 201
    assert (await call.specialist.event(look.Frozen)).frame.rtp == 87_000


@pytest.mark.parametrize("rtp", ["-1", "4294967296", "1e3", "", "٣", "9" * 400])
async def test_a_frame_that_is_none_is_refused(call: Call, rtp: str) -> None:
    village = await call.world.sign_in("village")
    await call.freeze()
    assert (await call.send(village, png(), query=f"?rtp={rtp}"))[0] == 400


async def test_only_its_publisher_and_only_while_it_is_open(call: Call) -> None:
    village, specialist = await call.world.sign_in("village"), await call.world.sign_in("specialist")
    assert (await call.send(village, png()))[0] == 404  # nobody froze anything
    await call.freeze()
    assert (await call.send(specialist, png()))[0] == 403
    assert (await call.send(village, png(), kind="image/jpeg"))[0] == 415
    assert (await call.send(village, png()))[0] == 201
    assert (await call.send(village, png()))[0] == 409


async def test_who_is_not_in_it_is_told_to_join(call: Call) -> None:
    village = await call.world.sign_in("village")
    await call.freeze()
    await call.village.ask(wire.Leave(re=1))
    status, _ = await call.send(village, png())
    assert status == 409


async def test_after_the_call_it_is_too_late(call: Call) -> None:
    village = await call.world.sign_in("village")
    await call.freeze()
    await call.specialist.ask(wire.HangUp(re=1))
    status, _ = await call.send(village, png())
    assert status == 410


async def test_too_large_is_not_read(call: Call) -> None:
    village = await call.world.sign_in("village")
    await call.freeze()
    assert (await call.send(village, bytes(100_001)))[0] == 413


async def test_what_is_no_picture_falls_back_to_what_was_transmitted(call: Call) -> None:
    grabbed: list[GrabFrame] = []

    class Grabbing:
        def grab(self, _host: object, grab: GrabFrame) -> None:
            grabbed.append(grab)

    call.world.services.desk.stills = Grabbing()
    village = await call.world.sign_in("village")
    frame = await call.freeze()
    assert (await call.send(village, png()[:-20]))[0] == 400
    assert grabbed == [GrabFrame(KEY, frame)]
    assert call.host is not None
    assert call.host.state.looking.studies == []


async def test_what_was_transmitted_becomes_a_still_that_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    units, payloads = KINDS["VP8"]
    packets = [(90_000 - 3_000, payload) for payload in payloads(units[0])]

    def hand_out(command: port.Command) -> Iterable[port.Event]:
        if isinstance(command, port.Grab):
            assert (command.track, command.rtp) == (call.track, 90_000)
            yield port.Grabbed(request=command.request, codec="VP8", rtp=87_000, packets=packets)

    monkeypatch.setattr(call.world.engine, "_reply", hand_out)
    frame = await call.freeze()
    await call.village.ask(wire.DeclineFreeze(re=1, key=KEY))
    frozen = await call.specialist.event(look.Frozen)
    assert (frozen.as_transmitted, frozen.frame) == (True, look.FrameKey(track=frame.track, rtp=87_000))
    ds = await kept(call, frozen.picture)
    assert np.array_equal(ds.pixel_array, decode("VP8", packets))
    assert ds.LossyImageCompression == "01"


async def test_a_frame_that_is_gone_is_said_to_all(call: Call) -> None:
    await call.freeze()
    await call.village.ask(wire.DeclineFreeze(re=1, key=KEY))
    assert (await call.specialist.event(look.FreezeFailed)).fault == "frame_gone"


async def test_a_full_disk_is_said_to_all(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    village = await call.world.sign_in("village")
    folder = call.world.services.folder
    monkeypatch.setattr(folder, "_room", Room(free=1 << 60))
    await call.freeze()
    assert (await call.send(village, png()))[0] == 507
    assert (await call.specialist.event(look.FreezeFailed)).fault == "storage_full"
    assert list(folder.root.glob("*/*/*/*")) == []


# ---- what a PNG may be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "1", "I;16"])
def test_pictures_of_every_mode_are_eight_bits(mode: str) -> None:
    pixels = pixels_of(png(mode=mode))
    assert (pixels.dtype, pixels.shape[:2]) == (np.uint8, (48, 64))
    if mode in {"RGB", "RGBA"}:
        assert np.array_equal(pixels, PIXELS)
    assert pixels.ndim == (2 if mode == "L" else 3)


def bomb() -> bytes:
    """A picture that says of itself that it is a hundred million pixels."""
    small = bytearray(png())
    small[16:24] = (10_000).to_bytes(4, "big") * 2
    return bytes(small)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n", png()[:-1], png() + b"x", bomb(), b"\xff\xd8\xff\xe0", png().replace(b"IDAT", b"IDAX")],
)
def test_anything_else_is_no_picture(data: bytes) -> None:
    with pytest.raises(NoPicture):
        pixels_of(data)


def test_a_picture_larger_than_a_screen_is_refused() -> None:
    with pytest.raises(NoPicture):
        pixels_of(png(np.zeros((2161, 3841), np.uint8)))


async def test_a_second_freeze_of_the_same_key_is_not_another(call: Call) -> None:
    await call.freeze()
    with pytest.raises(Refusal, match="conflict"):
        await call.village.ask(wire.AskFreeze(re=1, key=KEY, frame=look.FrameKey(track=call.track, rtp=1)))
