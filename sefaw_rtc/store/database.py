"""The SQLite file: how it is opened, what a transaction is, and which of its failures means what.

WAL, so that a reader (the command line) never waits for the server. Writers take the lock at once (BEGIN IMMEDIATE)
and wait for it at most `busy_timeout_ms`; a transaction that began reading can then never fail half-way for the lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from sefaw_rtc.errors import StoreBusy, StoreError, UserError
from signalling.vocabulary import ErrorCode

BUSY_TIMEOUT_MS: Final = 5000  # longer than any transaction of ours, shorter than anybody's patience
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
        for pragma in (
            f"busy_timeout = {busy_timeout_ms:d}",
            "journal_mode = WAL",
            "synchronous = FULL",  # few writes; a signed-out session must not come back after a power cut
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


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
