"""Bring a backup back: verified first, into an empty place, all or nothing, and forward to this version's schema."""

import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from recordings import ARCHIVE, ArchiveError, Keyring, SiteKey, WrongKey, expected_site_key, read_consultation
from sefaw_rtc.errors import StoreError
from sefaw_rtc.operations.backup import collect
from sefaw_rtc.operations.backup.manifest import DATA, Manifest
from sefaw_rtc.operations.backup.saved import Saved, open_saved, verify
from sefaw_rtc.operations.backup.target import sync_folder
from sefaw_rtc.operations.data_lock import LOCK, is_locked
from sefaw_rtc.operations.failed import OperationFailed
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import head, upgrade
from signalling.fold import fold_all


@dataclass(frozen=True)
class Restored:
    """What was done. `reopened`: logs that know more than the database: the server reads them when it
    starts. `unread`: logs that could not be looked into for want of the site key. `sealed_with`: that key's name, empty
    = nothing is sealed. `schema` went from the first to the second."""

    manifest: Manifest
    reopened: int
    unread: int
    sealed_with: str
    schema: tuple[str, str]


def restore(path: Path, data: Path, site: SiteKey | None = None) -> Restored:
    """Restore the backup in `path` as the data directory `data`. `site`: the site key that it was sealed with; without
    it everything is brought back, and logs are not looked into. Raises OperationFailed; `data` is then as before."""
    refuse_unless_empty(data)
    with open_saved(path) as saved:
        manifest = verify(saved)
        draft = data.absolute().with_name(f".{data.absolute().name}.restoring-{os.getpid()}")
        try:
            _write(saved, manifest, draft)
            sealed_with = _sealed_with(draft, site)
            _migrate(draft)
            reopened, unread = _reopen(draft, Keyring(draft / ARCHIVE, site))
            _put_in_place(draft, data)
        except OSError as error:
            raise OperationFailed(f"{data} cannot be written: {error.strerror}.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Restored(manifest, reopened, unread, sealed_with, (manifest.schema, head()))


def refuse_unless_empty(data: Path) -> None:
    """A restore never mixes two histories."""
    if not data.exists():
        return
    if not data.is_dir():
        raise OperationFailed(f"{data} is not a directory.")
    if is_locked(data):
        raise OperationFailed(f"A server is running on {data}. Stop it, and restore into a new directory.")
    if any(child.name != LOCK for child in data.iterdir()):
        raise OperationFailed(f"{data} is not empty. Move it away, or restore into a new directory.")


def _write(saved: Saved, manifest: Manifest, draft: Path) -> None:
    draft.mkdir(mode=0o700, parents=True)
    for entry in manifest.files:
        file = draft / entry.name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out, saved.open(f"{DATA}/{entry.name}") as stream:
            shutil.copyfileobj(stream, out)
            out.flush()
            os.fsync(out.fileno())


def _sealed_with(draft: Path, site: SiteKey | None) -> str:
    """The name of the site key that is needed; another one is refused."""
    try:
        needed = expected_site_key(draft / ARCHIVE)
    except ArchiveError as error:
        raise OperationFailed(f"The backup's archive cannot be used: {error}.") from None
    if site is not None and needed not in {"", site.name}:
        raise OperationFailed(f"The backup is sealed with the site key {needed}; the one given is {site.name}.")
    return needed


def _reopen(draft: Path, keyring: Keyring) -> tuple[int, int]:
    """A consultation that closed, or was given an opinion, after the database was copied: back among the live logs,
    where the starting server finds it closed and brings the database up to date. Returns how many, and how many could
    not be looked into without the site key."""
    known = _known(draft / FILE)
    reopened = unread = 0
    for log in sorted((draft / collect.CLOSED).glob(f"*{collect.LOG}")):
        live = draft / collect.LIVE / log.name
        if live.exists():  # it closed between the two lists: the longer one has it all
            longer = max(live, log, key=lambda path: path.stat().st_size)
            longer.rename(log)
            live.unlink(missing_ok=True)
        try:
            told = _of_log(log, keyring)
        except WrongKey:
            unread += 1
            continue
        if told is not None and known.get(log.stem) != told:
            live.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            log.rename(live)
            reopened += 1
    return reopened, unread


def _known(database: Path) -> dict[str, tuple[int, int]]:
    """Closed consultations that the database knows, with their opinions and acknowledgements."""
    connection = sqlite3.connect(database)
    try:
        rows = connection.execute("SELECT id, opinions, acknowledged FROM consultation WHERE status = 'closed'")
        return {str(name): (int(opinions), int(acknowledged)) for name, opinions, acknowledged in rows}
    finally:
        connection.close()


def _of_log(log: Path, keyring: Keyring) -> tuple[int, int] | None:
    """The same of a log; None if it cannot be read (it stays where it is, as the server leaves it). Raises
    `WrongKey`."""
    try:
        opinions = fold_all(read_consultation(log, keyring).events).opinions
    except WrongKey:
        raise
    except ArchiveError:
        return None
    return len(opinions), sum(bool(one.acknowledged) for one in opinions)


def _migrate(draft: Path) -> None:
    try:
        upgrade(draft / FILE)
    except StoreError as error:
        raise OperationFailed(f"The database of the backup cannot be brought to this version: {error}") from error


def _put_in_place(draft: Path, data: Path) -> None:
    for folder, _folders, _files in os.walk(draft):
        sync_folder(Path(folder))
    (data / LOCK).unlink(missing_ok=True)
    draft.rename(data)  # over an empty directory, or where there was none
    sync_folder(data.absolute().parent)
