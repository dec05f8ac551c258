"""Round trips of every table, and what a failing database says."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import msgspec
import pytest

from sefaw_rtc.errors import Conflict, NotFound, StoreBusy, UserError
from sefaw_rtc.store import (
    AccountRecord,
    ConsultationRecord,
    DraftRecord,
    InstitutionRecord,
    Listing,
    Store,
    new_id,
    normal_user,
)
from sefaw_rtc.store.store import FILE
from signalling.events import Patient
from signalling.ids import AccountId, AccountRef, ConsultationId, InstitutionId
from signalling.messages import Brief
from signalling.vocabulary import CloseReason, Role, Sex, Status, Urgency

NOW = 1_800_000_000


def brief(doctor: AccountRecord, **changes: object) -> Brief:
    plain = Brief(
        consultation=ConsultationId(new_id()),
        status=Status.RINGING,
        patient=Patient(name="张伟", sex=Sex.MALE, birth_year=1960, identifier="A-1"),
        reason="Chest pain since yesterday",
        urgency=Urgency.URGENT,
        requester=doctor.person,
        specialist=None,
        requested_at=NOW * 1000,
        opened_at=0,
        closed_at=0,
        close_reason=None,
    )
    return msgspec.structs.replace(plain, **changes)


def test_ids_are_of_the_wires_form_and_differ() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    for found in ids:
        msgspec.convert(found, AccountRef)


@pytest.mark.parametrize(("written", "stored"), [("Anna", "anna"), (" ＡＮＮＡ ", "anna"), ("李医生", "李医生")])
def test_user_names_are_compared_in_one_form(written: str, stored: str) -> None:
    assert normal_user(written) == stored


@pytest.mark.parametrize("bad", ["", "a b", "a\nb", "a:b", "x" * 65, "a@b", "\x00"])
def test_user_names_that_confuse_are_refused(bad: str) -> None:
    with pytest.raises(UserError, match="malformed"):
        normal_user(bad)


def test_an_institution_is_made_once(store: Store, clinic: InstitutionRecord) -> None:
    assert store.institutions.ensure("Clinic 青山", NOW + 1) == clinic


def test_an_account_comes_back_whole(store: Store, clinic: InstitutionRecord, doctor: AccountRecord) -> None:
    assert store.accounts.get(doctor.id) == doctor
    assert store.accounts.by_user(" ANNA ") == doctor
    assert store.accounts.all() == [doctor]
    assert doctor.person.site == clinic.name
    assert doctor.person.role is Role.VILLAGE_DOCTOR
    assert not doctor.disabled


def test_unknown_accounts_are_none(store: Store) -> None:
    assert store.accounts.get(AccountId("a" * 26)) is None
    assert store.accounts.by_user("nobody") is None


def test_a_user_name_is_taken_once(store: Store, doctor: AccountRecord) -> None:
    with pytest.raises(Conflict):
        store.accounts.add(
            user="ANNA",
            name="B",
            role=Role.OPERATOR,
            institution=doctor.person.institution,
            password_hash="h",
            now_s=NOW,
        )


def test_an_account_needs_an_institution(store: Store) -> None:
    with pytest.raises(NotFound):
        store.accounts.add(
            user="b",
            name="B",
            role=Role.OPERATOR,
            institution=InstitutionId("a" * 26),
            password_hash="h",
            now_s=NOW,
        )


def test_disabling_ends_sessions_and_is_seen(store: Store, doctor: AccountRecord) -> None:
    store.sessions.add(b"1" * 32, doctor.id, now_s=NOW, expires_s=NOW + 9, keep=5)
    store.accounts.disable(doctor.id, NOW + 1)
    store.accounts.disable(doctor.id, NOW + 2)
    found = store.accounts.get(doctor.id)
    assert found is not None
    assert found.disabled_s == NOW + 1
    assert store.sessions.find(b"1" * 32) is None
    stranger = AccountId("a" * 26)
    assert store.accounts.disabled_among([doctor.id, stranger]) == {doctor.id, stranger}
    store.accounts.enable(doctor.id)
    assert store.accounts.disabled_among([doctor.id]) == frozenset()


def test_a_new_password_ends_sessions_a_rehash_does_not(store: Store, doctor: AccountRecord) -> None:
    store.sessions.add(b"1" * 32, doctor.id, now_s=NOW, expires_s=NOW + 9, keep=5)
    store.accounts.rehash(doctor.id, "h2", previous="h")
    store.accounts.rehash(doctor.id, "h3", previous="h")  # changed meanwhile: nothing happens
    found = store.sessions.find(b"1" * 32)
    assert found is not None
    assert found.account.password_hash == "h2"
    store.accounts.set_password(doctor.id, "h4")
    assert store.sessions.find(b"1" * 32) is None


def test_changing_an_unknown_account_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.accounts.set_password(AccountId("a" * 26), "h")


def test_sessions_are_touched_forward_only_and_ended(store: Store, doctor: AccountRecord) -> None:
    store.sessions.add(b"1" * 32, doctor.id, now_s=NOW, expires_s=NOW + 9, keep=5)
    store.sessions.touch(b"1" * 32, NOW + 5)
    store.sessions.touch(b"1" * 32, NOW + 3)
    found = store.sessions.find(b"1" * 32)
    assert found is not None
    assert (found.created_s, found.used_s, found.expires_s) == (NOW, NOW + 5, NOW + 9)
    store.sessions.end(b"1" * 32)
    store.sessions.end(b"1" * 32)
    assert store.sessions.find(b"1" * 32) is None


def test_the_oldest_session_gives_way_and_expired_ones_are_swept(store: Store, doctor: AccountRecord) -> None:
    for n in range(4):
        store.sessions.add(bytes([n]) * 32, doctor.id, now_s=NOW + n, expires_s=NOW + 100, keep=3)
    alive = [n for n in range(4) if store.sessions.find(bytes([n]) * 32)]
    assert alive == [1, 2, 3]
    store.sessions.add(b"x" * 32, doctor.id, now_s=NOW + 200, expires_s=NOW + 300, keep=3)
    assert [n for n in range(4) if store.sessions.find(bytes([n]) * 32)] == []


def test_patients_belong_to_their_institution(store: Store, clinic: InstitutionRecord) -> None:
    patient = Patient(name="王芳", sex=Sex.FEMALE, birth_year=1985, identifier="")
    added = store.patients.add(clinic.id, patient, NOW)
    assert added.patient == patient
    assert store.patients.of_institution(clinic.id) == [added]
    assert store.patients.of_institution(InstitutionId("a" * 26)) == []


def test_a_consultation_is_saved_and_brought_up_to_date(
    store: Store, clinic: InstitutionRecord, doctor: AccountRecord
) -> None:
    hospital = store.institutions.ensure("County", NOW)
    answering = store.accounts.add(
        user="bo", name="Bo", role=Role.SPECIALIST, institution=hospital.id, password_hash="h", now_s=NOW
    )
    first = ConsultationRecord(brief=brief(doctor), institution=clinic.id, members=frozenset({doctor.id}))
    store.consultations.save(first)
    assert store.consultations.get(first.brief.consultation) == first
    assert store.consultations.of_account(answering.id) == []
    closed = msgspec.structs.replace(
        first.brief,
        status=Status.CLOSED,
        specialist=answering.person,
        opened_at=NOW * 1000 + 5,
        closed_at=NOW * 1000 + 9,
        close_reason=CloseReason.HUNG_UP,
    )
    both = frozenset({doctor.id, answering.id})
    store.consultations.save(ConsultationRecord(brief=closed, institution=clinic.id, members=frozenset({answering.id})))
    expected = ConsultationRecord(brief=closed, institution=clinic.id, members=both)
    assert store.consultations.of_account(answering.id) == [expected]
    assert store.consultations.of_institution(clinic.id) == [expected]
    assert store.consultations.of_institution(hospital.id) == []
    assert store.consultations.unfinished() == []


def times(store: Store, doctor: AccountRecord, **listing: object) -> list[int]:
    found = store.consultations.of_account(doctor.id, Listing(**listing))  # type: ignore[arg-type]
    return [record.brief.requested_at for record in found]


def test_a_list_is_searched_by_patient_number_and_question(
    store: Store, clinic: InstitutionRecord, doctor: AccountRecord
) -> None:
    people = [("王 Wang", "QS-1", "50% of it"), ("Zhang", "QS_2", "Stone?"), ("Li", "", "wang's brother")]
    for at, (name, number, reason) in enumerate(people, start=1):
        changed = brief(doctor, requested_at=at, patient=Patient(name=name, identifier=number), reason=reason)
        store.consultations.save(
            ConsultationRecord(brief=changed, institution=clinic.id, members=frozenset({doctor.id}))
        )
    found = {find: times(store, doctor, find=find) for find in ("WANG", "王", "QS", "QS_", "50%", "%", "stone", "x")}
    assert found == {
        "WANG": [3, 1], "王": [1], "QS": [2, 1], "QS_": [2], "50%": [1], "%": [1], "stone": [2], "x": []
    }  # fmt: skip


def test_a_list_of_what_is_still_to_be_done(store: Store, clinic: InstitutionRecord, doctor: AccountRecord) -> None:
    done: dict[str, object] = {"status": Status.CLOSED, "opened_at": 1, "closed_at": 9}
    done |= {"opinions": 1, "acknowledged": 1}
    unanswered: dict[str, object] = {"status": Status.CLOSED, "closed_at": 9}
    cases: list[dict[str, object]] = [
        done,
        done | {"opinions": 0, "acknowledged": 0},
        done | {"opinions": 2},
        done | {"critical": True},
        done | {"critical": True, "critical_told": True},
        unanswered | {"close_reason": CloseReason.NO_ANSWER},
        unanswered | {"close_reason": CloseReason.NO_ANSWER, "closed_at": 4},
        unanswered | {"close_reason": CloseReason.CANCELLED},
        {"status": Status.OPEN, "opened_at": 1},
    ]
    for at, changes in enumerate(cases):
        changed = brief(doctor, requested_at=at, **changes)
        store.consultations.save(
            ConsultationRecord(brief=changed, institution=clinic.id, members=frozenset({doctor.id}))
        )
    assert times(store, doctor, open_since_ms=5) == [8, 5, 3, 2, 1]
    assert times(store, doctor, open_since_ms=5, closed=True) == [5, 3, 2, 1]
    assert times(store, doctor) == list(range(8, -1, -1))


def test_a_draft_is_written_over_and_done_with(store: Store, clinic: InstitutionRecord, doctor: AccountRecord) -> None:
    record = ConsultationRecord(brief=brief(doctor), institution=clinic.id)
    store.consultations.save(record)
    consultation = record.brief.consultation
    for body in ("{}", '{"findings":"石"}'):
        store.drafts.put(consultation, doctor.id, DraftRecord(body=body, saved_ms=NOW))
        assert store.drafts.get(consultation, doctor.id) == DraftRecord(body=body, saved_ms=NOW)
    assert store.drafts.get(consultation, AccountId("x" * 26)) is None
    store.drafts.discard(consultation, doctor.id)
    store.drafts.discard(consultation, doctor.id)
    assert store.drafts.get(consultation, doctor.id) is None


def test_lists_are_newest_first_and_bounded(store: Store, clinic: InstitutionRecord, doctor: AccountRecord) -> None:
    members = frozenset({doctor.id})
    for n in range(5):
        changed = brief(doctor, requested_at=n)
        store.consultations.save(ConsultationRecord(brief=changed, institution=clinic.id, members=members))
    assert times(store, doctor, limit=3) == [4, 3, 2]
    assert times(store, doctor, before_ms=2) == [1, 0]
    assert len(store.consultations.unfinished()) == 5


def test_a_locked_database_says_so(store: Store, clinic: InstitutionRecord, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.institutions.all() == [clinic]  # readers do not wait
    with pytest.raises(StoreBusy, match="locked by another program"):
        store.institutions.ensure("Other", NOW)
    other.execute("ROLLBACK")
    other.close()
    store.institutions.ensure("Other", NOW)


def test_an_error_does_not_hold_personal_values(store: Store, clinic: InstitutionRecord, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as raw:
        raw.execute("DROP TABLE patient")
    raw.close()
    with pytest.raises(Exception, match="no such table") as caught:
        store.patients.add(clinic.id, Patient(name="Secret Name"), NOW)
    error: BaseException | None = caught.value
    while error is not None:
        assert "Secret Name" not in str(error)
        error = error.__cause__


async def test_calls_run_in_order_off_the_loop(store: Store) -> None:
    threads: list[str] = []
    order: list[int] = []

    def call(n: int) -> int:
        threads.append(threading.current_thread().name)
        order.append(n)
        return n

    assert await asyncio.gather(*(store.run(call, n) for n in range(20))) == list(range(20))
    assert order == list(range(20))
    assert set(threads) == {"store_0"}
