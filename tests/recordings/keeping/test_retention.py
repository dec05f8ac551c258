"""What runs out of its time, and when nothing does."""

from hypothesis import given
from hypothesis import strategies as st

from recordings.keeping.retention import BEGAN_UNIX_MS, DAY_MS, Class, Policy

SEALED = BEGAN_UNIX_MS + 400 * DAY_MS
NONE: frozenset[str] = frozenset()
POLICY = Policy({Class.MEDIA: 10, Class.PICTURES: 20, Class.RECORDS: 30, Class.INDEX: 40})


def after(days: float, gone: frozenset[str] = NONE, *, erased: bool = False) -> list[Class]:
    return POLICY.due(SEALED, SEALED + int(days * DAY_MS), gone, erased=erased)


def test_each_class_has_its_clock() -> None:
    assert after(9.99) == []
    assert after(10) == [Class.MEDIA]
    assert after(10, frozenset({"media"})) == []
    assert after(20, frozenset({"media"})) == [Class.PICTURES]
    assert after(30, frozenset({"media", "pictures"})) == [Class.RECORDS]
    assert after(40, frozenset({"media", "pictures"}), erased=True) == [Class.RECORDS, Class.INDEX]


def test_a_clock_that_was_not_set_erases_nothing() -> None:
    assert POLICY.due(0, SEALED, NONE, erased=False) == []
    assert POLICY.due(SEALED, 0, NONE, erased=False) == []


def test_zero_days_are_for_ever() -> None:
    assert Policy({}).due(SEALED, SEALED + 100_000 * DAY_MS, NONE, erased=False) == []


@given(st.integers(0, 100_000_000_000), st.integers(0, 100_000_000_000))
def test_an_earlier_clock_never_has_more_due(age: int, back: int) -> None:
    now = set(POLICY.due(SEALED, SEALED + age, NONE, erased=True))
    assert set(POLICY.due(SEALED, SEALED + age - back, NONE, erased=True)) <= now
