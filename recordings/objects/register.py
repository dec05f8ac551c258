"""What is known of a consultation's copies in the object store: `archive/<id>/stored`, framed, appended to, in the
clear (file names and hashes, as in the manifest). An entry is on the disk itself before anybody relies on it, and only
after what it says is true: a crash costs a repetition, never a false `kept`.

    file = framed (`framing.py`): the header {"kind":"stored","version":1,"consultation":…}, then one `Entry` a record
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from recordings import framing
from recordings.appending import Appender
from recordings.errors import ArchiveError, LogDamaged
from recordings.framing import Ending
from recordings.storage import sync_folder, typed
from recordings.tlog.files import read_whole
from signalling.ids import ConsultationId, ConsultationRef, Count
from signalling.record import Record

STORED: Final = "stored"
_MOST: Final = 256 * 1024 * 1024  # a day in segments of ten seconds is some 3 MB
_LOCK: Final = ".storing"


class Busy(ArchiveError):  # noqa: N818 - named like errors.py's
    """Somebody else moves this consultation's files at the moment."""


class Step(StrEnum):
    """What became true. `BEGUN`: from here on something of it may be at `place`. `KEPT`: a file was read back there and
    is what was sealed. `WHOLE`: all that is wanted there is. `GONE`: a file was removed there. `CLEARED`: nothing of
    it is there any more."""

    BEGUN = "begun"
    KEPT = "kept"
    WHOLE = "whole"
    GONE = "gone"
    CLEARED = "cleared"


class Entry(Record, frozen=True):
    """One of them. `place`: of BEGUN. `name`, `sha256`: of KEPT and GONE; of WHOLE, `sha256` is the manifest's."""

    step: Step
    t_unix_ms: Count
    place: Annotated[str, Meta(max_length=2000)] = ""
    name: Annotated[str, Meta(max_length=1200)] = ""
    sha256: Annotated[str, Meta(max_length=64)] = ""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["stored"]
    version: Literal[1]
    consultation: ConsultationRef


@dataclass
class Stored:
    """What stands now. `place` empty: nothing of it is anywhere. `kept`: SHA-256 by name; `gone`: what was removed
    there; `whole`: the digest of the manifest all of which is there."""

    place: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    whole: str = ""

    def take(self, entry: Entry) -> None:
        """One more."""
        match entry.step:
            case Step.BEGUN if entry.place == self.place:
                return
            case Step.BEGUN | Step.CLEARED:
                self.place, self.kept, self.gone, self.whole = entry.place, {}, set(), ""
            case Step.KEPT:
                self.kept[entry.name] = entry.sha256
                self.gone.discard(entry.name)
            case Step.GONE:
                self.kept.pop(entry.name, None)
                self.gone.add(entry.name)
                self.whole = ""
            case Step.WHOLE:
                self.whole = entry.sha256


class Register:
    """Of one consultation."""

    def __init__(self, folder: Path, consultation: ConsultationId) -> None:
        """`folder`: its own in the archive."""
        self._folder, self._path = folder, folder / STORED
        self._consultation = consultation

    def read(self) -> Stored:
        """Raises `LogDamaged`, `StorageFailed`."""
        data = read_whole(self._path, _MOST)
        return Stored() if data is None else _folded(data, self._consultation)[0]

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator["Writing"]:
        """While files move: others, in whatever process, wait, for hours where much is fetched; or do not, and hear
        `Busy`. Raises `LogDamaged`, `StorageFull`, `StorageFailed`."""
        with _locked(self._folder / _LOCK, wait=wait):
            descriptor = _opened(self._path)
            try:
                yield Writing(descriptor, self._folder, self._consultation)
            finally:
                os.close(descriptor)


class Writing(Appender):
    """Adds entries, on the disk itself before it returns. `stored`: what stands, these included."""

    def __init__(self, descriptor: int, folder: Path, consultation: ConsultationId) -> None:
        self.stored, good = _folded(os.pread(descriptor, _MOST, 0), consultation)
        super().__init__(descriptor, good, None)
        self._folder, self._consultation = folder, consultation

    def add(self, *entries: Entry) -> None:
        """Raises `StorageFull`, `StorageFailed`: nothing of it is then written."""
        self._cut()
        header, begins = b"", not self.size
        if begins:
            header = framing.HEADER + framing.frame(msgspec.json.encode(_Header("stored", 1, self._consultation)))
        self._write(header + b"".join(framing.frame(msgspec.json.encode(one)) for one in entries))
        self.sync()
        if begins:
            sync_folder(self._folder)
        for one in entries:
            self.stored.take(one)


@contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[None]:
    lock = _opened(path)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy("its files are being moved") from None
        yield
    finally:
        os.close(lock)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise typed(error) from None


def _folded(data: bytes, consultation: ConsultationId) -> tuple[Stored, int]:
    """What it says, and how many bytes of it are good. A torn end was never relied on; damage before it is."""
    found = framing.scan_synced(data)
    if found.ending not in {Ending.CLEAN, Ending.TORN}:
        raise LogDamaged("what is known of the object store is damaged")
    stored = Stored()
    if not found.records:
        return stored, 0
    try:
        if msgspec.json.decode(found.records[0], type=_Header).consultation != consultation:
            raise LogDamaged("of another consultation")
        for record in found.records[1:]:
            stored.take(msgspec.json.decode(record, type=Entry))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LogDamaged("what is known of the object store cannot be read") from None
    return stored, found.good_length
