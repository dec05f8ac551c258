"""The fast lane of a stretch of time: pointers and views while they were dragged, as they were relayed. It comes from
the file that the seal made of it; of what was sealed before there was one, from the journal while that is there."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from recordings.chunk import Fast
from recordings.crypt import DataKey
from recordings.fast_lane import FAST, is_message, read_fast_lane
from recordings.journal import MediaJournal
from signalling.ids import ConsultationId
from signalling.record import Record


class FastLine(Record, frozen=True):
    """A message at session time `t` (µs). `body`: the bytes that everybody got (docs/wire.md), its sender in them."""

    t: int
    body: bytes


def fast_lane(folder: Path, consultation: ConsultationId, key: DataKey, t_from: int, t_to: int) -> Iterator[FastLine]:
    """From `t_from` on and before `t_to`, in order. `folder`: the consultation's in the archive. What is no message is
    left out. Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
    sealed = (folder / FAST).is_file()
    said = (read_fast_lane if sealed else _of_journal)(folder, consultation, key, t_from)
    for t, body in takewhile(lambda one: one[0] < t_to, said):
        yield FastLine(t=t, body=body)


def _of_journal(folder: Path, consultation: ConsultationId, key: DataKey, since: int) -> Iterator[tuple[int, bytes]]:
    for entry in MediaJournal(folder, consultation, key).read(since):
        if isinstance(entry, Fast) and entry.t >= since and is_message(entry):
            yield entry.t, entry.message
