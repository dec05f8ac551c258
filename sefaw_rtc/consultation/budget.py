"""A token bucket in whole numbers: how much somebody may do at once and in the long run."""

from sefaw_rtc.consultation.refused import Refused
from signalling.ids import ParticipantId
from signalling.vocabulary import ErrorCode

SECOND = 1_000_000


class Budget:
    """`burst` at once, `per_s` in the long run. Time is given in µs; a clock that steps back gives nothing."""

    def __init__(self, burst: int, per_s: int) -> None:
        self._per_s = per_s
        self._full = burst * SECOND
        self._left = self._full  # in millionths of one
        self._at = 0

    def spend(self, now: int, count: int = 1) -> bool:
        """Take `count`, or nothing if there are fewer."""
        self._left = min(self._full, self._left + max(0, now - self._at) * self._per_s)
        self._at = max(self._at, now)
        if self._left < count * SECOND:
            return False
        self._left -= count * SECOND
        return True


class Budgets:
    """One for each participant (0 = the server, a modality), of one kind of thing. `what` is told to developers."""

    def __init__(self, burst: int, per_s: int, what: str) -> None:
        self._burst = burst
        self._per_s = per_s
        self._what = what
        self._of: dict[ParticipantId, Budget] = {}

    def spend(self, now: int, participant: ParticipantId, count: int = 1) -> None:
        """Take `count`. Refused: too_many."""
        budget = self._of.setdefault(participant, Budget(self._burst, self._per_s))
        if not budget.spend(now, count):
            raise Refused(ErrorCode.TOO_MANY, self._what)
