"""Bring the database to the newest schema, at every start. Nothing to do = nothing written.

The whole upgrade is one transaction that takes the write lock first: a second process that starts at the same time
waits, then finds nothing to do; a crash in the middle leaves the old schema.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from sefaw_rtc.errors import StoreError
from sefaw_rtc.store.database import BUSY_TIMEOUT_MS, make_engine, translated

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
    if current == scripts.get_current_head():
        return
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"The database {path} was written by a newer version of this program ({current}).") from error
