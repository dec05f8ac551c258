"""The media journal read back: the segments of a consultation's folder in order, their chunks opened, their entries as
records. Lazy, and in bounded memory: a chunk at a time. The format is docs/journal.md; the plane writes it.

Damage ends nothing: it comes as a record too (`Damage`), with its file, place and reason, and reading goes on behind it
where the framing allows.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from recordings.chunk import Dropped, Entry, Fast, MalformedChunk, Rtcp, Rtp, RunEnded, RunNamed, entries_of, is_packet
from recordings.crypt import DataKey, FileKey, Use
from recordings.errors import NotAuthentic
from recordings.framing import Ending, Found, walk
from recordings.sealed import Salt
from recordings.storage import typed
from signalling.ids import ConsultationId, Count

_NAME: Final = re.compile(r"media-(\d{6,9})\.seg")
RUNS_MOST: Final = 65_536  # of one consultation: hours of reconnects are hundreds


class Reason(StrEnum):
    """What is wrong with a place of the journal."""

    TORN = "torn"  # the file ends in the middle of a record, as a killed server leaves it: no damage
    BAD_CHECKSUM = "bad_checksum"  # a chunk that is not what was written
    BAD_LENGTH = "bad_length"  # the rest of the file is no journal
    NOT_A_SEGMENT = "not_a_segment"  # its beginning cannot be read: nothing of the file can
    UNKNOWN_VERSION = "unknown_version"  # of a kind to come
    FOREIGN = "foreign"  # it says that it is another segment, or another consultation's
    MISSING = "missing"  # no file of this number: refused by the disk (DROPPED follows) or removed
    WRONG_KEY = "wrong_key"  # sound chunks, and none so far opens with this data key
    NOT_AUTHENTIC = "not_authentic"  # a sound chunk that does not open though others do: changed by somebody
    MALFORMED = "malformed"  # opened, and no sequence of entries
    STRANGE = "strange"  # entries that cannot be: of a run that nothing named, a packet that is none


@dataclass(frozen=True, slots=True)
class Damage:
    """A place of which something is missing. `count`: of segments, chunks or entries; `rest`: nothing behind it in this
    file can be read."""

    reason: Reason
    segment: int
    file: str
    offset: int
    count: int = 1
    rest: bool = False


class SegmentHeader(msgspec.Struct, frozen=True):
    """The first record, in the clear. `t`: session time (µs) at which the segment begins."""

    kind: Literal["media"]
    version: Literal[1]
    consultation: Annotated[str, Meta(max_length=64)]
    segment: Annotated[int, Meta(ge=1)]
    salt: Salt
    started_unix_us: Count
    t: Count


class Segment(NamedTuple):
    """A file that has a segment's name."""

    number: int
    path: Path


_ENDINGS: Final = {
    Ending.TORN: Reason.TORN,
    Ending.BAD_CHECKSUM: Reason.BAD_CHECKSUM,
    Ending.BAD_LENGTH: Reason.BAD_LENGTH,
    Ending.BAD_HEADER: Reason.NOT_A_SEGMENT,
    Ending.UNKNOWN_VERSION: Reason.UNKNOWN_VERSION,
}


def segments_of(folder: Path) -> list[Segment]:
    """The segments in order. Raises `StorageFailed`; a folder that is not there has none."""
    try:
        names = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise typed(error) from None
    return sorted(Segment(int(match[1]), path) for match, path in names)


class MediaJournal:
    """A consultation's media journal, as it is now: read it again for what was written since."""

    def __init__(self, folder: Path, consultation: ConsultationId, key: DataKey) -> None:
        """Raises `StorageFailed`."""
        self._consultation = consultation
        self._key = key
        self.segments = segments_of(folder)

    def read(self, since: int = 0) -> Iterator[Entry | Damage]:
        """Everything from session time `since` (µs) on. What names and ends runs comes from the beginning of its
        segment, whatever its time. Raises `StorageFailed`."""
        return chain.from_iterable(self._pieces(since))

    def _pieces(self, since: int) -> Iterator[list[Entry | Damage]]:
        """Chunk by chunk: there are a hundred entries in each."""
        reading = _Reading(self._consultation, self._key, since)
        first = self._segment_at(since) if since > 0 else 0
        before = self.segments[first - 1].number if first else 0
        for segment in self.segments[first:]:
            if segment.number > before + 1:
                missing = segment.number - before - 1
                yield [Damage(Reason.MISSING, before + 1, "", 0, count=missing)]
            before = segment.number
            yield from reading.segment(segment)

    def _segment_at(self, since: int) -> int:
        """Which to begin with: few headers are read, however long the journal is."""
        return max(0, bisect_right(range(len(self.segments)), since, key=self.begins) - 1)

    def begins(self, index: int) -> int:
        """When (session µs) the segment at this place of `segments` begins; of one that cannot be read, when the one
        before does."""
        for segment in reversed(self.segments[: index + 1]):
            try:
                with segment.path.open("rb") as stream:
                    header = _header(walk(stream))
            except OSError as error:
                raise typed(error) from None
            if header is not None:
                return header[0].t
        return 0


class _Reading:
    """One way through the journal: which runs have names, whether the key opened anything."""

    def __init__(self, consultation: ConsultationId, key: DataKey, since: int) -> None:
        self._consultation, self._key, self._since = consultation, key, since
        self._runs: set[int] = set()
        self._opened = False

    def segment(self, segment: Segment) -> Iterator[list[Entry | Damage]]:
        try:
            with segment.path.open("rb") as stream:
                yield from self._file(segment, stream)
        except OSError as error:
            raise typed(error) from None

    def _file(self, segment: Segment, stream: BinaryIO) -> Iterator[list[Entry | Damage]]:
        number, file = segment.number, segment.path.name
        found = walk(stream)
        header = _header(found)
        if header is None:
            yield [Damage(_why(stream), number, file, 0, rest=True)]
        elif (header[0].segment, header[0].consultation) != (number, self._consultation):
            yield [Damage(Reason.FOREIGN, number, file, 0, rest=True)]
        else:
            key = FileKey(self._key, Use.MEDIA, bytes.fromhex(header[0].salt), header[1])
            yield from self._chunks(segment, found, key)

    def _chunks(self, segment: Segment, found: Iterator[Found], key: FileKey) -> Iterator[list[Entry | Damage]]:
        number, file = segment.number, segment.path.name
        shut: list[int] = []  # places of sound chunks that did not open, until one does
        opened = False
        for counter, piece in enumerate(found):
            if isinstance(piece.what, Ending):
                if piece.what is not Ending.CLEAN:
                    yield [Damage(_ENDINGS[piece.what], number, file, piece.offset, rest=piece.last)]
                continue
            try:
                plain = key.open(piece.what, counter)
            except NotAuthentic:
                shut.append(piece.offset)
                continue
            opened = self._opened = True
            yield _not_authentic(number, file, shut)
            shut.clear()
            yield self._entries(plain, Damage(Reason.MALFORMED, number, file, piece.offset))
        if opened or self._opened:
            yield _not_authentic(number, file, shut)
        elif shut:
            yield [Damage(Reason.WRONG_KEY, number, file, shut[0], count=len(shut), rest=True)]

    def _entries(self, plain: bytes, damage: Damage) -> list[Entry | Damage]:
        try:
            entries = entries_of(plain)
        except MalformedChunk:
            return [damage]
        strange, runs, since = 0, self._runs, self._since
        found: list[Entry | Damage] = []
        for entry in entries:
            if type(entry) is Rtp and entry.t >= since and entry.run in runs and is_packet(entry):
                found.append(entry)  # as most are
            elif not self._can_be(entry):
                strange += 1
            elif entry.t >= self._since or isinstance(entry, RunNamed | RunEnded):
                found.append(entry)
        if strange:
            found.append(replace(damage, reason=Reason.STRANGE, count=strange))
        return found

    def _can_be(self, entry: Entry) -> bool:
        match entry:
            case RunNamed(run=run):
                if run > 0 and len(self._runs) < RUNS_MOST:
                    self._runs.add(run)
                return run in self._runs
            case Rtp(run=run):
                return run in self._runs and is_packet(entry)
            case RunEnded(run=run):
                return run in self._runs
            case Dropped(run=run):
                return run == 0 or run in self._runs
            case Rtcp():
                return is_packet(entry)
            case Fast():
                return True


def _header(found: Iterator[Found]) -> tuple[SegmentHeader, bytes] | None:
    """The first record, parsed and as it stands."""
    first = next(found).what
    if isinstance(first, Ending):
        return None
    try:
        return msgspec.json.decode(first, type=SegmentHeader), first
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _why(stream: BinaryIO) -> Reason:
    """Why a file has no header."""
    stream.seek(0)
    first = next(walk(stream)).what
    if first in {Ending.UNKNOWN_VERSION, Ending.TORN}:
        return _ENDINGS[Ending(first)]
    if isinstance(first, bytes) and _version(first) != 1:
        return Reason.UNKNOWN_VERSION
    return Reason.NOT_A_SEGMENT


def _version(first: bytes) -> object:
    try:
        told = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return 1
    return told.get("version", 1) if isinstance(told, dict) else 1


def _not_authentic(number: int, file: str, offsets: list[int]) -> list[Entry | Damage]:
    return [Damage(Reason.NOT_AUTHENTIC, number, file, offset) for offset in offsets]
