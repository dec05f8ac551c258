"""When the transparency log was without one of its witnesses: a small file beside it, written in every round that lacks
one, so that the hours of a period are known long after it, whatever was restarted since."""

from pathlib import Path
from typing import Final

import msgspec

from recordings.tlog.files import read_whole, write_whole

OUTAGES: Final = "unwitnessed.json"  # in `tlog/`
KEPT_MOST: Final = 10_000  # the newest: three a day for nine years
_MOST: Final = 1 << 20

Span = tuple[int, int]  # from, until: Unix s


class Outages:
    """Its methods wait for the disk: call them off the loop."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / OUTAGES

    def note(self, since: int, until: int) -> None:
        """From then until now one was lacking; what overlaps or touches is one. Raises `StorageFull`,
        `StorageFailed`."""
        spans = _merged([*self._read(), (min(since, until), until)])[-KEPT_MOST:]
        write_whole(self._path, msgspec.json.encode(spans))

    def seconds(self, begin: int, end: int, open_since: int | None, now: int) -> int:
        """How many of this period's, with what goes on now. Raises `StorageFailed`."""
        spans = self._read() + ([] if open_since is None else [(min(open_since, now), now)])
        return sum(max(0, min(until, end) - max(since, begin)) for since, until in _merged(spans))

    def _read(self) -> list[Span]:
        """A file that is none is taken for one without spans: what was is not known then."""
        try:
            return msgspec.json.decode(read_whole(self._path, _MOST) or b"[]", type=list[Span])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return []


def _merged(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found
