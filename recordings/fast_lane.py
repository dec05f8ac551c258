"""The fast lane of a consultation (pointers, views while they were dragged) as a sealed file of its own: made with the
seal, so that a replay stays smooth after the media journal is gone.

    record = length u16 LE ‖ t u64 LE (session µs) ‖ the message as it was relayed

A record lies within one chunk of the sealed file; a length of 0, or fewer bytes than a record's head, is the end of the
chunk. So each chunk begins with a record, and a time is found by halves.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recordings.chunk import Fast
from recordings.crypt import DataKey
from recordings.errors import FileDamaged
from recordings.files import CHUNK, SealedFile, SealedWriter
from signalling.fast import FastError, decode_header
from signalling.ids import ConsultationId

FAST: Final = "fast"  # its name in the consultation's folder and in the manifest
_HEAD: Final = struct.Struct("<HQ")


class FastLaneWriter:
    """Takes what the journal holds of it, in the order of its times; makes no file of nothing."""

    def __init__(self, folder: Path, consultation: ConsultationId, key: DataKey) -> None:
        self._folder, self._consultation, self._key = folder, consultation, key
        self._file: SealedWriter | None = None
        self._last = 0

    def put(self, entry: Fast) -> None:
        """What is no message is passed over. Raises `StorageFull`, `StorageFailed`."""
        if not is_message(entry):
            return
        if self._file is None:
            self._file = SealedWriter(self._folder / FAST, self._consultation, FAST, self._key, head=0)
        self._last = max(self._last, entry.t)  # a journal that went on after a restart may be a little behind
        record = _HEAD.pack(len(entry.message), self._last) + entry.message
        left = CHUNK - self._file.tell() % CHUNK
        self._file.write(record if len(record) <= left else bytes(left) + record)

    def close(self) -> bool:
        """Whether there is a file. Raises `StorageFull`, `StorageFailed`."""
        if self._file is None:
            (self._folder / FAST).unlink(missing_ok=True)  # of a sealing that was cut off
            return False
        self._file.close()
        return True

    def discard(self) -> None:
        """As if it had never been begun."""
        if self._file is not None:
            self._file.discard()


def read_fast_lane(folder: Path, consultation: ConsultationId, key: DataKey, since: int) -> Iterator[tuple[int, bytes]]:
    """Times and messages from `since` on, in order. Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
    with SealedFile(folder / FAST, consultation, FAST, key) as file:
        for chunk in range(_first(file, since), _chunks(file)):
            for t, message in _records(file.read_at(chunk * CHUNK, CHUNK)):
                if t >= since:
                    yield t, message


def is_message(entry: Fast) -> bool:
    """Whether people could read it, and it says truly whose it is."""
    try:
        return decode_header(entry.message).sender == entry.sender
    except FastError:
        return False


def _first(file: SealedFile, since: int) -> int:
    """The last chunk that begins before `since`: what is asked for begins in it, or behind it."""
    low, high = 0, _chunks(file)
    while low < high:
        middle = (low + high) // 2
        _, t = _head(file.read_at(middle * CHUNK, _HEAD.size), 0)
        low, high = (middle + 1, high) if t < since else (low, middle)
    return max(0, low - 1)


def _chunks(file: SealedFile) -> int:
    return -(-file.size // CHUNK)


def _records(chunk: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEAD.size <= len(chunk):
        length, t = _head(chunk, at)
        if length == 0:
            return
        begin, at = at + _HEAD.size, at + _HEAD.size + length
        if at > len(chunk):
            raise FileDamaged("a message goes beyond its chunk")
        yield t, chunk[begin:at]


def _head(data: bytes, at: int) -> tuple[int, int]:
    if len(data) - at < _HEAD.size:
        raise FileDamaged("half a message")
    length, t = _HEAD.unpack_from(data, at)
    return length, t
