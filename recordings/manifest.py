"""What a sealed consultation consists of: every file with its length and SHA-256, and what the recording itself knows
that it lacks. Canonical JSON (RFC 8785), so that there is one text of it, whose SHA-256 is what the `sealed` leaf of
the transparency log is about. `recordings/verify.py` reads it without us; the format is in docs/archive.md.

It hashes files and makes the text; it decides nothing about what belongs in.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recordings.errors import ArchiveError
from recordings.storage import typed
from signalling.canonical import canonical
from signalling.ids import ConsultationRef, Count
from signalling.record import Record

MANIFEST: Final = "manifest.json"
EXPORT: Final = "export.json"
# A damaged file larger than this is said to be damaged "between these two offsets", not "somewhere".
BLOCK: Final = 1024 * 1024
MAX_FILES: Final = 100_000
MAX_DAMAGES: Final = 10_000  # a disk with more of them is no archive
# Relative, of plain names, and the same on every system: no "..", no drive, no backslash, no device name's colon.
NAME_PATTERN: Final = r"^(?!.*(?:^|/)\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,128}(?:/[A-Za-z0-9._-]{1,128}){0,7}\Z"

Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]


class ManifestInvalid(ArchiveError):  # noqa: N818 - what it is
    """Not a manifest of a version that this program reads, or not in its one text."""


class FileKind(StrEnum):
    """What a file is. A log may be longer than it was when it was sealed; no other file may."""

    LOG = "log"
    MEDIA = "media"
    SNAPSHOTS = "snapshots"
    TRACK = "track"
    OTHER = "other"


class FileEntry(Record, frozen=True):
    """A file. `blocks`: the SHA-256 of each MiB, for files longer than one."""

    name: Name
    kind: FileKind
    size: Count
    sha256: Hash
    blocks: tuple[Hash, ...] = ()


class Segment(Record, frozen=True):
    """A segment of the media journal: its number, its file, the session times (µs) that it covers."""

    number: Annotated[int, Meta(ge=1)]
    file: Name
    t_from: Count
    t_to: Count


class Gap(Record, frozen=True):
    """A span of session time (µs) without recording, and why: `private`, `asked`, `other` (people decided),
    `restarted`, `slow`, `full`, `failed`, …"""

    t_from: Count
    t_to: Count
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,32}\Z")]


class Counts(Record, frozen=True):
    """Packets written; packets that never came; packets that came and were left out; µs of pictures that cannot be
    decoded."""

    packets: Count = 0
    lost: Count = 0
    dropped: Count = 0
    damaged_us: Count = 0


class LogFacts(Record, frozen=True):
    """The log as sealed: how many records (the header is one), and the SHA-256 of the last one's payload."""

    records: Annotated[int, Meta(ge=1)]
    head: Hash


class Damaged(Record, frozen=True):
    """A span of session time (µs) of which a track shows nothing: from the last good picture to the next keyframe, or
    sound that is missing."""

    t_from: Count
    t_to: Count


class ClockBreak(Record, frozen=True):
    """At `t` (session µs) the sender's RTP clock left time by `us`: it `stopped` or `jumped`."""

    t: Count
    kind: Annotated[str, Meta(pattern=r"^[a-z_]{1,32}\Z")]
    us: Count


class Track(Record, frozen=True):
    """A run of the journal and the file that was made of it ("" = none can be). Time 0 of the file is `t0`, its last
    frame is at `t_end` (session µs). `by_reports`: its times are the sender's own (RTCP), not those of arrival.
    `packets`, `lost`: in the journal, and missing between them."""

    run: Annotated[int, Meta(ge=1)]
    track: Count
    kind: Annotated[str, Meta(max_length=16)]
    codec: Annotated[str, Meta(max_length=32)]
    rid: Annotated[str, Meta(max_length=64)]
    file: Annotated[str, Meta(max_length=128)]
    t0: Count
    t_end: Count
    frames: Count
    packets: Count
    lost: Count
    by_reports: bool
    damaged: tuple[Damaged, ...] = ()
    breaks: tuple[ClockBreak, ...] = ()


class Located(Record, frozen=True):
    """A place of the media journal that cannot be read (docs/journal.md says why that may be)."""

    file: Annotated[str, Meta(max_length=128)]
    offset: Count
    count: Count
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,32}\Z")]


class Manifest(Record, frozen=True):
    """Of one sealed consultation. `state`: the hash of the log's fold, `seq`: up to which event."""

    consultation: ConsultationRef
    started_unix_us: Count
    sealed_unix_ms: Count
    files: Annotated[list[FileEntry], Meta(max_length=MAX_FILES)]
    log: LogFacts
    state: Hash
    seq: Count
    segments: tuple[Segment, ...] = ()
    gaps: tuple[Gap, ...] = ()
    counts: Counts = Counts()
    tracks: tuple[Track, ...] = ()
    damages: Annotated[tuple[Located, ...], Meta(max_length=MAX_DAMAGES)] = ()
    version: Annotated[int, Meta(ge=1, le=1)] = 1

    def __bytes__(self) -> bytes:
        return canonical(msgspec.to_builtins(self))

    @property
    def digest(self) -> str:
        """What the `sealed` leaf is about."""
        return hashlib.sha256(bytes(self)).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> "Manifest":
        """Raises `ManifestInvalid`."""
        try:
            found = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ManifestInvalid("not a manifest") from None
        if bytes(found) != data:
            raise ManifestInvalid("not written canonically")
        return found


class ExportList(Record, frozen=True):
    """What a bundle holds beside what was sealed: every other file but this one and its own proof. Its SHA-256 is what
    the `export` leaf is about; `salt`, 32 random bytes that are in the bundle alone, keeps it from being guessed. Lists
    of before have none."""

    consultation: ConsultationRef
    files: Annotated[list[FileEntry], Meta(max_length=MAX_FILES)]
    salt: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""
    version: Annotated[int, Meta(ge=1, le=1)] = 1

    def __bytes__(self) -> bytes:
        return canonical(msgspec.to_builtins(self))

    @property
    def digest(self) -> str:
        return hashlib.sha256(bytes(self)).hexdigest()


def describe(path: Path, name: str, kind: FileKind) -> FileEntry:
    """A file as it is now, read once. Raises `StorageFailed`."""
    whole, size, blocks = hashlib.sha256(), 0, []
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                whole.update(block)
                size += len(block)
                blocks.append(hashlib.sha256(block).hexdigest())
    except OSError as error:
        raise typed(error) from None
    return FileEntry(
        name=name, kind=kind, size=size, sha256=whole.hexdigest(), blocks=tuple(blocks) if size > BLOCK else ()
    )


def by_name(files: list[FileEntry]) -> list[FileEntry]:
    """In the order in which a manifest has them. ValueError for two of one name."""
    if len({file.name for file in files}) != len(files):
        raise ValueError("two files of one name")
    return sorted(files, key=lambda file: file.name)
