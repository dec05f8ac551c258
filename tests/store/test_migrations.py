"""The schema: one history, equal to the models, safe to run again and at the same time."""

import multiprocessing
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from sefaw_rtc.errors import StoreBusy, StoreError
from sefaw_rtc.store import Store
from sefaw_rtc.store.database import enter_wal, make_engine
from sefaw_rtc.store.models import Base
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import alembic_config, upgrade


def test_the_newest_migration_equals_the_models(tmp_path: Path) -> None:
    upgrade(tmp_path / FILE)
    engine = make_engine(tmp_path / FILE)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_history_is_one_line() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_upgrading_again_keeps_what_is_there(tmp_path: Path) -> None:
    first = Store.open(tmp_path)
    kept = first.institutions.ensure("Clinic", 1)
    first.close()
    second = Store.open(tmp_path)
    assert second.institutions.all() == [kept]
    second.close()


def test_processes_that_start_together_all_succeed(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(upgrade, [tmp_path / FILE] * 3)
    Store.open(tmp_path).close()


def test_a_file_that_somebody_else_is_at_is_waited_for(tmp_path: Path) -> None:
    """Turning a file into WAL is what SQLite does not wait for by itself."""
    path = tmp_path / FILE
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as mine:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                enter_wal(mine, 0)
            release = threading.Timer(0.05, other.execute, ["COMMIT"])
            release.start()
            enter_wal(mine, 20_000)
            assert mine.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        release.join()


def test_the_database_is_nobody_elses_to_read(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    upgrade(tmp_path / FILE)
    with sqlite3.connect(tmp_path / FILE) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="newer version"):
        upgrade(tmp_path / FILE)


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, certainly" * 100)
    with pytest.raises(StoreError, match="not a database"):
        upgrade(tmp_path / FILE)


def test_a_failed_upgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    locked = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    locked.execute("PRAGMA journal_mode = WAL")
    locked.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked"):
        upgrade(tmp_path / FILE, busy_timeout_ms=50)
    locked.execute("ROLLBACK")
    locked.close()
    engine = make_engine(tmp_path / FILE)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    engine.dispose()
