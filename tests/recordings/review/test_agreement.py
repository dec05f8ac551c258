"""Agreement: published figures, a computation of another kind, and what must hold for any ratings."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.review.agreement import (
    FEWEST,
    Weights,
    Withheld,
    agreement,
    gwet,
    kappa,
    observed,
    tabulate,
    weight_matrix,
)

Pairs = list[tuple[str, str]]
ABC = ("a", "b", "c")

# Gwet's "cont3x3abstractors" (Handbook of Inter-Rater Reliability, 4th ed., 2014): 100 pregnancies, two abstractors.
# Values and 95 % intervals as his package irrCAC prints them (its vignettes and its tests).
ABSTRACTORS = (
    [("a", "a")] * 13 + [("b", "b")] * 20 + [("b", "c")] * 7 + [("c", "b")] * 4 + [("c", "c")] * 56
)  # fmt: skip

pairs_of = st.lists(st.tuples(st.sampled_from(ABC), st.sampled_from(ABC)), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("weights", "cohen", "gwets"),
    [
        (Weights.IDENTITY, (0.7964094, 0.680, 0.913), (0.8493305, 0.764, 0.935)),
        (Weights.LINEAR, (0.843, 0.748, 0.938), (0.900, 0.842, 0.958)),
        (Weights.QUADRATIC, (0.892, 0.822, 0.962), (0.940, 0.905, 0.976)),
    ],
)
def test_published_figures(weights: Weights, cohen: tuple[float, ...], gwets: tuple[float, ...]) -> None:
    found = agreement(ABSTRACTORS, ABC, weights)
    for mine, (value, low, high) in ((found.kappa, cohen), (found.ac, gwets)):
        assert mine.value == pytest.approx(value, abs=5e-8 if weights is Weights.IDENTITY else 5e-4)
        # His intervals are from a variance formula, ours from resampling: near, not the same.
        assert mine.low == pytest.approx(low, abs=0.02)
        assert mine.high == pytest.approx(high, abs=0.02)
    assert found.percent.value == pytest.approx(0.89)


def test_the_paradox_that_ac1_is_for() -> None:
    """125 pairs, 118 of them both "a": Gwet 2008's point. The figures are worked by hand here."""
    found = agreement([("a", "a")] * 118 + [("a", "b")] * 5 + [("b", "a")] * 2, ("a", "b"))
    agreed, n = Fraction(118, 125), 125
    by_margins = Fraction(123 * 120 + 2 * 5, n * n)
    pi = Fraction(123 + 120, 2 * n)
    by_gwet = 2 * pi * (1 - pi)
    assert found.percent.value == pytest.approx(float(agreed))
    assert found.kappa.value == pytest.approx(float((agreed - by_margins) / (1 - by_margins)))
    assert found.ac.value == pytest.approx(float((agreed - by_gwet) / (1 - by_gwet)))
    assert found.kappa.value is not None
    assert found.ac.value is not None
    assert found.kappa.value < 0
    assert found.ac.value > 0.94


@given(pairs_of, st.sampled_from(Weights))
def test_kappa_is_one_minus_disagreement_seen_over_disagreement_by_chance(pairs: Pairs, weights: Weights) -> None:
    """Cohen 1968 in its other form, pair by pair instead of by table: every first score against every second."""

    def apart(one: str, other: str) -> float:
        steps = abs(ABC.index(one) - ABC.index(other)) / 2
        return {Weights.IDENTITY: float(steps > 0), Weights.LINEAR: steps, Weights.QUADRATIC: steps**2}[weights]

    seen = sum(apart(one, other) for one, other in pairs) / len(pairs)
    chance = sum(apart(one, other) for one, _ in pairs for _, other in pairs) / len(pairs) ** 2
    value = float(kappa(tabulate(pairs, ABC), weight_matrix(3, weights)))
    assert math.isnan(value) if chance == 0 else value == pytest.approx(1 - seen / chance, abs=1e-9)


@given(pairs_of, st.sampled_from(Weights))
def test_it_does_not_matter_who_is_first_and_nothing_is_out_of_bounds(pairs: Pairs, weights: Weights) -> None:
    weight = weight_matrix(3, weights)
    one, other = tabulate(pairs, ABC), tabulate([(b, a) for a, b in pairs], ABC)
    for coefficient in (observed, kappa, gwet):
        np.testing.assert_allclose(coefficient(one, weight), coefficient(other, weight), atol=1e-12)
        assert not float(coefficient(one, weight)) > 1 + 1e-12
    assert 0 <= float(observed(one, weight)) <= 1
    most = float(weight.sum()) / 9  # the chance of Gwet's is at most T/q², with all categories used alike
    assert float(gwet(one, weight)) >= -most / (1 - most) - 1e-12


@given(pairs_of, st.permutations(ABC))
def test_names_do_not_matter_where_there_is_no_order(pairs: Pairs, names: list[str]) -> None:
    renamed = [(names[ABC.index(a)], names[ABC.index(b)]) for a, b in pairs]
    weight = weight_matrix(3, Weights.IDENTITY)
    for coefficient in (observed, kappa, gwet):
        mine, theirs = coefficient(tabulate(pairs, ABC), weight), coefficient(tabulate(renamed, ABC), weight)
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


@given(st.lists(st.sampled_from(ABC), min_size=1), st.sampled_from(Weights))
def test_who_always_agrees_agrees_wholly(scores: list[str], weights: Weights) -> None:
    table, weight = tabulate([(one, one) for one in scores], ABC), weight_matrix(3, weights)
    assert float(gwet(table, weight)) == pytest.approx(1)
    value = float(kappa(table, weight))
    assert math.isnan(value) if len(set(scores)) == 1 else value == pytest.approx(1)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(ABC), st.sampled_from(ABC)), min_size=FEWEST, max_size=40))
def test_the_interval_is_the_same_each_time_and_in_order(pairs: Pairs) -> None:
    found = agreement(pairs, ABC, Weights.LINEAR, seed=7)
    assert found == agreement(pairs, ABC, Weights.LINEAR, seed=7)
    for one in (found.percent, found.kappa, found.ac):
        if one.low is not None and one.high is not None:
            assert one.low <= one.high


def test_few_pairs_give_no_figure_and_say_why() -> None:
    nine = agreement(ABSTRACTORS[:9], ABC)
    assert nine.pairs == 9
    for one in (nine.percent, nine.kappa, nine.ac):
        assert (one.value, one.low, one.high, one.withheld) == (None, None, None, Withheld.TOO_FEW)
    assert agreement(ABSTRACTORS[:10], ABC).percent.value == 1
    assert agreement([], ABC, fewest=0).percent.withheld is Withheld.TOO_FEW


def test_all_in_one_category_has_no_kappa_but_an_ac1() -> None:
    found = agreement([("a", "a")] * 20, ABC)
    assert found.kappa.withheld is Withheld.UNDEFINED
    assert found.ac.value == 1


def test_a_kappa_that_few_resamples_have_gets_no_interval() -> None:
    found = agreement([("a", "a")] * 29 + [("b", "b")], ABC)
    assert found.kappa.value == pytest.approx(1)
    assert (found.kappa.low, found.kappa.high) == (None, None)
    assert found.ac.low is not None


@pytest.mark.parametrize(("pairs", "categories"), [([("a", "z")], ABC), ([], ("a", "a")), ([], ("a",))])
def test_what_is_no_category_is_refused(pairs: Pairs, categories: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="categor"):
        agreement(pairs, categories)
