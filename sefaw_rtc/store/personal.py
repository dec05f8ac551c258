"""What is sealed of the index of consultations: opened for a list, searched in memory, and sealed where it stands in
the clear still, in rows of before.

A search looks at the opened texts of all consultations, which are held in memory for it (some 300 bytes each):
substrings are found, as before, and nothing in the file tells who can be searched for. Reading them costs some 0.1 ms a
consultation once, in the background of a start.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sefaw_rtc.store.database import Database, translated
from sefaw_rtc.store.models import Consultation
from sefaw_rtc.store.sealing import Personal, Sealing, open_personal, seal_personal
from signalling.events import Patient
from signalling.ids import ConsultationId
from signalling.vocabulary import Sex

_AT_ONCE: Final = 500  # rows of one transaction: some 50 ms
_FEW: Final = 10_000  # ids that a query names itself; of more, the newest rows have a page of them
_CHUNK: Final = 500  # rows that are looked at together: a page of hits is mostly among the first


class SearchTexts:
    """By consultation, what a search looks at. On the store's thread only."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing
        self._texts: dict[str, str] = {}
        self._read_to = ""
        self._complete = False

    def put(self, consultation: ConsultationId, personal: Personal) -> None:
        self._texts[consultation] = personal.text()

    def forget(self, consultation: ConsultationId) -> None:
        self._texts.pop(consultation, None)

    def read(self, most: int) -> bool:
        """The next so many rows, by id; whether there may be more."""
        if self._complete:
            return False
        rows = select(Consultation).where(Consultation.id > self._read_to).order_by(Consultation.id).limit(most)
        with self._database.reading() as session:
            found = session.scalars(rows).all()
            for row in found:
                personal = personal_of(row, self._sealing)
                if personal is not None:
                    self._texts.setdefault(row.id, personal.text())
        self._complete = len(found) < most
        self._read_to = found[-1].id if found else self._read_to
        return not self._complete

    def matching(self, find: str) -> set[str]:
        """The ids of those with `find` in their text."""
        while self.read(_AT_ONCE):
            pass
        wanted = find.casefold()
        return {name for name, told in self._texts.items() if wanted in told}

    def found(self, session: Session, ids: Select[str], find: str, limit: int) -> list[str]:
        """The first of these ids, at most `limit`, with `find` in their text."""
        matching = self.matching(find)
        if not matching:
            return []
        if len(matching) <= _FEW:
            ids = ids.where(Consultation.id.in_(matching))
        result: list[str] = []
        for name in session.scalars(ids.execution_options(yield_per=_CHUNK)):
            if name in matching:
                result.append(name)
            if len(result) >= limit:
                break
        return result


def personal_of(row: Consultation, sealing: Sealing) -> Personal | None:
    """What a row says of its patient; None = erased."""
    if row.personal is not None:
        return open_personal(sealing, ConsultationId(row.id), row.personal)
    return _plain(row) if row.patient_name else None


def seal_plain_rows(database: Database, sealing: Sealing) -> int:
    """A transaction for each few rows: a start that is killed goes on with the next."""
    count = 0
    while sealed := _seal_some(database, sealing):
        count += sealed
    return count


def forget_plain(path: Path) -> None:
    """What was in the clear goes from the file's free pages and from the journal beside it. Not from the copy that the
    upgrade kept: that is the way back, and its owner's to remove."""
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _seal_some(database: Database, sealing: Sealing) -> int:
    plain = (Consultation.personal.is_(None), Consultation.patient_name != "")
    with database.writing() as session:
        rows = session.scalars(select(Consultation).where(*plain).limit(_AT_ONCE)).all()
        for row in rows:
            name = ConsultationId(row.id)
            sealing.ensure(name)
            row.personal = seal_personal(sealing, name, _plain(row))
            row.patient_name = row.patient_identifier = row.patient_sex = row.reason = ""
            row.patient_birth_year = 0
        return len(rows)


def _plain(row: Consultation) -> Personal:
    patient = Patient(
        name=row.patient_name,
        sex=Sex(row.patient_sex),
        birth_year=row.patient_birth_year,
        identifier=row.patient_identifier,
    )
    return Personal(patient=patient, reason=row.reason)
