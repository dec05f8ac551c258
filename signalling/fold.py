"""The fold: state from events. The same function runs in the page (viewer/src/session/fold.ts), in the server, in
the replay and in the verifier; golden vectors hold them together. It never refuses: what may happen is decided
before an event is written (`sefaw_rtc.consultation`); here it only has meaning."""

from collections.abc import Iterable

from msgspec.structs import replace

from signalling import events as ev
from signalling.ids import ParticipantId
from signalling.state import CHAT_KEPT, ChatLine, Presence, Ring, State, TrackState
from signalling.vocabulary import Status


def fold(state: State, event: ev.Event) -> State:
    """The state after `event`. Total: an event that names something unknown changes only `seq`."""
    return replace(_apply(state, event), seq=event.seq)


def fold_all(events: Iterable[ev.Event], state: State | None = None) -> State:
    """Fold many, from the empty state by default."""
    result = state or State()
    for event in events:
        result = fold(result, event)
    return result


def _apply(s: State, event: ev.Event) -> State:
    match event.body:
        case ev.Requested(requester=requester, patient=patient, reason=reason, urgency=urgency):
            return replace(s, requester=requester, patient=patient, reason=reason, urgency=urgency)
        case ev.Rang(callee=callee, timeout_ms=timeout_ms):
            ring = Ring(callee=callee, started_t=event.t, timeout_ms=timeout_ms)
            return replace(s, status=Status.RINGING, ring=ring)
        case ev.RingEnded(callee=callee):
            return replace(s, ring=None, refused=[*s.refused, callee])
        case ev.Answered() | ev.Opened():
            return replace(s, status=Status.OPEN, ring=None, opened_t=event.t)
        case ev.Closing(reason=reason):
            return replace(s, status=Status.CLOSING, ring=None, close_reason=reason)
        case ev.Closed(reason=reason):
            return replace(s, status=Status.CLOSED, closed_t=event.t, close_reason=reason)
        case ev.ChatSaid(participant=participant, key=key, text=text):
            line = ChatLine(seq=event.seq, t=event.t, participant=participant, key=key, text=text)
            return replace(s, chat=[*s.chat, line][-CHAT_KEPT:])
        case body:
            return _apply_presence(s, event.t, body)


def _apply_presence(s: State, t: int, body: ev.Body) -> State:
    match body:
        case ev.Joined(participant=participant, person=person):
            seat = Presence(
                participant=participant, person=person, connected=True, microphone=False, camera=False, joined_t=t
            )
            counter = max(s.next_participant, participant + 1)
            return replace(s, participants=[*s.participants, seat], next_participant=counter)
        case ev.Returned(participant=participant):
            return _with_seat(s, participant, connected=True)
        case ev.Disconnected(participant=participant):
            return _with_seat(s, participant, connected=False)
        case ev.MediaChanged(participant=participant, microphone=microphone, camera=camera):
            return _with_seat(s, participant, microphone=microphone, camera=camera)
        case ev.Left(participant=participant):
            return replace(
                s,
                participants=[p for p in s.participants if p.participant != participant],
                tracks=[t for t in s.tracks if t.participant != participant],
            )
        case ev.TrackAdded(track=track, participant=participant, kind=kind, purpose=purpose, mid=mid):
            added = TrackState(track=track, participant=participant, kind=kind, purpose=purpose, mid=mid)
            return replace(s, tracks=[*s.tracks, added], next_track=max(s.next_track, track + 1))
        case ev.TrackRemoved(track=track):
            return replace(s, tracks=[t for t in s.tracks if t.track != track])
        case _:
            return s


def _with_seat(s: State, participant: ParticipantId, **changes: bool) -> State:
    seats = [replace(p, **changes) if p.participant == participant else p for p in s.participants]
    return replace(s, participants=seats)
