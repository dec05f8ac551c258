"""The framing of every append-only file of the archive: a header, then records, each with its length and checksum.

    file   = magic "SEFAWREC" · version u16 · reserved u16 (0) · record*
    record = length u32 · crc u32 · payload           (all little-endian; 1 ≤ length ≤ MAX_RECORD)

`crc` is CRC-32C over the length field and the payload, so that a run of zeros, as a power cut leaves it, is no
record. This module only looks at bytes: it opens no file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final, NamedTuple

import google_crc32c

from recordings.errors import RecordTooLarge

MAGIC: Final = b"SEFAWREC"
VERSION: Final = 1
HEADER: Final = MAGIC + struct.pack("<HH", VERSION, 0)
# The largest event is a chat line of 2,000 characters, some 12 kB escaped; media records stay below 64 kB.
MAX_RECORD: Final = 1024 * 1024
_FRAME: Final = struct.Struct("<II")
_SECTOR: Final = 512  # bytes: what a disk writes whole or not at all, or a divisor of it


class Ending(StrEnum):
    """Why reading stopped where it did."""

    CLEAN = "clean"  # after the last record
    TORN = "torn"  # in the middle of a record: written last, not to its end
    BAD_LENGTH = "bad_length"  # a length that no writer writes
    BAD_CHECKSUM = "bad_checksum"  # a whole record that is not what was written
    BAD_HEADER = "bad_header"  # not a file of this kind; nothing of it can be used
    UNKNOWN_VERSION = "unknown_version"  # of a kind to come


_NOT_GOOD: Final = frozenset({Ending.BAD_LENGTH, Ending.BAD_CHECKSUM, Ending.BAD_HEADER})


@dataclass(frozen=True, slots=True)
class Scan:
    """The good records of some bytes, how far they reach, and why not further."""

    records: list[bytes]
    good_length: int
    ending: Ending


def frame(payload: bytes) -> bytes:
    """One record as it stands in a file."""
    if not 1 <= len(payload) <= MAX_RECORD:
        raise RecordTooLarge(f"a record of {len(payload)} bytes")
    length = struct.pack("<I", len(payload))
    return length + struct.pack("<I", _checksum(length, payload)) + payload


def scan(data: bytes) -> Scan:
    """Read as far as the records are good. Whatever the bytes: the result is a prefix of what was written."""
    if len(data) < len(HEADER):
        return Scan([], 0, Ending.TORN if HEADER.startswith(data) else Ending.BAD_HEADER)
    if data[: len(HEADER)] != HEADER:
        return Scan([], 0, Ending.UNKNOWN_VERSION if data.startswith(MAGIC) else Ending.BAD_HEADER)
    records: list[bytes] = []
    good = len(HEADER)
    while good < len(data):
        record = _record(data, good)
        if isinstance(record, Ending):
            return Scan(records, good, record)
        records.append(record)
        good += _FRAME.size + len(record)
    return Scan(records, good, Ending.CLEAN)


def scan_synced(data: bytes) -> Scan:
    """As `scan`, of a file whose every record is on the disk itself before anybody relies on it. After a power cut the
    last ones can be there by their length alone: nothing but zeros up to the end, from the last good record on or from
    a sector in the midst of the next. Those are TORN as well."""
    found = scan(data)
    if found.ending in _NOT_GOOD and _is_unwritten(data, found.good_length):
        return Scan(found.records, found.good_length, Ending.TORN)
    return found


def unframe(record: bytes) -> bytes | None:
    """The payload of exactly one record, None if it is not what was written."""
    found = _record(record, 0)
    return found if isinstance(found, bytes) and len(record) == _FRAME.size + len(found) else None


def scan_first(data: bytes) -> bytes | None:
    """The first record of a file, of which `data` is the beginning."""
    if data[: len(HEADER)] != HEADER:
        return None
    found = _record(data, len(HEADER))
    return found if isinstance(found, bytes) else None


def size_at(stream: BinaryIO, offset: int) -> int:
    """How many bytes the record here has, by its length alone; 0 = none that a writer writes, or the end."""
    stream.seek(offset)
    head = stream.read(_FRAME.size)
    length = _FRAME.unpack(head)[0] if len(head) == _FRAME.size else 0
    return _FRAME.size + length if 1 <= length <= MAX_RECORD else 0


def read_at(stream: BinaryIO, offset: int, size: int) -> bytes | None:
    """The payload of the record that is exactly there, None if it is not what was written."""
    stream.seek(offset)
    return unframe(stream.read(size))


class Found(NamedTuple):
    """One step through a file: a record's payload, or what is there instead. `last`: nothing behind it can be read."""

    offset: int
    what: bytes | Ending
    last: bool

    @property
    def end(self) -> int:
        """Where the next record begins, behind a good one."""
        return self.offset + _FRAME.size + len(self.what)


def walk(stream: BinaryIO) -> Iterator[Found]:
    """The records one by one, in the memory of two; at the end an `Ending`. One damaged record is passed over where its
    length can be believed, because a good record or the end follows: BAD_CHECKSUM, and not the last."""
    head = stream.read(len(HEADER))
    if head != HEADER:
        yield Found(0, scan(head).ending, last=True)
        return
    offset, damaged = len(HEADER), -1
    while True:
        what, size = _next(stream)
        if what is Ending.BAD_CHECKSUM and damaged < 0:
            damaged, offset = offset, offset + size
            continue
        if damaged >= 0:
            believed = what is Ending.CLEAN or isinstance(what, bytes)
            yield Found(damaged, Ending.BAD_CHECKSUM, last=not believed)
            if not believed:
                return
            damaged = -1
        yield Found(offset, what, last=isinstance(what, Ending))
        if isinstance(what, Ending):
            return
        offset += size


def _next(stream: BinaryIO) -> tuple[bytes | Ending, int]:
    """The next record or why there is none, and its bytes in the file as its length says."""
    head = stream.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return (Ending.TORN if head else Ending.CLEAN), len(head)
    length, checksum = _FRAME.unpack(head)
    if not 1 <= length <= MAX_RECORD:
        return Ending.BAD_LENGTH, _FRAME.size
    payload = stream.read(length)
    if len(payload) < length:
        return Ending.TORN, _FRAME.size + len(payload)
    size = _FRAME.size + length
    return (payload if _checksum(head[:4], payload) == checksum else Ending.BAD_CHECKSUM), size


def _is_unwritten(data: bytes, good: int) -> bool:
    """Whether the sectors of what should follow here never came to the disk."""
    written = len(data.rstrip(b"\0"))
    if written <= good:
        return True
    zeros = -(-written // _SECTOR) * _SECTOR
    if zeros >= len(data):
        return False
    start = good + _FRAME.size
    length = int.from_bytes(data[good : good + 4], "little")
    return start > zeros or (1 <= length <= MAX_RECORD and start + length > zeros)


def _record(data: bytes, offset: int) -> bytes | Ending:
    """The record that begins here, or why there is none."""
    start = offset + _FRAME.size
    if start > len(data):
        return Ending.TORN
    length, checksum = _FRAME.unpack_from(data, offset)
    if not 1 <= length <= MAX_RECORD:
        return Ending.BAD_LENGTH
    if start + length > len(data):
        return Ending.TORN
    payload = data[start : start + length]
    if _checksum(data[offset : offset + 4], payload) != checksum:
        return Ending.BAD_CHECKSUM
    return payload


def _checksum(length: bytes, payload: bytes) -> int:
    value: int = google_crc32c.extend(google_crc32c.value(length), payload)
    return value
