"""The lead: one participant whose View the others follow. The bedside owns it, lends it, and has it back at any moment.

Every change has a new epoch, so that what was under way under the old one no longer counts. Nobody leads (0) only while
nobody of the bedside is here to look.
"""

from typing import Final

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.effects import MoveLead
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import looking as look
from signalling.events import Person
from signalling.ids import ParticipantId
from signalling.looking_state import Lead as LeadState
from signalling.state import Presence
from signalling.vocabulary import ErrorCode, LeadReason, Role, Status

LAST_EPOCH: Final = 65_535  # of 16 bits on the fast lane; it never wraps: an old epoch must stay old
MAY_LEAD: Final = frozenset({Role.VILLAGE_DOCTOR, Role.OPERATOR, Role.SPECIALIST})
NOBODY: Final = ParticipantId(0)


class Lead:
    """Who holds it. `look` is told who looks at all: an encoder's connection does not."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._looking: set[ParticipantId] = set()
        self._budgets = Budgets(log.policy.lead_burst, log.policy.lead_per_s, "the lead")

    def look(self, participant: ParticipantId) -> None:
        """This participant is at a page (again)."""
        self._looking.add(participant)

    def watch(self, now: int) -> None:
        """Called after everything that happened: a holder who left gives it back; if nobody holds it, the first of the
        bedside begins."""
        if self._log.is_over():
            return
        holder = self._state.holder
        if holder and all(p.participant != holder for p in self._log.state.participants):
            self._move(now, self._home() or NOBODY, LeadReason.HOLDER_LEFT)
        elif not holder and (first := self._beginner()):
            self._move(now, first, LeadReason.BEGAN)

    def require(self, participant: ParticipantId, epoch: int) -> None:
        """Refused: not_leading, also under an epoch that is over."""
        if (self._state.holder, self._state.epoch) != (participant, epoch):
            raise Refused(ErrorCode.NOT_LEADING)

    # ---- asked for --------------------------------------------------------------------------------------------------

    def ask(self, now: int, participant: ParticipantId) -> None:
        """I would like to lead. Twice is once."""
        self._may(participant)
        if participant != self._state.holder and participant not in self._state.asking:
            self._budgets.spend(now, participant)
            self._log.write(now, look.LeadAsked(participant=participant), participant)

    def give(self, now: int, participant: ParticipantId, to: ParticipantId) -> None:
        """The bedside lets somebody lead."""
        if not self._log.is_bedside(self._may(participant)):
            raise Refused(ErrorCode.FORBIDDEN, "the bedside gives the lead")
        seat = self._log.seat(to)
        if not seat.connected:
            raise Refused(ErrorCode.NOT_FOUND, "not here right now")
        if seat.person.role not in MAY_LEAD:
            raise Refused(ErrorCode.FORBIDDEN, "this participant only watches")
        self._change(now, participant, to, LeadReason.GRANTED)

    def take(self, now: int, participant: ParticipantId) -> None:
        """The bedside leads again; anybody who may, while nobody does."""
        person = self._may(participant)
        if self._state.holder and not self._log.is_bedside(person):
            raise Refused(ErrorCode.FORBIDDEN, "the bedside takes the lead back")
        self._change(now, participant, participant, LeadReason.TAKEN_BACK if self._state.holder else LeadReason.BEGAN)

    def give_back(self, now: int, participant: ParticipantId) -> None:
        """Who leads has done so. What is at the bedside already stays there."""
        person = self._may(participant)
        if self._state.holder != participant:
            raise Refused(ErrorCode.NOT_LEADING)
        if not self._log.is_bedside(person):
            self._change(now, participant, self._home() or NOBODY, LeadReason.RETURNED)

    # ---- one change -------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> LeadState:
        return self._log.state.looking.lead

    def _may(self, participant: ParticipantId) -> Person:
        """The person, if it may lead at all."""
        self._log.refuse_if_over()
        person = self._log.seat(participant).person
        if person.role not in MAY_LEAD:
            raise Refused(ErrorCode.FORBIDDEN, "this participant only watches")
        return person

    def _change(self, now: int, by: ParticipantId, to: ParticipantId, reason: LeadReason) -> None:
        """Somebody wants it elsewhere. Where it is already it stays, under its epoch."""
        if to == self._state.holder:
            return
        if self._state.epoch >= LAST_EPOCH:
            raise Refused(ErrorCode.TOO_MANY, "changes of the lead")
        self._budgets.spend(now, by)
        self._move(now, to, reason, by)

    def _move(self, now: int, to: ParticipantId, reason: LeadReason, by: ParticipantId = NOBODY) -> None:
        """After the last epoch nobody leads any more: nobody is let under an epoch that was another's."""
        if self._state.epoch >= LAST_EPOCH:
            to = NOBODY
        if to == self._state.holder:
            return
        epoch = min(self._state.epoch + 1, LAST_EPOCH)
        self._log.write(now, look.LeadChanged(holder=to, epoch=epoch, reason=reason), by)
        self._log.act(MoveLead())

    def _home(self) -> ParticipantId | None:
        """Who of the bedside has it when nobody else does: who asked for the consultation, else who came first."""
        here = [p for p in self._log.state.participants if self._is_home(p)]
        return min(here, key=lambda p: not self._log.is_requester(p.person)).participant if here else None

    def _is_home(self, seat: Presence) -> bool:
        leads = seat.connected and seat.participant in self._looking and seat.person.role in MAY_LEAD
        return leads and self._log.is_bedside(seat.person)

    def _beginner(self) -> ParticipantId | None:
        """Before anybody led it waits for who asked; without a ring, anybody of the bedside will do."""
        home, state = self._home(), self._log.state
        if home is None or self._state.epoch > 0 or (state.specialist is None and state.status is Status.OPEN):
            return home
        return home if self._log.is_requester(self._log.seat(home).person) else None
