"""The embedded store: files `<institution>/<study>/<series>/<instance>[@<consultation>].dcm`, and an index of them.

The files are the truth. Their path says all that is not in them: which institution brought it, and into which
consultation; the same instance brought once more is a second name of the same file. A file gets its name only whole,
checked and on the disk (fsync, then link), so a crash leaves a whole instance or nothing; what the index has not
heard of then is found by `heal` at the next start. One UID is one content, for everybody. All of it blocks: off the
loop.

What is brought into a consultation is sealed with its key (`recordings.files`), so the same picture of somebody else is
a copy; the institution's own are in the clear. While one comes in it lies in the clear in a temporary file.
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple, cast

from recordings import ArchiveError, DataKey, Erased, Keys, WrongKey
from recordings.files import SealedFile
from sefaw_rtc.dicom import part10
from sefaw_rtc.dicom.examine import Bounds, Examined, examine, examine_open
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.index import Holding, Index, Row, first
from sefaw_rtc.dicom.metadata import Json
from sefaw_rtc.dicom.port import InstanceRef
from sefaw_rtc.dicom.sealing import CHUNK, copy_clear, is_sealed, name_inside, same_from, seal
from sefaw_rtc.errors import full_disk_as
from signalling.ids import ConsultationId, InstitutionId, StudyId
from signalling.vocabulary import PictureFault

INDEX: Final = ".index.sqlite"  # hidden files are in no backup
_INCOMING: Final = ".incoming"
_END: Final = ".dcm"


class Bringer(NamedTuple):
    """Whose pictures they are, and which consultation they are brought into (None = the institution's own)."""

    institution: InstitutionId
    consultation: ConsultationId | None = None


class Room(NamedTuple):
    """In bytes: `free` of the disk is left to others; `consultation` is the most that is brought into one."""

    free: int = 0
    consultation: int = 1 << 62


class Kept(NamedTuple):
    """An instance that is in the folder now. `new` = it was not held by this bringer before."""

    ref: InstanceRef
    sop_class: str
    new: bool


class Folder:
    """One per server. `open`, `close`."""

    def __init__(self, root: Path, bounds: Bounds, index: Index, room: Room, keys: Keys | None = None) -> None:
        self.root = root
        self.bounds = bounds
        self.index = index
        self._room = room
        self._keys = keys
        self._placing = threading.Lock()
        self._unsynced: set[Path] = set()

    @classmethod
    def open(cls, root: Path, bounds: Bounds, room: Room | None = None, keys: Keys | None = None) -> "Folder":
        """Open it, and bring the index up to what is on the disk. `keys` None: nothing is sealed."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(root / _INCOMING, ignore_errors=True)  # of a process that is gone
        (root / _INCOMING).mkdir(mode=0o700)
        folder = cls(root, bounds, Index.open(root / INDEX), room or Room(), keys)
        folder.heal()
        return folder

    @classmethod
    def beside(cls, root: Path, bounds: Bounds, keys: Keys) -> "Folder":
        """To read from while another process may have it open: nothing is tidied, nothing can be brought."""
        return cls(root, bounds, Index.beside(root / INDEX), Room(), keys)

    def close(self) -> None:
        """Nothing is asked any more."""
        self.index.close()

    # ---- coming in ----------------------------------------------------------------------------------------------

    def incoming(self) -> "Incoming":
        """A file that is about to come. PictureRefused if there is no room."""
        return Incoming(self.root / _INCOMING / f".{secrets.token_hex(8)}", self)

    def refuse_if_full(self) -> None:
        """PictureRefused if the disk has only what is left to others."""
        if shutil.disk_usage(self.root).free < self._room.free:
            raise PictureRefused(PictureFault.STORAGE_FULL)

    def keep(self, path: Path, bringer: Bringer, study: StudyId | None = None) -> Kept:
        """Check a whole file of this disk and give it its name; `settle` before its sender is told. The file itself may
        be removed afterwards. `study`: the one it must be of. Raises PictureRefused; then nothing has changed."""
        with no_room():
            found = examine(path, self.bounds)
            _refuse_other_study(found, study)
            if not found.opening.complete:
                path = self._completed(path, found)
                found = examine(path, self.bounds)
            _sync_file(path)
            try:
                return self._place(path, found, bringer)
            except PictureRefused as refused:
                refused.about = found.sop_class, found.ref.instance
                raise

    def settle(self) -> None:
        """Bring the names of all that was kept to the disk, and those of new folders: a power cut could else take back
        a file that its sender believes to be kept."""
        with self._placing:
            folders, self._unsynced = self._unsynced, set()
        with no_room():
            for folder in folders:
                _sync_file(folder)

    def _completed(self, path: Path, found: Examined) -> Path:
        target = path.with_name(f"{path.name}.complete")
        part10.complete(path, target, found.opening, found.sop_class, found.ref.instance)
        return target

    def _place(self, path: Path, found: Examined, bringer: Bringer) -> Kept:
        """Compared outside the lock: two large files take seconds, and a file that is here stays what it is."""
        here = self.index.find(found.ref.instance)
        if here is not None:
            self._refuse_other_content(path, found, here)
        with self._placing:
            again = self.index.find(found.ref.instance)
            if again is not None and here is None:  # it came twice at the same moment
                self._refuse_other_content(path, found, again)
            if again is None:
                self._refuse_foreign(found, bringer)
            self._refuse_too_much(path, bringer)
            return self._link(path, found, bringer, again)

    def _link(self, path: Path, found: Examined, bringer: Bringer, here: Row | None) -> Kept:
        holding = Holding(_name(found.ref, bringer), *bringer, path.stat().st_size)
        target = self.root / holding.path
        row = Row(
            found.ref, found.sop_class, str(found.opening.transfer_syntax), found.opening.dataset_at, holding.path
        )
        made = _make(target.parent)
        if target.exists():
            if here is not None:
                return Kept(found.ref, found.sop_class, new=False)
            raise PictureRefused(PictureFault.CONFLICT, "a file that cannot be read has its place")
        self._write(path, target, bringer.consultation, here)
        try:
            if here is None:
                self.index.add(row, found.metadata, holding)
            else:
                self.index.hold(row, holding)
        except sqlite3.Error:  # a full disk, most likely: without a row it is not here
            target.unlink()
            raise PictureRefused(PictureFault.STORAGE_FULL, "index") from None
        self._unsynced.update([target.parent, *target.parent.parents][: made + 1])
        return Kept(found.ref, found.sop_class, new=True)

    def _write(self, path: Path, target: Path, consultation: ConsultationId | None, here: Row | None) -> None:
        """The bytes of what is here already, if it is: whoever asks for a frame may be given any of the copies."""
        key = self._key(consultation)
        if key is None and (here is None or not is_sealed(self.root / here.path)):
            os.link(self.root / here.path if here else path, target)
            return
        with path.open("rb") if here is None else self.stream(here.path) as source:
            if key is None:
                copy_clear(source, target)
            elif consultation is not None:
                seal(source, target, consultation, key)

    def _key(self, consultation: ConsultationId | None) -> DataKey | None:
        """None: it is not sealed. One of before encryption has no key. PictureRefused if there is one and it cannot be
        used."""
        if consultation is None or self._keys is None:
            return None
        try:
            return self._keys.open(consultation)
        except Erased:
            return None
        except ArchiveError:
            raise PictureRefused(PictureFault.STORAGE_FULL, "key") from None

    def _refuse_other_content(self, path: Path, found: Examined, here: Row) -> None:
        """The dataset decides: what stands before it is of whoever sent the file."""
        if (here.ref, here.transfer_syntax) != (found.ref, str(found.opening.transfer_syntax)):
            raise PictureRefused(PictureFault.CONFLICT, "another series or transfer syntax")
        with path.open("rb") as one, self.stream(here.path) as other:
            is_same = same_from(one, found.opening.dataset_at, other, here.dataset_at)
        if not is_same:
            raise PictureRefused(PictureFault.CONFLICT, "other content")

    def _refuse_foreign(self, found: Examined, bringer: Bringer) -> None:
        """A study belongs to one patient, and to those who have something of it: nobody adds to a stranger's by
        knowing its UID, and thereby comes to see it."""
        study = self.index.study(found.ref.study)
        if study is None:
            return
        if not self.index.belongs(found.ref.study, *bringer):
            raise PictureRefused(PictureFault.CONFLICT, "the study is another institution's")
        if _patient(study) != _patient(found.metadata):
            raise PictureRefused(PictureFault.CONFLICT, "the study is another patient's")

    def _refuse_too_much(self, path: Path, bringer: Bringer) -> None:
        into = bringer.consultation
        if into is not None and self.index.bytes_of(into) + path.stat().st_size > self._room.consultation:
            raise PictureRefused(PictureFault.TOO_MANY, "pictures of one consultation")

    def erase(self, consultation: ConsultationId) -> int:
        """All that was brought into a consultation, whatever else holds the same pictures; how many files. Raises
        OSError: not all is gone then, and the next try goes on."""
        with self._placing:
            paths = self.index.brought_into(consultation)
            folders = {(self.root / path).parent for path in paths}
            for path in paths:
                (self.root / path).unlink(missing_ok=True)
            for folder in folders:
                _sync_file(folder)
            self.index.drop(paths)
        return len(paths)

    # ---- reading ------------------------------------------------------------------------------------------------

    @contextmanager
    def stream(self, name: str) -> Iterator[BinaryIO]:
        """A file that is held, opened. PictureRefused if it was changed on the disk, or its consultation is erased;
        FileNotFoundError."""
        path, consultation = self.root / name, _bringer(name).consultation
        if consultation is None or not is_sealed(path):
            with path.open("rb") as file:
                yield file
            return
        try:
            if self._keys is None:
                raise WrongKey("there are no keys")
            with SealedFile(path, consultation, name_inside(path), self._keys.open(consultation)) as sealed:
                yield cast("BinaryIO", sealed)
        except ArchiveError as error:
            raise PictureRefused(PictureFault.BROKEN, type(error).__name__) from None

    def seal_plain(self) -> int:
        """Seal what an older version left of consultations in the clear; how many."""
        count = 0
        for name in list(self._names()):
            path, consultation = self.root / name, _bringer(name).consultation
            if consultation is None or is_sealed(path):
                continue
            with contextlib.suppress(PictureRefused, FileNotFoundError), self._placing:
                key = self._key(consultation)
                if key is not None:
                    with path.open("rb") as source:
                        seal(source, path, consultation, key)
                    count += 1
        return count

    # ---- after a crash ------------------------------------------------------------------------------------------

    def heal(self) -> int:
        """Bring the index up to the files; how many were not as they should be."""
        for draft in self.root.glob(f"*/*/*/.*{_END}.new"):  # of a process that was killed
            draft.unlink()
        there, known = set(self._names()), self.index.paths()
        self.index.drop(known - there)
        for name in sorted(there - known):
            with contextlib.suppress(PictureRefused):  # damaged on the disk: it stays where it is, and is not shown
                self._take_up(name)
        return len(there ^ known)

    def _take_up(self, name: str) -> None:
        with self.stream(name) as file:
            found = examine_open(file, self.bounds)
        holding = Holding(name, *_bringer(name), (self.root / name).stat().st_size)
        row = Row(found.ref, found.sop_class, str(found.opening.transfer_syntax), found.opening.dataset_at, name)
        if self.index.find(found.ref.instance) is None:
            self.index.add(row, found.metadata, holding)
        else:
            self.index.hold(row, holding)

    def _names(self) -> Iterator[str]:
        """Every file with its proper place."""
        for path in self.root.glob(f"*/*/*/*{_END}"):
            if not path.name.startswith(".") and path.is_file():
                yield path.relative_to(self.root).as_posix()


class Incoming:
    """A file that is coming, under a name that nobody asks for. `write`, `finish`, `drop` whatever happened."""

    def __init__(self, path: Path, folder: Folder) -> None:
        folder.refuse_if_full()
        self.path = path
        self.size = 0
        self._folder = folder
        self._checked = 0
        with no_room():
            self._file: IO[bytes] = path.open("xb")

    def write(self, data: bytes, most: int) -> None:
        """More of it. PictureRefused if it is more than `most` bytes then, or the disk is full."""
        self.size += len(data)
        if self.size > most:
            raise PictureRefused(PictureFault.TOO_LARGE)
        if self.size - self._checked > CHUNK * 16:
            self._checked = self.size
            self._folder.refuse_if_full()
        with no_room():
            self._file.write(data)

    def finish(self) -> Path:
        """Nothing more comes."""
        with no_room():
            self._file.close()
        return self.path

    def keep(self, bringer: Bringer, study: StudyId | None = None) -> Kept:
        """It is whole: checked, and given its name, see `Folder.keep`. Raises PictureRefused."""
        return self._folder.keep(self.finish(), bringer, study)

    def drop(self) -> None:
        """Gone, but for the name it was given."""
        with contextlib.suppress(OSError):  # what waits to be written to a full disk is not wanted any more
            self._file.close()
        for path in (self.path, self.path.with_name(f"{self.path.name}.complete")):
            path.unlink(missing_ok=True)


def no_room() -> AbstractContextManager[None]:
    return full_disk_as(PictureRefused(PictureFault.STORAGE_FULL))


def _refuse_other_study(found: Examined, study: StudyId | None) -> None:
    if study is not None and found.ref.study != study:
        refused = PictureRefused(PictureFault.CONFLICT, "of another study than was said")
        refused.about, refused.wrong_study = (found.sop_class, found.ref.instance), True
        raise refused


def _name(ref: InstanceRef, bringer: Bringer) -> str:
    into = f"@{bringer.consultation}" if bringer.consultation else ""
    return f"{bringer.institution}/{ref.study}/{ref.series}/{ref.instance}{into}{_END}"


def _bringer(name: str) -> Bringer:
    institution, _, rest = name.partition("/")
    _, _, into = rest.removesuffix(_END).partition("@")
    return Bringer(InstitutionId(institution), ConsultationId(into) if into else None)


def _patient(metadata: Json) -> tuple[str, str]:
    name = first(metadata, "00100010")
    alphabetic = name.get("Alphabetic", "") if isinstance(name, dict) else ""
    return str(first(metadata, "00100020")).strip(), " ".join(str(alphabetic).replace("^", " ").casefold().split())


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> int:
    """The folder with all above it; how many were not there."""
    made, above = 0, folder
    while not above.is_dir():
        made, above = made + 1, above.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made
