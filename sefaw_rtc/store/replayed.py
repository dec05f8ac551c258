"""What the list of replays is searched by, besides what the index of consultations knows: how long each lasted, its
flags, and, sealed with its own key, the words of its opinions. A file of its own beside the database, made of logs and
seals again whenever it is not there or not of this version.

The words are searched in memory, as patients' names are (`personal.py`).
"""

from pathlib import Path
from typing import Final, NamedTuple

from sefaw_rtc.store.database import translated
from sefaw_rtc.store.rebuildable import open_rebuildable
from sefaw_rtc.store.sealing import Sealing
from signalling.ids import AccountId, ConsultationId, InstitutionId

FILE: Final = "replays.sqlite"
_VERSION: Final = 1
_TABLE: Final = """
CREATE TABLE replay (
  consultation TEXT PRIMARY KEY, requested_ms INTEGER NOT NULL, institution TEXT NOT NULL, answering TEXT NOT NULL,
  requester TEXT NOT NULL, specialist TEXT NOT NULL, department TEXT NOT NULL, length_us INTEGER NOT NULL,
  sealed INTEGER NOT NULL, flags TEXT NOT NULL, words BLOB
) STRICT;
CREATE INDEX replay_requested ON replay (requested_ms);
CREATE INDEX replay_institution ON replay (institution, requested_ms);
CREATE INDEX replay_answering ON replay (answering, requested_ms);
"""
_AT_ONCE: Final = 500  # rows whose words are opened in one go: some 50 ms


class ReplayRow(NamedTuple):
    """`answering`: the institution of the specialist who answered; `flags`: words with spaces around them; `words`:
    sealed, None = there are none."""

    consultation: ConsultationId
    requested_ms: int
    institution: InstitutionId
    answering: InstitutionId | str
    requester: AccountId
    specialist: AccountId | str
    department: str
    length_us: int
    sealed: bool
    flags: str
    words: bytes | None


class Wanted(NamedTuple):
    """What of the list is wanted. None or empty: whatever. `mine`: the institution asked, or its specialist answered;
    `names`: the only consultations, `sites` and `doctors` the only institutions that asked and people in it."""

    mine: InstitutionId
    limit: int
    before_ms: int = 0
    from_ms: int = 0
    to_ms: int = 0
    department: str = ""
    flag: str = ""
    finding: str = ""
    names: set[str] | None = None
    sites: set[str] | None = None
    doctors: set[str] | None = None

    def takes(self, row: ReplayRow) -> bool:
        """What the database was not asked."""
        return (
            (self.names is None or row.consultation in self.names)
            and (self.sites is None or row.institution in self.sites)
            and (self.doctors is None or bool(self.doctors & {row.requester, row.specialist}))
        )


_WANTED: Final = """
SELECT * FROM replay WHERE (institution = :mine OR answering = :mine)
  AND (:before = 0 OR requested_ms < :before) AND requested_ms >= :from AND (:to = 0 OR requested_ms < :to)
  AND (:department = '' OR instr(department, :department) > 0) AND (:flag = '' OR instr(flags, ' ' || :flag || ' ') > 0)
  ORDER BY requested_ms DESC, consultation
"""


class Replayed:
    """Sync, for the store's thread."""

    def __init__(self, path: Path, sealing: Sealing) -> None:
        """Raises `StoreError`."""
        self._path, self._sealing = path, sealing
        self._words: dict[str, str] = {}
        self._read_to = ""
        self._complete = False
        self._database = open_rebuildable(path, "replay", _TABLE, _VERSION)

    def put(self, row: ReplayRow, words: str) -> None:
        """`words`: what `row.words` will hold, sealed. Raises `StoreError`."""
        sealed = self._sealing.seal(row.consultation, _place(row.consultation), words.encode()) if words else None
        with translated(self._path), self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO replay VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row._replace(words=sealed)
            )
        self._words[row.consultation] = words.casefold()

    def forget(self, consultation: ConsultationId) -> None:
        """It is erased, or it is not listed any more. Harmless when repeated. Raises `StoreError`."""
        with translated(self._path), self._database:
            self._database.execute("DELETE FROM replay WHERE consultation = ?", (consultation,))
        self._words.pop(consultation, None)

    def known(self) -> set[ConsultationId]:
        """Those that are sealed: nothing but opinions changes of them."""
        with translated(self._path):
            return {row[0] for row in self._database.execute("SELECT consultation FROM replay WHERE sealed")}

    def read_words(self, most: int) -> bool:
        """Open the words of so many rows for searches to come; whether there may be more."""
        if self._complete:
            return False
        with translated(self._path):
            rows = self._database.execute(
                "SELECT consultation, words FROM replay WHERE consultation > ? ORDER BY consultation LIMIT ?",
                (self._read_to, most),
            ).fetchall()
        for name, sealed in rows:
            plain = self._sealing.open(name, _place(name), sealed) if sealed else None
            self._words.setdefault(name, plain.decode().casefold() if plain else "")
        self._complete = len(rows) < most
        self._read_to = rows[-1][0] if rows else self._read_to
        return not self._complete

    def search(self, wanted: Wanted) -> list[ReplayRow]:
        """Newest first, at most `limit`."""
        names = wanted.names
        if wanted.finding:
            spoken = self._with(wanted.finding)
            names = spoken if names is None else names & spoken
        wanted = wanted._replace(names=names)
        asked = {
            "mine": wanted.mine,
            "before": wanted.before_ms,
            "from": wanted.from_ms,
            "to": wanted.to_ms,
            "department": wanted.department,
            "flag": wanted.flag,
        }
        found: list[ReplayRow] = []
        with translated(self._path):
            for told in self._database.execute(_WANTED, asked):
                row = ReplayRow._make(told)
                if wanted.takes(row):
                    found.append(row._replace(sealed=bool(row.sealed)))
                if len(found) >= wanted.limit:
                    break
        return found

    def close(self) -> None:
        self._database.close()

    def _with(self, finding: str) -> set[str]:
        while self.read_words(_AT_ONCE):
            pass
        wanted = finding.casefold()
        return {name for name, words in self._words.items() if wanted in words}


def _place(consultation: str) -> str:
    return f"replay:{consultation}"
