"""Where a backup is written: a directory or a .tar file, under a temporary name until it is whole and on the disk."""

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from sefaw_rtc.operations.backup.manifest import Entry
from sefaw_rtc.operations.failed import OperationFailed

_CHUNK: Final = 1024 * 1024


class Target(Protocol):
    """`add` files, then `finish`; or `abandon`."""

    def add(self, name: str, source: BinaryIO, size: int) -> Entry:
        """Write `size` bytes of `source` under `name`."""

    def finish(self) -> None:
        """Bring it to the disk and give it its name."""

    def abandon(self) -> None:
        """Leave nothing. Idempotent."""


def open_target(path: Path) -> Target:
    """`.tar` = one file, anything else a directory. Raises OperationFailed if there is something already."""
    if path.exists() or path.is_symlink():
        raise OperationFailed(f"{path} exists already; a backup never overwrites. Give another name.")
    if not path.parent.is_dir():
        raise OperationFailed(f"There is no directory {path.parent} for the backup.")
    return TarTarget(path) if path.suffix == ".tar" else FolderTarget(path)


class FolderTarget:
    """A directory that mirrors what is saved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = _draft_of(path)
        self._draft.mkdir(mode=0o700)

    def add(self, name: str, source: BinaryIO, size: int) -> Entry:
        file = self._draft / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        reader = _Hashing(source, size)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(reader, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())
        return reader.entry(name)

    def finish(self) -> None:
        for folder, _folders, _files in os.walk(self._draft):
            sync_folder(Path(folder))
        self._draft.rename(self._path)
        sync_folder(self._path.parent)

    def abandon(self) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)


class TarTarget:
    """One uncompressed file: media and databases hardly shrink, and any tool reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = _draft_of(path)
        self._file = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def add(self, name: str, source: BinaryIO, size: int) -> Entry:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        reader = _Hashing(source, size)
        self._tar.addfile(info, reader)
        return reader.entry(name)

    def finish(self) -> None:
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.rename(self._path)
        sync_folder(self._path.parent)

    def abandon(self) -> None:
        with contextlib.suppress(OSError):  # a full disk refuses the archive's end as well
            self._file.close()
        self._draft.unlink(missing_ok=True)


class _Hashing(io.RawIOBase):
    """Reads exactly `size` bytes and knows their digest afterwards."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source = source
        self._size = self._left = size
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._source.read(wanted)
        if wanted and not data:
            raise OperationFailed("A file became shorter while it was being copied; try again.")
        self._left -= len(data)
        self._digest.update(data)
        return data

    def entry(self, name: str) -> Entry:
        return Entry(name=name, size=self._size, sha256=self._digest.hexdigest())


def sync_folder(folder: Path) -> None:
    """A name survives a power cut only if its folder is synced too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial-{os.getpid()}")
