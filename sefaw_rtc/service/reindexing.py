"""The index of consultations made again from their logs, which are the truth: for a database that was lost, damaged or
rolled back. Sync; no server runs meanwhile."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from recordings import ArchiveError, Erased, Keys, read_consultation
from recordings.keeping.ledger import Ledgers
from recordings.keeping.retention import Class
from sefaw_rtc.service.briefs import brief_of, entitled_of, people_of
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.granting import running_grants
from sefaw_rtc.service.registry import is_demo
from sefaw_rtc.store import ConsultationRecord, Store
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.state import State

SUFFIX: Final = ".log"


@dataclass
class Reindexed:
    """How it went. `unread`: logs that cannot be read, with the error's name; `revived`: accounts that came back."""

    indexed: int = 0
    erased: int = 0
    revived: int = 0
    unread: dict[ConsultationId, str] = field(default_factory=dict)


def reindex(store: Store, data: Path, keys: Keys) -> Reindexed:
    """Bring every log into the index. Raises `StoreError`."""
    done, ledgers = Reindexed(), Ledgers(data)
    for path in _logs(data):
        consultation = ConsultationId(path.stem)
        try:
            read = read_consultation(path, keys)
            gone = Class.INDEX.value in ledgers.read(consultation).aged
        except Erased:
            done.erased += 1
            continue
        except ArchiveError as error:
            done.unread[consultation] = type(error).__name__
            continue
        state = fold_all(read.events)
        record = record_of(consultation, state, read.header.started_unix_us)
        if record is not None and not gone:
            done.revived += store.reviving.ensure(people_of(consultation, state), unix_s())
            store.consultations.save(record)
            store.grants.put(consultation, running_grants(state))
            done.indexed += 1
    return done


def record_of(consultation: ConsultationId, state: State, started_unix_us: int) -> ConsultationRecord | None:
    """As the index keeps it; None for what it does not keep."""
    brief = brief_of(consultation, state, started_unix_us)
    if brief is None or is_demo(consultation, state):
        return None
    return ConsultationRecord(
        brief=brief, institution=brief.requester.institution, members=entitled_of(consultation, state)
    )


def is_sound(path: Path) -> bool:
    """Whether a database can be gone on with. One that is not there can."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _logs(data: Path) -> Iterator[Path]:
    """Live ones first, as a backup lists them."""
    for folder in ("live", "closed"):
        yield from sorted((data / "consultations" / folder).glob(f"*{SUFFIX}"))


def unknown(closed_logs: Path, known: Iterable[ConsultationId]) -> list[Path]:
    """Logs of consultations that are over and that the index does not know: it was lost, or rolled back."""
    there = {path.stem: path for path in closed_logs.glob(f"*{SUFFIX}")}
    return [there[name] for name in sorted(there.keys() - set(known))]
