"""Can the data directory be written, is there room, and is the database whole?"""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sefaw_rtc.config import Config
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import head

_AREA = "data"
_COMFORT: Final = 10  # times the least that must be free


def examine(config: Config) -> Iterator[Finding]:
    data = config.data
    if data.is_dir():
        yield _folder(data)
        yield from _database(data / FILE)
    else:
        yield ok(_AREA, f"{data} is made when the server first starts.")
    yield _room(data, config.limits.free_bytes)
    yield _token_key(config)


def _folder(data: Path) -> Finding:
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return problem(_AREA, f"{data} cannot be written by this user.", "Run as the server's user, or chown it.")
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o077:
        return warning(_AREA, f"Others may look into {data} (mode {mode:o}).", f"chmod 700 {data}")
    return ok(_AREA, f"{data} is this user's alone.")


def _room(data: Path, least: int) -> Finding:
    there = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    words = f"{free / 1e9:.1f} GB are free"
    if free < least:
        return problem(_AREA, f"{words}: no new consultation opens.", "Make room, or move server.data.")
    if free < _COMFORT * least:
        return warning(_AREA, f"{words}, which is little.", "Make room, or move server.data.")
    return ok(_AREA, f"{words}.")


def _token_key(config: Config) -> Finding:
    if config.access.token_key:
        return ok(_AREA, "The token key comes from the environment.")
    path = Path(config.access.token_key_file) if config.access.token_key_file else config.data / "token.key"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return ok(_AREA, f"The token key {path} is made when the server first starts.")
    except OSError as error:
        return problem(
            _AREA, f"The token key {path} cannot be read: {error.strerror}.", "chown it to the server's user."
        )
    if mode & 0o077:
        return problem(_AREA, f"Others may read the token key {path} (mode {mode:o}).", f"chmod 600 {path}")
    return ok(_AREA, "The token key is readable by its owner only.")


def _database(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        yield ok(_AREA, "The database is made when the server first starts.")
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
            said = [str(row[0]) for row in database.execute("PRAGMA quick_check(5)")]
    except (sqlite3.Error, TypeError) as error:
        yield problem(_AREA, f"The database cannot be read: {error}.", "Restore the last backup into a new directory.")
        return
    yield _schema(str(revision))
    if said == ["ok"]:
        yield ok(_AREA, "The database is whole (quick_check).")
    else:
        do = "Stop the server, keep a copy, and restore the last backup into a new directory."
        yield problem(_AREA, f"The database is damaged: {said[0]}.", do)


def _schema(revision: str) -> Finding:
    newest = head()
    if revision == newest:
        return ok(_AREA, f"The database has this version's schema ({revision}).")
    if revision < newest:  # revisions count up
        return ok(_AREA, f"The database has schema {revision}; the next start brings it to {newest} and keeps a copy.")
    do = "Use the newer version, or the database's copy from before its upgrade."
    return problem(_AREA, f"The database was written by a newer version ({revision}, this one knows {newest}).", do)
