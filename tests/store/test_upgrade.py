"""From every released schema forward, with the data; and what is left when a migration fails half way."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from recordings import Keyring
from sefaw_rtc.errors import StoreError
from sefaw_rtc.service.leftovers import clear_leftovers
from sefaw_rtc.store import Store
from sefaw_rtc.store import upgrade as upgrade_module
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import alembic_config, head, upgrade
from signalling.ids import AccountId, ConsultationId
from signalling.vocabulary import CloseReason, Role, Status

SCHEMAS = Path(__file__).parent / "schemas"
# Every schema that a release has written: those before the one of this version.
RELEASED = sorted(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())[:-1]

FAILING = '''
"""Does its work, and stumbles at the end."""

import {module}

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade() -> None:
    op.create_table("half_way", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO half_way VALUES (1)")
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("half_way", sa.Integer(), nullable=True))
    op.execute("DELETE FROM member")
    op.drop_table("session")
    {stumble}
'''


def filled(folder: Path, revision: str) -> Path:
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript((SCHEMAS / f"{revision}.sql").read_text("utf-8"))
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def with_failing(folder: Path, stumble: str, module: str = "os") -> Path:
    """The migrations as a later version would have them, with one that fails."""
    copy = folder / "migrations"
    shutil.copytree(upgrade_module._MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = FAILING.format(module=module, head=head(), stumble=stumble)
    (copy / "versions" / "9999_fails.py").write_text(text, "utf-8")
    return copy


@pytest.mark.parametrize("revision", RELEASED)
def test_there_is_a_filled_database_of_every_released_schema(revision: str) -> None:
    assert (SCHEMAS / f"{revision}.sql").is_file()


@pytest.mark.parametrize("revision", RELEASED)
def test_it_comes_forward_with_all_its_data(tmp_path: Path, revision: str) -> None:
    before = dump(filled(tmp_path, revision))
    store = Store.open(tmp_path)
    accounts = {account.user: account for account in store.accounts.all()}
    assert {user: (a.person.role, a.person.name, a.disabled) for user, a in accounts.items()} == {
        "village": (Role.VILLAGE_DOCTOR, "李梅 Li Mei", False),
        "wang": (Role.SPECIALIST, "王建国 Wang", False),
        "gone": (Role.REVIEWER, "O'Neil", True),
    }
    closed = store.consultations.get(ConsultationId("g" * 26))
    assert closed is not None
    assert (closed.brief.status, closed.brief.close_reason) == (Status.CLOSED, CloseReason.HUNG_UP)
    assert closed.members == {AccountId("c" * 26), AccountId("d" * 26)}
    assert (closed.brief.department, closed.brief.opinions, closed.brief.critical) == ("", 0, False)
    assert [one.brief.consultation for one in store.consultations.unfinished()] == ["h" * 26]
    assert store.sessions.find(bytes(range(32))) is not None
    [patient] = store.patients.of_institution(accounts["village"].person.institution)
    assert patient.patient.identifier == "QS-4711"
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    kept = tmp_path / f"{FILE}.before-{head()}"
    assert dump(kept) == before  # the way back
    assert kept.stat().st_mode & 0o077 == 0


def test_one_generation_of_copies_is_kept_and_none_of_a_new_database(tmp_path: Path) -> None:
    Store.open(tmp_path / "new").close()
    assert not list((tmp_path / "new").glob("*.before-*"))
    filled(tmp_path / "old", "0001")
    (tmp_path / "old" / f"{FILE}.before-0000").write_bytes(b"of an earlier upgrade")
    Store.open(tmp_path / "old").close()
    assert [path.name for path in (tmp_path / "old").glob("*.before-*")] == [f"{FILE}.before-{head()}"]


@pytest.mark.parametrize(
    "stumble", ["raise RuntimeError('stumbled')", "op.execute('SELECT * FROM nowhere')", "op.drop_table('nowhere')"]
)
def test_a_migration_that_fails_half_way_leaves_the_old_schema_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stumble: str
) -> None:
    Store.open(tmp_path).close()
    path = tmp_path / FILE
    with closing(sqlite3.connect(path)) as database:
        database.executescript("INSERT INTO institution VALUES ('i', 'Clinic', 1)")
    before = dump(path)
    with monkeypatch.context() as later_version:
        later_version.setattr(upgrade_module, "_MIGRATIONS", with_failing(tmp_path, stumble))
        with pytest.raises(StoreError, match="It is as it was"):
            upgrade(path)
    assert dump(path) == before
    store = Store.open(tmp_path)  # the former version goes on, reading and writing
    assert [one.name for one in store.institutions.all()] == ["Clinic"]
    store.institutions.ensure("Hospital", 2)
    store.close()


def test_an_old_database_that_cannot_come_forward_stays_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps, of which the second fails: the first is taken back as well."""
    path = filled(tmp_path, "0001")
    before = dump(path)
    monkeypatch.setattr(upgrade_module, "_MIGRATIONS", with_failing(tmp_path, "raise RuntimeError('stumbled')"))
    with pytest.raises(StoreError, match="from schema 0001 to 9999"):
        upgrade(path)
    assert dump(path) == before


def test_a_power_cut_in_the_middle_leaves_the_old_schema(tmp_path: Path) -> None:
    path = filled(tmp_path, "0001")
    before = dump(path)
    migrations = with_failing(tmp_path, "os._exit(9)")
    program = (
        "import sys, pathlib; from sefaw_rtc.store import upgrade as module\n"
        "module._MIGRATIONS = pathlib.Path(sys.argv[1])\n"
        "module.upgrade(pathlib.Path(sys.argv[2]))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(migrations), str(path)], check=False)
    assert done.returncode == 9
    assert dump(path) == before
    Store.open(tmp_path).close()
    assert len([line for line in dump(path) if line.startswith('INSERT INTO "member"')]) == 3


def test_the_copy_that_a_killed_upgrade_left_half_written_goes_at_the_next_start(tmp_path: Path) -> None:
    """Killed by the kernel between two pages of it: draft and SQLite's journal of it stay, and both can name people."""
    path = filled(tmp_path, "0001")
    program = (
        "import os, pathlib, sqlite3, sys; from sefaw_rtc.store import upgrade as module\n"
        "class Killed(sqlite3.Connection):\n"
        "    def backup(self, target):\n"
        "        super().backup(target, pages=1, progress=lambda *_: os._exit(9))\n"
        "connect = sqlite3.connect\n"
        "sqlite3.connect = lambda name: connect(name, factory=Killed)\n"
        "module.upgrade(pathlib.Path(sys.argv[1]))"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 9
    half = [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert len(half) == 2, half
    Store.open(tmp_path).close()
    for one in half:
        os.utime(one, (1, 1))
    asyncio.run(clear_leftovers(tmp_path, Keyring(tmp_path / "archive", None), 2_000_000))
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    assert (tmp_path / f"{FILE}.before-{head()}").is_file()


def test_without_room_for_the_copy_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path, "0001")
    before = dump(path)

    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(StoreError, match="no copy could be kept"):
            upgrade(path)
    assert dump(path) == before
    assert [child.name for child in tmp_path.iterdir() if child.name.startswith(".")] == []
