"""One live consultation: the heart decides, the host carries out.

After every decision, in this order: events go to the log, then to everybody connected; effects go to the plane and
the desk; the timer is set. Nothing here waits: what must be awaited (an offer) is awaited before the heart is asked.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from sefaw_rtc import logs
from sefaw_rtc.access import Resource
from sefaw_rtc.consultation import (
    NO_TRACK,
    AddTrack,
    CloseAll,
    CloseMedia,
    Consultation,
    Effect,
    GrabFrame,
    MoveLead,
    Refused,
    RemoveTrack,
    Ring,
    SetRecording,
    StopRing,
)
from sefaw_rtc.errors import UserError
from sefaw_rtc.media import port
from sefaw_rtc.service import fast_rights
from sefaw_rtc.service.clock import US_PER_S, SessionClock
from sefaw_rtc.service.connections import Connection, Seats
from sefaw_rtc.service.kept_log import KeptLog
from sefaw_rtc.service.media_link import MediaLink
from sefaw_rtc.service.peers import MediaPeer
from sefaw_rtc.service.switchboard import Switchboard
from signalling.events import Event, Person
from signalling.ids import AccountId, ConsultationId, ParticipantId, TrackId
from signalling.messages import Error, Events, ServerMessage
from signalling.state import State
from signalling.vocabulary import CloseReason, ErrorCode, GapReason, RecordingStatus, Status, Step

T = TypeVar("T")

# Events kept for those who come back; whoever missed more gets a snapshot.
EVENTS_KEPT = 2000

_CLOSE_REASONS = {
    port.EndReason.CLOSED: CloseReason.LEFT,
    port.EndReason.LEFT: CloseReason.LEFT,
    port.EndReason.CONNECTION_LOST: CloseReason.CONNECTION_LOST,
    port.EndReason.NETWORK_BLOCKED: CloseReason.NETWORK_BLOCKED,
    port.EndReason.SECURITY_FAILED: CloseReason.SECURITY_FAILED,
    port.EndReason.TOO_SLOW: CloseReason.TOO_SLOW,
    port.EndReason.PROTOCOL_VIOLATION: CloseReason.PROTOCOL_VIOLATION,
    port.EndReason.INTERNAL_ERROR: CloseReason.INTERNAL_ERROR,
}

log = logs.get("service")


class HostHooks(Protocol):
    """What a host asks of the world outside its consultation."""

    def ring(self, host: "Host", ring: Ring) -> None: ...

    def stop_ring(self, host: "Host", stop: StopRing) -> None: ...

    def grab(self, host: "Host", grab: GrabFrame) -> None:
        """Begin to make a still of what was transmitted."""

    def record(self, host: "Host", status: RecordingStatus) -> None:
        """Journal its media from here on, or not."""

    def changed(self, host: "Host", events: list[Event]) -> None:
        """These events have just been written and sent."""

    def closed(self, host: "Host", reason: CloseReason) -> None: ...

    def found_closed(self, consultation: ConsultationId, state: State, started_unix_us: int) -> None:
        """A former process closed it and perhaps came no further."""


class Host:
    """Implements `media_link.MediaOwner`."""

    def __init__(
        self,
        consultation: Consultation,
        clock: SessionClock,
        kept: KeptLog,
        switchboard: Switchboard,
        hooks: HostHooks,
        *,
        written: Sequence[Event] = (),
        demo: bool = False,
    ) -> None:
        """`written`: the events that the log holds already (restart). `demo`: open for tokens only, listed nowhere."""
        self.id: ConsultationId = consultation.id
        self.consultation = consultation
        self.clock = clock
        self.seats = Seats()
        self.media = MediaLink(switchboard, self, str(consultation.id))
        self.guests: dict[AccountId, Person] = {}  # bearers of tokens that are no accounts (demo encoders, viewers)
        self.demo = demo
        self._kept = kept
        kept.on_trouble = self._storage_failed
        kept.on_back = self._storage_back
        kept.on_full = self._log_full
        self._hooks = hooks
        self._events: deque[Event] = deque(written, maxlen=EVENTS_KEPT)
        self._settling = False
        self._timer: asyncio.TimerHandle | None = None

    # ---- asking the heart ---------------------------------------------------------------------------------------

    def act(self, decide: Callable[[int], T]) -> T:
        """Ask the heart and carry out what follows. UserError if it refuses; nothing has changed then."""
        try:
            result = decide(self.clock.now())
        except Refused as refused:
            raise UserError(refused.code, refused.detail) from None
        self.settle()
        return result

    def settle(self) -> None:
        """Carry out until nothing is left to do. An effect may ask the heart again: the outer call goes on."""
        if self._settling:
            return
        self._settling = True
        try:
            while self._drain():
                pass
        finally:
            self._settling = False
        self._set_timer()

    def _drain(self) -> bool:
        events: list[Event] = list(iter(self.consultation.poll_event, None))
        if events:
            self._publish(events)
        effects: list[Effect] = list(iter(self.consultation.poll_effect, None))
        for effect in effects:
            self._carry_out(effect)
        if any(isinstance(effect, AddTrack | RemoveTrack | CloseMedia) for effect in effects):
            self.media.assign_all(self.state.tracks)
        return bool(events or effects)

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            self._kept.append(event)
        self._kept.folded(self.state, events[-1].t)
        self._events.extend(events)
        self.seats.broadcast(Events(events=events))
        self._hooks.changed(self, events)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Ring():
                self._hooks.ring(self, effect)
            case StopRing():
                self._hooks.stop_ring(self, effect)
            case AddTrack(participant=participant, mid=mid, track=track):
                self.media.publish(participant, mid, track)
            case RemoveTrack(track=track):
                self.media.unpublish(track)
            case CloseMedia(participant=participant, reason=reason):
                self._unseat(participant, reason)
            case CloseAll(reason=reason):
                self._close(reason)
            case MoveLead():
                fast_rights.tell_all(self.media, self.state)
            case GrabFrame():
                self._hooks.grab(self, effect)
            case SetRecording(status=status):
                self._hooks.record(self, status)

    # ---- what is known ------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.consultation.state

    @property
    def live(self) -> bool:
        return self.state.status is not Status.CLOSED

    @property
    def keeps(self) -> bool:
        """Whether its log is written to the disk right now."""
        return self._kept.keeps

    def resource(self) -> Resource:
        """This consultation as `decide()` sees it."""
        state = self.state
        entitled = {p.person.account for p in [*state.participants, *state.departed]} | set(self.guests)
        entitled.update(state.invited)
        if state.specialist is not None:
            entitled.add(state.specialist.account)
        rung = state.ring.callee if state.ring else None
        callees = self.consultation.asked.union(state.refused, (p.account for p in (rung, state.specialist) if p))
        # Whoever was rung or invited may still answer late: the heart then says why not.
        return Resource(
            institution=state.requester.institution if state.requester else None,
            answering=state.specialist.institution if state.specialist else None,
            consultation=self.id,
            requester=state.requester.account if state.requester else None,
            participants=frozenset(entitled),
            callees=callees,
        )

    def person(self, account: AccountId) -> Person | None:
        """Somebody whom this consultation knows already."""
        state = self.state
        known = [p.person for p in [*state.participants, *state.departed]]
        known += [p for p in (state.requester, state.specialist, self.guests.get(account)) if p is not None]
        return next((p for p in known if p.account == account), None)

    def events_since(self, seq: int) -> list[Event] | None:
        """What came after `seq`; None = not known any more (or never), a snapshot is needed."""
        if seq == 0 or seq > self.state.seq:
            return None
        if seq < self.state.seq and (not self._events or self._events[0].seq > seq + 1):
            return None
        return [event for event in self._events if event.seq > seq]

    def recent_events(self) -> list[Event]:
        """The last events, as far as they are kept in memory."""
        return list(self._events)

    @property
    def log_path(self) -> Path:
        """Where the log is being written."""
        return self._kept.path

    # ---- connections --------------------------------------------------------------------------------------------

    def tell(self, participant: ParticipantId, message: ServerMessage) -> None:
        connection = self.seats.get(participant)
        if connection is not None:
            connection.send(message)

    def tell_all(self, message: ServerMessage) -> None:
        self.seats.broadcast(message)

    def connection_closed(self, participant: ParticipantId, connection: Connection, reason: CloseReason) -> None:
        """A connection ended. Its media goes on; the seat is kept unless another peer of it is still there."""
        if self.seats.release(participant, connection) and self.live:
            self.lost_if_gone(participant, reason)

    def has_page(self, account: AccountId) -> bool:
        """Whether a page or program of this account is in it right now."""
        return any(p.person.account == account and p.participant in self.seats for p in self.state.participants)

    def media_ended(self, peer: MediaPeer, reason: port.EndReason) -> None:
        """A peer ended by itself: its tracks go, its participant perhaps."""
        if peer.participant is None or not self.live:
            return
        self.end_tracks(peer, _CLOSE_REASONS[reason])
        if peer.kind is port.PeerKind.WIRE:
            self.tell(peer.participant, Error(re=0, code=ErrorCode.MEDIA_UNAVAILABLE, detail=reason.value))
        elif peer.kind is port.PeerKind.WHEP or reason is port.EndReason.LEFT:
            self.leave_if_gone(peer.participant, _CLOSE_REASONS[reason])
        else:
            self.lost_if_gone(peer.participant, _CLOSE_REASONS[reason])

    def observed(self, participant: ParticipantId, step: Step, track: TrackId = NO_TRACK, value: int = 0) -> None:
        """Something of the timeline; the unit of `value` belongs to the step."""
        self.act(lambda now: self.consultation.handle_observed(now, participant, step, track=track, value=value))

    def journal(self, event: port.JournalTrouble | port.JournalBack) -> None:
        """The plane's journal misses something, or no longer does."""
        reason, heart = GapReason(event.reason.value), self.consultation.recording
        if isinstance(event, port.JournalTrouble):
            self.act(lambda now: heart.handle_trouble(now, reason))
        else:
            self.act(lambda now: heart.handle_missed(now, reason, event.t_from, event.t_to, event.packets))

    def end_tracks(self, peer: MediaPeer, reason: CloseReason) -> None:
        """Take back what a peer publishes."""
        participant = peer.participant
        peer.sends = []
        if participant is None:
            return
        for track in list(peer.tracks.values()):
            self.act(lambda now, track=track: self.consultation.handle_unpublish(now, participant, track, reason))  # type: ignore[misc]
        peer.tracks.clear()

    def leave_if_gone(self, participant: ParticipantId, reason: CloseReason) -> None:
        """A participant without page or peer leaves."""
        if not self._is_present(participant) and self._has_seat(participant):
            self.act(lambda now: self.consultation.handle_leave(now, participant, reason))

    def lost_if_gone(self, participant: ParticipantId, reason: CloseReason) -> None:
        """A participant without page or peer is cut off; its seat is kept."""
        if not self._is_present(participant):
            self.act(lambda now: self.consultation.handle_connection_lost(now, participant, reason))

    def _is_present(self, participant: ParticipantId) -> bool:
        others = [peer for peer in self.media.of(participant) if peer.kind is not port.PeerKind.WIRE]
        return participant in self.seats or bool(others)

    def _has_seat(self, participant: ParticipantId) -> bool:
        return any(p.participant == participant for p in self.state.participants)

    def _unseat(self, participant: ParticipantId, reason: CloseReason) -> None:
        for peer in self.media.of(participant):
            self.media.drop(peer, reason)
        connection = self.seats.remove(participant)
        if connection is not None:
            connection.unseated(reason)

    # ---- time and the end ---------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.consultation.poll_timeout()
        if due is not None:
            delay = max(0, due - self.clock.now()) / US_PER_S
            self._timer = asyncio.get_running_loop().call_later(delay, self._timed_out)

    def _timed_out(self) -> None:
        self.act(self.consultation.handle_timeout)

    def _close(self, reason: CloseReason) -> None:
        self.media.close(reason)
        self._kept.close(finished=True)
        log.info("consultation closed", consultation=self.id, reason=reason)
        self._hooks.closed(self, reason)

    def _storage_failed(self) -> None:
        """The disk takes nothing: the call goes on, people are told once, and the log will say it."""
        self.tell_all(Error(re=0, code=ErrorCode.STORAGE_FULL))
        self._saw(Step.STORAGE_FAILED)

    def _storage_back(self, waited: int) -> None:
        self._saw(Step.STORAGE_BACK, waited)

    def _saw(self, step: Step, value: int = 0) -> None:
        self.act(lambda now: self.consultation.handle_observed(now, ParticipantId(0), step, value=value))

    def _log_full(self) -> None:
        """Nobody writes that much who means well: it ends, after what is being decided now."""
        log.warning("log too long", consultation=self.id)
        end = CloseReason.PROTOCOL_VIOLATION
        asyncio.get_running_loop().call_soon(self.act, lambda now: self.consultation.handle_end(now, end))

    def suspend(self) -> None:
        """The server stops: peers end, pages are told; the consultation itself goes on after the restart."""
        if self._timer is not None:
            self._timer.cancel()
        for _participant, connection in self.seats.all():
            connection.goodbye(CloseReason.SERVER_STOPPING)
        self.media.close(CloseReason.SERVER_STOPPING)
        self._kept.close(finished=False)
