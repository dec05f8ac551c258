"""A backup as it is read: a directory or a .tar file behind one door, and the proof that it is whole."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from sefaw_rtc.operations.backup.manifest import DATA, DIGEST, MANIFEST, MAX_MANIFEST, Manifest, decode
from sefaw_rtc.operations.failed import OperationFailed

_CHUNK: Final = 1024 * 1024
_NAMED: Final = 5  # wrong files named in the error; how many more there are is said


class Saved(Protocol):
    """The files of a backup, by their name in it."""

    def names(self) -> set[str]: ...

    def open(self, name: str) -> BinaryIO: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> set[str]:
        found = (Path(folder, name) for folder, _folders, names in os.walk(self._path) for name in names)
        return {path.relative_to(self._path).as_posix() for path in found}

    def open(self, name: str) -> BinaryIO:
        path = self._path / name
        if path.is_symlink():
            raise OperationFailed(f"{name} in the backup is a link, which no backup holds.")
        return path.open("rb")


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {member.name: member for member in tar.getmembers() if member.isreg()}

    def names(self) -> set[str]:
        return set(self._members)

    def open(self, name: str) -> BinaryIO:
        return cast("BinaryIO", self._tar.extractfile(self._members[name]))


@contextmanager
def open_saved(path: Path) -> Iterator[Saved]:
    """Raises OperationFailed for what is no backup."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed below
    except (OSError, tarfile.TarError) as error:
        raise OperationFailed(f"{path} is neither a backup directory nor a .tar file: {error}.") from error
    with tar:
        yield _Tar(tar)


def verify(saved: Saved) -> Manifest:
    """Read everything once and compare. Raises OperationFailed that names what is damaged or missing."""
    there = saved.names()
    if not {MANIFEST, DIGEST} <= there:
        raise OperationFailed("It has no manifest: the backup was interrupted, or this is none.")
    with saved.open(MANIFEST) as stream:
        text = stream.read(MAX_MANIFEST)
    with saved.open(DIGEST) as stream:
        promised = stream.read(1024).decode("ascii", "replace").split(" ")[0]
    if hashlib.sha256(text).hexdigest() != promised:
        raise OperationFailed(f"{MANIFEST} is damaged: the backup cannot be trusted.")
    manifest = decode(text)
    wrong = [trouble for entry in manifest.files if (trouble := _trouble(saved, there, entry.name, entry.sha256))]
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise OperationFailed(f"The backup is damaged: {', '.join(wrong[:_NAMED])}{more}. Nothing was restored.")
    return manifest


def digest_of(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _trouble(saved: Saved, there: set[str], name: str, sha256: str) -> str:
    if f"{DATA}/{name}" not in there:
        return f"{name} is missing"
    try:
        with saved.open(f"{DATA}/{name}") as stream:
            return "" if digest_of(stream) == sha256 else f"{name} was changed"
    except (OSError, tarfile.TarError):
        return f"{name} cannot be read"
