"""Does what `plan` says: sends files and reads them back, removes, lets go of what lies here, fetches it again. Waits
for network and disk, in the memory of some pieces.

Nothing counts as kept there because the store said so: it does when every byte came back and has the manifest's
SHA-256. Killed at any point, the next try begins with what the register says, and looks before it sends.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from recordings.crypt import KEY_FILE
from recordings.errors import ArchiveError, StorageFull
from recordings.manifest import MANIFEST, FileEntry, Manifest, ManifestInvalid
from recordings.objects.plan import Here, Plan, elsewhere, may_go, plan
from recordings.objects.port import Fault, ObjectsFailed, ObjectStore
from recordings.objects.register import Busy, Entry, Register, Step, Stored, Writing
from recordings.seal import place as place_of_file
from recordings.seal import sealed_manifest
from recordings.storage import sync_folder, typed
from signalling.ids import ConsultationId

BLOCK: Final = 1 << 20
USED: Final = ".used"  # its time is when somebody last read what may be let go
MARK_EVERY_S: Final = 300.0  # whoever reads for longer says so again
_TRIES: Final = 2  # of one file in a row

Progress = Callable[[int, int, str], None]  # bytes done, of how many, the file in hand


@dataclass(frozen=True)
class Local:
    """A consultation's files here, and what was decided about keeping it."""

    consultation: ConsultationId
    folder: Path
    log: Path
    aged: frozenset[str] = frozenset()
    erased: bool = False

    def path(self, name: str) -> Path:
        return place_of_file(self.folder, self.log, name)

    def here(self) -> Here:
        """Raises `ObjectsFailed`: a manifest that is not one; `StorageFailed`."""
        try:
            manifest = sealed_manifest(self.folder)
        except ManifestInvalid:
            raise ObjectsFailed(Fault.LOCAL) from None
        has_key = (self.folder / KEY_FILE).exists()
        return Here(manifest, has_key, self.erased, self.aged, self._files(manifest))

    def mark_used(self) -> int:
        """Somebody reads it, or is about to look whether it is here: it is not let go for a while. Unix ns, as they
        stand there now. Raises `StorageFull`, `StorageFailed`."""
        try:
            descriptor = os.open(self.folder / USED, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                now = time.time_ns()  # the kernel's own is of its last tick: two uses could look like one
                os.utime(descriptor, ns=(now, now))
                return os.fstat(descriptor).st_mtime_ns
            finally:
                os.close(descriptor)
        except OSError as error:
            raise typed(error) from None

    def register(self) -> Register:
        return Register(self.folder, self.consultation)

    def key(self, name: str) -> str:
        return f"{self.consultation}/{name}"

    def _files(self, manifest: Manifest | None) -> Set[str]:
        if manifest is None:
            return set()
        there = {one.name for one in manifest.files if self.path(one.name).is_file()}
        return there | {MANIFEST}


class Brought(NamedTuple):
    """What was fetched; when it was marked as used for that, and when before (Unix ns; 0: never)."""

    files: list[FileEntry]
    used_ns: int = 0
    before_ns: int = 0


def send(local: Local, store: ObjectStore, place: str, progress: Progress) -> Plan:
    """All that is to be done; what is left to do after it. Raises `ObjectsFailed`, `LogDamaged`, `StorageFull`,
    `StorageFailed`: what was done until then is remembered."""
    with local.register().alone() as writing:
        here = local.here()
        work = plan(here, writing.stored, place)
        if work.elsewhere:
            raise ObjectsFailed(Fault.OTHER_PLACE)
        if work.clear:
            clear(local, store, writing)
        else:
            _begin(writing, work, place)
            _drop(local, store, work.drop, writing)
            _send(local, store, work.send, writing, progress)
            _close(here, work, writing)
        return plan(here, writing.stored, place)


def clear(local: Local, store: ObjectStore, writing: Writing) -> None:
    """Remove whatever the store shows of this consultation, also what is not in the register."""
    prefix = local.key("")
    store.delete(store.sizes(prefix))
    if store.sizes(prefix):
        raise ObjectsFailed(Fault.FAILED)
    writing.add(_entry(Step.CLEARED))


def bring(local: Local, store: ObjectStore, place: str, free_bytes: int, progress: Progress) -> Brought:
    """Fetch what is only there. `free_bytes` of the disk stay free. Raises `ObjectsFailed`,
    `LogDamaged`, `StorageFailed`: what came whole stays here."""
    with local.register().alone() as writing:
        files = elsewhere(local.here(), writing.stored)
        if files and writing.stored.place != place:
            raise ObjectsFailed(Fault.OTHER_PLACE)
        used = local.mark_used()
        _refuse_full(local.folder, sum(one.size for one in files), free_bytes)
        told = _Told(progress, sum(one.size for one in files))
        for one in files:
            _bring(local, store, one, told)
    return Brought(files, used)


def let_go(local: Local, now_unix_ms: int, local_days: int, unused_s: float, place: str) -> int:
    """Remove what lies in this store too and was not read for a while; how many bytes. Waits for nobody: what is being
    sent or fetched now is let go another time, and where nothing may go, nothing is written. Raises `LogDamaged`,
    `StorageFull`, `StorageFailed`."""

    def files(stored: Stored) -> list[FileEntry]:
        found = may_go(local.here(), stored, now_unix_ms, local_days, place)
        return found if now_unix_ms / 1000 - last_used(local.folder) >= unused_s else []

    if not files(local.register().read()):
        return 0
    try:
        with local.register().alone(wait=False) as writing:
            going = files(writing.stored)
            _remove_here(local, going)
    except Busy:
        return 0
    return sum(one.size for one in going)


def take_away(local: Local, brought: Brought) -> None:
    """As if nobody had needed it: remove what was fetched for a moment and is there as it was; unless somebody else
    used it meanwhile. Raises `LogDamaged`, `StorageFull`, `StorageFailed`."""
    if not brought.files:
        if used_ns(local.folder) == brought.used_ns:
            _unmark(local.folder, brought.before_ns)
        return
    with local.register().alone() as writing:
        if used_ns(local.folder) == brought.used_ns:
            _remove_here(local, [one for one in brought.files if writing.stored.kept.get(one.name) == one.sha256])


def last_used(folder: Path) -> float:
    """Unix seconds; 0: never since it was let go."""
    return used_ns(folder) / 1e9


def used_ns(folder: Path) -> int:
    """As `last_used`, to compare."""
    try:
        return (folder / USED).stat().st_mtime_ns
    except OSError:
        return 0


def _unmark(folder: Path, before_ns: int) -> None:
    try:
        if before_ns:
            os.utime(folder / USED, ns=(before_ns, before_ns))
        else:
            (folder / USED).unlink(missing_ok=True)
    except OSError as error:
        raise typed(error) from None


def _remove_here(local: Local, files: Iterable[FileEntry]) -> None:
    paths = [local.path(one.name) for one in files]
    try:
        for path in paths:
            path.unlink(missing_ok=True)
            _draft(path).unlink(missing_ok=True)  # of a fetching that was killed
        for folder in {path.parent for path in paths}:
            sync_folder(folder)
        (local.folder / USED).unlink(missing_ok=True)
    except OSError as error:
        raise typed(error) from None


def _begin(writing: Writing, work: Plan, place: str) -> None:
    if work.send and writing.stored.place != place:
        writing.add(_entry(Step.BEGUN, place=place))


def _drop(local: Local, store: ObjectStore, names: Iterable[str], writing: Writing) -> None:
    names = list(names)
    if names:
        store.delete([local.key(name) for name in names])
        writing.add(*(_entry(Step.GONE, name=name) for name in names))


def _send(local: Local, store: ObjectStore, files: Iterable[FileEntry], writing: Writing, progress: Progress) -> None:
    files = list(files)
    if not files:
        return
    told = _Told(progress, sum(one.size for one in files))
    there = store.sizes(local.key(""))
    for one in files:
        if there.get(local.key(one.name)) == one.size and _came_back(store, local.key(one.name), one):
            told.add(one.size, one.name)  # a kill came between its sending and its being noted
        else:
            _send_one(local, store, one, told)
        writing.add(_entry(Step.KEPT, name=one.name, sha256=one.sha256))


def _close(here: Here, work: Plan, writing: Writing) -> None:
    manifest = here.manifest
    if manifest is not None and here.sealed and not work.lost and writing.stored.whole != manifest.digest:
        writing.add(_entry(Step.WHOLE, sha256=manifest.digest))


def _send_one(local: Local, store: ObjectStore, one: FileEntry, told: "_Told") -> None:
    key = local.key(one.name)
    for _ in range(_TRIES):
        store.put(key, _content(local.path(one.name), one, told), one.size)
        if _came_back(store, key, one):
            return
    raise ObjectsFailed(Fault.CHANGED)


def _came_back(store: ObjectStore, key: str, one: FileEntry) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in store.read(key):
            digest.update(piece)
            size += len(piece)
    except ObjectsFailed as failed:
        if failed.fault is Fault.MISSING:
            return False
        raise
    return (size, digest.hexdigest()) == (one.size, one.sha256)


def _content(path: Path, one: FileEntry, told: "_Told") -> Iterator[bytes]:
    """As much of it as was sealed. If it is not what was sealed, that is raised before its end is given, so that the
    store never has a whole object of it."""
    digest, left = hashlib.sha256(), one.size
    try:
        with path.open("rb") as file:
            while True:
                piece = file.read(min(BLOCK, left))
                digest.update(piece)
                left -= len(piece)
                if (left and not piece) or (not left and digest.hexdigest() != one.sha256):
                    raise ObjectsFailed(Fault.LOCAL)
                told.add(len(piece), one.name)
                yield piece
                if not left:
                    return
    except OSError:
        raise ObjectsFailed(Fault.LOCAL) from None


def _bring(local: Local, store: ObjectStore, one: FileEntry, told: "_Told") -> None:
    path = local.path(one.name)
    draft = _draft(path)
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with draft.open("wb") as file:
            for piece in store.read(local.key(one.name)):
                file.write(piece)
                digest.update(piece)
                told.add(len(piece), one.name)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != one.sha256:
            raise ObjectsFailed(Fault.CHANGED)
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ObjectsFailed(_disk_fault(typed(error))) from None
    except ArchiveError as error:
        raise error if isinstance(error, ObjectsFailed) else ObjectsFailed(_disk_fault(error)) from None
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _disk_fault(error: ArchiveError) -> Fault:
    return Fault.DISK_FULL if isinstance(error, StorageFull) else Fault.DISK


def _refuse_full(folder: Path, size: int, free_bytes: int) -> None:
    found = os.statvfs(folder)
    if size and found.f_bavail * found.f_frsize < size + free_bytes:
        raise ObjectsFailed(Fault.DISK_FULL)


def _entry(step: Step, *, place: str = "", name: str = "", sha256: str = "") -> Entry:
    return Entry(step=step, t_unix_ms=time.time_ns() // 1_000_000, place=place, name=name, sha256=sha256)


class _Told:
    """How far it is."""

    def __init__(self, progress: Progress, of: int) -> None:
        self._progress, self._of, self._done = progress, of, 0

    def add(self, size: int, name: str) -> None:
        self._done = min(self._of, self._done + size)
        self._progress(self._done, self._of, name)
