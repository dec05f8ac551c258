"""Whose turn it is: consultations with something to send or to remove, the one that waits longest first, and how long
nobody tries after something failed. Sans-IO: time is an argument. It need not be kept: it is made again of what lies
in the archive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recordings.objects.port import Fault
from signalling.ids import ConsultationId

FIRST_S: Final = 5.0
MOST_S: Final = 300.0  # a store that comes back is noticed within five minutes
OWN_MOST_S: Final = 6 * 3600.0  # a file that cannot be read today can mostly not be read in an hour either


@dataclass
class Waiting:
    """What one consultation waits with. `since_unix_ms`: its seal, or when it was to be removed. `tried`: turns in a
    row that it lost to what all would meet; `failures`: to a fault of its own."""

    files: int
    bytes: int
    since_unix_ms: int
    tried: int = 0
    failures: int = 0
    fault: Fault | None = None
    not_before: float = 0.0


class Outbox:
    """Of one server. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._waiting: dict[ConsultationId, Waiting] = {}
        self._failures = 0
        self._not_before = 0.0
        self._fault: Fault | None = None
        self.failing_since_unix_ms = 0  # the store; 0: it answered last

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._waiting.values())

    @property
    def fault(self) -> Fault | None:
        """What is in the way now: of the store, else of one consultation."""
        return self._fault or next((one.fault for one in self if one.fault is not None), None)

    @property
    def files(self) -> int:
        return sum(one.files for one in self)

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self)

    @property
    def oldest_unix_ms(self) -> int:
        """0: nothing waits."""
        return min((one.since_unix_ms for one in self), default=0)

    def put(self, consultation: ConsultationId, files: int, size: int, since_unix_ms: int) -> None:
        """It waits with so much; with nothing, it does not wait any more."""
        if not files:
            self._waiting.pop(consultation, None)
            return
        known = self._waiting.get(consultation)
        if known is None:
            self._waiting[consultation] = Waiting(files, size, since_unix_ms)
        else:
            known.files, known.bytes = files, size

    def due(self, now: float) -> ConsultationId | None:
        """The next one, None: nobody before `next_at`. Whoever lost fewest turns to the store comes first: what looks
        like the store's fault may be of one object alone, and must not stop all others."""
        if now < self._not_before:
            return None
        ready = [(one.tried, one.since_unix_ms, name) for name, one in self._waiting.items() if now >= one.not_before]
        return min(ready)[-1] if ready else None

    def next_at(self) -> float | None:
        """When somebody is due; None: nobody waits."""
        if not self._waiting:
            return None
        return max(self._not_before, min(one.not_before for one in self))

    def answered(self) -> None:
        """The store did, whatever became of the one consultation."""
        self._failures, self._not_before, self._fault, self.failing_since_unix_ms = 0, 0.0, None, 0

    def went_well(self, consultation: ConsultationId) -> None:
        """The store answered, and has all of it. What it waits with is `put` again."""
        self.answered()
        known = self._waiting.get(consultation)
        if known is not None:
            known.tried, known.failures, known.not_before, known.fault = 0, 0, 0.0, None

    def failed(self, consultation: ConsultationId, fault: Fault, now: float, now_unix_ms: int) -> None:
        """Nobody tries for a while; what is this consultation's own fault stops no other."""
        known = self._waiting.get(consultation)
        if fault.is_of_all:
            if known is not None:
                known.tried += 1
            self._fault = fault
            self._failures += 1
            self.failing_since_unix_ms = self.failing_since_unix_ms or now_unix_ms
            self._not_before = now + back_off(self._failures, MOST_S)
            return
        if known is not None:
            known.failures += 1
            known.fault, known.not_before = fault, now + back_off(known.failures, OWN_MOST_S)

    def later(self, consultation: ConsultationId, now: float) -> None:
        """Its files are being moved the other way: no fault, and nobody waits for it."""
        known = self._waiting.get(consultation)
        if known is not None:
            known.not_before = now + FIRST_S

    def try_now(self) -> None:
        """Somebody mended something: whoever waits for the store is due."""
        self._not_before = 0.0


def back_off(failures: int, most: float) -> float:
    """Seconds after so many failures in a row."""
    return min(most, FIRST_S * 2.0 ** min(failures - 1, 20))
