"""A consultation in few words: for the lobby's list, the store's index and the summary after the call."""

from collections.abc import Iterable, Sequence

from recordings import verified_in
from sefaw_rtc.service.clock import US_PER_MS
from sefaw_rtc.service.guests import is_guest
from signalling.events import Person
from signalling.ids import AccountId, ConsultationId, ParticipantRef
from signalling.messages import Brief, DepartmentOnCall, OnCall, OnDuty
from signalling.record import Record
from signalling.state import Presence, SignedOpinion, State


class Attendance(Record, frozen=True):
    """One participant in a summary. Times are Unix ms, 0 = is still here."""

    participant: ParticipantRef
    person: Person
    joined_at: int
    left_at: int


class Summary(Brief, frozen=True, kw_only=True):
    """What the page after a call shows: the brief, how it went, and what was signed. `forged`: the numbers of those
    whose signature is not right for what the log says, or not made with a key of their signer."""

    participants: list[Attendance]
    chat_count: int
    ringing_ms: int
    open_ms: int
    signed: list[SignedOpinion]
    forged: list[int]


def brief_of(consultation: ConsultationId, state: State, started_unix_us: int) -> Brief | None:
    """The brief; None for a log that does not begin with a request."""
    if state.requester is None or state.patient is None:
        return None
    return Brief(
        consultation=consultation,
        status=state.status,
        patient=state.patient,
        reason=state.reason,
        urgency=state.urgency,
        requester=state.requester,
        specialist=state.specialist,
        requested_at=started_unix_us // US_PER_MS,
        opened_at=_unix_ms(started_unix_us, state.opened_t),
        closed_at=_unix_ms(started_unix_us, state.closed_t),
        close_reason=state.close_reason,
        department=state.department,
        opinions=len(state.opinions),
        acknowledged=sum(bool(one.acknowledged) for one in state.opinions),
        critical=any(one.opinion.critical for one in state.opinions),
        critical_told=any(one.opinion.told is not None for one in state.opinions),
    )


def summary_of(consultation: ConsultationId, state: State, started_unix_us: int, now_us: int) -> Summary | None:
    """The summary; `now_us` on the session clock counts for what is not over yet."""
    brief = brief_of(consultation, state, started_unix_us)
    if brief is None:
        return None
    end = state.closed_t if state.closed_t >= 0 else now_us
    opened = state.opened_t if state.opened_t >= 0 else end
    people = sorted([*state.participants, *state.departed], key=lambda p: p.participant)
    return Summary(
        **{field: getattr(brief, field) for field in Brief.__struct_fields__},
        participants=[_attendance(p, started_unix_us) for p in people],
        chat_count=len(state.chat),
        ringing_ms=opened // US_PER_MS,
        open_ms=(end - opened) // US_PER_MS,
        signed=state.opinions,
        forged=[number for number, right in verified_in(consultation, state).items() if not right],
    )


def members_of(state: State) -> frozenset[AccountId]:
    """Everybody who belongs to a consultation."""
    return frozenset(person.account for person in _everybody(state)).union(state.invited)


def entitled_of(consultation: ConsultationId, state: State) -> frozenset[AccountId]:
    """Those of them who have an account: what the index keeps. The bearers of WHIP and WHEP tokens have none."""
    return members_of(state) - {one.account for one in _everybody(state) if is_guest(consultation, one)}


def people_of(consultation: ConsultationId, state: State) -> list[Person]:
    """Those that the log names, and who have an account."""
    return [one for one in _everybody(state) if not is_guest(consultation, one)]


def _everybody(state: State) -> list[Person]:
    people = [seat.person for seat in [*state.participants, *state.departed]]
    return [*people, *(one for one in (state.requester, state.specialist) if one is not None)]


def departments_of(names: Iterable[str], on_call: Sequence[OnCall]) -> list[DepartmentOnCall]:
    """Each department that can be asked for, and who of it could come."""
    found = []
    for name in names:
        theirs = [one for one in on_call if one.person.department == name]
        free = sum(not one.busy for one in theirs)
        found.append(DepartmentOnCall(name=name, on_call=len(theirs), free=free))
    return found


def unreachable_of(on_duty: Iterable[OnDuty], on_call: Sequence[OnCall]) -> list[OnDuty]:
    """Whose shift it is and who cannot be rung."""
    reached = {one.person.account for one in on_call}
    return [duty for duty in on_duty if duty.person.account not in reached]


def _attendance(seat: Presence, started_unix_us: int) -> Attendance:
    return Attendance(
        participant=seat.participant,
        person=seat.person,
        joined_at=_unix_ms(started_unix_us, seat.joined_t),
        left_at=_unix_ms(started_unix_us, seat.left_t),
    )


def _unix_ms(started_unix_us: int, t: int) -> int:
    return (started_unix_us + t) // US_PER_MS if t >= 0 else 0
