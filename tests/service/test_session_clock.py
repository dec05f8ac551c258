"""The session clock: never back, not by a corrected wall clock and not by a restart."""

from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.service.clock import SessionClock


class Hands:
    """Clock hands that a test moves."""

    def __init__(self, wall_us: int) -> None:
        self.wall_us = wall_us
        self.monotonic_ns = 0


def clock_of(hands: Hands, started: int, floor: int = 0) -> SessionClock:
    return SessionClock(started, floor_us=floor, wall_us=lambda: hands.wall_us, monotonic_ns=lambda: hands.monotonic_ns)


def test_it_starts_at_zero_and_follows_the_monotonic_clock() -> None:
    hands = Hands(5_000_000)
    clock = clock_of(hands, 5_000_000)
    assert clock.now() == 0
    hands.monotonic_ns = 1_500_000
    hands.wall_us = 0  # somebody sets the wall clock back
    assert clock.now() == 1500
    assert clock.unix_ms_of(1_000_000) == 6000


@given(floor=st.integers(0, 10**12), wall=st.integers(0, 10**15), steps=st.lists(st.integers(0, 10**12)))
def test_after_a_restart_it_never_goes_behind_the_last_event(floor: int, wall: int, steps: list[int]) -> None:
    hands = Hands(wall)
    clock = clock_of(hands, 10**12, floor)
    seen = [clock.now()]
    for step in steps:
        hands.monotonic_ns += step
        seen.append(clock.now())
    assert seen[0] >= floor
    assert seen == sorted(seen)
