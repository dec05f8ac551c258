"""What of a data directory is saved, and how each file is read while the server goes on writing."""

import io
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from recordings import scan
from sefaw_rtc.operations.failed import OperationFailed
from sefaw_rtc.store.courses import FILE as COURSES
from sefaw_rtc.store.replayed import FILE as REPLAYED
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import BEFORE

LIVE: Final = "consultations/live"
CLOSED: Final = "consultations/closed"
LOG: Final = ".log"

# Made anew by whoever needs them, or only of this very moment.
_LEFT_OUT: Final = frozenset(
    {
        "lock",
        *(f"{name}{end}" for name in (FILE, COURSES, REPLAYED) for end in ("", "-wal", "-shm", "-journal")),
        # A restored server signs a log of its own, and is a witness of its own: with the old keys and the memory of the
        # backup's day it could sign a second history.
        "keys/witness.key",
        "keys/tlog.key",
        "keys/tlog.seen",
        "tlog/lock",
        *(f"tlog/index.sqlite{end}" for end in ("", "-wal", "-shm")),
    }
)
_PASSING: Final = "exports/"  # sealed with keys that are in the server's memory alone
_BEFORE: Final = f"{FILE}{BEFORE}"
_KEYS: Final = ("token.key", "keys/")


@dataclass(frozen=True)
class Source:
    """One file, opened: `cut` says that its end was not whole yet."""

    name: str
    stream: BinaryIO
    size: int
    cut: bool = False


def copy_database(data: Path, copy: Path) -> str:
    """SQLite's online backup: one moment of the database, writers wait for nothing. Its schema's revision."""
    uri = f"{(data / FILE).absolute().as_uri()}?mode=ro"
    try:
        source, target = sqlite3.connect(uri, uri=True), sqlite3.connect(copy)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a WAL beside it
            (revision,) = target.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(revision)
        finally:
            source.close()
            target.close()
    except (sqlite3.Error, TypeError) as error:
        raise OperationFailed(f"The database {data / FILE} cannot be copied: {error}.") from error


def logs(data: Path) -> list[str]:
    """The names of all logs. Live ones are listed before closed ones: a consultation that closes meanwhile is then in
    one of the lists, or in both. One that closes before its turn to be copied is in the next list."""
    return [*_logs(data, LIVE), *_logs(data, CLOSED)]


def others(data: Path, *, with_keys: bool, apart: frozenset[str]) -> list[str]:
    """The names of everything but the database, the logs and what is kept apart. To be listed after the logs were
    copied, so that what they name is there."""
    names = (name for name in _walk(data) if not is_log(name) and name not in apart)
    return sorted(name for name in names if _wanted(name, with_keys=with_keys))


def is_log(name: str) -> bool:
    return name.endswith(LOG) and name.startswith((f"{LIVE}/", f"{CLOSED}/"))


def opened(data: Path, name: str) -> Source | None:
    """The file, ready to be copied; None if it is gone (a consultation closed, a picture was removed)."""
    path = data / name
    try:
        if is_log(name):
            return _log(path, name)
        stream = path.open("rb")
        return Source(name, stream, os.fstat(stream.fileno()).st_size)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OperationFailed(f"{path} cannot be read: {error.strerror}.") from error


def _log(path: Path, name: str) -> Source:
    """A log as a true prefix: every record that is whole, none that is half written. What is no log at all is saved
    as it is: it is evidence."""
    data = path.read_bytes()
    good = scan(data).good_length
    whole = data[:good] if good else data
    return Source(name, io.BytesIO(whole), len(whole), cut=len(whole) < len(data))


def _logs(data: Path, folder: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (data / folder).glob(f"*{LOG}"))


def _walk(data: Path) -> Iterator[str]:
    for folder, _folders, names in os.walk(data):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(data).as_posix()


def _wanted(name: str, *, with_keys: bool) -> bool:
    if name in _LEFT_OUT or name.startswith((_BEFORE, _PASSING)) or name.rpartition("/")[2].startswith("."):
        return False
    return with_keys or not name.startswith(_KEYS)
