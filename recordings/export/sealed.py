"""A sealed consultation, opened to be exported, and what an export makes on its way."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from recordings.crypt import DataKey
from recordings.errors import NotSealed
from recordings.export.pack import CHUNK
from recordings.export.whose import Played, played
from recordings.files import SealedFile, SealedWriter
from recordings.keeping.retention import let_go
from recordings.log import ConsultationLog, Keys, read_consultation
from recordings.manifest import FileEntry, Manifest
from recordings.seal import place, sealed_manifest
from recordings.storage import typed
from signalling.ids import ConsultationId


@dataclass(frozen=True)
class Sealed:
    """`folder`: its own in the archive. `path`: of its log, which may have grown since. `gone`: names of its files that
    were kept long enough and removed."""

    folder: Path
    path: Path
    manifest: Manifest
    log: ConsultationLog
    key: DataKey | None
    gone: frozenset[str] = frozenset()

    @property
    def played(self) -> list[Played]:
        there = [one for one in self.manifest.tracks if one.file not in self.gone]
        return played(there, self.log.events)

    @property
    def files(self) -> list[FileEntry]:
        """Of the manifest, those that are still here."""
        return [one for one in self.manifest.files if one.name not in self.gone]

    def open(self, one: Played) -> SealedFile:
        """A track in the clear. Raises `FileDamaged`, `NotAuthentic`, `StorageFailed`."""
        if self.key is None:
            raise NotSealed("tracks without a key")
        return SealedFile(self.folder / one.track.file, self.manifest.consultation, one.track.file, self.key)

    def where(self, name: str) -> Path:
        """A file of the manifest."""
        return place(self.folder, self.path, name)


def open_sealed(folder: Path, log: Path, keys: Keys, aged: Collection[str] = ()) -> Sealed:
    """`aged`: the classes of what was kept long enough, as the ledger says. Raises `NotSealed`, and what
    `read_consultation` raises."""
    manifest = sealed_manifest(folder)
    if manifest is None:
        raise NotSealed("not sealed yet")
    read = read_consultation(log, keys)
    key = keys.open(manifest.consultation) if read.header.cipher else None
    return Sealed(folder, log, manifest, read, key, let_go(manifest, aged))


class Workplace:
    """Where an export keeps what it needs twice: sealed with a key that nobody else ever has, gone when it is over."""

    def __init__(self, folder: Path, consultation: ConsultationId) -> None:
        self._folder, self._consultation = folder, consultation
        self._key = DataKey(os.urandom(32))

    def write(self, name: str, head: int) -> SealedWriter:
        """`head`: how much of its beginning is written again at its end."""
        return SealedWriter(self._folder / name, self._consultation, name, self._key, head)

    def read(self, name: str) -> SealedFile:
        return SealedFile(self._folder / name, self._consultation, name, self._key)

    def drop(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file as long as it is now. Raises `StorageFailed`."""
    try:
        with path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size
            while left and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise typed(error) from None


def plain_chunks(file: SealedFile) -> Iterator[bytes]:
    """What is in a sealed file, which is closed after it."""
    with file:
        for at in range(0, file.size, CHUNK):
            yield file.read_at(at, CHUNK)
