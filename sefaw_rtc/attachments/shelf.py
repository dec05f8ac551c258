"""Where attachments are: `<root>/<consultation>/<sha256>` once somebody said them, `…/waiting/<sha256>` until then; all
sealed with their consultation's key (`recordings.files`). While one comes in it lies in the clear in a temporary file.

A file appears under its name only whole and on the disk (`fsync`, then rename). What waits when a consultation closes,
or when the server starts, was never said and is removed: nothing in a log names it. Those of before encryption are read
in the clear until `seal_plain` has come to them. All of it blocks: off the loop.
"""

import contextlib
import os
import secrets
import shutil
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Final, NamedTuple

from recordings import ArchiveError, Erased, Keys, StorageFull
from recordings.files import SealedFile, SealedWriter
from recordings.framing import MAGIC
from recordings.tlog.files import write_whole
from sefaw_rtc.attachments.recognise import HEAD, NotRecognised, media_type_of, recognise
from sefaw_rtc.errors import NotFound, TooMany, UserError, full_disk_as
from signalling.events import Attachment
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

_WAITING: Final = "waiting"


class Bounds(NamedTuple):
    """In bytes: one file, all of a consultation, and what must stay free on the disk."""

    one: int
    all: int
    free: int


class Found(NamedTuple):
    """A file to be sent."""

    data: bytes
    media_type: str


class Shelf:
    """All attachments of a server."""

    def __init__(self, root: Path, bounds: Bounds, keys: Keys) -> None:
        self._root = root
        self._bounds = bounds
        self._keys = keys
        self._adding = threading.Lock()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, consultation: ConsultationId) -> "Upload":
        """A file that is about to come. UserError if there is no room for one."""
        with no_room():
            if shutil.disk_usage(self._root).free < self._bounds.free + self._bounds.one:
                raise UserError(ErrorCode.STORAGE_FULL)
            folder = self._root / consultation / _WAITING
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Upload(folder / f".{secrets.token_hex(8)}", self._bounds.one)

    def add(self, consultation: ConsultationId, upload: "Upload", media_type: str) -> Attachment:
        """A whole upload: recognised, and waiting to be said. UserError if it is not what it was said to be, or too
        much for one consultation."""
        attachment = upload.finish()
        if attachment.media_type != media_type:
            raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"it is {attachment.media_type}")
        with self._adding, no_room():
            if self._said(consultation, attachment.sha256).exists():
                return attachment
            if self._size(consultation) + attachment.size > self._bounds.all:
                raise TooMany("attachments of one consultation")
            self._seal(consultation, attachment.sha256, upload.data(), self._waits(consultation, attachment.sha256))
        return attachment

    def keep(self, consultation: ConsultationId, sha256: str) -> Attachment:
        """A line is about to name it: it is kept from now on. (If the line is then refused, it stays, within the
        bound.) NotFound if nobody uploaded it to this consultation."""
        said = self._said(consultation, sha256)
        try:
            if not said.exists():
                self._waits(consultation, sha256).rename(said)
                _sync(said.parent)
            return _recognised(self._open(consultation, sha256))
        except FileNotFoundError:
            raise NotFound("attachment") from None

    def find(self, consultation: ConsultationId, sha256: str) -> Found:
        """One that was kept. NotFound otherwise."""
        try:
            data = self._open(consultation, sha256)
        except FileNotFoundError:
            raise NotFound("attachment") from None
        media_type = media_type_of(data[:HEAD])
        if media_type is None:
            raise NotFound("attachment")
        return Found(data, media_type)

    def seal_plain(self) -> int:
        """Seal what an older version left in the clear; how many. One whose consultation has no key stays as it is."""
        count = 0
        for path in self._root.glob("*/*"):
            consultation = ConsultationId(path.parent.name)
            if path.is_file() and not path.name.startswith(".") and not _is_sealed(path):
                with contextlib.suppress(ArchiveError, UserError):
                    self._seal(consultation, path.name, path.read_bytes(), path)
                    count += 1
        return count

    def forget_waiting(self, consultation: ConsultationId) -> None:
        """It is over: what was never said goes."""
        shutil.rmtree(self._root / consultation / _WAITING, ignore_errors=True)

    def forget_all_waiting(self) -> None:
        """A former process's uploads: nobody will say them any more."""
        for folder in self._root.iterdir():
            shutil.rmtree(folder / _WAITING, ignore_errors=True)

    def erase(self, consultation: ConsultationId) -> bool:
        """All of a consultation, said or not; whether there was anything. Raises OSError: not all is gone then."""
        folder = self._root / consultation
        if not folder.exists():
            return False
        shutil.rmtree(folder)
        _sync(self._root)
        return True

    def _seal(self, consultation: ConsultationId, sha256: str, data: bytes, path: Path) -> None:
        """Whole and on the disk. UserError. A consultation of before encryption has no key: its are in the clear."""
        try:
            writer = SealedWriter(path, consultation, _name(sha256), self._keys.open(consultation))
            try:
                writer.write(data)
                writer.close()
            finally:
                writer.discard()
        except Erased:
            write_whole(path, data)
        except StorageFull:
            raise UserError(ErrorCode.STORAGE_FULL) from None
        except ArchiveError:
            raise UserError(ErrorCode.INTERNAL, "attachment") from None

    def _open(self, consultation: ConsultationId, sha256: str) -> bytes:
        """What is in one. NotFound for one that cannot be opened; FileNotFoundError."""
        path = self._said(consultation, sha256)
        if not _is_sealed(path):
            return path.read_bytes()
        try:
            with SealedFile(path, consultation, _name(sha256), self._keys.open(consultation)) as file:
                return file.read()
        except ArchiveError:
            raise NotFound("attachment") from None

    def _said(self, consultation: ConsultationId, sha256: str) -> Path:
        return self._root / consultation / sha256

    def _waits(self, consultation: ConsultationId, sha256: str) -> Path:
        return self._root / consultation / _WAITING / sha256

    def _size(self, consultation: ConsultationId) -> int:
        folder = self._root / consultation
        files = [path for path in (*folder.iterdir(), *(folder / _WAITING).iterdir()) if path.is_file()]
        return sum(path.stat().st_size for path in files if not path.name.startswith("."))


class Upload:
    """A file that is coming, under a name that nobody asks for."""

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._left = most
        self._file: IO[bytes] = path.open("xb")

    def write(self, data: bytes) -> None:
        """More of it. UserError if it is too large, or the disk is full."""
        self._left -= len(data)
        if self._left < 0:
            raise UserError(ErrorCode.TOO_LARGE)
        with no_room():
            self._file.write(data)

    def finish(self) -> Attachment:
        """Nothing more comes: look at it. UserError if it is nothing we keep."""
        with no_room():
            self._file.close()
        return _recognised(self.data())

    def data(self) -> bytes:
        """All of it, once it is finished."""
        return self._path.read_bytes()

    def drop(self) -> None:
        """Gone. Call it whatever happened."""
        with contextlib.suppress(OSError):  # what waits to be written to a full disk is not wanted any more
            self._file.close()
        self._path.unlink(missing_ok=True)


def _name(sha256: str) -> str:
    return f"attachments/{sha256}"


def _is_sealed(path: Path) -> bool:
    """None of the kinds that are taken begins like it."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _recognised(data: bytes) -> Attachment:
    try:
        return recognise(data)
    except NotRecognised as error:
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, str(error)) from None


def _sync(folder: Path) -> None:
    """The folder's entry too, or a power cut could take back a rename that a log already speaks of."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def no_room() -> AbstractContextManager[None]:
    return full_disk_as(UserError(ErrorCode.STORAGE_FULL))
