"""The fast lane of a stretch of time: pointers and views while they were dragged, as they were relayed. It comes from
the file that the seal made of it; where that made none (nobody pointed, or it is of before there was one), from the
journal while that is there."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from recordings.chunk import Fast
from recordings.crypt import DataKey
from recordings.fast_lane import FAST, is_message, read_fast_lane
from recordings.journal import Damage, MediaJournal
from signalling.ids import ConsultationId
from signalling.record import Record

# Entries stand in the order of arrival: only a restart, or a late wake-up, puts a message behind a later time.
_BEHIND_US: Final = 1_000_000


class FastLine(Record, frozen=True):
    """A message at session time `t` (µs). `body`: the bytes that everybody got (docs/wire.md), its sender in them."""

    t: int
    body: bytes


def fast_lane(folder: Path, consultation: ConsultationId, key: DataKey, t_from: int, t_to: int) -> Iterator[FastLine]:
    """From `t_from` on and before `t_to`, in order. `folder`: the consultation's in the archive. What is no message is
    left out. Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
    if (folder / FAST).is_file():
        said = read_fast_lane(folder, consultation, key, t_from)
    else:
        said = _of_journal(MediaJournal(folder, consultation, key), t_from, t_to)
    for t, body in takewhile(lambda one: one[0] < t_to, said):
        yield FastLine(t=t, body=body)


def _of_journal(journal: MediaJournal, since: int, until: int) -> Iterator[tuple[int, bytes]]:
    """Ends with the stretch: where nobody pointed, all of the packets behind it would be read to find nothing."""
    for entry in journal.read(since):
        if isinstance(entry, Damage):
            continue
        if entry.t >= until + _BEHIND_US:
            return
        if isinstance(entry, Fast) and entry.t >= since and is_message(entry):
            yield entry.t, entry.message
