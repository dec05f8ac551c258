"""What all parts of the aggregate share: the state, the events made and not yet taken, the effects wanted."""

from collections import deque
from collections.abc import Iterable

from sefaw_rtc.consultation.effects import Effect
from sefaw_rtc.consultation.policy import Policy
from sefaw_rtc.consultation.refused import Refused
from signalling.events import Body, Event, Person
from signalling.fold import fold, fold_all
from signalling.ids import AccountId, ParticipantId, TrackId
from signalling.state import Presence, State, TrackState
from signalling.vocabulary import ErrorCode, Kind, Role, Status


class Log:
    """The end of the log. `write` is the only way the state changes."""

    def __init__(self, policy: Policy, events: Iterable[Event] = ()) -> None:
        written = list(events)
        self.policy = policy
        self.state: State = fold_all(written)
        self.last_t = written[-1].t if written else 0
        self.events: deque[Event] = deque()
        self.effects: deque[Effect] = deque()

    def write(self, now: int, body: Body, by: int = 0) -> Event:
        """Append one event. A clock that steps back does not: `t` never falls."""
        self.last_t = max(self.last_t, now)
        event = Event(seq=self.state.seq + 1, t=self.last_t, by=by, body=body)
        self.state = fold(self.state, event)
        self.events.append(event)
        return event

    def act(self, effect: Effect) -> None:
        """Ask the shell for something."""
        self.effects.append(effect)

    # ---- questions that several parts ask ---------------------------------------------------------------------------

    def is_over(self) -> bool:
        """Whether the closing order has begun."""
        return self.state.status in {Status.CLOSING, Status.CLOSED}

    def refuse_if_over(self) -> None:
        """Nothing is decided any more once it closes."""
        if self.is_over():
            raise Refused(ErrorCode.CONSULTATION_CLOSED)

    def seat(self, participant: ParticipantId) -> Presence:
        """The seat of a participant who is here or whose seat is kept."""
        for presence in self.state.participants:
            if presence.participant == participant:
                return presence
        raise Refused(ErrorCode.NOT_FOUND, "no such participant")

    def seat_of(self, account: AccountId) -> Presence | None:
        """The seat of an account, if it has one."""
        return next((p for p in self.state.participants if p.person.account == account), None)

    def number_of(self, account: AccountId) -> int:
        """The participant number of an account for `by`; 0 = it is not in the consultation."""
        seat = self.seat_of(account)
        return seat.participant if seat else 0

    def is_requester(self, person: Person) -> bool:
        """Whether it is who asked for the consultation."""
        requester = self.state.requester
        return requester is not None and requester.account == person.account

    def is_bedside(self, person: Person) -> bool:
        """Whether it is on the patient's side: who asked, operators, and everybody of that institution but the
        specialists, who are asked and not beside the patient."""
        if self.is_requester(person) or person.role is Role.OPERATOR:
            return True
        requester = self.state.requester
        here = requester is not None and requester.institution == person.institution
        return here and person.role is not Role.SPECIALIST

    def video(self, track: TrackId) -> TrackState:
        """A published video track. Refused: not_found."""
        for one in self.state.tracks:
            if one.track == track and one.kind is Kind.VIDEO:
                return one
        raise Refused(ErrorCode.NOT_FOUND, "no such video track")

    def is_principal(self, person: Person) -> bool:
        """Whether it is one of the two whose consultation this is: who asked, and the specialist who took it."""
        state = self.state
        if self.is_requester(person):
            return True
        if state.specialist is not None:
            return person.account == state.specialist.account
        return state.status is Status.OPEN and person.role is Role.SPECIALIST  # opened without a ring
