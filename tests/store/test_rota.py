"""Departments and the rota."""

import pytest

from sefaw_rtc.errors import Conflict, NotFound, UserError
from sefaw_rtc.store import AccountRecord, InstitutionRecord, ShiftId, Store
from sefaw_rtc.store.rota import SHIFT_MS_MAX
from signalling.ids import AccountId, InstitutionId
from signalling.vocabulary import Role
from tests.store.conftest import NOW

HOUR = 3_600_000
T = NOW * 1000


def specialist(store: Store, house: InstitutionRecord, user: str, department: str = "") -> AccountRecord:
    added = store.accounts.add(
        user=user, name=user, role=Role.SPECIALIST, institution=house.id, password_hash="h", now_s=NOW
    )
    store.departments.assign(added.id, department)
    found = store.accounts.get(added.id)
    assert found is not None
    return found


def test_a_department_is_made_once_in_each_institution(store: Store, clinic: InstitutionRecord) -> None:
    first = store.departments.ensure(clinic.id, "心内科")
    assert store.departments.ensure(clinic.id, "心内科") == first
    other = store.institutions.ensure("Elsewhere", NOW)
    assert store.departments.ensure(other.id, "心内科").id != first.id
    assert store.departments.of_institution(clinic.id) == [first]
    with pytest.raises(NotFound):
        store.departments.ensure(InstitutionId("x" * 26), "心内科")


def test_an_account_has_its_department_and_can_change_it(store: Store, clinic: InstitutionRecord) -> None:
    anna = specialist(store, clinic, "anna", "Cardiology")
    assert anna.person.department == "Cardiology"
    store.departments.assign(anna.id, "")
    found = store.accounts.get(anna.id)
    assert found is not None
    assert found.person.department == ""
    with pytest.raises(NotFound):
        store.departments.assign(AccountId("x" * 26), "Cardiology")


def test_callers_see_each_staffed_name_once(store: Store, clinic: InstitutionRecord) -> None:
    other = store.institutions.ensure("Elsewhere", NOW)
    specialist(store, clinic, "anna", "Cardiology")
    specialist(store, other, "boris", "Cardiology")
    gone = specialist(store, other, "clara", "Surgery")
    store.departments.ensure(clinic.id, "Empty")
    assert store.departments.names() == ["Cardiology", "Surgery"]
    store.accounts.disable(gone.id, NOW)
    assert store.departments.names() == ["Cardiology"]


def test_whoever_is_on_duty_now(store: Store, clinic: InstitutionRecord) -> None:
    anna, boris = specialist(store, clinic, "anna"), specialist(store, clinic, "boris")
    late = store.shifts.add(boris.id, T, T + 2 * HOUR)
    early = store.shifts.add(anna.id, T - HOUR, T + HOUR)
    assert store.shifts.on_duty(T) == [early, late]
    assert store.shifts.on_duty(T + HOUR) == [late], "a shift ends with its last millisecond"
    assert store.shifts.on_duty(T - HOUR - 1) == []
    store.accounts.disable(boris.id, NOW)
    assert store.shifts.on_duty(T) == [early]


def test_the_next_change_is_a_beginning_or_an_end(store: Store, clinic: InstitutionRecord) -> None:
    assert store.shifts.next_change(T) is None
    anna, boris = specialist(store, clinic, "anna"), specialist(store, clinic, "boris")
    store.shifts.add(anna.id, T, T + 3 * HOUR)
    store.shifts.add(boris.id, T + HOUR, T + 2 * HOUR)
    changes, now = [], T - 1
    while (at := store.shifts.next_change(now)) is not None:
        changes.append((at - T) // HOUR)
        now = at
    assert changes == [0, 1, 2, 3]


def test_the_list_is_what_touches_the_time(store: Store, clinic: InstitutionRecord) -> None:
    anna = specialist(store, clinic, "anna")
    first, second = store.shifts.add(anna.id, T, T + HOUR), store.shifts.add(anna.id, T + HOUR, T + 2 * HOUR)
    assert store.shifts.list(T, T + 2 * HOUR) == [first, second]
    assert store.shifts.list(T + HOUR, T + 2 * HOUR) == [second]
    store.shifts.remove(first.id)
    assert store.shifts.list(0, T + 9 * HOUR) == [second]
    with pytest.raises(NotFound):
        store.shifts.remove(first.id)
    with pytest.raises(NotFound):
        store.shifts.remove(ShiftId("x" * 26))


def test_one_person_is_not_on_duty_twice(store: Store, clinic: InstitutionRecord) -> None:
    anna = specialist(store, clinic, "anna")
    store.shifts.add(anna.id, T, T + HOUR)
    for start, end in ((T, T + HOUR), (T - HOUR, T + 1), (T + HOUR - 1, T + 2 * HOUR)):
        with pytest.raises(Conflict):
            store.shifts.add(anna.id, start, end)


@pytest.mark.parametrize(("start", "end"), [(T, T), (T, T - 1), (-1, 5), (T, T + SHIFT_MS_MAX + 1)])
def test_a_shift_that_cannot_be_is_refused(store: Store, clinic: InstitutionRecord, start: int, end: int) -> None:
    with pytest.raises(UserError, match="malformed"):
        store.shifts.add(specialist(store, clinic, "anna").id, start, end)


def test_only_specialists_are_on_the_rota(store: Store, doctor: AccountRecord) -> None:
    with pytest.raises(NotFound):
        store.shifts.add(doctor.id, T, T + HOUR)
    with pytest.raises(NotFound):
        store.shifts.add(AccountId("x" * 26), T, T + HOUR)
