"""What speaks of a patient is sealed in the database's file; a search finds it all the same; it goes with its key."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings import ARCHIVE, Keyring
from sefaw_rtc.errors import StoreError
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.store import AccountRecord, ConsultationRecord, DraftRecord, InstitutionRecord, Listing, Store
from sefaw_rtc.store import personal as module
from sefaw_rtc.store.store import FILE
from signalling.events import Patient
from signalling.ids import AccountId, ConsultationId
from tests.keys import MadeKeys, keyring
from tests.store.test_store import brief
from tests.store.test_upgrade import filled

NOW = 1_800_000_000
WORDS = ("王桂英", "QS-4711", "right upper quadrant")


def saved(store: Store, doctor: AccountRecord, letter: str = "q", at: int = 1) -> ConsultationRecord:
    patient = Patient(name=WORDS[0], birth_year=1951, identifier=WORDS[1])
    told = replace(brief(doctor), consultation=ConsultationId(letter * 26), patient=patient, reason=WORDS[2])
    told = replace(told, requested_at=at)
    record = ConsultationRecord(brief=told, institution=doctor.person.institution, members=frozenset({doctor.id}))
    store.consultations.save(record)
    return record


def file_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob(f"{FILE}*") if ".before-" not in path.name)


def test_nothing_of_the_patient_is_in_the_file(store: Store, doctor: AccountRecord, tmp_path: Path) -> None:
    record = saved(store, doctor)
    store.drafts.put(record.brief.consultation, doctor.id, DraftRecord(body=WORDS[0], saved_ms=1))
    assert store.consultations.get(record.brief.consultation) == record
    assert doctor.user.encode() in file_bytes(tmp_path)
    assert not any(word.encode() in file_bytes(tmp_path) for word in WORDS)


def test_a_row_opens_at_its_place_only(store: Store, doctor: AccountRecord, tmp_path: Path, keys: MadeKeys) -> None:
    one, two = saved(store, doctor, "a"), saved(store, doctor, "b")
    keys.keys[two.brief.consultation] = keys.keys[one.brief.consultation]
    with closing(sqlite3.connect(tmp_path / FILE)) as raw, raw:
        raw.execute("UPDATE consultation SET personal = (SELECT personal FROM consultation WHERE id LIKE 'a%')")
    moved = store.consultations.get(two.brief.consultation)
    assert store.consultations.get(one.brief.consultation) == one
    assert moved is not None
    assert moved.brief.patient.name == "—"


def test_what_does_not_open_is_none_and_what_cannot_be_sealed_is_said(tmp_path: Path) -> None:
    name, keys = ConsultationId("a" * 26), keyring(tmp_path)
    sealing = IndexSealing(keys)
    assert sealing.seal(name, "here", b"x") is None  # no key: erased
    sealing.ensure(name)
    sealing.ensure(name)
    sealed = sealing.seal(name, "here", b"x")
    assert sealed is not None
    assert sealing.open(name, "here", sealed) == b"x"
    assert sealing.open(name, "there", sealed) is None
    assert sealing.open(name, "here", sealed[:5]) is None
    stranger = IndexSealing(Keyring(tmp_path / ARCHIVE, None))
    assert stranger.open(name, "here", sealed) is None
    for ask in (lambda: stranger.seal(name, "here", b"x"), lambda: stranger.ensure(ConsultationId("b" * 26))):
        with pytest.raises(StoreError, match="site key"):
            ask()
    keys.destroy(name)
    assert sealing.open(name, "here", sealed) is None


def test_an_erased_consultation_is_a_row_without_a_patient(
    store: Store, doctor: AccountRecord, clinic: InstitutionRecord, keys: MadeKeys
) -> None:
    gone, stays = saved(store, doctor, "g", 1), saved(store, doctor, "s", 2)
    store.drafts.put(gone.brief.consultation, doctor.id, DraftRecord(body="text", saved_ms=1))
    assert len(store.consultations.of_institution(clinic.id, Listing(find="qs-47"))) == 2
    keys.erased.add(gone.brief.consultation)
    found = store.consultations.get(gone.brief.consultation)
    assert found is not None
    assert (found.brief.patient, found.brief.reason) == (Patient(name="—"), "—")
    assert store.drafts.get(gone.brief.consultation, doctor.id) is None
    assert store.consultations.of_institution(clinic.id, Listing(find="qs-47")) == [stays]
    store.consultations.save(gone)  # late: it brings nothing back
    keys.erased.clear()
    again = store.consultations.get(gone.brief.consultation)
    assert again is not None
    assert again.brief.reason == "—"


def test_a_search_after_a_restart_reads_what_there_is(
    store: Store,
    doctor: AccountRecord,
    clinic: InstitutionRecord,
    tmp_path: Path,
    keys: MadeKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    monkeypatch.setattr(module, "_FEW", 3)  # both ways of asking
    records = [saved(store, doctor, letter, at) for at, letter in enumerate("abcdefg")]
    again = Store.open(tmp_path, keys)
    assert again.consultations.read_texts(3)
    found = again.consultations.of_institution(clinic.id, Listing(find="王桂", limit=4))
    assert found == records[:-5:-1]
    assert again.consultations.of_institution(clinic.id, Listing(find="王桂", before_ms=2)) == records[1::-1]
    assert not again.consultations.read_texts(3)
    new = saved(again, doctor, "h", 99)
    assert again.consultations.of_account(doctor.id, Listing(find="QUADRANT", limit=1)) == [new]
    again.close()


def test_rows_of_before_are_sealed_and_leave_nothing(tmp_path: Path) -> None:
    filled(tmp_path, "0002")
    before = Store.open(tmp_path)
    plain = before.consultations.get(ConsultationId("g" * 26))
    before.close()
    assert plain is not None
    name = plain.brief.patient.name
    assert name.encode() in file_bytes(tmp_path)
    keys = keyring(tmp_path)
    store = Store.open(tmp_path, IndexSealing(keys))
    assert store.seal_plain() == 3  # two consultations, one draft
    assert store.seal_plain() == 0
    assert store.consultations.get(ConsultationId("g" * 26)) == plain
    draft = store.drafts.get(ConsultationId("h" * 26), AccountId("d" * 26))
    assert draft is not None
    assert "gallstones" in draft.body
    assert plain.brief.reason.encode() not in file_bytes(tmp_path)
    assert b"gallstones" not in file_bytes(tmp_path)
    assert sorted(path.name for path in (tmp_path / ARCHIVE).iterdir()) == ["g" * 26, "h" * 26]
    keys.destroy(ConsultationId("g" * 26))
    gone = store.consultations.get(ConsultationId("g" * 26))
    assert gone is not None
    assert gone.brief.patient.name == "—"
    store.close()


def test_without_keys_nothing_of_a_patient_is_read_or_written(
    store: Store, doctor: AccountRecord, tmp_path: Path
) -> None:
    record = saved(store, doctor)
    blind = Store.open(tmp_path)
    found = blind.consultations.get(record.brief.consultation)
    assert found is not None
    assert found.brief.patient.name == "—"
    with pytest.raises(StoreError, match="without its keys"):
        blind.consultations.save(record)
    blind.close()
