"""The SQLite file: how it is opened, what a transaction is, and which of its failures means what.

WAL, so that a reader (the command line) never waits for the server. Writers take the lock at once (BEGIN IMMEDIATE)
and wait for it at most `busy_timeout_ms`; a transaction that began reading can then never fail half-way for the lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from sefaw_rtc.errors import StoreBusy, StoreError, UserError
from signalling.vocabulary import ErrorCode

BUSY_TIMEOUT_MS: Final = 5000  # longer than any transaction of ours, shorter than anybody's patience
_TRY_AGAIN_S: Final = 0.01
_BEGIN: Final = "sefaw_begin"


class Database:
    """The engine and its transactions. Sync; the server calls it on one thread of its own (`Store.run`)."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = path
        self._reads = make_engine(path, busy_timeout_ms=busy_timeout_ms)
        self._writes = self._reads.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with translated(self.path), Session(self._reads) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any exception."""
        with translated(self.path), Session(self._writes) as session, session.begin():
            session.connection()  # take the lock before anything is read
            yield session

    def close(self) -> None:
        self._reads.dispose()


def make_engine(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, foreign_keys: bool = True) -> Engine:
    # Parameters hold names and patients: never in an exception's text.
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guesses
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")
        enter_wal(connection, busy_timeout_ms)
        for pragma in (
            "synchronous = FULL",  # few writes; a signed-out session must not come back after a power cut
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


def enter_wal(connection: sqlite3.Connection, busy_timeout_ms: int) -> None:
    """Make the file a WAL database, waiting for those who are at it. Raises `sqlite3.OperationalError`.

    SQLite does not wait by itself here: two connections that both turn a new file into WAL could wait for each other,
    so one of them is told at once that the database is locked, whatever its busy timeout.
    """
    deadline = monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(_TRY_AGAIN_S)
        else:
            return


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLAlchemy's and SQLite's failures as ours."""
    try:
        yield
    except OperationalError as error:
        raise _meaning(error, path) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"The database {path} failed: {_cause(error)}.") from error


def _meaning(error: OperationalError, path: Path) -> StoreError | UserError:
    cause = _cause(error)
    if "locked" in cause or "busy" in cause:
        return StoreBusy(f"The database {path} is locked by another program; close it and try again.")
    if "full" in cause:
        return UserError(ErrorCode.STORAGE_FULL, "database")
    return StoreError(f"The database {path} failed: {cause}.")


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
