"""The index follows the log: late while the database is locked, and at the next start at the latest."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service import indexing
from sefaw_rtc.service.indexing import Indexing
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.store import ConsultationRecord, Store
from sefaw_rtc.store.store import FILE
from signalling.events import Patient, Person
from signalling.ids import AccountId, ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import ErrorCode, Role, Status, Urgency
from tests.keys import MadeKeys
from tests.web.world import PATIENCE_S

NOW = 1_800_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, MadeKeys(), busy_timeout_ms=20)
    yield opened
    opened.close()


@pytest.fixture
def doctor(store: Store) -> Person:
    clinic = store.institutions.ensure("Clinic", NOW)
    return store.accounts.add(
        user="anna", name="Anna", role=Role.VILLAGE_DOCTOR, institution=clinic.id, password_hash="h", now_s=NOW
    ).person


def record(doctor: Person, letter: str = "a", status: Status = Status.OPEN) -> ConsultationRecord:
    brief = Brief(
        consultation=ConsultationId(letter * 26),
        status=status,
        patient=Patient(name="P"),
        reason="R",
        urgency=Urgency.ROUTINE,
        requester=doctor,
        specialist=None,
        requested_at=NOW * 1000,
        opened_at=0,
        closed_at=0,
        close_reason=None,
    )
    return ConsultationRecord(brief=brief, institution=doctor.institution, members=frozenset({doctor.account}))


async def test_what_a_locked_database_refuses_is_written_later(
    tmp_path: Path, store: Store, doctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "RETRY_S", 0.01)
    tries, save = 0, store.consultations.save

    def tried(record: ConsultationRecord) -> None:
        nonlocal tries
        tries += 1
        save(record)

    monkeypatch.setattr(store.consultations, "save", tried)
    queue = Indexing(store, Metrics())
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    queue.put(record(doctor))
    queue.put(record(doctor, "b"))
    queue.put(record(doctor, status=Status.CLOSED))  # the newest of each counts
    async with asyncio.timeout(PATIENCE_S):
        while tries < 3:  # noqa: ASYNC110 - the store's thread tries
            await asyncio.sleep(0.01)
    assert queue.waiting == 2
    other.execute("ROLLBACK")
    other.close()
    async with asyncio.timeout(PATIENCE_S):
        await queue.settled()
    saved = store.consultations.get(ConsultationId("a" * 26))
    assert saved is not None
    assert saved.brief.status is Status.CLOSED
    assert store.consultations.get(ConsultationId("b" * 26)) is not None
    await queue.close()


async def test_closing_tries_once_more_and_does_not_wait(
    tmp_path: Path, store: Store, doctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "RETRY_S", 3600)
    queue = Indexing(store, Metrics())
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    queue.put(record(doctor))
    async with asyncio.timeout(PATIENCE_S):
        await queue.close()
    assert queue.waiting == 1
    other.close()


async def test_members_seen_before_are_not_forgotten(store: Store, doctor: Person) -> None:
    queue = Indexing(store, Metrics())
    bare = ConsultationRecord(brief=record(doctor).brief, institution=doctor.institution)
    queue.put(record(doctor))
    queue.put(bare)
    await queue.close()
    saved = store.consultations.get(ConsultationId("a" * 26))
    assert saved is not None
    assert saved.members == {doctor.account}


async def test_a_record_that_can_never_be_written_holds_up_no_other(store: Store, doctor: Person) -> None:
    queue = Indexing(store, Metrics())
    stranger = Person(
        account=AccountId("z" * 26), name="Z", role=Role.OPERATOR, site="", institution=doctor.institution
    )
    queue.put(record(stranger, "x"))
    queue.put(record(doctor, "b"))
    await queue.close()
    assert queue.waiting == 0
    assert store.consultations.get(ConsultationId("b" * 26)) is not None


@pytest.mark.parametrize("error", [UserError(ErrorCode.STORAGE_FULL), StoreError("torn")])
async def test_a_full_disk_is_tried_again_and_a_broken_one_is_not(
    store: Store, doctor: Person, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_record: ConsultationRecord) -> None:
        raise error

    monkeypatch.setattr(store.consultations, "save", failing)
    queue = Indexing(store, Metrics())
    queue.put(record(doctor))
    await queue.close()
    assert queue.waiting == (1 if isinstance(error, UserError) else 0)


async def test_what_waits_is_bounded(store: Store, doctor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "WAITING_MOST", 2)
    queue = Indexing(store, Metrics())
    for letter in "abc":
        queue.put(record(doctor, letter))
    assert queue.waiting == 2
    await queue.close()
