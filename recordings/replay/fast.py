"""The fast lane of a stretch of time: pointers and views while they were dragged, as they were relayed."""

from collections.abc import Iterator

from recordings.chunk import Fast
from recordings.journal import Damage, MediaJournal
from signalling.fast import FastError, decode_header
from signalling.record import Record


class FastLine(Record, frozen=True):
    """A message at session time `t` (µs). `body`: the bytes that everybody got (docs/wire.md), its sender in them."""

    t: int
    body: bytes


def fast_lane(journal: MediaJournal, t_from: int, t_to: int) -> Iterator[FastLine]:
    """From `t_from` on and before `t_to`, in order. What is no message is left out. Raises `StorageFailed`."""
    for entry in journal.read(t_from):
        if isinstance(entry, Damage):
            continue
        if entry.t >= t_to:
            return
        if isinstance(entry, Fast) and entry.t >= t_from and _is_message(entry):
            yield FastLine(t=entry.t, body=entry.message)


def _is_message(entry: Fast) -> bool:
    try:
        return decode_header(entry.message).sender == entry.sender
    except FastError:
        return False
