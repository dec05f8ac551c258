"""What happened to packets, and how late the proxy itself was."""

from collections import deque
from typing import Final

import msgspec

# The last so many packets' own lateness are kept: a few seconds of a call.
KEPT: Final = 20_000


class Counts(msgspec.Struct):
    """Of one direction and transport; for TCP a packet is a piece of the stream."""

    packets: int = 0
    bytes: int = 0
    passed: int = 0
    lost: int = 0
    queue: int = 0
    dark: int = 0
    reordered: int = 0
    duplicated: int = 0


class Lateness:
    """How much later than asked packets left: the proxy's own delay, milliseconds."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        self._last.append(seconds)

    def percentiles(self) -> dict[str, float]:
        ordered = sorted(self._last)
        if not ordered:
            return {"n": 0}
        return {"n": len(ordered), **{f"p{share}_ms": _at(ordered, share) for share in (50, 99)}}


def _at(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 3)
