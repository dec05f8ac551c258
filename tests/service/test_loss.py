"""Loss on the timeline: episodes, not seconds."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.service.loss import BEGINS_AFTER_S, BEGINS_AT, ENDS_AFTER_S, ENDS_BELOW, Loss


def changes(seconds: list[int]) -> list[tuple[int, bool, int]]:
    """Which second changed what: (second, going on, most)."""
    loss = Loss()
    return [(at, loss.going_on, loss.most) for at, value in enumerate(seconds, 1) if loss.heard(value)]


def test_it_begins_after_three_bad_seconds_and_ends_after_five_good_ones() -> None:
    assert changes([30, 45, 31, *[9] * 5]) == [(3, True, 45), (8, False, 45)]


def test_a_burst_is_no_episode_and_a_hovering_link_is_one() -> None:
    assert changes([500, 500, 0, 500, 500, 0]) == []
    assert changes([40, 40, 40, *[20, 9, 9, 9, 9] * 10]) == [(3, True, 40)]


def test_each_episode_has_its_own_most() -> None:
    assert changes([100, 0, 30, 30, 30, *[0] * 5, 31, 31, 31]) == [(5, True, 30), (10, False, 30), (13, True, 31)]


def test_silence_says_nothing() -> None:
    assert changes([30, -1, 30, -1, 30, *[0, -1] * 4, 0]) == [(5, True, 30), (14, False, 30)]


@given(st.lists(st.integers(min_value=-1, max_value=1000), max_size=300))
def test_it_never_flaps(seconds: list[int]) -> None:
    seen = changes(seconds)
    assert [going_on for _, going_on, _ in seen] == [at % 2 == 0 for at in range(len(seen))]
    for (before, *_), (after, going_on, most) in itertools.pairwise(seen):
        assert after - before >= (BEGINS_AFTER_S if going_on else ENDS_AFTER_S)
        assert most >= BEGINS_AT > ENDS_BELOW
