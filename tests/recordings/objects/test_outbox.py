"""Whose turn it is: by property, against any order of sealing, failing and mending."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from recordings.objects import Fault, Outbox
from recordings.objects.outbox import FIRST_S, MOST_S, OWN_MOST_S, back_off
from signalling.ids import ConsultationId

A, B = ConsultationId("a" * 26), ConsultationId("b" * 26)
NOW = 1_764_118_800_000


def outbox(**since: int) -> Outbox:
    made = Outbox()
    for name, at in since.items():
        made.put(ConsultationId(name), 1, 10, at)
    return made


def test_the_oldest_comes_first() -> None:
    made = outbox(new=NOW, old=NOW - 5)
    assert made.due(0) == "old"
    made.put(ConsultationId("old"), 0, 0, 0)
    assert (made.due(0), made.files, made.bytes, made.oldest_unix_ms) == ("new", 1, 10, NOW)
    made.put(ConsultationId("new"), 0, 0, 0)
    assert (made.due(0), made.next_at(), made.oldest_unix_ms) == (None, None, 0)


def test_while_the_store_does_not_answer_nobody_tries_for_longer_and_longer() -> None:
    made, now, waits, turns = outbox(a=NOW, b=NOW), 0.0, [], []
    for number in range(12):
        one = made.due(now)
        assert one is not None
        turns.append(one)
        made.failed(one, Fault.UNREACHABLE, now, NOW + number)
        assert made.due(now) is None
        again = made.next_at()
        assert again is not None
        waits.append(again - now)
        now = again
    assert waits[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert waits[-1] == MOST_S
    assert turns == ["a", "b"] * 6, "who had no turn comes before who had one"
    assert (made.fault, made.failing_since_unix_ms) == (Fault.UNREACHABLE, NOW)
    made.went_well(ConsultationId("a"))
    assert (made.fault, made.failing_since_unix_ms, made.due(now)) == (None, 0, "a")


def test_ones_own_fault_stops_nobody_else() -> None:
    made = outbox(a=NOW, b=NOW + 1)
    made.failed(ConsultationId("a"), Fault.LOCAL, 0, NOW)
    assert made.due(0) == "b"
    made.went_well(ConsultationId("b"))
    assert made.fault is Fault.LOCAL, "it is said as long as it is so"
    made.put(ConsultationId("b"), 0, 0, 0)
    assert made.due(0) is None
    assert made.due(FIRST_S) == "a"


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.FAILED])
def test_one_that_meets_at_each_turn_what_all_would_meet_stops_nobody_else(fault: Fault) -> None:
    """One object that may not be removed, one that the store cannot read back, one at which the process dies."""
    made, now = outbox(a=NOW, b=NOW + 1, c=NOW + 2), 0.0
    turns = []
    while len(made) > 1:
        now = max(now, made.next_at() or 0.0)
        one = made.due(now)
        assert one is not None
        turns.append(one)
        if one == "a":
            made.failed(one, fault, now, NOW)
        else:
            made.went_well(one)
            made.put(one, 0, 0, 0)
        assert len(turns) < 10
    assert turns == ["a", "b", "c"]
    assert made.due(now) == "a"
    made.failed(ConsultationId("a"), Fault.LOCAL, now, NOW)
    assert made.next_at() == now + FIRST_S, "a turn that all would have lost is no fault of its own"


def test_a_wait_never_ends_the_world() -> None:
    assert back_off(10**6, OWN_MOST_S) == OWN_MOST_S


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from([None, *Fault])), max_size=60), st.randoms())
def test_whatever_happens_each_gets_its_turn(steps: list[tuple[ConsultationId, Fault | None]], chance: object) -> None:
    note(f"steps {steps}, {chance}")
    made, now = outbox(**{A: NOW, B: NOW + 1}), 0.0
    for one, fault in steps:
        if fault is None:
            made.went_well(one)
        else:
            made.failed(one, fault, now, NOW)
        now += 1
    turns = set()
    for _ in range(2):
        at = made.next_at()
        assert at is not None
        assert at <= now + OWN_MOST_S
        now = max(now, at)
        one = made.due(now)
        assert one is not None, "somebody is due when it says so"
        turns.add(one)
        made.put(one, 0, 0, 0)
    assert turns == {A, B}
    assert len(made) == 0
