"""A consultation's snapshots: its folded state every so often, with its hash, so that a replay opens anywhere without
folding from the beginning, and can show that it folds what was live.

A framed, sealed file: in the first record the header, in every other one a snapshot, its state in canonical form (the
bytes that its hash is of). Nothing depends on it: it is made of the log again where it is gone or damaged.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, Self

import msgspec

from recordings import framing
from recordings.appending import Appender
from recordings.crypt import DataKey, FileKey, Use, new_salt
from recordings.errors import LogDamaged, NotAuthentic
from recordings.framing import Ending
from recordings.sealed import RENEWED_MOST, Salt, Sealer, boxed, opened, renewed_salt
from recordings.storage import sync_folder, typed
from signalling.canonical import canonical_state, state_hash
from signalling.events import Event
from signalling.fold import fold
from signalling.ids import ConsultationId, ConsultationRef, Count
from signalling.record import Record
from signalling.state import State

FILE: Final = "snapshots"
EVERY_US: Final = 10_000_000  # of session time in which anything happened
EVERY_EVENTS: Final = 200


class Header(Record, frozen=True):
    """The first record, in the clear."""

    consultation: ConsultationRef
    salt: Salt
    kind: Literal["snapshots"] = "snapshots"
    version: Literal[1] = 1


class _Kept(Record, frozen=True):
    """A snapshot as it is written."""

    seq: Count
    t: Count
    hash: str
    state: msgspec.Raw


class Snapshot(Record, frozen=True):
    """The state after the event `seq`, at session time `t` (µs), and the hash that it had then."""

    seq: int
    t: int
    hash: str
    state: State


class SnapshotWriter(Appender):
    """The only writer of a consultation's snapshots."""

    @classmethod
    def open(cls, folder: Path, consultation: ConsultationId, key: DataKey, last_seq: int) -> Self:
        """Begin, or go on. `last_seq`: the log's last event; snapshots of later ones (a power cut took the events) and
        what cannot be read are taken away. Raises `StorageFull`, `StorageFailed`."""
        path = folder / FILE
        header, good = _good_part(path, consultation, key, last_seq)
        first = msgspec.json.encode(header)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise typed(error) from None
        writer = cls(descriptor, good, Sealer(key, Use.SNAPSHOTS, first, bytes.fromhex(header.salt)))
        try:
            if good:
                writer._go_on()
            else:
                writer._cut()
                writer._write(framing.HEADER + framing.frame(first))
                sync_folder(folder)
        except Exception:
            writer.close()
            raise
        return writer

    def take(self, state: State, t: int) -> None:
        """Raises `StorageFull`, `StorageFailed`, `RecordTooLarge`: a replay then does without this one."""
        form = canonical_state(state)
        kept = _Kept(seq=state.seq, t=t, hash=hashlib.sha256(form).hexdigest(), state=msgspec.Raw(form))
        self.append(msgspec.json.encode(kept))


def read_snapshots(folder: Path, consultation: ConsultationId, key: DataKey) -> Iterator[Snapshot]:
    """All of them, in order, one at a time; each has its hash. Raises `LogDamaged`, `NotAuthentic`, `StorageFailed`."""
    for _end, kept in _kept(folder / FILE, consultation, key):
        yield _checked(kept)


def nearest(folder: Path, consultation: ConsultationId, key: DataKey, t: int) -> Snapshot | None:
    """The last one at or before session time `t` (µs); it has its hash. None: fold from the beginning. Raises
    `LogDamaged`, `NotAuthentic`, `StorageFailed`."""
    try:
        found = _sought(folder / FILE, consultation, key, t)
    except (LogDamaged, NotAuthentic):  # a place that is damaged: what comes before it is good
        found = None
        for _end, kept in _kept(folder / FILE, consultation, key):
            if kept.t > t:
                break
            found = kept
    return None if found is None else _checked(found)


def first_difference(events: Iterable[Event], snapshots: Iterable[Snapshot]) -> int | None:
    """Replay conformance: the first snapshot (its seq) whose hash the fold of the log does not have; None = all are the
    same. One that is beyond the log's end is a difference."""
    state, log = State(), iter(events)
    for snapshot in snapshots:
        while state.seq < snapshot.seq:
            event = next(log, None)
            if event is None:
                return snapshot.seq
            state = fold(state, event)
        if state.seq != snapshot.seq or state_hash(state) != snapshot.hash:
            return snapshot.seq
    return None


class _Box(NamedTuple):
    """Where a snapshot stands in the file, and what opens it."""

    offset: int
    size: int
    key: FileKey
    number: int


def _sought(path: Path, consultation: ConsultationId, key: DataKey, t: int) -> _Kept | None:
    """The last one at or before `t`, with few of them opened: a long consultation's are hundreds of megabytes."""
    try:
        with path.open("rb") as stream:
            boxes = _boxes(stream, consultation, key)
            at = bisect_right(boxes, t, key=lambda box: _in(stream, box).t)
            return _in(stream, boxes[at - 1]) if at else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise typed(error) from None


def _boxes(stream: BinaryIO, consultation: ConsultationId, key: DataKey) -> list[_Box]:
    """All of them, by their frames' lengths alone; as far as the file reaches."""
    header, first = _header(stream, consultation)
    current = FileKey(key, Use.SNAPSHOTS, bytes.fromhex(header.salt), first)
    end = os.fstat(stream.fileno()).st_size
    offset, number, found = len(framing.HEADER) + len(framing.frame(first)), 0, list[_Box]()
    while (size := framing.size_at(stream, offset)) and offset + size <= end:
        salt = renewed_salt(framing.read_at(stream, offset, size)) if size <= RENEWED_MOST else None
        if salt is not None:
            current, number = FileKey(key, Use.SNAPSHOTS, salt, first), 0
        else:
            found.append(_Box(offset, size, current, number))
            number += 1
        offset += size
    return found


def _in(stream: BinaryIO, box: _Box) -> _Kept:
    record = framing.read_at(stream, box.offset, box.size)
    try:
        return msgspec.json.decode(box.key.open(boxed(record), box.number), type=_Kept)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged("a snapshot cannot be read") from None


def _good_part(path: Path, consultation: ConsultationId, key: DataKey, last_seq: int) -> tuple[Header, int]:
    """The header of what is there, and how far it is to be kept; 0 = begin anew."""
    good, header = 0, None
    try:
        with path.open("rb") as stream:
            header = _header(stream, consultation)[0]
        for end, kept in _kept(path, consultation, key):
            if kept.seq > last_seq:
                break
            good = end
    except (LogDamaged, NotAuthentic):
        pass  # what came before it is good
    except FileNotFoundError:
        pass
    except OSError as error:
        raise typed(error) from None
    if header is None or not good:
        return Header(consultation=consultation, salt=new_salt().hex()), 0
    return header, good


def _kept(path: Path, consultation: ConsultationId, key: DataKey) -> Iterator[tuple[int, _Kept]]:
    """As far as records are whole: where each ends in the file, and what it says."""
    try:
        with path.open("rb") as stream:
            yield from _opened(stream, consultation, key)
    except FileNotFoundError:
        return
    except OSError as error:
        raise typed(error) from None


def _opened(stream: BinaryIO, consultation: ConsultationId, key: DataKey) -> Iterator[tuple[int, _Kept]]:
    header, first = _header(stream, consultation)
    stream.seek(0)
    found, end = framing.walk(stream), 0
    next(found)

    def records() -> Iterator[bytes]:
        nonlocal end
        for piece in found:
            if isinstance(piece.what, Ending):
                return
            end = piece.end
            yield piece.what

    for plain in opened(key, Use.SNAPSHOTS, first, bytes.fromhex(header.salt), records()):
        try:
            yield end, msgspec.json.decode(plain, type=_Kept)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise LogDamaged("a snapshot cannot be read") from None


def _header(stream: BinaryIO, consultation: ConsultationId) -> tuple[Header, bytes]:
    first = next(framing.walk(stream)).what
    if isinstance(first, Ending):
        raise LogDamaged("no header record")
    try:
        header = msgspec.json.decode(first, type=Header)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged("the first record is no header of snapshots") from None
    if header.consultation != consultation:
        raise LogDamaged("the snapshots of another consultation")
    return header, first


def _checked(kept: _Kept) -> Snapshot:
    form = bytes(kept.state)
    if hashlib.sha256(form).hexdigest() != kept.hash:
        raise LogDamaged(f"the snapshot of event {kept.seq} has another hash")
    try:
        state = msgspec.json.decode(form, type=State)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged(f"the snapshot of event {kept.seq} is no state") from None
    return Snapshot(seq=kept.seq, t=kept.t, hash=kept.hash, state=state)
