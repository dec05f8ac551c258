"""How each closed consultation went, in figures: what the quality dashboard counts and the sample draws from. A file of
its own beside the database, made of the logs again whenever it is not there or not of this version. No patient is in
it, and no words of anybody's."""

from pathlib import Path
from typing import Final, NamedTuple

from sefaw_rtc.store.database import translated
from sefaw_rtc.store.rebuildable import open_rebuildable
from signalling.ids import AccountId, ConsultationId, InstitutionId

FILE: Final = "courses.sqlite"
_VERSION: Final = 1
_TABLE: Final = """
CREATE TABLE course (
  consultation TEXT PRIMARY KEY, requested_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, institution TEXT NOT NULL,
  answering TEXT NOT NULL, department TEXT NOT NULL, doctor TEXT NOT NULL, critical INTEGER NOT NULL,
  sealed INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX course_requested ON course (requested_ms);
CREATE INDEX course_doctor ON course (doctor, requested_ms);
"""


_BETWEEN: Final = """
SELECT * FROM course WHERE requested_ms >= ?1 AND requested_ms < ?2
  AND (?3 IS NULL OR institution = ?3 OR answering = ?3) AND (?4 = '' OR department = ?4)
  ORDER BY requested_ms, consultation
"""
_DEPARTMENTS: Final = """
SELECT DISTINCT department FROM course
  WHERE department != '' AND (?1 IS NULL OR institution = ?1 OR answering = ?1) ORDER BY department
"""


class CourseRow(NamedTuple):
    """`answering`: the institution of the specialist who answered; `doctor`: who gave the opinion; "" = nobody.
    `sealed`: whether the recording is in it. `body`: a `Course`."""

    consultation: ConsultationId
    requested_ms: int
    closed_ms: int
    institution: InstitutionId
    answering: InstitutionId
    department: str
    doctor: AccountId
    critical: bool
    sealed: bool
    body: bytes


class Courses:
    """Sync, for the store's thread."""

    def __init__(self, path: Path) -> None:
        """Raises `StoreError`."""
        self._path = path
        self._database = open_rebuildable(path, "course", _TABLE, _VERSION)

    def put(self, row: CourseRow) -> None:
        with translated(self._path), self._database:
            self._database.execute("INSERT OR REPLACE INTO course VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def known(self) -> set[ConsultationId]:
        with translated(self._path):
            return {row[0] for row in self._database.execute("SELECT consultation FROM course")}

    def between(
        self, from_ms: int, to_ms: int, institution: InstitutionId | None = None, department: str = ""
    ) -> list[CourseRow]:
        """Those requested from the one until before the other. `institution`: it asked, or its specialist answered."""
        return self._rows(_BETWEEN, (from_ms, to_ms, institution, department))

    def departments(self, institution: InstitutionId | None = None) -> list[str]:
        """All that were ever asked for."""
        with translated(self._path):
            return [row[0] for row in self._database.execute(_DEPARTMENTS, (institution,))]

    def earlier(self, row: CourseRow) -> int:
        """In how many consultations before this one its doctor gave an opinion."""
        with translated(self._path):
            counted = self._database.execute(
                "SELECT count(*) FROM course WHERE doctor = ? AND (requested_ms, consultation) < (?, ?)",
                (row.doctor, row.requested_ms, row.consultation),
            )
            return int(counted.fetchone()[0])

    def with_opinion(self) -> list[CourseRow]:
        """All that the sample is drawn from, in the order in which it is."""
        return self._rows("SELECT * FROM course WHERE doctor != '' ORDER BY requested_ms, consultation", ())

    def close(self) -> None:
        self._database.close()

    def _rows(self, question: str, values: tuple[object, ...]) -> list[CourseRow]:
        with translated(self._path):
            return [_row(row) for row in self._database.execute(question, values)]


def _row(row: tuple[object, ...]) -> CourseRow:
    found = CourseRow._make(row)
    return found._replace(critical=bool(found.critical), sealed=bool(found.sealed))
