"""From the request to the answer: one specialist is rung at a time, the next when this one cannot."""

from collections.abc import Iterable

from sefaw_rtc.consultation.closing import close, end_ring
from sefaw_rtc.consultation.effects import Ring, StopRing
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.ids import AccountId
from signalling.vocabulary import CloseReason, DeclineReason, ErrorCode, Status


class Ringing:
    """Who is rung now, who is next, and until when."""

    def __init__(self, log: Log, candidates: Iterable[ev.Person]) -> None:
        self._log = log
        self._waiting: list[ev.Person] = []
        self._outcomes: set[CloseReason] = set()
        self._ring_until: int | None = None
        self._total_until: int | None = None
        for person in candidates:
            self.add(person)

    def has_candidates(self) -> bool:
        """Whether anybody waits to be rung."""
        return bool(self._waiting)

    def begin(self, now: int) -> None:
        """Start ringing, from the first who waits."""
        self._total_until = now + self._log.policy.total_ring_us
        self._ring_next(now)

    def begin_again(self, now: int) -> None:
        """After a restart: whoever was being rung is rung anew, with its full time."""
        self._total_until = now + self._log.policy.total_ring_us
        ring = self._log.state.ring
        if ring is None:
            self._ring_next(now)
        else:
            self._ring(now, ring.callee)

    def add(self, person: ev.Person, *, first: bool = False) -> None:
        """Another specialist who can be rung, after (or, on duty, before) those who wait. Whoever was rung already,
        or asked for the call, is not."""
        state = self._log.state
        known = [p.account for p in self._waiting] + state.refused
        known += [p.account for p in (state.requester, state.ring.callee if state.ring else None) if p]
        if person.account not in known:
            self._waiting.insert(0 if first else len(self._waiting), person)

    def tell_following(self, now: int) -> None:
        """Whoever waits for the answer reads who is next: say so if it is somebody else now."""
        ring = self._log.state.ring
        following = self._waiting[0] if self._waiting else None
        if ring is not None and ring.following != following:
            self._log.write(now, ev.FollowingChanged(following=following))

    def drop(self, account: AccountId) -> None:
        """Whoever waits to be rung went off call. A ring that is going on goes on."""
        self._waiting = [p for p in self._waiting if p.account != account]

    def answer(self, now: int, account: AccountId) -> None:
        """The first answer wins. Answering twice is once."""
        state = self._log.state
        if state.status is Status.OPEN and state.specialist and state.specialist.account == account:
            return
        callee = self._my_ring(account)
        self._log.write(now, ev.Answered(callee=callee), self._log.number_of(account))
        self._log.act(StopRing(account, CloseReason.ANSWERED_ELSEWHERE))  # on this person's other connections
        self._stop()

    def decline(self, now: int, account: AccountId, reason: DeclineReason, text: str) -> None:
        """The callee does not take it: the next is rung."""
        self._my_ring(account)
        said = ev.RingEnded(callee=account, reason=CloseReason.DECLINED, decline=reason, text=text)
        self._end_and_go_on(now, CloseReason.DECLINED, said)

    def unreachable(self, now: int, account: AccountId) -> None:
        """The callee has no connection (any more). Late news of somebody else change nothing."""
        ring = self._log.state.ring
        if ring is not None and ring.callee.account == account:
            self._end_and_go_on(now, CloseReason.CONNECTION_LOST)
        self.drop(account)
        self.tell_following(now)

    def cancel(self, now: int, account: AccountId) -> None:
        """The requester gives up. Too late once somebody answered."""
        state = self._log.state
        if state.requester is None or state.requester.account != account:
            raise Refused(ErrorCode.FORBIDDEN, "only the requester cancels")
        if state.status is Status.OPEN:
            raise Refused(ErrorCode.ALREADY_ANSWERED)
        self._log.refuse_if_over()
        close(self._log, now, CloseReason.CANCELLED, self._log.number_of(account))

    def deadline(self) -> int | None:
        """When to look again; None = nobody rings."""
        return self._ring_until if self._log.state.status is Status.RINGING else None

    def handle_timeout(self, now: int) -> None:
        """The time of this ring, or of all of them, is over."""
        until = self.deadline()
        if until is not None and now >= until:
            self._end_and_go_on(now, CloseReason.NO_ANSWER)

    # ---- one ring after the other -----------------------------------------------------------------------------------

    def _my_ring(self, account: AccountId) -> ev.Person:
        """The callee, if it is this account that rings; else why not, in the order that explains most."""
        self._log.refuse_if_over()
        state = self._log.state
        if state.status is Status.OPEN:
            raise Refused(ErrorCode.ALREADY_ANSWERED)
        if state.ring is None or state.ring.callee.account != account:
            raise Refused(ErrorCode.OUT_OF_STATE, "this call does not ring here")
        return state.ring.callee

    def _end_and_go_on(self, now: int, reason: CloseReason, said: ev.RingEnded | None = None) -> None:
        by = self._log.number_of(said.callee) if said else 0
        end_ring(self._log, now, reason, by=by, said=said)
        self._outcomes.add(reason)
        self._ring_next(now)

    def _ring_next(self, now: int) -> None:
        too_late = self._total_until is not None and now >= self._total_until
        if self._waiting and not too_late:
            self._ring(now, self._waiting.pop(0))
            return
        reason = CloseReason.NO_ANSWER if self._waiting else self._why_nobody()
        self._stop()
        close(self._log, now, reason)

    def _ring(self, now: int, callee: ev.Person) -> None:
        until = now + self._log.policy.ring_timeout_us
        if self._total_until is not None:
            until = min(until, self._total_until)
        self._ring_until = until
        timeout_ms = max(1, (until - now) // 1000)
        following = self._waiting[0] if self._waiting else None
        self._log.write(now, ev.Rang(callee=callee, timeout_ms=timeout_ms, following=following))
        self._log.act(Ring(callee, timeout_ms))

    def _why_nobody(self) -> CloseReason:
        """All declined, or nobody was there, or (most often) somebody simply did not answer."""
        if self._outcomes == {CloseReason.DECLINED}:
            return CloseReason.DECLINED
        if self._outcomes <= {CloseReason.CONNECTION_LOST}:
            return CloseReason.NOBODY_ON_CALL
        return CloseReason.NO_ANSWER

    def _stop(self) -> None:
        self._ring_until = None
        self._waiting.clear()
