"""What is to happen when, to a tenth of a millisecond. The event loops' own timers round to whole milliseconds, which
is too coarse for a proxy that adds delay; so the next time is kept in a kernel timer (timerfd) that wakes the loop."""

import asyncio
import ctypes
import heapq
import os
from collections.abc import Callable
from itertools import count
from typing import Any, Final

# <time.h>, <sys/timerfd.h>
CLOCK_MONOTONIC: Final = 1
TFD_TIMER_ABSTIME: Final = 1
TFD_NONBLOCK: Final = os.O_NONBLOCK


class _Spec(ctypes.Structure):
    """`struct itimerspec`: interval, then the first expiry."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("at_s", ctypes.c_long),
        ("at_ns", ctypes.c_long),
    )


class Agenda:
    """Calls things at times of the loop's clock (CLOCK_MONOTONIC), in order of time, then of arrival."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._timer = self._libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._waiting: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()
        self._set_for = 0.0
        loop.add_reader(self._timer, self._wake)

    def at(self, due: float, action: Callable[..., None], *arguments: Any) -> None:
        """Call `action` at `due`; at once if that has passed."""
        if due <= self._loop.time() and not self._waiting:
            action(*arguments)
            return
        heapq.heappush(self._waiting, (due, next(self._number), action, arguments))
        self._arm()

    def close(self) -> None:
        self._loop.remove_reader(self._timer)
        os.close(self._timer)
        self._waiting.clear()

    def _wake(self) -> None:
        os.read(self._timer, 8)
        self._set_for = 0.0
        waiting = self._waiting
        while waiting and waiting[0][0] <= self._loop.time():
            _, _, action, arguments = heapq.heappop(waiting)
            action(*arguments)
        self._arm()

    def _arm(self) -> None:
        if not self._waiting:
            return
        due = self._waiting[0][0]
        if self._set_for and self._set_for <= due:
            return
        self._set_for = due
        # A time of zero would switch the timer off.
        nanoseconds = max(1, int(due * 1e9))
        spec = _Spec(0, 0, *divmod(nanoseconds, 1_000_000_000))
        self._libc.timerfd_settime(self._timer, TFD_TIMER_ABSTIME, ctypes.byref(spec), None)
