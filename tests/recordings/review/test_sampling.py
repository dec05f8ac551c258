"""The sample: every rule with its reason, the lot as often as it should be, and nobody's to choose."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.review.sampling import _REVIEW, MILLION, Candidate, Rules, SampleReason, drawn, sample
from signalling.ids import AccountId, ConsultationId

SEED = bytes(range(16))
LOT_ONLY = Rules(critical=False, new_doctor_first=0, random_ppm=50_000)


def consultation(number: int) -> ConsultationId:
    digest = hashlib.sha256(str(number).encode()).digest()[:16]
    return ConsultationId(base64.b32encode(digest).decode().lower()[:26])


def candidate(number: int, *, doctor: str = "d", critical: bool = False) -> Candidate:
    return Candidate(consultation=consultation(number), doctor=AccountId(doctor * 26), at=number, critical=critical)


def test_each_rule_gives_its_reason() -> None:
    rules = Rules(new_doctor_first=2, random_ppm=0)
    chosen = sample([candidate(n, critical=n == 5) for n in range(6)], rules, SEED)
    assert [(one.consultation, one.reason) for one in chosen] == [
        (consultation(0), SampleReason.NEW_DOCTOR),
        (consultation(1), SampleReason.NEW_DOCTOR),
        (consultation(5), SampleReason.CRITICAL),
    ]


def test_the_first_twenty_are_counted_for_each_doctor_and_go_on_from_before() -> None:
    both = [candidate(n, doctor="ab"[n % 2]) for n in range(60)]
    rules = Rules(random_ppm=0)
    assert len(sample(both, rules, SEED)) == 40
    assert len(sample(both, rules, SEED, earlier={"a" * 26: 15, "b" * 26: 20})) == 5


def test_about_five_in_a_hundred_of_the_rest() -> None:
    chosen = sample([candidate(n) for n in range(20_000)], LOT_ONLY, SEED)
    assert {one.reason for one in chosen} == {SampleReason.RANDOM}
    assert 877 <= len(chosen) <= 1123  # 1000 ± 4 standard deviations of a binomial
    doubles = sum(one.double for one in chosen)
    assert 0.05 < doubles / len(chosen) < 0.15  # a draw of its own, at 10 %


def test_every_twentieth_id_is_not_the_same_under_another_seed() -> None:
    some = [candidate(n) for n in range(2000)]
    assert sample(some, LOT_ONLY, SEED) != sample(some, LOT_ONLY, b"another seed of it")


@given(st.lists(st.integers(0, 500), unique=True, max_size=60), st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_changes_nothing(numbers: list[int], random: object) -> None:
    some = [candidate(n, doctor="ab"[n % 2], critical=n % 7 == 0) for n in numbers]
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    rules = Rules(new_doctor_first=3)
    assert sample(some, rules, SEED) == sample(shuffled, rules, SEED)


@given(st.integers(0, MILLION), st.integers(0, MILLION), st.binary(min_size=16, max_size=32), st.integers(0, 10**6))
def test_what_is_drawn_at_one_rate_is_drawn_at_every_higher_one(a: int, b: int, seed: bytes, number: int) -> None:
    low, high = sorted((a, b))
    name = consultation(number)
    assert drawn(seed, _REVIEW, name, low) <= drawn(seed, _REVIEW, name, high)
    assert not drawn(seed, _REVIEW, name, 0)
    assert drawn(seed, _REVIEW, name, MILLION)


def test_a_seed_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sample([], Rules(), b"2026")
