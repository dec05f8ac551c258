"""Slowing down guesses, on a hand-cranked clock."""

from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.access.throttle import Backoff, SignInThrottle, _network

NOW = 1_800_000_000


def throttle(**changes: int) -> SignInThrottle:
    return SignInThrottle(**({"free": 3, "free_address": 10, "first_s": 5, "max_s": 60} | changes))


def test_free_attempts_then_doubling_waits_up_to_the_longest() -> None:
    backoff = Backoff(free=2, first_s=5, max_s=60)
    now, waits = NOW, []
    for _ in range(8):
        backoff.fail("k", now)
        waits.append(backoff.wait_s("k", now))
        now += waits[-1]
        assert backoff.wait_s("k", now) == 0
    assert waits == [0, 0, 5, 10, 20, 40, 60, 60]


def test_keys_are_apart_and_an_hour_forgives() -> None:
    backoff = Backoff(free=0, first_s=5, max_s=60)
    backoff.fail("a", NOW)
    assert backoff.wait_s("b", NOW) == 0
    backoff.fail("a", NOW + 10)
    assert backoff.wait_s("a", NOW + 10) == 10
    backoff.fail("a", NOW + 10 + 3601)
    assert backoff.wait_s("a", NOW + 10 + 3601) == 5


def test_memory_is_bounded() -> None:
    limited = throttle(capacity=50, free=0, free_address=0)
    for n in range(500):
        limited.begin(f"user{n}", f"10.0.{n // 256}.{n % 256}", NOW)
        limited.succeeded(f"user{n}", f"10.0.{n // 256}.{n % 256}", NOW)
        limited.begin(f"other{n}", f"10.1.{n // 256}.{n % 256}", NOW)
    assert len(limited._accounts) <= 50
    assert len(limited._addresses) <= 50
    assert len(limited._familiar) <= 50


def test_many_at_once_gain_nothing() -> None:
    """An attempt counts when it begins: a hundred in flight are three checked passwords."""
    limited = throttle()
    assert (
        sum(limited.begin("anna", "192.0.2.1", NOW) == 0 for _ in range(100)) == 4
    )  # three free, the fourth waits after


def test_a_right_password_clears_the_account() -> None:
    limited = throttle()
    for _ in range(3):
        assert limited.begin("anna", "192.0.2.1", NOW) == 0
    limited.succeeded("anna", "192.0.2.1", NOW)
    assert all(limited.begin("anna", "192.0.2.1", NOW) == 0 for _ in range(3))


def test_an_own_account_is_no_way_to_guess_at_others() -> None:
    limited = throttle(free_address=5)
    checked = 0
    for n in range(50):
        checked += limited.begin(f"victim{n}", "192.0.2.1", NOW) == 0
        if limited.begin("attacker", "192.0.2.1", NOW) == 0:
            limited.succeeded("attacker", "192.0.2.1", NOW)
    assert checked <= 6


def test_strangers_cannot_keep_out_who_signed_in_from_here_before() -> None:
    limited = throttle()
    assert limited.begin("anna", "192.0.2.1", NOW) == 0
    limited.succeeded("anna", "192.0.2.1", NOW)
    for n in range(20):
        limited.begin("anna", f"198.51.100.{n}", NOW)
    assert limited.begin("anna", "198.51.100.99", NOW) > 0
    assert limited.begin("anna", "192.0.2.1", NOW) == 0


def test_one_address_guessing_at_many_accounts_waits() -> None:
    limited = throttle()
    checked = sum(limited.begin(f"user{n}", "192.0.2.1", NOW) == 0 for n in range(100))
    assert checked == 11
    assert limited.begin("user", "192.0.2.2", NOW) == 0


def test_an_attempt_that_could_not_be_checked_does_not_count() -> None:
    limited = throttle(free=1)
    for _ in range(5):
        assert limited.begin("anna", "192.0.2.1", NOW) == 0
        limited.take_back("anna", "192.0.2.1", NOW)


def test_what_one_subscriber_can_choose_counts_as_one() -> None:
    assert _network("2001:db8::1") == _network("2001:db8::ffff:2") != _network("2001:db8:0:1::1")
    assert _network("::ffff:192.0.2.1") == _network("192.0.2.1") != _network("192.0.2.2")
    assert _network("fe80::1%eth0") == _network("fe80::2")
    assert _network("not an address") == _network("") == "unknown"


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=60))
def test_waits_stay_within_bounds_whatever_happens(steps: list[tuple[int, bool]]) -> None:
    limited = throttle()
    now = NOW
    for pause, right in steps:
        now += pause
        wait = limited.begin("anna", "192.0.2.1", now)
        assert 0 <= wait <= 60
        if wait == 0 and right:
            limited.succeeded("anna", "192.0.2.1", now)
