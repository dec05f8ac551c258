"""Connects the one media engine with the many consultations: request numbers to answers, peers and rooms to links.

Nothing is decided here. Ids are given out here, because the plane wants them unique for the life of the process.
"""

import asyncio
from typing import Protocol

from sefaw_rtc import logs
from sefaw_rtc.errors import UserError
from sefaw_rtc.media import port
from sefaw_rtc.media.transmitted import FrameDecoder, GrabError, TransmittedFrame
from sefaw_rtc.service.metrics import Metrics
from signalling.ids import Mid, TrackId
from signalling.vocabulary import ErrorCode, FreezeFault

# A join costs the plane 20-30 ms; a shard that does not answer in this time is stuck or badly overloaded.
ANSWER_TIMEOUT_S = 10.0

_CODES = {
    port.RefuseCode.SDP_MALFORMED: ErrorCode.SDP_MALFORMED,
    port.RefuseCode.NO_COMMON_CODEC: ErrorCode.NO_COMMON_CODEC,
    port.RefuseCode.TOO_MANY: ErrorCode.TOO_MANY,
    port.RefuseCode.UNKNOWN_PEER: ErrorCode.MEDIA_UNAVAILABLE,
    port.RefuseCode.UNKNOWN_TRACK: ErrorCode.NOT_FOUND,
    port.RefuseCode.NOT_KEPT: ErrorCode.NOT_FOUND,
    port.RefuseCode.INTERNAL: ErrorCode.INTERNAL,
}


log = logs.get("service")


class Link(Protocol):
    """The media half of one consultation, as the switchboard sees it."""

    def handle_peer(self, event: port.PeerEvent) -> None: ...

    def handle_track(self, event: port.TrackEvent) -> None: ...

    def handle_stats(self, stats: port.PeerStats) -> None: ...

    def handle_journal(self, event: port.JournalTrouble | port.JournalBack) -> None: ...


class Switchboard:
    """One per process."""

    def __init__(self, engine: port.MediaEngine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self._waiting: dict[int, asyncio.Future[port.Reply]] = {}
        self._rooms: dict[port.RoomId, Link] = {}
        self._peers: dict[port.PeerId, Link] = {}
        self._decoder = FrameDecoder()
        self._last_request = 0
        self._last_room = 0
        self._last_peer = 0
        engine.listen(self._handle)

    @property
    def addresses(self) -> list[str]:
        """The media addresses, `host:port`."""
        return list(self._engine.addresses)

    def open_room(self, link: Link) -> port.RoomId:
        """A number for a consultation's media half."""
        self._last_room += 1
        self._rooms[self._last_room] = link
        return self._last_room

    def close_room(self, room: port.RoomId, reason: str) -> None:
        """End all peers of a room; their `Ended` still comes. Idempotent."""
        if self._rooms.pop(room, None) is not None:
            self.tell(port.CloseRoom(room=room, reason=reason))

    def new_peer(self, link: Link) -> port.PeerId:
        """A number for a peer that is about to join; its events go to `link`."""
        self._last_peer += 1
        self._peers[self._last_peer] = link
        return self._last_peer

    async def join(
        self,
        room: port.RoomId,
        peer: port.PeerId,
        kind: port.PeerKind,
        offer: str,
        pairs: list[tuple[str, int]],
        *,
        dtls13: bool = False,
    ) -> port.Joined:
        """A new peer from an offer. UserError with the reason if the plane refuses; the number is then used up."""
        request, answer = self._new_request()
        command = port.Join(
            request=request, room=room, peer=peer, kind=kind, offer=offer, pairs=_mids(pairs), dtls13=dtls13
        )
        try:
            return _joined(await self._ask(command, request, answer))
        except BaseException:
            # Refused, too late or nobody waits any more: the plane must not keep half a peer.
            self._peers.pop(peer, None)
            self.tell(port.Leave(peer=peer, reason="abandoned"))
            raise

    async def reoffer(self, peer: port.PeerId, offer: str, pairs: list[tuple[str, int]]) -> port.Joined:
        """A new offer of a joined peer. UserError if the plane refuses; the peer then goes on as it was."""
        request, answer = self._new_request()
        command = port.Offer(request=request, peer=peer, offer=offer, pairs=_mids(pairs))
        return _joined(await self._ask(command, request, answer))

    async def trickle(self, peer: port.PeerId, fragment: str) -> None:
        """Hand a trickle fragment (RFC 8840) to a peer."""
        request, answer = self._new_request()
        await self._ask(port.Trickle(request=request, peer=peer, fragment=fragment), request, answer)

    async def restart(self, peer: port.PeerId, fragment: str) -> str:
        """An ICE restart by fragment; the answer's fragment."""
        request, answer = self._new_request()
        reply = await self._ask(port.Restart(request=request, peer=peer, fragment=fragment), request, answer)
        if isinstance(reply, port.Restarted):
            return reply.fragment
        raise UserError(ErrorCode.INTERNAL, "the media plane answered something else")

    async def grab(self, room: port.RoomId, track: TrackId, rtp: int) -> TransmittedFrame:
        """The frame of a track as it was transmitted, or the nearest earlier one. Raises `GrabError`."""
        request, answer = self._new_request()
        try:
            command = port.Grab(request=request, room=room, track=track, rtp=rtp)
            reply = await self._ask(command, request, answer)
        except UserError as error:
            gone = error.code is ErrorCode.NOT_FOUND
            fault = FreezeFault.FRAME_GONE if gone else FreezeFault.NO_ANSWER
            raise GrabError(fault, error.detail) from None
        if not isinstance(reply, port.Grabbed):
            raise GrabError(FreezeFault.NO_ANSWER, "the media plane answered something else")
        return await self._decoder.decode(reply)

    def tell(self, command: port.Command) -> None:
        """A command without an answer. A plane that is thousands of commands behind is lost anyway: said, not raised,
        so that the rest of a decision is still carried out."""
        try:
            self._engine.submit(command)
        except RuntimeError:
            self._metrics.limited.labels("plane_commands").inc()
            log.error("media plane takes no commands", command=type(command).__name__)  # noqa: TRY400

    async def close(self) -> None:
        """Stop the plane."""
        await self._engine.close()
        self._decoder.close()
        for answer in self._waiting.values():
            answer.cancel()

    def _new_request(self) -> tuple[int, asyncio.Future[port.Reply]]:
        self._last_request += 1
        answer: asyncio.Future[port.Reply] = asyncio.get_running_loop().create_future()
        self._waiting[self._last_request] = answer
        return self._last_request, answer

    async def _ask(self, command: port.Command, request: int, answer: asyncio.Future[port.Reply]) -> port.Reply:
        try:
            self._engine.submit(command)
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await answer
        except RuntimeError:
            raise UserError(ErrorCode.MEDIA_UNAVAILABLE, "the media plane is overloaded") from None
        except TimeoutError:
            log.warning("media plane did not answer", ms=int(ANSWER_TIMEOUT_S * 1000))
            raise UserError(ErrorCode.MEDIA_UNAVAILABLE, "the media plane did not answer in time") from None
        finally:
            self._waiting.pop(request, None)

    def _handle(self, event: port.Event) -> None:
        match event:
            case (
                port.Joined(request=request)
                | port.Done(request=request)
                | port.Restarted(request=request)
                | port.Grabbed(request=request)
            ):
                answer = self._waiting.get(request)
                if answer is not None and not answer.done():
                    answer.set_result(event)
            case port.Refused(request=request, code=code, detail=detail):
                answer = self._waiting.get(request)
                if answer is not None and not answer.done():
                    answer.set_exception(UserError(_CODES[code], detail))
            case port.Track() | port.FirstPacket() | port.FirstKeyframe():
                if event.room in self._rooms:
                    self._rooms[event.room].handle_track(event)
            case port.Recording() | port.JournalTrouble() | port.JournalBack():
                self._handle_journal(event)
            case port.Stats():
                self._handle_stats(event)
            case _:
                self._handle_peer(event)

    def _handle_peer(self, event: port.PeerEvent) -> None:
        link = self._peers.get(event.peer)
        if isinstance(event, port.Ended):
            self._peers.pop(event.peer, None)
            self._metrics.media_ended.labels(event.reason.value).inc()
        if link is not None:
            link.handle_peer(event)

    def _handle_journal(self, event: port.JournalEvent) -> None:
        self._metrics.note_journal(event)
        if not isinstance(event, port.Recording) and event.room in self._rooms:
            self._rooms[event.room].handle_journal(event)

    def _handle_stats(self, event: port.Stats) -> None:
        for stats in event.peers:
            link = self._peers.get(stats.peer)
            if link is not None:
                link.handle_stats(stats)
        self._metrics.plane.update(event)


def _joined(reply: port.Reply) -> port.Joined:
    if isinstance(reply, port.Joined):
        return reply
    raise UserError(ErrorCode.INTERNAL, "the media plane answered something else")


def _mids(pairs: list[tuple[str, int]]) -> list[tuple[Mid, int]]:
    return [(Mid(mid), pair) for mid, pair in pairs]
