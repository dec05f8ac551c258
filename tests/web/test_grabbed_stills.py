"""Stills of what was transmitted, over a plane that has the frame, has not, or has something else: the first picture
counts, and every other end is said."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from sefaw_rtc.dicom.folder import Room
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import accept
from signalling import looking as look
from signalling import messages as wire
from signalling.vocabulary import FreezeFault
from tests.media.clips import KINDS, packets
from tests.web.test_stills import KEY, Call, kept, png
from tests.web.world import a_world, connect

Open = Callable[[port.Grabbed | None], Awaitable[Call]]


def transmitted() -> port.Grabbed:
    """The third frame of a real VP8 encoder: 7000 on its clock."""
    units, payloads = KINDS["VP8"]
    return port.Grabbed(request=0, codec="VP8", rtp=7000, packets=packets(units[:3], payloads))


def plane(found: port.Grabbed | None) -> Callable[[port.Command], Iterable[port.Event]]:
    """One that has this frame, or none."""

    def answer(command: port.Command) -> Iterable[port.Event]:
        if not isinstance(command, port.Grab):
            return accept(command)
        if found is None:
            return [port.Refused(request=command.request, code=port.RefuseCode.NOT_KEPT, detail="")]
        return [replace(found, request=command.request)]

    return answer


@pytest.fixture
async def open_call(tmp_path: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def opened(found: port.Grabbed | None) -> Call:
            world = await stack.enter_async_context(a_world(tmp_path, reply=plane(found)))
            village, specialist = await connect(world)
            return Call(world, village, specialist, (await village.get(wire.JoinedReply)).consultation)

        yield opened


async def test_it_says_what_it_is_and_the_publishers_own_comes_too_late(open_call: Open) -> None:
    call = await open_call(transmitted())
    await call.freeze()
    await call.village.ask(wire.DeclineFreeze(re=1, key=KEY))
    frozen = await call.specialist.event(look.Frozen)
    assert (frozen.as_transmitted, frozen.frame.rtp) == (True, 7000)  # the nearest earlier one
    ds = await kept(call, frozen.picture)
    assert (list(ds.ImageType), ds.LossyImageCompression) == (["DERIVED", "PRIMARY"], "01")
    assert float(ds.LossyImageCompressionRatio) > 5
    assert "VP8" in ds.DerivationDescription
    status, _ = await call.send(await call.world.sign_in("village"), png())
    assert status == 409


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (None, FreezeFault.FRAME_GONE),
        (port.Grabbed(request=0, codec="AV1", rtp=90_000, packets=[(90_000, b"x")]), FreezeFault.UNREADABLE),
        (port.Grabbed(request=0, codec="VP8", rtp=90_000, packets=[(90_000, b"\x10garbage")]), FreezeFault.UNREADABLE),
    ],
)
async def test_where_there_is_none_at_all_it_is_said(
    open_call: Open, found: port.Grabbed | None, fault: FreezeFault
) -> None:
    call = await open_call(found)
    await call.freeze()
    await call.village.ask(wire.DeclineFreeze(re=1, key=KEY))
    assert (await call.specialist.event(look.FreezeFailed)).fault is fault
    assert call.host is not None
    assert call.host.state.looking.studies == []


async def test_a_full_disk_is_said(open_call: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await open_call(transmitted())
    monkeypatch.setattr(call.world.services.folder, "_room", Room(free=1 << 60))
    await call.freeze()
    await call.village.ask(wire.DeclineFreeze(re=1, key=KEY))
    assert (await call.specialist.event(look.FreezeFailed)).fault is FreezeFault.STORAGE_FULL
