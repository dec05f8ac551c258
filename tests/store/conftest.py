"""A store in a directory of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sefaw_rtc.store import AccountRecord, InstitutionRecord, Store
from signalling.vocabulary import Role
from tests.keys import MadeKeys

NOW = 1_800_000_000


@pytest.fixture
def keys() -> MadeKeys:
    return MadeKeys()


@pytest.fixture
def store(tmp_path: Path, keys: MadeKeys) -> Iterator[Store]:
    opened = Store.open(tmp_path, keys, busy_timeout_ms=200)
    yield opened
    opened.close()


@pytest.fixture
def clinic(store: Store) -> InstitutionRecord:
    return store.institutions.ensure("Clinic 青山", NOW)


@pytest.fixture
def doctor(store: Store, clinic: InstitutionRecord) -> AccountRecord:
    return store.accounts.add(
        user="Anna", name="Anna 安娜", role=Role.VILLAGE_DOCTOR, institution=clinic.id, password_hash="h", now_s=NOW
    )
