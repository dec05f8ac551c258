"""Patients, and the index of consultations. A consultation itself is its log, which is not here."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, true, update
from sqlalchemy.orm import Session

from sefaw_rtc.store.accounts import account_record
from sefaw_rtc.store.database import Database
from sefaw_rtc.store.models import Consultation, Draft, Member, OpenedTo
from sefaw_rtc.store.models import Patient as PatientRow
from sefaw_rtc.store.personal import SearchTexts, personal_of, seal_plain_rows
from sefaw_rtc.store.records import ConsultationRecord, PatientId, PatientRecord, new_id
from sefaw_rtc.store.sealing import ERASED, Personal, Sealing, seal_personal
from signalling.events import Patient
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.messages import Brief
from signalling.vocabulary import CloseReason, Sex, Status, Urgency

LISTED: Final = 200  # rows of one list: more than a page shows
# Endings after which the question is still open: the village doctor may call again.
UNANSWERED: Final = (CloseReason.NO_ANSWER, CloseReason.DECLINED, CloseReason.NOBODY_ON_CALL, CloseReason.ABANDONED)
_AT_ONCE: Final = 500  # ids in one question
MAX_PATIENTS: Final = 1000  # of one institution's list


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is wanted: rows requested before `before_ms` (0 = the newest), with `find` in the patient's name,
    number or the question, and (`open_since_ms` >= 0) only those where something is still to be done: an opinion, an
    acknowledgement, telling a critical value, or calling again after none answered since then. `closed`: not those
    that live."""

    limit: int = LISTED
    before_ms: int = 0
    find: str = ""
    open_since_ms: int = -1
    closed: bool = False

    def matches(self) -> ColumnElement[bool]:
        """Without `find`: the database cannot look into what is sealed."""
        found: ColumnElement[bool] = true()
        if self.closed:
            found = and_(found, Consultation.status == Status.CLOSED.value)
        if self.before_ms > 0:
            found = and_(found, Consultation.requested_ms < self.before_ms)
        if self.open_since_ms >= 0:
            found = and_(found, _still_open(self.open_since_ms))
        return found


class Patients:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, institution: InstitutionId, patient: Patient, now_s: int) -> PatientRecord:
        row = PatientRow(
            id=new_id(),
            institution_id=institution,
            name=patient.name,
            sex=patient.sex,
            birth_year=patient.birth_year,
            identifier=patient.identifier,
            created_s=now_s,
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return _patient_record(row)

    def of_institution(self, institution: InstitutionId) -> list[PatientRecord]:
        mine = select(PatientRow).where(PatientRow.institution_id == institution)
        with self._database.reading() as session:
            rows = session.scalars(mine.order_by(PatientRow.created_s, PatientRow.name).limit(MAX_PATIENTS))
            return [_patient_record(row) for row in rows]


class Consultations:
    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing
        self._texts = SearchTexts(database, sealing)

    def save(self, record: ConsultationRecord) -> None:
        """Insert, or bring up to date. Members are only ever added."""
        personal = Personal(patient=record.brief.patient, reason=record.brief.reason)
        sealed = seal_personal(self._sealing, record.brief.consultation, personal)
        with self._database.writing() as session:
            row = session.get(Consultation, record.brief.consultation)
            if row is None:
                row = Consultation(id=record.brief.consultation)
                session.add(row)
            _fill(row, record, sealed)
            known = {member.account_id for member in row.members}
            row.members += [Member(account_id=account) for account in sorted(record.members - known)]
        self._texts.put(record.brief.consultation, personal)

    def erase(self, consultation: ConsultationId) -> None:
        """Nothing is left of its patient and question, nor of drafts; who, when and how it ended stays. Harmless when
        repeated."""
        nothing = {"personal": None, "patient_name": "", "patient_identifier": "", "patient_sex": "", "reason": ""}
        with self._database.writing() as session:
            mine = Consultation.id == consultation
            session.execute(update(Consultation).where(mine).values(**nothing, patient_birth_year=0))
            session.execute(delete(Draft).where(Draft.consultation_id == consultation))
            session.execute(delete(OpenedTo).where(OpenedTo.consultation_id == consultation))
        self._texts.forget(consultation)

    def remove(self, consultation: ConsultationId) -> None:
        """The row itself: nobody finds it any more. Harmless when repeated."""
        with self._database.writing() as session:
            for table in (Draft.consultation_id, OpenedTo.consultation_id, Member.consultation_id, Consultation.id):
                session.execute(delete(table.class_).where(table == consultation))
        self._texts.forget(consultation)

    def get(self, consultation: ConsultationId) -> ConsultationRecord | None:
        with self._database.reading() as session:
            row = session.get(Consultation, consultation)
            return None if row is None else _record(row, self._sealing)

    def of_account(self, account: AccountId, listing: Listing | None = None) -> list[ConsultationRecord]:
        """Those that the account belongs to, newest first."""
        theirs = select(Member.consultation_id).where(Member.account_id == account)
        return self._listed(Consultation.id.in_(theirs), listing or Listing())

    def of_institution(self, institution: InstitutionId, listing: Listing | None = None) -> list[ConsultationRecord]:
        """Those that the institution requested, newest first."""
        return self._listed(Consultation.institution_id == institution, listing or Listing())

    def closed_ids(self) -> list[ConsultationId]:
        """All that are over, in order of time."""
        ids = select(Consultation.id).where(Consultation.status == Status.CLOSED.value)
        with self._database.reading() as session:
            return [ConsultationId(one) for one in session.scalars(ids.order_by(Consultation.requested_ms))]

    def some(self, ids: Sequence[ConsultationId]) -> list[ConsultationRecord]:
        """These, as far as they are known, newest first."""
        found: list[ConsultationRecord] = []
        with self._database.reading() as session:
            for at in range(0, len(ids), _AT_ONCE):
                rows = select(Consultation).where(Consultation.id.in_(ids[at : at + _AT_ONCE]))
                found += self._records(session, rows)
        return sorted(found, key=lambda record: -record.brief.requested_at)

    def of_patient(self, institution: InstitutionId, identifier: str) -> list[ConsultationRecord]:
        """Those about the patient whom the institution knows by this number of its own, newest first."""
        found = self.of_institution(institution, Listing(find=f"\n{identifier}\n"))
        return [record for record in found if record.brief.patient.identifier == identifier]

    def opened_to(self, institution: InstitutionId, account: AccountId) -> list[ConsultationRecord]:
        """Those with a grant for the institution or the account, newest first."""
        mine = and_(
            OpenedTo.institution_id == institution, or_(OpenedTo.account_id.is_(None), OpenedTo.account_id == account)
        )
        return self._listed(Consultation.id.in_(select(OpenedTo.consultation_id).where(mine)), Listing())

    def known(self) -> set[ConsultationId]:
        """All that the index has."""
        with self._database.reading() as session:
            return {ConsultationId(name) for name in session.scalars(select(Consultation.id))}

    def unfinished(self) -> list[ConsultationRecord]:
        """Those not closed: a restarted server takes them up again."""
        with self._database.reading() as session:
            rows = select(Consultation).where(Consultation.status != Status.CLOSED.value)
            return self._records(session, rows.order_by(Consultation.requested_ms))

    def matching(self, find: str) -> set[str]:
        """The ids of those with `find` in the patient's name, number or the question."""
        return self._texts.matching(find)

    def read_texts(self, most: int) -> bool:
        """Read so many rows for searches to come, in the background of a start; whether there are more."""
        return self._texts.read(most)

    def seal_plain(self) -> int:
        """Seal the rows that stand in the clear, of before; how many. Each of their consultations gets a key."""
        return seal_plain_rows(self._database, self._sealing)

    def _listed(self, which: ColumnElement[bool], listing: Listing) -> list[ConsultationRecord]:
        newest_first = (Consultation.requested_ms.desc(), Consultation.id)
        wanted = and_(which, listing.matches())
        with self._database.reading() as session:
            if listing.find:
                ids = select(Consultation.id).where(wanted).order_by(*newest_first)
                wanted = Consultation.id.in_(self._texts.found(session, ids, listing.find, listing.limit))
            rows = select(Consultation).where(wanted).order_by(*newest_first)
            found = self._records(session, rows.limit(listing.limit))
        # Erased since its text was read, by this program or another: not to be found any more.
        return [one for one in found if not listing.find or one.brief.patient is not ERASED.patient]

    def _records(self, session: Session, rows: Select[Consultation]) -> list[ConsultationRecord]:
        found: Sequence[Consultation] = session.scalars(rows).all()
        return [_record(row, self._sealing) for row in found]


def _still_open(since_ms: int) -> ColumnElement[bool]:
    """The same as `openTasks` of the pages (viewer/src/session/tasks.ts) says of somebody."""
    row = Consultation
    paper = or_(row.opinions == 0, row.acknowledged < row.opinions, and_(row.critical, ~row.critical_told))
    unanswered = and_(row.opened_ms == 0, row.closed_ms >= since_ms, row.close_reason.in_(UNANSWERED))
    return or_(row.status != Status.CLOSED.value, and_(row.opened_ms > 0, paper), unanswered)


def _fill(row: Consultation, record: ConsultationRecord, sealed: bytes | None) -> None:
    brief = record.brief
    row.institution_id = record.institution
    row.requester_id = brief.requester.account
    row.specialist_id = brief.specialist.account if brief.specialist else None
    row.status = brief.status
    row.urgency = brief.urgency
    row.personal = sealed
    row.reason = row.patient_name = row.patient_identifier = row.patient_sex = ""
    row.patient_birth_year = 0
    row.requested_ms = brief.requested_at
    row.opened_ms = brief.opened_at
    row.closed_ms = brief.closed_at
    row.close_reason = brief.close_reason
    row.department = brief.department
    row.opinions = brief.opinions
    row.acknowledged = brief.acknowledged
    row.critical = brief.critical
    row.critical_told = brief.critical_told


def _record(row: Consultation, sealing: Sealing) -> ConsultationRecord:
    personal = personal_of(row, sealing) or ERASED
    brief = Brief(
        consultation=ConsultationId(row.id),
        status=Status(row.status),
        patient=personal.patient,
        reason=personal.reason,
        urgency=Urgency(row.urgency),
        requester=account_record(row.requester).person,
        specialist=account_record(row.specialist).person if row.specialist else None,
        requested_at=row.requested_ms,
        opened_at=row.opened_ms,
        closed_at=row.closed_ms,
        close_reason=CloseReason(row.close_reason) if row.close_reason else None,
        department=row.department,
        opinions=row.opinions,
        acknowledged=row.acknowledged,
        critical=row.critical,
        critical_told=row.critical_told,
    )
    members = frozenset(AccountId(member.account_id) for member in row.members)
    return ConsultationRecord(brief=brief, institution=InstitutionId(row.institution_id), members=members)


def _patient_record(row: PatientRow) -> PatientRecord:
    return PatientRecord(
        id=PatientId(row.id),
        institution=InstitutionId(row.institution_id),
        patient=Patient(name=row.name, sex=Sex(row.sex), birth_year=row.birth_year, identifier=row.identifier),
    )
