"""A database file beside the store that can be made again from the archive: what it lost is no loss."""

import sqlite3
from pathlib import Path

from sefaw_rtc.store.database import BUSY_TIMEOUT_MS, enter_wal, translated


def open_rebuildable(path: Path, table: str, schema: str, version: int) -> sqlite3.Connection:
    """The schema is this version's: another one's file is emptied first, what is no database is made anew. Raises
    `StoreError`."""
    with translated(path):
        try:
            return _opened(path, table, schema, version)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink()
            return _opened(path, table, schema, version)


def _opened(path: Path, table: str, schema: str, version: int) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
    try:
        enter_wal(database, BUSY_TIMEOUT_MS)
        database.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is made again
        found = int(database.execute("PRAGMA user_version").fetchone()[0])
        if found != version:
            database.executescript(
                f"BEGIN IMMEDIATE; DROP TABLE IF EXISTS {table}; {schema} PRAGMA user_version = {version:d}; COMMIT;"
            )
    except Exception:
        database.close()
        raise
    path.chmod(0o600)
    return database
