"""Asking somebody else in: who may ask whom, how long it rings, and who may come in for good."""

from collections.abc import Iterable

from sefaw_rtc.consultation.budget import Budget
from sefaw_rtc.consultation.closing import end_invitation
from sefaw_rtc.consultation.effects import Ring, StopRing
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.ids import AccountId, ParticipantId
from signalling.state import Invitation
from signalling.vocabulary import CloseReason, DeclineReason, ErrorCode, Role, Status


class Invitations:
    """Several people may be asked at once, each rung apart. Whoever accepted belongs to it from then on."""

    def __init__(self, log: Log, written: Iterable[ev.Event] = ()) -> None:
        """`written`: the log so far, after a restart."""
        self._log = log
        self._until: dict[AccountId, int] = {}
        self._asked = {event.body.callee.account for event in written if isinstance(event.body, ev.Invited)}
        self._budget = Budget(log.policy.invitations_burst, log.policy.invitations_per_s)

    @property
    def asked(self) -> frozenset[AccountId]:
        """Everybody who was ever asked: whoever answers late is told why not."""
        return frozenset(self._asked)

    def invite(self, now: int, participant: ParticipantId, person: ev.Person) -> None:
        """Ring somebody. Asking whom it rings already is once."""
        self._refuse_unless_may_ask(participant)
        if self._log.seat_of(person.account) is not None:
            raise Refused(ErrorCode.CONFLICT, "is here already")
        if self.pending(person.account) is not None:
            return
        policy = self._log.policy
        if len(self._log.state.invitations) >= policy.max_invitations or not self._budget.spend(now):
            raise Refused(ErrorCode.TOO_MANY, "invitations")
        self._ring(now, person, participant)

    def cancel(self, now: int, participant: ParticipantId, account: AccountId) -> None:
        """Ring no more: not only whoever asked may say so."""
        self._refuse_unless_may_ask(participant)
        if self.pending(account) is None:
            came = account in self._log.state.invited
            raise Refused(ErrorCode.ALREADY_ANSWERED if came else ErrorCode.NOT_FOUND, "nobody is asked any more")
        self._end(now, account, CloseReason.CANCELLED, by=participant)

    def concerns(self, account: AccountId) -> bool:
        """Whether an answer of this account is one to an invitation, pending or over, and not to the first ring."""
        return account in self._asked

    def accept(self, now: int, account: AccountId) -> None:
        """The invited person comes. Twice is once."""
        self._log.refuse_if_over()
        if self.pending(account) is None:
            if account in self._log.state.invited:
                return
            raise Refused(ErrorCode.OUT_OF_STATE, "this invitation is over")
        self._until.pop(account, None)
        self._log.write(now, ev.InvitationAccepted(callee=account), self._log.number_of(account))
        self._log.act(StopRing(account, CloseReason.ANSWERED_ELSEWHERE))  # on this person's other connections

    def decline(self, now: int, account: AccountId, reason: DeclineReason, text: str) -> None:
        """The invited person does not come."""
        self._log.refuse_if_over()
        if self.pending(account) is None:
            raise Refused(ErrorCode.OUT_OF_STATE, "this invitation is over")
        said = ev.InvitationEnded(callee=account, reason=CloseReason.DECLINED, decline=reason, text=text)
        self._end(now, account, CloseReason.DECLINED, by=self._log.number_of(account), said=said)

    def unreachable(self, now: int, account: AccountId) -> None:
        """The invited person has no connection (any more). Late news change nothing."""
        if self.pending(account) is not None:
            self._end(now, account, CloseReason.CONNECTION_LOST)

    def came_in(self, now: int, account: AccountId) -> None:
        """Somebody who is being asked came in by another way: as good as a yes."""
        if self.pending(account) is not None:
            self.accept(now, account)

    def ring_again(self, now: int) -> None:
        """After a restart: whoever was being asked is rung anew, with the full time."""
        for invitation in self._log.state.invitations:
            self._ring(now, invitation.callee, invitation.by)

    def deadline(self) -> int | None:
        """When the next invitation is given up."""
        return min(self._until.values(), default=None) if not self._log.is_over() else None

    def handle_timeout(self, now: int) -> None:
        """Give up those whose time is over."""
        for account in [account for account, until in self._until.items() if now >= until]:
            if not self._log.is_over():
                self._end(now, account, CloseReason.NO_ANSWER)

    def pending(self, account: AccountId) -> Invitation | None:
        """The invitation that rings for this account."""
        return next((one for one in self._log.state.invitations if one.callee.account == account), None)

    def _refuse_unless_may_ask(self, participant: ParticipantId) -> None:
        """Who asked for the consultation, and every specialist in it, once it is open."""
        self._log.refuse_if_over()
        person = self._log.seat(participant).person
        if person.role is not Role.SPECIALIST and not self._log.is_principal(person):
            raise Refused(ErrorCode.FORBIDDEN, "only the requester and specialists ask others in")
        if self._log.state.status is not Status.OPEN:
            raise Refused(ErrorCode.OUT_OF_STATE, "nobody has answered yet")

    def _ring(self, now: int, person: ev.Person, by: int) -> None:
        timeout_us = self._log.policy.ring_timeout_us
        timeout_ms = max(1, timeout_us // 1000)
        self._asked.add(person.account)
        self._until[person.account] = now + timeout_us
        self._log.write(now, ev.Invited(callee=person, timeout_ms=timeout_ms), by)
        self._log.act(Ring(person, timeout_ms))

    def _end(
        self, now: int, account: AccountId, reason: CloseReason, *, by: int = 0, said: ev.InvitationEnded | None = None
    ) -> None:
        self._until.pop(account, None)
        end_invitation(self._log, now, account, reason, by=by, said=said)
