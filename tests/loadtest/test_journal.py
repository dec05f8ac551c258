"""What the bench says about what recording costs, of windows whose cost is known."""

import random

import pytest

from loadtest.journal import Files, Journal, Window, _trim, missed, tables
from loadtest.results import this_machine

PACKETS = 100_000


def window(*, recorded: bool, pace: float, costs_us: float) -> Window:
    """Of a machine that takes everything by `pace`; recording costs the shard so much."""
    shard_s = PACKETS * pace * (8.0 + (costs_us if recorded else 0.0)) / 1e6
    return Window(
        recorded=recorded,
        shard_s=shard_s,
        writer_s=0.0,
        process_s=shard_s,
        load_s=PACKETS * pace * 13.0 / 1e6,
        packets=PACKETS,
        p99_ms=2.0,
        complaints=[],
    )


def found(costs_us: float, seed: int) -> Journal:
    dice = random.Random(seed)
    on = [on for pair in range(16) for on in (pair % 2 == 1, pair % 2 == 0)]
    windows = [window(recorded=one, pace=dice.uniform(0.8, 1.3), costs_us=costs_us) for one in on]
    return Journal("", this_machine(), windows, Files(disk_bytes=101, packets=1, packet_bytes=100))


@pytest.mark.parametrize(("costs_us", "faults"), [(0.2, 0), (0.4, 1), (2.0, 2)])
def test_a_machine_that_changes_its_pace_does_not_change_what_is_found(costs_us: float, faults: int) -> None:
    for seed in range(20):
        one = found(costs_us, seed)
        assert len(missed(one)) == faults, seed
        even = next(row for row in tables(one)[0].rows if row[0] == "the same at an even speed")
        assert float(even[3]) == pytest.approx(costs_us, rel=0.25)


def test_it_is_the_median_difference_of_neighbours() -> None:
    costs = (-5.0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 9.0)
    one = Journal(
        "",
        this_machine(),
        [window(recorded=on, pace=1.0, costs_us=us) for us in costs for on in (False, True)],
        Files(1_020, 10, 1_000),
    )
    rows = tables(one)[0].rows
    assert rows[1][1:5] == ["8.00", "8.35", "0.35", "0.10 – 0.50"]
    assert (rows[-2][2], missed(one)) == ("1.020", ["recording costs the shard 0.35 µs a packet, not 0.3"])


def test_the_interval_is_the_sign_tests() -> None:
    assert [_trim(pairs) for pairs in (1, 4, 5, 8, 16, 32)] == [0, 0, 0, 1, 4, 10]
