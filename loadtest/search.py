"""How long a search in the index takes: 100,000 consultations in a store as the server has it, each sealed; a page of
hits is opened with their keys, from the disk."""

import gc
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import insert

from loadtest.sections import Table, number, share
from recordings import ArchiveError, DataKey, Erased, HeldSiteKey, Keyring, open_field, seal_field
from sefaw_rtc.store import Listing, Store, new_id
from sefaw_rtc.store.models import Account, Consultation, Institution, Member
from sefaw_rtc.store.sealing import Personal, seal_personal
from signalling.events import Patient
from signalling.ids import AccountId, ConsultationId, InstitutionId

TARGET_MS: Final = 100.0
_WAYS: Final = 30  # searches of each kind
_HOUSES, _DOCTORS = 40, 400
_OPENED: Final = 4_000  # of the newest: pages of hits are opened with the keys of these
_NAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_REASONS: Final = ("right upper abdomen, sonogram asked for", "chest pain since noon", "thyroid nodule, second look")
_AT_ONCE: Final = 2_000


class Found(msgspec.Struct, frozen=True):
    """Of one kind of search: how many hits its page had, and ms of each search."""

    kind: str
    hits: int
    ms: list[float]


class Search(msgspec.Struct, frozen=True):
    """`read_s`: opening the texts once, in the background of a start."""

    at: str
    consultations: int
    read_s: float
    found: list[Found]


class _Keys:
    """The keyring's fields; those that no page shows are all sealed with one key, to be made quicker."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring, self._common = keyring, DataKey(bytes(32))

    def _key(self, consultation: ConsultationId) -> DataKey:
        try:
            return self._keyring.open(consultation)
        except Erased:
            return self._common

    def seal(self, consultation: ConsultationId, place: str, plain: bytes) -> bytes | None:
        return seal_field(self._key(consultation), place, plain)

    def open(self, consultation: ConsultationId, place: str, sealed: bytes) -> bytes | None:
        try:
            return open_field(self._key(consultation), place, sealed)
        except ArchiveError:
            return None

    def ensure(self, consultation: ConsultationId) -> None:
        self._keyring.create(consultation)


def measure(at: str, *, brief: bool = False) -> Search:
    """`brief`: a tenth of it."""
    count = 10_000 if brief else 100_000
    folder = Path(tempfile.mkdtemp(prefix="sefaw-search-"))
    try:
        store = Store.open(folder, _Keys(Keyring(folder / "archive", HeldSiteKey(bytes(32)))))
        houses, doctors = _fill(store, folder, count)
        gc.collect()  # of filling it, which no server does
        gc.freeze()  # as the server's process
        began = time.monotonic()
        while store.consultations.read_texts(500):
            pass
        read = time.monotonic() - began
        found = [_searched(kind, ask) for kind, ask in _kinds(store, houses, doctors).items()]
        store.close()
        return Search(at, count, read, found)
    finally:
        shutil.rmtree(folder)


def tables(result: Search) -> Sequence[Table]:
    rows: list[Sequence[str]] = [["search", "hits shown", "median", "p95", "target"]]
    rows += [[one.kind, str(one.hits), _ms(one, 0.5), _ms(one, 0.95), f"{TARGET_MS:.0f} ms"] for one in result.found]
    says = f"{result.consultations:,} consultations; their texts were opened once in {result.read_s:.1f} s."
    return [Table(says, rows)]


def _ms(one: Found, part: float) -> str:
    return number(share(one.ms, part), "ms", 1)


def missed(result: Search) -> list[str]:
    worst = [(one.kind, share(one.ms, 0.95) or 0.0) for one in result.found]
    return [f"search, {kind}: {ms:.0f} ms, target {TARGET_MS:.0f} ms" for kind, ms in worst if ms > TARGET_MS]


def _kinds(store: Store, houses: list[str], doctors: list[str]) -> dict[str, Callable[[], int]]:
    consultations, house, doctor = store.consultations, InstitutionId(houses[0]), AccountId(doctors[0])

    def of_house(**wanted: object) -> Callable[[], int]:
        listing = msgspec.convert(wanted, Listing)
        return lambda: len(consultations.of_institution(house, listing))

    def of_doctor(**wanted: object) -> Callable[[], int]:
        listing = msgspec.convert(wanted, Listing)
        return lambda: len(consultations.of_account(doctor, listing))

    return {
        "a house's, one patient's number": of_house(find="QS-000043"),
        "a house's, a family name": of_house(find="王"),
        "a house's, a word of every other question": of_house(find="sonogram"),
        "a house's, what all have": of_house(find="qs-"),
        "a house's, what none has": of_house(find="nowhere"),
        "a house's, what is still to be done, what all have": of_house(find="qs-", open_since_ms=0),
        "a doctor's, a family name": of_doctor(find="王"),
        "a doctor's, what all have": of_doctor(find="qs-"),
    }


def _searched(kind: str, ask: Callable[[], int]) -> Found:
    hits, ms = ask(), []
    for _ in range(_WAYS):
        began = time.monotonic()
        ask()
        ms.append((time.monotonic() - began) * 1000)
    return Found(kind, hits, ms)


def _fill(store: Store, folder: Path, count: int) -> tuple[list[str], list[str]]:
    """Half of all are one house's, a tenth of all one doctor's."""
    houses, doctors = [new_id() for _ in range(_HOUSES)], [new_id() for _ in range(_DOCTORS)]
    keyring, chance = Keyring(folder / "archive", HeldSiteKey(bytes(32))), random.Random(1)  # noqa: S311 - the same index every time
    with store.database.writing() as session:
        session.execute(insert(Institution), [{"id": one, "name": one, "created_s": 0} for one in houses])
        session.execute(insert(Account), [_account(one, houses[n % _HOUSES]) for n, one in enumerate(doctors)])
    for begin in range(0, count, _AT_ONCE):
        rows, members = [], []
        for n in range(begin, min(begin + _AT_ONCE, count)):
            name = ConsultationId(new_id())
            if n >= count - _OPENED:
                keyring.create(name)
            doctor = doctors[0] if n % 10 == 0 else chance.choice(doctors)
            rows.append(_row(_Keys(keyring), name, n, houses[0] if n % 2 else chance.choice(houses), doctor))
            members.append({"consultation_id": name, "account_id": doctor})
        with store.database.writing() as session:
            session.execute(insert(Consultation), rows)
            session.execute(insert(Member), members)
    return houses, doctors


def _account(name: str, house: str) -> dict[str, object]:
    told = {"user": name, "name": name, "role": "specialist", "password_hash": "-", "created_s": 0, "disabled_s": 0}
    return told | {"id": name, "institution_id": house, "department_id": None}


def _row(keys: _Keys, name: ConsultationId, n: int, house: str, doctor: str) -> dict[str, object]:
    patient = Patient(name=f"{_NAMES[n % len(_NAMES)]}某{n:06}", identifier=f"QS-{n:06}")
    personal = Personal(patient=patient, reason=_REASONS[n % len(_REASONS)])
    told: dict[str, object] = {"status": "closed", "urgency": "routine", "department": "", "close_reason": "hung_up"}
    for empty in ("reason", "patient_name", "patient_sex", "patient_identifier"):
        told[empty] = ""
    times = {"requested_ms": 1_700_000_000_000 + n * 60_000, "opened_ms": 1, "closed_ms": 2, "patient_birth_year": 0}
    done = {"opinions": n % 3, "acknowledged": n % 3, "critical": False, "critical_told": False}
    whose = {"id": name, "institution_id": house, "requester_id": doctor, "specialist_id": doctor}
    return told | times | done | whose | {"personal": seal_personal(keys, name, personal)}
