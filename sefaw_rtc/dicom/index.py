"""The index of the folder: an SQLite file of its own beside the pictures, which are the truth. It is made anew from
them whenever it is missing, damaged or of another version; so it is in no backup, and losing its last moments in a
power cut is nothing (`folder.heal`).

Sync; one connection, one caller at a time.
"""

import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from pydicom.uid import UID

from sefaw_rtc.dicom.attributes import SERIES, STUDY, pick
from sefaw_rtc.dicom.metadata import Json
from sefaw_rtc.dicom.port import InstanceRef
from signalling.ids import ConsultationId, InstanceId, InstitutionId, SeriesId, StudyId

VERSION: Final = 2
_SCHEMA: Final = """
CREATE TABLE study (study TEXT PRIMARY KEY, date TEXT NOT NULL, attributes BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE series (study TEXT, series TEXT, number INTEGER NOT NULL, modality TEXT NOT NULL,
    attributes BLOB NOT NULL, PRIMARY KEY (study, series)) WITHOUT ROWID;
CREATE TABLE instance (instance TEXT PRIMARY KEY, study TEXT NOT NULL, series TEXT NOT NULL, number INTEGER NOT NULL,
    sop_class TEXT NOT NULL, transfer_syntax TEXT NOT NULL, dataset_at INTEGER NOT NULL, metadata BLOB NOT NULL);
CREATE INDEX instance_of_series ON instance (study, series, number);
CREATE TABLE holding (path TEXT PRIMARY KEY, instance TEXT NOT NULL REFERENCES instance, study TEXT NOT NULL,
    series TEXT NOT NULL, institution TEXT NOT NULL, consultation TEXT NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX holding_of_instance ON holding (instance);
CREATE INDEX holding_of_study ON holding (study, series, institution, instance);
CREATE INDEX holding_of_consultation ON holding (consultation, size);
CREATE INDEX holding_of_institution ON holding (institution, study, series, instance);
"""


class Holding(NamedTuple):
    """Who brought an instance, into which consultation (None = into none). `path` is below the folder's root."""

    path: str
    institution: InstitutionId
    consultation: ConsultationId | None
    size: int


class Row(NamedTuple):
    """One instance as the index knows it."""

    ref: InstanceRef
    sop_class: str
    transfer_syntax: str
    dataset_at: int
    path: str

    @property
    def deflated(self) -> bool:
        """Whether its dataset must be inflated before anything in it can be found."""
        return UID(self.transfer_syntax).is_deflated


class Counted(NamedTuple):
    """A study or a series with what is in it. `attributes` is a dataset of the DICOM JSON model."""

    attributes: Json
    modalities: list[str]
    series: int
    instances: int


class Index:
    """`Index.open`, `close`. Damage shows itself as `sqlite3.DatabaseError`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> "Index":
        """Open it; made anew if it is not usable as it is."""
        try:
            return cls(_connected(path))
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return cls(_connected(path))

    @classmethod
    def beside(cls, path: Path) -> "Index":
        """To read only. Raises `sqlite3.DatabaseError`."""
        return cls(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # ---- writing ------------------------------------------------------------------------------------------------

    def add(self, row: Row, metadata: Json, holding: Holding) -> None:
        """An instance that was not here, with its study and series if they are new."""
        ref = row.ref
        study, series = _packed(pick(metadata, STUDY)), _packed(pick(metadata, SERIES))
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO study VALUES (?, ?, ?)", (ref.study, _moment(metadata), study))
            db.execute(
                "INSERT OR IGNORE INTO series VALUES (?, ?, ?, ?, ?)",
                (ref.study, ref.series, _int(metadata, "00200011"), str(first(metadata, "00080060")), series),
            )
            db.execute(
                "INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    ref.instance,
                    ref.study,
                    ref.series,
                    _int(metadata, "00200013"),
                    row.sop_class,
                    row.transfer_syntax,
                    row.dataset_at,
                    _packed(metadata),
                ),
            )
            _hold(db, row, holding)

    def hold(self, row: Row, holding: Holding) -> None:
        """Somebody else brought the same, or the same one into another consultation."""
        with self._writing() as db:
            _hold(db, row, holding)

    def drop(self, paths: Iterable[str]) -> None:
        """These files are gone, and what nobody holds any more with them."""
        with self._writing() as db:
            db.executemany("DELETE FROM holding WHERE path = ?", ((path,) for path in paths))
            db.execute("DELETE FROM instance WHERE instance NOT IN (SELECT instance FROM holding)")
            db.execute("DELETE FROM series WHERE (study, series) NOT IN (SELECT study, series FROM instance)")
            db.execute("DELETE FROM study WHERE study NOT IN (SELECT study FROM instance)")

    # ---- reading ------------------------------------------------------------------------------------------------

    def paths(self) -> set[str]:
        """All that is held."""
        return {path for (path,) in self._all("SELECT path FROM holding")}

    def find(self, instance: InstanceId) -> Row | None:
        """One instance."""
        found = self._all(f"{_ROW} WHERE i.instance = ? LIMIT 1", instance)
        return _row(found[0]) if found else None

    def holdings(self, instance: InstanceId) -> list[Holding]:
        """Who brought it."""
        rows = self._all("SELECT path, institution, consultation, size FROM holding WHERE instance = ?", instance)
        return [
            Holding(path, InstitutionId(of), ConsultationId(into) if into else None, size)
            for path, of, into, size in rows
        ]

    def brought_into(self, consultation: ConsultationId) -> list[str]:
        """The paths of all that was brought into a consultation."""
        return [path for (path,) in self._all("SELECT path FROM holding WHERE consultation = ?", consultation)]

    def bytes_of(self, consultation: ConsultationId) -> int:
        """All that was brought into a consultation."""
        ((size,),) = self._all("SELECT coalesce(sum(size), 0) FROM holding WHERE consultation = ?", consultation)
        return int(size)

    def belongs(self, study: StudyId, institution: InstitutionId, consultation: ConsultationId | None) -> bool:
        """Whether the institution brought something of it, or something of it came into the consultation."""
        query = "SELECT 1 FROM holding WHERE study = ? AND (institution = ? OR consultation = ?) LIMIT 1"
        return bool(self._all(query, study, institution, consultation or "-"))

    def study(self, study: StudyId) -> Json | None:
        """The attributes of a study, as its first instance had them."""
        found = self._all("SELECT attributes FROM study WHERE study = ?", study)
        return _unpacked(found[0][0]) if found else None

    def studies(self, institution: InstitutionId | None, named: list[str]) -> Iterator[Counted]:
        """Studies, newest first: what the institution brought, or (None) the named ones."""
        query = f"""SELECT s.attributes, n.series, n.instances,
            (SELECT group_concat(DISTINCT r.modality) FROM series r WHERE r.study = s.study)
            FROM (SELECT study, count(DISTINCT series) AS series, count(DISTINCT instance) AS instances
                FROM holding WHERE {_scope(institution, named)} GROUP BY study) n
            JOIN study s ON s.study = n.study
            ORDER BY s.date DESC, s.study"""  # noqa: S608 - constants, and question marks
        for attributes, series, instances, modalities in self._all(query, *_arguments(institution, named)):
            yield Counted(_unpacked(attributes), [m for m in str(modalities).split(",") if m], series, instances)

    def series(self, study: StudyId, institution: InstitutionId | None) -> Iterator[Counted]:
        """The series of a study, by number."""
        query = f"""SELECT r.attributes, r.modality, n.instances
            FROM (SELECT study, series, count(DISTINCT instance) AS instances
                FROM holding WHERE {_scope(institution, [study])} GROUP BY study, series) n
            JOIN series r ON r.study = n.study AND r.series = n.series
            ORDER BY r.number, r.series"""  # noqa: S608 - as above
        for attributes, modality, instances in self._all(query, *_arguments(institution, [study])):
            yield Counted(_unpacked(attributes), [modality], 1, instances)

    def metadata(
        self, study: StudyId, series: SeriesId | None, instance: InstanceId | None, institution: InstitutionId | None
    ) -> list[bytes]:
        """Packed datasets (`unpack`), by series and instance number."""
        query, arguments = "SELECT DISTINCT i.instance, i.metadata FROM instance i", [str(study)]
        where = ["i.study = ?"]
        for column, wanted in (("series", series), ("instance", instance)):
            if wanted is not None:
                where.append(f"i.{column} = ?")
                arguments.append(wanted)
        if institution is not None:
            query += " JOIN holding h ON h.instance = i.instance"
            where.append("h.institution = ?")
            arguments.append(institution)
        query += " JOIN series r ON r.study = i.study AND r.series = i.series"
        order = "ORDER BY r.number, r.series, i.number, i.instance"
        return [packed for _, packed in self._all(f"{query} WHERE {' AND '.join(where)} {order}", *arguments)]

    def _all(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, arguments).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            yield self._connection


_ROW: Final = """SELECT i.study, i.series, i.instance, i.sop_class, i.transfer_syntax, i.dataset_at, h.path
    FROM instance i JOIN holding h ON h.instance = i.instance"""


def unpack(packed: bytes) -> Json:
    """A dataset out of `Index.metadata`."""
    return _unpacked(packed)


def first(metadata: Json, tag: str) -> Any:
    """The first value of an attribute; "" if there is none."""
    values = metadata.get(tag, {}).get("Value") or [""]
    return "" if values[0] is None else values[0]


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise sqlite3.DatabaseError("another version")  # noqa: TRY301 - treated as damage is
        if not version:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        connection.execute("SELECT count(*) FROM holding").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _hold(db: sqlite3.Connection, row: Row, holding: Holding) -> None:
    ref, bringer = row.ref, (holding.institution, holding.consultation or "")
    values = (holding.path, ref.instance, ref.study, ref.series, *bringer, holding.size)
    db.execute("INSERT OR REPLACE INTO holding VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def _scope(institution: InstitutionId | None, named: list[str]) -> str:
    parts = ["institution = ?"] if institution is not None else []
    if named or institution is None:
        parts.append(f"study IN ({', '.join('?' * len(named))})")
    return " AND ".join(parts)


def _arguments(institution: InstitutionId | None, named: list[str]) -> list[str]:
    return [*([institution] if institution is not None else []), *named]


def _row(found: tuple[Any, ...]) -> Row:
    study, series, instance, sop_class, transfer_syntax, dataset_at, path = found
    ref = InstanceRef(StudyId(study), SeriesId(series), InstanceId(instance))
    return Row(ref, sop_class, transfer_syntax, dataset_at, path)


def _packed(metadata: Json) -> bytes:
    # `str`: pydicom's UIDs are strings of their own kind.
    return zlib.compress(msgspec.json.encode(metadata, enc_hook=str), 1)


def _unpacked(packed: bytes) -> Json:
    made: Json = msgspec.json.decode(zlib.decompress(packed))
    return made


def _moment(metadata: Json) -> str:
    return f"{first(metadata, '00080020')}{first(metadata, '00080030')}"


def _int(metadata: Json, tag: str) -> int:
    number = first(metadata, tag)
    return number if isinstance(number, int) and abs(number) < 1 << 62 else 0
