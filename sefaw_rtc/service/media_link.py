"""The media half of one consultation: its room in the plane, its peers, who publishes what and who is shown what.

Decides nothing about who may: the host asks first. Which track goes into which slot is `consultation.slots`.
"""

import base64
from typing import Protocol

from sefaw_rtc import logs
from sefaw_rtc.consultation import assign, assign_in_order
from sefaw_rtc.errors import UserError
from sefaw_rtc.media import port
from sefaw_rtc.media.transmitted import TransmittedFrame
from sefaw_rtc.service.observing import Observing
from sefaw_rtc.service.peers import MediaPeer, no_quality
from sefaw_rtc.service.switchboard import Switchboard
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.looking import FrameKey
from signalling.messages import FastDown, Send, ServerMessage, SlotChanged, TrackNotice
from signalling.state import TrackState
from signalling.vocabulary import ErrorCode, Notice, Purpose, Step, Transport

# At this round trip DTLS 1.3 saves more at the join than its slower SRTP profile costs afterwards (DESIGN §5).
DTLS13_FROM_RTT_MS = 40
# Where a watcher's link is too weak for all pictures: faces go first, the probe is kept longest (DESIGN §5).
RANKS = {Purpose.PROBE: 0, Purpose.SCREEN: 1, Purpose.ROOM: 2, Purpose.FACE: 3}
QUALITY_EVERY = 2  # statistics come once a second

Assignment = dict[Mid, TrackId | None]

log = logs.get("service")


class MediaOwner(Protocol):
    """The host, as its media link sees it."""

    def tell(self, participant: ParticipantId, message: ServerMessage) -> None: ...

    def tell_all(self, message: ServerMessage) -> None: ...

    def media_ended(self, peer: MediaPeer, reason: port.EndReason) -> None: ...

    def observed(self, participant: ParticipantId, step: Step, track: TrackId, value: int) -> None: ...

    def journal(self, event: port.JournalTrouble | port.JournalBack) -> None: ...


class MediaLink:
    """One per live consultation."""

    def __init__(self, switchboard: Switchboard, owner: MediaOwner, label: str) -> None:
        self._switchboard = switchboard
        self._owner = owner
        self._label = label
        self._room = switchboard.open_room(self)
        self._peers: dict[port.PeerId, MediaPeer] = {}
        self._observing = Observing(owner.observed)
        self._notices: dict[TrackId, TrackNotice] = {}  # of the room, for those who come later

    # ---- peers come and go --------------------------------------------------------------------------------------

    async def open(
        self, kind: port.PeerKind, offer: str, pairs: list[tuple[str, int]] | None = None, *, rtt_ms: int = 0
    ) -> tuple[MediaPeer, port.Joined]:
        """A new peer. UserError if the plane refuses the offer; then nothing is left of it."""
        peer = MediaPeer(self._switchboard.new_peer(self), kind)
        self._peers[peer.peer] = peer
        try:
            joined = await self._switchboard.join(
                self._room, peer.peer, kind, offer, pairs or [], dtls13=rtt_ms >= DTLS13_FROM_RTT_MS
            )
        except BaseException:
            self._peers.pop(peer.peer, None)
            raise
        if peer.ended is not None:
            raise UserError(ErrorCode.MEDIA_UNAVAILABLE, peer.ended.value)
        return peer, joined

    async def reoffer(self, peer: MediaPeer, offer: str, pairs: list[tuple[str, int]]) -> port.Joined:
        """A new offer of a joined peer."""
        return await self._switchboard.reoffer(peer.peer, offer, pairs)

    async def trickle(self, peer: MediaPeer, fragment: str) -> None:
        """Trickled candidates of a peer."""
        await self._switchboard.trickle(peer.peer, fragment)

    async def restart(self, peer: MediaPeer, fragment: str) -> str:
        """An ICE restart of a peer by fragment; the answer's fragment."""
        return await self._switchboard.restart(peer.peer, fragment)

    def drop(self, peer: MediaPeer, reason: str) -> None:
        """Close one peer. It is forgotten at once: its `Ended` changes nothing any more."""
        if self._peers.pop(peer.peer, None) is not None:
            peer.ended = port.EndReason.CLOSED
            peer.freeze_asked.set()
            self._observing.closed(peer)
            self._switchboard.tell(port.Leave(peer=peer.peer, reason=reason))

    def close(self, reason: str) -> None:
        """Close all peers and the room. Idempotent."""
        for peer in self._peers.values():
            peer.ended = port.EndReason.CLOSED
            peer.freeze_asked.set()
        self._peers.clear()
        self._switchboard.close_room(self._room, reason)

    def of(self, participant: ParticipantId, kind: port.PeerKind | None = None) -> list[MediaPeer]:
        """The peers of a participant, of one kind or all."""
        return [p for p in self._peers.values() if p.participant == participant and kind in {None, p.kind}]

    def by_resource(self, resource: str, kind: port.PeerKind) -> MediaPeer | None:
        """The peer behind a WHIP or WHEP resource."""
        return next((p for p in self._peers.values() if p.resource == resource and p.kind is kind), None)

    def wire_peer(self, participant: ParticipantId) -> MediaPeer | None:
        """The peer of the participant's page."""
        return next(iter(self.of(participant, port.PeerKind.WIRE)), None)

    # ---- tracks and slots ---------------------------------------------------------------------------------------

    def publish(self, participant: ParticipantId, name: Mid, track: TrackId) -> None:
        """What comes on the m-section that the log calls `name` is this track."""
        for peer in self.of(participant):
            for send in peer.sends:
                if send.mid == name:
                    peer.tracks[name] = track
                    # Stills matter of a probe: its frames are kept, so that one can be grabbed as it was transmitted.
                    # So does its age: the hand goes by what the eye sees.
                    mid, rank, probe = peer.mid_of(name), RANKS[send.purpose], send.purpose is Purpose.PROBE
                    how = port.Publish(peer=peer.peer, mid=mid, track=track, rank=rank, keep=probe, prompt=probe)
                    self._switchboard.tell(how)

    def unpublish(self, track: TrackId) -> None:
        """A track is gone. Idempotent."""
        for peer in self._peers.values():
            for mid in [mid for mid, published in peer.tracks.items() if published == track]:
                del peer.tracks[mid]
            peer.notices.pop(track, None)
        self._notices.pop(track, None)
        self._observing.forget(track)
        self._switchboard.tell(port.Unpublish(room=self._room, track=track))

    def assign(self, peer: MediaPeer, tracks: list[TrackState]) -> list[SlotChanged]:
        """Bring a peer's slots up to date with the tracks there are; what changed."""
        if peer.participant is None:
            return []
        changes = []
        for mid, track in self._wanted(peer, peer.participant, tracks).items():
            if peer.shown.get(mid) != track:
                peer.shown[mid] = track
                self._switchboard.tell(port.Assign(peer=peer.peer, mid=mid, track=track))
                changes.append(SlotChanged(mid=mid, track=track))
        return changes

    def assign_all(self, tracks: list[TrackState]) -> None:
        """Bring everybody's slots up to date, and tell the pages."""
        for peer in list(self._peers.values()):
            for change in self.assign(peer, tracks):
                if peer.kind is port.PeerKind.WIRE and peer.participant is not None:
                    self._owner.tell(peer.participant, change)

    def news(self, participant: ParticipantId) -> list[ServerMessage]:
        """What one who comes, or comes back, would otherwise hear only when it changes: notices of tracks, quality of
        the others."""
        peer = self.wire_peer(participant)
        own = peer.notices.values() if peer is not None else ()
        notices: list[ServerMessage] = [n for n in (*self._notices.values(), *own) if n.notice is not Notice.LIVE]
        figures = [peer.quality() for peer in self._peers.values() if peer.publishes and peer.stats is not None]
        return [*notices, *(quality for quality in figures if quality is not None)]

    def fast_rights(self, peer: MediaPeer, *, send: bool, lead: int) -> None:
        """Whether this peer may send on the fast lane. `lead`: the epoch under which it leads, 0 = it does not."""
        sender = peer.participant or 0
        self._switchboard.tell(port.FastRights(peer=peer.peer, send=send, sender=sender, lead=lead))

    def fast(self, peer: MediaPeer, body: bytes) -> None:
        """A fast-lane message that came over a WebSocket."""
        self._switchboard.tell(port.Fast(peer=peer.peer, body=base64.b64encode(body).decode()))

    async def grab(self, frame: FrameKey) -> TransmittedFrame:
        """A frame of live video as it was transmitted, at full size, or the nearest earlier one: `rtp` says which.
        Raises `GrabError`, whose fault is the freeze's."""
        return await self._switchboard.grab(self._room, frame.track, frame.rtp)

    def sends_of(self, participant: ParticipantId) -> list[Send]:
        """All that a participant publishes, over all its peers."""
        return [send for peer in self.of(participant) for send in peer.sends]

    @staticmethod
    def _wanted(peer: MediaPeer, me: ParticipantId, tracks: list[TrackState]) -> Assignment:
        if peer.kind is not port.PeerKind.WHEP:
            return assign(tracks, peer.slots, me, peer.wishes, peer.shown)
        wanted = assign_in_order(tracks, peer.slots, me, peer.given)
        peer.given.update({mid: track for mid, track in wanted.items() if track is not None})
        return wanted

    @property
    def room(self) -> port.RoomId:
        """Its number in the plane."""
        return self._room

    def record(self, command: port.RecordingCommand) -> None:
        """Journal what is sent in this room, or not."""
        self._switchboard.tell(command)

    # ---- what the plane says ------------------------------------------------------------------------------------

    def handle_journal(self, event: port.JournalTrouble | port.JournalBack) -> None:
        self._owner.journal(event)

    def handle_peer(self, event: port.PeerEvent) -> None:
        peer = self._peers.get(event.peer)
        if peer is None:
            return
        self._observing.handle_peer(peer, event)
        match event:
            case port.Connected(transport=transport, dtls=dtls, srtp=srtp, ms=ms):
                peer.transport = transport
                log.info(
                    "media connected", consultation=self._label, participant=peer.participant, peer=peer.peer,
                    kind=peer.kind, transport=transport, dtls=dtls, srtp=srtp, ms=ms,
                )  # fmt: skip
            case port.PathChanged(transport=transport):
                peer.transport = transport
                log.info("media path changed", consultation=self._label, peer=peer.peer, transport=transport)
            case port.FastFor(sender=sender, body=body):
                self._fast_for(peer, sender, body)
            case port.Ended(reason=reason):
                self._ended(peer, reason)
            case _:
                pass

    def handle_track(self, event: port.TrackEvent) -> None:
        self._observing.handle_track(self.publisher(event.track), event)
        if not isinstance(event, port.Track):
            return
        notice = TrackNotice(track=event.track, notice=event.notice)
        if event.peer is None:
            self._notices[event.track] = notice
            self._owner.tell_all(notice)
            return
        peer = self._peers.get(event.peer)
        if peer is not None and peer.kind is port.PeerKind.WIRE and peer.participant is not None:
            peer.notices[event.track] = notice
            self._owner.tell(peer.participant, notice)

    def handle_stats(self, stats: port.PeerStats) -> None:
        peer = self._peers.get(stats.peer)
        if peer is None:
            return
        peer.stats = stats
        peer.reports += 1
        self._observing.handle_stats(peer, stats)
        # A watcher by WHEP is not part of the conversation: nobody is told of its link.
        if not peer.publishes or peer.reports % QUALITY_EVERY:
            return
        quality = peer.quality()
        if quality is not None and quality != peer.told:
            peer.told = quality
            self._owner.tell_all(quality)

    def publisher(self, track: TrackId) -> MediaPeer | None:
        """The peer that a track comes from."""
        return next((peer for peer in self._peers.values() if track in peer.tracks.values()), None)

    def _fast_for(self, peer: MediaPeer, sender: port.PeerId, body: str) -> None:
        source = self._peers.get(sender)
        if peer.participant is not None and source is not None and source.participant is not None:
            message = FastDown(participant=source.participant, body=base64.b64decode(body))
            self._owner.tell(peer.participant, message)

    def _ended(self, peer: MediaPeer, reason: port.EndReason) -> None:
        del self._peers[peer.peer]
        peer.ended = reason
        peer.freeze_asked.set()
        peer.transport = Transport.NONE
        log.info("media ended", consultation=self._label, participant=peer.participant, peer=peer.peer, reason=reason)
        if peer.participant is not None:
            if peer.publishes:
                self._owner.tell_all(no_quality(peer.participant))
            self._owner.media_ended(peer, reason)
