"""Requests to the plane and their answers; what comes late, never, or for somebody who is gone."""

import asyncio
from collections.abc import Iterable

import pytest

from sefaw_rtc.errors import UserError
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.media.transmitted import GrabError
from sefaw_rtc.service import switchboard as under_test
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.switchboard import Switchboard
from signalling.ids import TrackId
from signalling.vocabulary import FreezeFault, Notice


class Heard:
    """A link that remembers."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def handle_peer(self, event: port.PeerEvent) -> None:
        self.events.append(event)

    def handle_track(self, event: port.TrackEvent) -> None:
        self.events.append(event)

    def handle_stats(self, stats: port.PeerStats) -> None:
        self.events.append(stats)


async def join(board: Switchboard, link: Heard, peer: int | None = None) -> port.Joined:
    room = board.open_room(link)
    return await board.join(room, peer or board.new_peer(link), port.PeerKind.WIRE, "v=0", [])


async def test_answers_find_their_request_and_events_their_link() -> None:
    engine = FakeEngine(accept)
    board, anna, boris = Switchboard(engine, Metrics()), Heard(), Heard()
    first, second = await asyncio.gather(join(board, anna), join(board, boris))
    assert (first.peer, second.peer) == (1, 2)
    engine.emit(port.Track(room=2, track=TrackId(1), notice=Notice.LIVE, peer=None))
    engine.emit(port.Ended(peer=1, reason=port.EndReason.LEFT, detail=""))
    engine.emit(port.ChannelsOpen(peer=1))  # after its end: for nobody
    assert [type(e).__name__ for e in anna.events] == ["Connected", "Ended"]
    assert [type(e).__name__ for e in boris.events] == ["Connected", "Track"]


async def test_a_refusal_says_why() -> None:
    def refuse(command: port.Command) -> Iterable[port.Event]:
        if isinstance(command, port.Join):
            yield port.Refused(request=command.request, code=port.RefuseCode.NO_COMMON_CODEC, detail="speex only")

    board, link = Switchboard(FakeEngine(refuse), Metrics()), Heard()
    with pytest.raises(UserError, match="no_common_codec"):
        await join(board, link)


async def test_a_plane_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "ANSWER_TIMEOUT_S", 0.01)
    engine = FakeEngine()
    board, link = Switchboard(engine, Metrics()), Heard()
    with pytest.raises(UserError, match="media_unavailable"):
        await join(board, link)
    # Half a peer must not stay, and its late answer reaches nobody.
    assert isinstance(engine.commands[-1], port.Leave)
    engine.emit(port.Joined(request=1, peer=1, answer="v=0", media=[]))
    engine.emit(port.Connected(peer=1, transport=port.Transport.UDP, dtls="", srtp="", ms=1))
    assert link.events == []


async def test_a_room_is_closed_once() -> None:
    engine = FakeEngine(accept)
    board = Switchboard(engine, Metrics())
    room = board.open_room(Heard())
    board.close_room(room, "left")
    board.close_room(room, "left")
    assert engine.commands == [port.CloseRoom(room=room, reason="left")]


async def test_a_plane_that_is_behind_stops_nothing_else() -> None:
    class Behind(FakeEngine):
        def submit(self, command: port.Command) -> None:
            raise RuntimeError("too many commands")

    board, link = Switchboard(Behind(), Metrics()), Heard()
    board.tell(port.Leave(peer=1, reason="left"))
    with pytest.raises(UserError, match="media_unavailable"):
        await join(board, link)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (port.RefuseCode.NOT_KEPT, FreezeFault.FRAME_GONE),
        (port.RefuseCode.UNKNOWN_TRACK, FreezeFault.FRAME_GONE),
        (port.RefuseCode.INTERNAL, FreezeFault.NO_ANSWER),
        (None, FreezeFault.UNREADABLE),
    ],
)
async def test_why_a_frame_cannot_be_grabbed(code: port.RefuseCode | None, fault: FreezeFault) -> None:
    def answer(command: port.Command) -> Iterable[port.Event]:
        if isinstance(command, port.Grab) and code is not None:
            yield port.Refused(request=command.request, code=code, detail="")
        elif isinstance(command, port.Grab):
            yield port.Grabbed(request=command.request, codec="VP9", rtp=command.rtp, packets=[(command.rtp, b"\x90")])

    board = Switchboard(FakeEngine(answer), Metrics())
    with pytest.raises(GrabError) as error:
        await board.grab(1, TrackId(1), 5)
    assert error.value.fault is fault
    await board.close()
