"""The fate of packets: rates converge, bursts have their length, order is kept, queues are bounded, seeds repeat."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.impair.conditions import Conditions
from loadtest.impair.lane import Fate, Lane

MANY = 40_000


def conditions(**least: float) -> st.SearchStrategy[Conditions]:
    share = st.floats(0, 1)
    drawn = {
        "delay": st.floats(0, 500),
        "jitter": st.floats(0, 200),
        "loss": share,
        "burst": st.floats(0, 20),
        "rate": st.sampled_from([0.0, 64.0, 1000.0, 20_000.0]),
        "queue": st.floats(0, 500),
        "reorder": share,
        "duplicate": share,
    }
    return st.builds(Conditions, **(drawn | {name: st.just(value) for name, value in least.items()}))


def fates(what: Conditions, count: int, seed: int = 1, every_s: float = 0.001, size: int = 1000) -> list[Fate]:
    lane = Lane(random.Random(seed).random)
    return [lane.handle_packet(what, number * every_s, size) for number in range(count)]


def bursts(lost: list[bool]) -> list[int]:
    return [len(run) for run in "".join("x" if one else " " for one in lost).split()]


@given(conditions(), st.integers(0, 2**32))
def test_the_same_seed_and_packets_have_the_same_fate(what: Conditions, seed: int) -> None:
    assert fates(what, 60, seed) == fates(what, 60, seed)


@given(conditions(reorder=0.0))
def test_order_is_kept_unless_reordering_is_asked_for(what: Conditions) -> None:
    due = [time for fate in fates(what, 200) for time in fate.due]
    assert all(earlier <= later for earlier, later in pairwise(due))


@given(conditions())
def test_nothing_arrives_before_its_delay_less_jitter(what: Conditions) -> None:
    least = max(0.0, what.delay - what.jitter) / 1000
    for number, fate in enumerate(fates(what, 100)):
        assert all(due >= number * 0.001 + least for due in fate.due)
        assert len(fate.due) <= 2
        assert bool(fate.due) != bool(fate.cause)


@given(conditions(jitter=0.0, reorder=0.0, rate=1000.0, delay=0.0))
def test_nobody_waits_longer_than_the_queue_and_its_own_sending(what: Conditions) -> None:
    own = 1000 * 8 / 1_000_000
    for number, fate in enumerate(fates(what, 200)):
        assert all(due - number * 0.001 <= what.queue / 1000 + own + 1e-9 for due in fate.due)


def test_the_rate_is_what_passes() -> None:
    passed = [fate.due[-1] for fate in fates(Conditions(rate=1000, queue=100), 4000) if fate.due]
    assert len(passed) * 8000 / passed[-1] == pytest.approx(1_000_000, rel=0.01)
    assert {fate.cause for fate in fates(Conditions(rate=1000, queue=100), 4000)} == {"", "queue"}


@pytest.mark.parametrize("loss", [0.01, 0.03, 0.1, 0.5])
def test_random_loss_converges(loss: float) -> None:
    lost = [not fate.due for fate in fates(Conditions(loss=loss), MANY)]
    assert sum(lost) / MANY == pytest.approx(loss, rel=0.1)
    assert sum(bursts(lost)) / len(bursts(lost)) == pytest.approx(1 / (1 - loss), rel=0.05)


@pytest.mark.parametrize(("loss", "burst"), [(0.03, 4), (0.1, 3), (0.1, 10), (0.3, 5)])
def test_bursts_have_their_mean_length_and_the_loss_its_share(loss: float, burst: float) -> None:
    lost = [not fate.due for fate in fates(Conditions(loss=loss, burst=burst), MANY * 4)]
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.1)
    assert sum(bursts(lost)) / len(bursts(lost)) == pytest.approx(burst, rel=0.1)


def test_all_is_lost_where_all_is_to_be_lost() -> None:
    for burst in (0.0, 5.0):
        assert not any(fate.due for fate in fates(Conditions(loss=1, burst=burst), 500))


def test_reordered_packets_are_overtaken_and_the_share_is_right() -> None:
    found = fates(Conditions(delay=10, reorder=0.2, reorder_by=5), MANY)
    assert sum(fate.reordered for fate in found) / MANY == pytest.approx(0.2, rel=0.05)
    due = [time for fate in found for time in fate.due]
    assert any(earlier > later for earlier, later in pairwise(due))


def test_duplicates_have_their_share() -> None:
    twice = sum(len(fate.due) == 2 for fate in fates(Conditions(duplicate=0.1), MANY))
    assert twice / MANY == pytest.approx(0.1, rel=0.1)


def test_a_change_of_one_figure_changes_no_other_packets_luck() -> None:
    before = [bool(fate.due) for fate in fates(Conditions(loss=0.1), 1000)]
    after = [bool(fate.due) for fate in fates(Conditions(loss=0.1, jitter=30, duplicate=0.5, reorder=0.1), 1000)]
    assert before == after
