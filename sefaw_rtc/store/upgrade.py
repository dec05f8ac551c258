"""Bring the database to the newest schema, at every start. Nothing to do = nothing written.

The whole upgrade is one transaction that takes the write lock first: a second process that starts at the same time
waits, then finds nothing to do; a failure or a crash in the middle leaves the old schema, for the old program to go on
with. Besides, the database of before lies next to the new one (`sefaw.sqlite.before-<revision>`): an older program
refuses a newer schema, so it is the way back. One generation is kept.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sefaw_rtc.errors import StoreError
from sefaw_rtc.store.database import BUSY_TIMEOUT_MS, make_engine, translated

BEFORE: Final = ".before-"
_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
    """Upgrade the database in `path`, which is made if need be. Raises `StoreError`, `StoreBusy`."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"The database {path} cannot be made: {error.strerror}.") from error
    # Rebuilding a table (SQLite's way to change one) must not cascade: foreign keys are off here.
    engine = make_engine(path, busy_timeout_ms=busy_timeout_ms, foreign_keys=False).execution_options(
        sefaw_begin="BEGIN IMMEDIATE"
    )
    try:
        with translated(path), engine.begin() as connection:
            _upgrade(connection, path)
    finally:
        engine.dispose()


def head() -> str:
    """The newest schema's revision."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's own configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, path: Path) -> None:
    config = alembic_config(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    if current == newest:
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(f"The database {path} was written by a newer version of this program ({current}).")
    if current is not None:
        _keep_copy(path, str(newest))
    try:
        command.upgrade(config, "head")
    except Exception as error:  # whatever a migration stumbles over: the transaction takes all of it back
        cause = f"{getattr(error, 'orig', None) or error}"
        raise StoreError(
            f"The database {path} could not be brought from schema {current} to {newest} ({cause}). It is as it was; "
            "the former version of this program can go on with it."
        ) from error


def _keep_copy(path: Path, newest: str) -> None:
    """The database as it is now, whole or not at all; the copy of an earlier upgrade goes."""
    copy = path.with_name(f"{path.name}{BEFORE}{newest}")
    draft = path.with_name(f".{copy.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
            source.backup(target)
        draft.rename(copy)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise StoreError(f"The database {path} was not upgraded: no copy could be kept ({error}).") from error
    for older in path.parent.glob(f"{path.name}{BEFORE}*"):
        if older != copy:
            older.unlink()
