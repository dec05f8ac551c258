"""The fold: state from events. The same function runs in the page (viewer/src/session/fold.ts), in the server, in
the replay and in the verifier; golden vectors hold them together. It never refuses: what may happen is decided
before an event is written (`sefaw_rtc.consultation`); here it only has meaning. An event that names a participant
or a track that is not there changes only `seq`."""

from collections.abc import Iterable

from msgspec.structs import replace

from signalling import events as ev
from signalling.ids import AccountId, ParticipantId
from signalling.looking import Looked
from signalling.looking_fold import fold_looking, leave_looking
from signalling.recording import Recorded
from signalling.recording_fold import fold_recording
from signalling.state import (
    CHAT_KEPT,
    GRANTS_KEPT,
    Acknowledgement,
    ChatLine,
    GrantState,
    Invitation,
    Presence,
    Ring,
    SignedOpinion,
    State,
    TrackState,
)
from signalling.vocabulary import Status


def fold(state: State, event: ev.Event) -> State:
    """The state after `event`. Total: there is no event it fails on."""
    return replace(_apply(state, event), seq=event.seq)


def fold_all(events: Iterable[ev.Event], state: State | None = None) -> State:
    """Fold many, from the empty state by default."""
    result = state or State()
    for event in events:
        result = fold(result, event)
    return result


def _apply(s: State, event: ev.Event) -> State:
    match event.body:
        case ev.Requested():
            return _request(s, event.body)
        case ev.Rang(callee=callee, timeout_ms=timeout_ms, following=following):
            ring = Ring(callee=callee, started_t=event.t, timeout_ms=timeout_ms, following=following)
            return replace(s, status=Status.RINGING, ring=ring)
        case ev.FollowingChanged(following=following):
            return replace(s, ring=replace(s.ring, following=following) if s.ring else None)
        case ev.RingEnded(callee=callee):
            return _end_ring(s, callee)
        case ev.Answered(callee=callee):
            return replace(s, status=Status.OPEN, ring=None, specialist=callee, opened_t=event.t)
        case ev.Opened():
            return replace(s, status=Status.OPEN, ring=None, opened_t=event.t)
        case ev.Closing(reason=reason, text=text):
            return replace(s, status=Status.CLOSING, ring=None, invitations=[], close_reason=reason, close_text=text)
        case ev.Closed(reason=reason):
            return replace(s, status=Status.CLOSED, ring=None, closed_t=event.t, close_reason=reason)
        case body:
            return _apply_people(s, event, body)


def _request(s: State, body: ev.Requested) -> State:
    return replace(
        s,
        requester=body.requester,
        patient=body.patient,
        reason=body.reason,
        urgency=body.urgency,
        department=body.department,
    )


def _end_ring(s: State, callee: AccountId) -> State:
    """Whoever was rung in vain is listed once, however often it rang; only the callee's own ring ends."""
    ring = None if s.ring and s.ring.callee.account == callee else s.ring
    return replace(s, ring=ring, refused=s.refused if callee in s.refused else [*s.refused, callee])


def _apply_people(s: State, event: ev.Event, body: ev.Body) -> State:
    match body:
        case ev.Joined(participant=participant, person=person):
            return _join(s, participant, person, event.t)
        case ev.Returned(participant=participant):
            return _with_seat(s, participant, connected=True)
        case ev.Disconnected(participant=participant):
            return _with_seat(s, participant, connected=False)
        case ev.MediaChanged(participant=participant, microphone=microphone, camera=camera):
            return _with_seat(s, participant, microphone=microphone, camera=camera)
        case ev.Left(participant=participant):
            return _leave(s, participant, event.t)
        case ev.TrackAdded(participant=participant) | ev.ChatSaid(participant=participant):
            return _add_said_or_shown(s, event, body) if _seated(s, participant) else s
        case ev.TrackRemoved(track=track):
            return replace(s, tracks=[t for t in s.tracks if t.track != track])
        case _:
            return _apply_paper(s, event, body)


def _apply_paper(s: State, event: ev.Event, body: ev.Body) -> State:
    """Invitations, opinions (an acknowledgement counts once for each person), grants, families with their own fold."""
    match body:
        case ev.Invited(callee=callee, timeout_ms=timeout_ms):
            asked = Invitation(callee=callee, by=event.by, started_t=event.t, timeout_ms=timeout_ms)
            return replace(s, invitations=[*_without(s, callee.account), asked])
        case ev.InvitationAccepted(callee=callee):
            invited = s.invited if callee in s.invited else [*s.invited, callee]
            return replace(s, invitations=_without(s, callee), invited=invited)
        case ev.InvitationEnded(callee=callee):
            return replace(s, invitations=_without(s, callee))
        case ev.OpinionSigned():
            return replace(s, opinions=[*s.opinions, _signed(event, body)])
        case ev.OpinionAcknowledged(number=number, person=person, at=at):
            return replace(s, opinions=[_acknowledge(one, number, person, at) for one in s.opinions])
        case ev.Granted():
            return replace(s, grants=_grant(s.grants, body, event.t))
        case ev.GrantRevoked(key=key, at=at):
            return replace(s, grants=[_take_back(one, key, at) for one in s.grants])
        case body if isinstance(body, Looked):
            return replace(s, looking=fold_looking(s.looking, body, event.t, event.by))
        case body if isinstance(body, Recorded):
            return replace(s, recording=fold_recording(s.recording, body, event.t))
        case _:
            return s


def _without(s: State, callee: AccountId) -> list[Invitation]:
    return [one for one in s.invitations if one.callee.account != callee]


def _signed(event: ev.Event, body: ev.OpinionSigned) -> SignedOpinion:
    return SignedOpinion(
        number=body.number,
        amends=body.amends,
        opinion=body.opinion,
        signer=body.signer,
        t=event.t,
        at=body.at,
        key=body.key,
        signature=body.signature,
    )


def _acknowledge(one: SignedOpinion, number: int, person: ev.Person, at: int) -> SignedOpinion:
    if one.number != number or any(known.person.account == person.account for known in one.acknowledged):
        return one
    return replace(one, acknowledged=[*one.acknowledged, Acknowledgement(person=person, at=at)])


def _grant(grants: list[GrantState], body: ev.Granted, t: int) -> list[GrantState]:
    """A key counts once, also where it was taken back."""
    if any(one.grant.key == body.grant.key for one in grants):
        return grants
    given = [*grants, GrantState(grant=body.grant, giver=body.giver, t=t, at=body.at)]
    if len(given) <= GRANTS_KEPT:
        return given
    gone = next((n for n, one in enumerate(given) if one.revoked_at), 0)
    return [*given[:gone], *given[gone + 1 :]]


def _take_back(one: GrantState, key: str, at: int) -> GrantState:
    return replace(one, revoked_at=at) if one.grant.key == key and not one.revoked_at else one


def _seated(s: State, participant: ParticipantId) -> bool:
    return any(p.participant == participant for p in s.participants)


def _with_seat(s: State, participant: ParticipantId, **changes: bool) -> State:
    seats = [replace(p, **changes) if p.participant == participant else p for p in s.participants]
    return replace(s, participants=seats)


def _join(s: State, participant: ParticipantId, person: ev.Person, t: int) -> State:
    """A seat at the end of the list; who had left and comes again is no longer among the departed."""
    seat = Presence(participant=participant, person=person, connected=True, microphone=False, camera=False, joined_t=t)
    return replace(
        s,
        participants=[*(p for p in s.participants if p.participant != participant), seat],
        departed=[p for p in s.departed if p.participant != participant],
        next_participant=max(s.next_participant, participant + 1),
    )


def _leave(s: State, participant: ParticipantId, t: int) -> State:
    gone = [
        replace(p, connected=False, microphone=False, camera=False, left_t=t)
        for p in s.participants
        if p.participant == participant
    ]
    return replace(
        s,
        participants=[p for p in s.participants if p.participant != participant],
        departed=[*s.departed, *gone],
        tracks=[track for track in s.tracks if track.participant != participant],
        looking=leave_looking(s.looking, participant),
    )


def _add_said_or_shown(s: State, event: ev.Event, body: ev.TrackAdded | ev.ChatSaid) -> State:
    if isinstance(body, ev.ChatSaid):
        line = ChatLine(
            seq=event.seq,
            t=event.t,
            participant=body.participant,
            key=body.key,
            text=body.text,
            attachment=body.attachment,
        )
        return replace(s, chat=[*s.chat, line][-CHAT_KEPT:])
    added = TrackState(
        track=body.track, participant=body.participant, kind=body.kind, purpose=body.purpose, mid=body.mid
    )
    return replace(s, tracks=[*s.tracks, added], next_track=max(s.next_track, body.track + 1))
