"""Pictures brought over HTTP: shared while they come, refused with a word, never half there."""

import asyncio
import io
import random
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sefaw_rtc.config import Dicom
from sefaw_rtc.dicom.folder import Room
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import StudyId
from signalling.vocabulary import PictureSource
from tests.dicom.samples import dataset, part10, shipped, tree
from tests.web.world import PATIENCE_S, Page, Person, Refusal, World, a_world, config, connect

BOUNDARY = "a boundary of ours"
RELATED = f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'
ZIP = "application/zip"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    limits = replace(Dicom(), file_bytes=200_000, upload_bytes=1_000_000, uploads_at_once=2, zip_entries=20)
    async with a_world(tmp_path, settings=replace(config(tmp_path, free_bytes=0), dicom=limits)) as made:
        yield made


class Call:
    """An open call, and who brings pictures into it."""

    def __init__(self, world: World, village: Page, specialist: Page, consultation: str) -> None:
        self.world, self.village, self.specialist = world, village, specialist
        self.base = f"{world.url}/api/consultations/{consultation}/dicom-web"

    @property
    def files(self) -> list[str]:
        return sorted(tree(self.world.services.folder.root))

    def shared(self) -> list[Any]:
        (host,) = [one for one in self.world.services.registry if not one.demo]
        return list(host.state.looking.studies)


@pytest.fixture
async def call(world: World) -> Call:
    village, specialist = await connect(world)
    return Call(world, village, specialist, (await village.get(wire.JoinedReply)).consultation)


@pytest.fixture
async def doctor(world: World) -> Person:
    return await world.sign_in("village")


def multipart(*parts: bytes, media_type: str = "application/dicom") -> bytes:
    begin = f"\r\n--{BOUNDARY}\r\nContent-Type: {media_type}\r\n\r\n".encode()
    return b"".join(begin + part for part in parts) + f"\r\n--{BOUNDARY}--\r\n".encode()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


async def post(person: Person, url: str, data: Any, media_type: str = RELATED) -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": media_type, "X-CSRF-Token": person.csrf, "Accept": "application/dicom+json"}
    async with person.http.post(url, data=data, headers=headers) as reply:
        return reply.status, await reply.json(content_type=None)


def words(body: dict[str, Any], tag: str = "0008119A") -> list[str]:
    return [one["00091001"]["Value"][0] for one in body.get(tag, {}).get("Value", [])]


async def test_what_is_brought_is_shared_with_everybody(call: Call, doctor: Person) -> None:
    second = dataset("1.2.3.1.2.1", "1.2.3.1.2", Modality="CT", SeriesNumber=2, SeriesDescription="")
    status, body = await post(doctor, f"{call.base}/studies", multipart(part10(dataset()), part10(second)))
    assert status == 200
    assert [one["00081155"]["Value"] for one in body["00081199"]["Value"]] == [["1.2.3.1.1.1"], ["1.2.3.1.2.1"]]
    assert body["00081190"]["Value"][0].endswith("/dicom-web/studies/1.2.3.1")
    assert "00081198" not in body
    shared: look.StudyShared = await call.specialist.event(look.StudyShared)
    assert (shared.study, shared.source, shared.description) == ("1.2.3.1", PictureSource.FOLDER, "Abdomen")
    assert (shared.patient.name, shared.patient.identifier) == ("Zhang^Guiying", "QS-4711")
    assert not shared.differs, "the consultation's own patient"
    await call.specialist.until(lambda _: len(call.shared()[0].series) == 2)
    (study,) = call.shared()
    assert study.by == 1
    assert [(one.modality, one.number, one.description, one.instances) for one in study.series] == [
        ("US", 1, "Liver", 1),
        ("CT", 2, "", 1),
    ]


async def test_a_single_file_and_a_zip(call: Call, doctor: Person) -> None:
    assert (await post(doctor, f"{call.base}/studies", part10(dataset()), "application/dicom"))[0] == 200
    ct = shipped("CT_small.dcm").read_bytes()
    archive = zipped(**{"IMG/1": ct, "DICOMDIR": b"x", "README.txt": b"x", "IMG/2": part10(dataset())})
    status, body = await post(doctor, f"{call.base}/studies", archive, ZIP)
    assert status == 200
    assert body["00091003"]["Value"] == [2], "passed over with a word"
    assert len(body["00081199"]["Value"]) == 2
    assert len(call.shared()) == 2
    assert call.shared()[1].differs, "another patient: somebody must say that it is meant"


def in_pieces(*parts: bytes) -> list[bytes]:
    """A multipart body as a network brings it."""
    whole = multipart(*parts)
    return [whole[at : at + 1000] for at in range(0, len(whole), 1000)]


LONG = part10(dataset("1.2.3.1.1.2", PixelData=bytes(150_000)))


async def test_it_is_seen_while_the_rest_still_comes(call: Call, doctor: Person) -> None:
    going = asyncio.Event()
    pieces = in_pieces(part10(dataset()), LONG)

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces[:-1]:
            yield piece
        await going.wait()
        yield pieces[-1]

    sending = asyncio.ensure_future(post(doctor, f"{call.base}/studies", body()))
    assert (await call.specialist.event(look.StudyShared)).study == "1.2.3.1"
    assert not sending.done()
    going.set()
    assert (await sending)[0] == 200


async def test_some_are_taken_and_some_are_not(call: Call, doctor: Person) -> None:
    good = part10(dataset())
    parts = (good, b"no picture", part10(dataset(PixelData=bytes(16))), part10(dataset(StudyInstanceUID=None)))
    status, body = await post(doctor, f"{call.base}/studies", multipart(*parts))
    assert status == 202
    assert words(body) == ["not_dicom", "no_identity"]
    (conflict,) = body["00081198"]["Value"]
    assert (conflict["00081155"]["Value"], conflict["00081197"]["Value"]) == (["1.2.3.1.1.1"], [0x0111])
    assert words(body, "00081198") == ["conflict"]
    assert len(call.files) == 1


async def test_none_is_taken(call: Call, doctor: Person) -> None:
    status, body = await post(doctor, f"{call.base}/studies", multipart(b"no picture"))
    assert (status, words(body)) == (409, ["not_dicom"])
    status, body = await post(doctor, f"{call.base}/studies/1.2.9", multipart(part10(dataset())))
    assert (status, body["00081198"]["Value"][0]["00081197"]["Value"]) == (409, [0xA900])
    status, body = await post(doctor, f"{call.base}/studies", multipart(part10(dataset()), media_type="text/html"))
    assert (status, words(body)) == (409, ["unsupported"])
    assert call.files == []
    assert call.shared() == []


async def test_too_large_a_file_does_not_stop_the_next(call: Call, doctor: Person) -> None:
    large = part10(dataset("1.2.3.1.1.9", PixelData=bytes(200_000)))
    status, body = await post(doctor, f"{call.base}/studies", multipart(large, part10(dataset())))
    assert (status, words(body)) == (202, ["too_large"])
    assert len(call.files) == 1


async def test_too_large_an_upload(call: Call, doctor: Person) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield multipart(part10(dataset())).removesuffix(b"--\r\n")
        for _ in range(20):
            yield b"\r\nContent-Type: application/dicom\r\n\r\n" + bytes(100_000) + f"\r\n--{BOUNDARY}".encode()

    status, answer = await post(doctor, f"{call.base}/studies", body())
    assert status == 413
    assert len(answer["00081199"]["Value"]) == 1, "what came before it is kept and said"
    status, answer = await post(doctor, f"{call.base}/studies", bytes(1_000_001))
    assert (status, answer["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("data", "media_type", "status", "code"),
    [
        (b"x", "text/plain", 415, "unsupported_media_type"),
        (b"x", "multipart/form-data; boundary=b", 415, "unsupported_media_type"),
        (b"x", "multipart/related", 400, "malformed"),
        (b"", RELATED, 400, "malformed"),
        (multipart(), RELATED, 400, "malformed"),
        (b"no boundary anywhere", RELATED, 400, "malformed"),
        (multipart(b"x", media_type="multipart/mixed; boundary=c"), RELATED, 400, "malformed"),
    ],
)
async def test_bodies_that_are_none(
    call: Call, doctor: Person, data: bytes, media_type: str, status: int, code: str
) -> None:
    got, body = await post(doctor, f"{call.base}/studies", data, media_type)
    assert (got, body["code"]) == (status, code)
    assert call.files == []


@pytest.mark.parametrize(("data", "word"), [(b"no zip", "broken"), (b"", "broken")])
async def test_a_zip_that_is_none(call: Call, doctor: Person, data: bytes, word: str) -> None:
    status, body = await post(doctor, f"{call.base}/studies", data, ZIP)
    assert (status, words(body)) == (409, [word])


async def test_a_page_that_goes_away_leaves_nothing_half_there(call: Call, doctor: Person) -> None:
    going = asyncio.Event()
    incoming = call.world.services.folder.root / ".incoming"

    async def body() -> AsyncIterator[bytes]:
        for piece in in_pieces(part10(dataset()), LONG)[:-1]:
            yield piece
        await going.wait()

    sending = asyncio.ensure_future(post(doctor, f"{call.base}/studies", body()))
    await call.specialist.event(look.StudyShared)
    async with asyncio.timeout(PATIENCE_S):
        while not list(incoming.iterdir()):  # noqa: ASYNC110 - the server's disk is what is waited for
            await asyncio.sleep(0.01)
        sending.cancel()
        while list(incoming.iterdir()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(call.files) == 1, "the first was whole"


async def test_only_so_many_at_once(call: Call, doctor: Person) -> None:
    going = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield multipart(part10(dataset()))[:-50]
        await going.wait()
        yield multipart(part10(dataset()))[-50:]

    sending = [asyncio.ensure_future(post(doctor, f"{call.base}/studies", body())) for _ in range(2)]
    async with asyncio.timeout(PATIENCE_S):
        while len(list((call.world.services.folder.root / ".incoming").iterdir())) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await post(doctor, f"{call.base}/studies", multipart(b"x")))[1]["code"] == "too_many"
    going.set()
    assert [status for status, _ in await asyncio.gather(*sending)] == [200, 200]


async def test_the_institutions_own_become_the_consultations_by_name(call: Call, doctor: Person, world: World) -> None:
    status, _ = await post(doctor, f"{world.url}/api/dicom-web/studies", multipart(part10(dataset())))
    assert status == 200
    assert call.shared() == []
    share = wire.ShareStudy(re=1, study=StudyId("1.2.3.1"), source=PictureSource.FOLDER)
    with pytest.raises(Refusal, match="not_found"):
        await call.specialist.ask(share)
    await call.village.ask(share)
    (study,) = call.shared()
    assert (study.study, len(study.series)) == ("1.2.3.1", 1)
    with pytest.raises(Refusal, match="not_found"):
        await call.village.ask(replace(share, source=PictureSource.PACS))


async def test_after_the_call_nothing_is_taken(call: Call, doctor: Person) -> None:
    await call.village.ask(wire.HangUp(re=1))
    status, body = await post(doctor, f"{call.base}/studies", multipart(part10(dataset())))
    assert (status, body["code"]) == (410, "consultation_closed")


async def test_a_cookie_alone_brings_nothing(call: Call, doctor: Person) -> None:
    headers = {"Content-Type": RELATED}
    async with doctor.http.post(f"{call.base}/studies", data=multipart(), headers=headers) as reply:
        assert (reply.status, (await reply.json())["code"]) == (403, "csrf_failed")


async def test_a_growing_study_is_told_once_a_second_at_most(call: Call, doctor: Person) -> None:
    count = 40
    parts = [part10(dataset(f"1.2.3.1.1.{n + 1}", InstanceNumber=n + 1)) for n in range(count)]
    begin = asyncio.get_running_loop().time()  # the first may be told while the rest still comes
    assert (await post(doctor, f"{call.base}/studies", multipart(*parts)))[0] == 200
    await call.specialist.until(lambda _: bool(call.shared()) and call.shared()[0].series[0].instances == count)
    waited = asyncio.get_running_loop().time() - begin
    grown = [e for m in call.specialist.seen if isinstance(m, wire.Events) for e in m.events]
    told = [e.body.instances for e in grown if isinstance(e.body, look.SeriesShared)]
    assert told[-1] == count
    assert len(told) <= 2 + waited, told
    assert told == sorted(told)


async def test_a_body_that_drips_is_not_waited_for(call: Call, doctor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    going = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield multipart(part10(dataset()))[:-50]
        await going.wait()

    monkeypatch.setattr("sefaw_rtc.web.api_stow.SILENCE_S", 0.2)
    status, answer = await post(doctor, f"{call.base}/studies", body())
    assert (status, answer["code"]) == (400, "malformed")
    assert call.files == []


async def test_a_full_disk_is_said_and_the_call_goes_on(
    call: Call, doctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(call.world.services.folder, "_room", Room(free=1 << 62))
        status, body = await post(doctor, f"{call.base}/studies", multipart(LONG, part10(dataset())))
    assert (status, words(body)) == (409, ["storage_full"] * 2)
    await call.village.ask(wire.Chat(re=1, key="k", text="still here"))
    assert (await post(doctor, f"{call.base}/studies", multipart(part10(dataset()))))[0] == 200


@pytest.mark.parametrize("media_type", [RELATED, ZIP])
async def test_damaged_bodies_have_an_answer_and_leave_nothing_half(
    call: Call, doctor: Person, media_type: str
) -> None:
    """Cut, changed and repeated at random places (the seed is the number)."""
    pictures = [part10(dataset(f"1.2.3.1.1.{n}")) for n in range(1, 4)]
    whole = multipart(*pictures) if media_type == RELATED else zipped(a=pictures[0], b=pictures[1], c=pictures[2])
    for seed in range(40):
        chance = random.Random(seed)
        body = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            begin = chance.randrange(len(body))
            end = begin + chance.randint(0, 60)
            body[begin:end] = chance.choice([b"", b"\0", b"\r\n", b"--", body[begin:end] * 2, chance.randbytes(5)])
        status, _ = await post(doctor, f"{call.base}/studies", bytes(body), media_type)
        assert status in {200, 202, 400, 409}, f"seed {seed}: {status}"
        assert not list((call.world.services.folder.root / ".incoming").iterdir()), f"seed {seed}"
