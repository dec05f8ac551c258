"""The seal of a consultation that is over: its log and its media journal read to the end, everything that can be played
projected, every file digested, all of it written down in `manifest.json`. That file is the seal, and comes last: what
is killed, or finds the disk full, before it is there has sealed nothing, and the next time begins anew.

It never changes nor removes the log, the journal or a key. One process at a time seals a consultation.
"""

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from recordings.chunk import Entry, Fast
from recordings.errors import NotAuthentic, StorageFailed
from recordings.fast_lane import FAST, FastLaneWriter
from recordings.journal import Damage, MediaJournal, Reason, segments_of
from recordings.leaves import kept_leaf
from recordings.log import ConsultationLog, Keys, read_consultation, read_log
from recordings.manifest import (
    MANIFEST,
    MAX_DAMAGES,
    ClockBreak,
    Counts,
    Damaged,
    FileEntry,
    FileKind,
    Gap,
    Located,
    LogFacts,
    Manifest,
    Segment,
    Track,
    by_name,
    describe,
)
from recordings.media.frames import Span
from recordings.media.runs import Hole, Survey, survey
from recordings.pauses import fitted, pauses, without
from recordings.projection import Projected, project
from recordings.storage import typed
from recordings.tlog import Leaf, LeafKind
from recordings.tlog.files import read_whole, write_whole
from signalling.canonical import state_hash
from signalling.fold import fold_all
from signalling.ids import ConsultationId

LOG: Final = "log"  # its name in a manifest; where it is, the caller says
MEDIA: Final = "media/"  # before the names of segments
SNAPSHOTS: Final = "snapshots"
_LOCK: Final = ".sealing"
_STORED: Final = "stored"  # what recordings.objects knows of its copies in an object store
_MOST: Final = 64 * 1024 * 1024


class BeingSealed(StorageFailed):
    """Another process is at it."""


@dataclass
class _Journal:
    """The media journal, read twice, and what came of it."""

    segments: list[Segment]
    found: Survey
    made: list[Projected]
    away: list[Hole]
    lane: bool = False  # whether there is a file of the fast lane


def seal(folder: Path, keys: Keys, log: Path, now_unix_ms: int) -> Manifest:
    """Seal the consultation of this log, once: what is sealed already is given back as it is. `folder`: its folder in
    the archive. Raises what `read_consultation` raises, `BeingSealed`, `NotAuthentic` (the journal is of another key),
    `ManifestInvalid`, `StorageFull`, `StorageFailed`: then it is not sealed, and everything is as it was."""
    sealed = sealed_manifest(folder)
    if sealed is not None:
        return sealed
    read = read_consultation(log, keys)
    with alone(folder):
        sealed = sealed_manifest(folder)  # by whoever had the lock
        if sealed is None:
            sealed = _seal(folder, keys, log, read, now_unix_ms)
            write_whole(folder / MANIFEST, bytes(sealed))
    return sealed


def sealed_manifest(folder: Path) -> Manifest | None:
    """None: not sealed. Raises `ManifestInvalid`, `StorageFailed`."""
    data = read_whole(folder / MANIFEST, _MOST)
    return None if data is None else Manifest.parse(data)


def seal_leaf(folder: Path, manifest: Manifest) -> Leaf:
    """What the transparency log is told of the seal. Raises `StorageFull`, `StorageFailed`."""
    return kept_leaf(folder, manifest.consultation, LeafKind.SEALED, manifest.digest, manifest.sealed_unix_ms)


def changed_since(folder: Path, log: Path, manifest: Manifest) -> list[str]:
    """The names of sealed files that are no longer what they were; a log may have grown. Raises `StorageFailed`."""
    return [one.name for one in manifest.files if not _is_same(place(folder, log, one.name), one)]


def place(folder: Path, log: Path, name: str) -> Path:
    """Where a file of a manifest is."""
    return log if name == LOG else folder / name.removeprefix(MEDIA)


def _is_same(path: Path, one: FileEntry) -> bool:
    if not path.is_file() or path.stat().st_size < one.size:
        return False
    if one.kind is FileKind.LOG:
        with path.open("rb") as file:
            return sha256(file.read(one.size)).hexdigest() == one.sha256
    return describe(path, one.name, one.kind) == one


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else seals this consultation meanwhile. Raises `BeingSealed`, `StorageFull`, `StorageFailed`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise typed(error) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BeingSealed("another process seals this consultation") from None
    finally:
        os.close(lock)


def _seal(folder: Path, keys: Keys, log: Path, read: ConsultationLog, now_unix_ms: int) -> Manifest:
    header, state = read.header, fold_all(read.events)
    with ThreadPoolExecutor(2, "digests") as beside:  # they let go of the interpreter
        segments = beside.submit(_segment_files, folder)
        media = _media(folder, keys, header.consultation, pauses(read.events))
        files = by_name([*segments.result(), *_other_files(folder, log, media, beside)])
    records = read_log(log).records
    return Manifest(
        consultation=header.consultation,
        started_unix_us=header.started_unix_us,
        sealed_unix_ms=now_unix_ms,
        files=files,
        log=LogFacts(records=len(records), head=sha256(records[-1]).hexdigest()),
        state=state_hash(state),
        seq=state.seq,
        segments=tuple(media.segments),
        gaps=tuple(
            Gap(t_from=hole.t_from, t_to=hole.t_to, reason=hole.reason)
            for hole in sorted(media.found.gaps + media.away)
        ),
        counts=_counts(media),
        tracks=tuple(_track(one) for one in media.made),
        damages=tuple(_located(one) for one in media.found.damages[:MAX_DAMAGES]),
    )


def _media(folder: Path, keys: Keys, consultation: ConsultationId, away: list[Hole]) -> _Journal:
    if not segments_of(folder):
        if _has_copies(folder):
            raise StorageFailed("its media lies in an object store and its manifest is gone: bring that one back")
        return _Journal([], Survey(), [], away)
    key = keys.open(consultation)
    journal = MediaJournal(folder, consultation, key)
    begins = [journal.begins(index) for index in range(len(journal.segments))]
    ends = list(begins)
    lane = FastLaneWriter(folder, consultation, key)
    try:
        noting = _noting(journal.read(), begins, ends, lane)
        found = survey(noting, [Span(hole.t_from, hole.t_to) for hole in away])
        if not found.runs and any(damage.reason is Reason.WRONG_KEY for damage in found.damages):
            raise NotAuthentic("the media journal does not open with this consultation's key")
        has_lane = lane.close()
    finally:
        lane.discard()
    segments = [
        Segment(number=one.number, file=MEDIA + one.path.name, t_from=begin, t_to=max(begin, end))
        for one, begin, end in zip(journal.segments, begins, ends, strict=True)
    ]
    away = fitted(away, [Span(one.t_from, one.t_to) for one in segments])
    spans = [Span(hole.t_from, hole.t_to) for hole in away]
    made = project(journal.read, found, folder, consultation, key, spans)
    made = [replace(one, damaged=without(one.damaged, away)) for one in made]
    return _Journal(segments, found, made, away, has_lane)


def _has_copies(folder: Path) -> bool:
    """Whether any of it was ever sent anywhere: whoever only looked leaves that file empty. Raises `StorageFailed`."""
    try:
        return (folder / _STORED).stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise typed(error) from None


def _noting(
    entries: Iterator[Entry | Damage], begins: list[int], ends: list[int], lane: FastLaneWriter
) -> Iterator[Entry | Damage]:
    """Notes where each segment ends, by the times of its entries; and takes the fast lane out."""
    at, until = 0, begins[1:2]
    for entry in entries:
        if not isinstance(entry, Damage):
            t = entry.t
            while until and t >= until[0]:
                at, until = at + 1, begins[at + 2 : at + 3]
            ends[at] = t
            if type(entry) is Fast:
                lane.put(entry)
        yield entry


def _segment_files(folder: Path) -> list[FileEntry]:
    return [describe(one.path, MEDIA + one.path.name, FileKind.MEDIA) for one in segments_of(folder)]


def _other_files(folder: Path, log: Path, media: _Journal, beside: Executor) -> list[FileEntry]:
    files = [describe(log, LOG, FileKind.LOG)]
    names = [name for one in media.made for name in (one.name, one.keys) if name]
    files += beside.map(lambda name: describe(folder / name, name, FileKind.TRACK), names)
    if media.lane:
        files.append(describe(folder / FAST, FAST, FileKind.OTHER))
    if (folder / SNAPSHOTS).is_file():
        files.append(describe(folder / SNAPSHOTS, SNAPSHOTS, FileKind.SNAPSHOTS))
    return files


def _counts(media: _Journal) -> Counts:
    return Counts(
        packets=sum(run.packets for run in media.found.runs.values()),
        lost=sum(run.lost for run in media.found.runs.values()),
        dropped=media.found.dropped,
        damaged_us=sum(span.t_to - span.t_from for one in media.made for span in one.damaged),
    )


def _track(one: Projected) -> Track:
    run = one.survey
    return Track(
        run=run.run,
        track=run.info.track,
        kind=run.info.kind,
        codec=run.info.codec,
        rid=run.info.rid,
        file=one.name,
        t0=max(0, one.t0),
        t_end=max(0, one.t_end),
        frames=one.frames,
        packets=run.packets,
        lost=run.lost,
        by_reports=run.by_reports,
        damaged=tuple(Damaged(t_from=max(0, span.t_from), t_to=max(0, span.t_to)) for span in one.damaged),
        breaks=tuple(ClockBreak(t=max(0, one.t), kind=one.kind.value, us=one.us) for one in run.breaks),
    )


def _located(damage: Damage) -> Located:
    return Located(file=damage.file, offset=damage.offset, count=damage.count, reason=damage.reason.value)
