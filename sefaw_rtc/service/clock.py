"""The session clock of one consultation: µs since it was requested; and wall time, as ids and tokens want it.

Within a process it follows the monotonic clock, so a corrected wall clock never makes an event go back. After a
restart it goes on from the wall clock, and never before the last event that the log holds.
"""

import time
from collections.abc import Callable

US_PER_MS = 1000
US_PER_S = 1_000_000


def unix_us() -> int:
    """Wall time, µs since the Unix epoch."""
    return time.time_ns() // 1000


def unix_s() -> int:
    """Wall time, Unix seconds: the time of `decide()`, of sessions and of tokens."""
    return time.time_ns() // 1_000_000_000


def unix_ms() -> int:
    """Wall time, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


class SessionClock:
    """`now()` in µs since `started_unix_us`."""

    def __init__(
        self,
        started_unix_us: int,
        *,
        floor_us: int = 0,
        wall_us: Callable[[], int] = unix_us,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.started_unix_us = started_unix_us
        self._monotonic_ns = monotonic_ns
        self._origin_ns = monotonic_ns()
        self._base_us = max(floor_us, wall_us() - started_unix_us, 0)

    def now(self) -> int:
        """µs on the session clock."""
        return self._base_us + (self._monotonic_ns() - self._origin_ns) // 1000

    @property
    def zero_ns(self) -> int:
        """What the monotonic clock showed, or would have shown, at session time 0; may be negative."""
        return self._origin_ns - self._base_us * 1000

    def unix_ms_of(self, t: int) -> int:
        """The wall time (Unix ms) of a moment on this clock."""
        return (self.started_unix_us + t) // US_PER_MS


class Forward:
    """Wall time that never goes back while this process lives: what has ended by it stays ended when somebody sets the
    clock back."""

    def __init__(
        self, wall_us: Callable[[], int] = unix_us, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_us, self._monotonic_ns = wall_us, monotonic_ns
        self._latest_us, self._at_ns = wall_us(), monotonic_ns()

    def now_us(self) -> int:
        """Unix µs; after a step back as much later as time went by since the latest that was seen."""
        elapsed = (self._monotonic_ns() - self._at_ns) // 1000
        self._latest_us = max(self._latest_us + elapsed, self._wall_us())
        self._at_ns = self._monotonic_ns()
        return self._latest_us
