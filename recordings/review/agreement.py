"""How far two reviewers agree: percent agreement, Cohen's κ (weighted: Cohen 1968) and Gwet's AC1 and AC2 (Gwet 2008,
2014), each with a percentile bootstrap interval.

κ falls to nothing when almost all get the same score, however well two reviewers agree; AC1 does not (Gwet 2008). So
both are shown. The categories are those that the form allows, not only those that were used.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from signalling.record import Record

FEWEST: Final = 10  # pairs: with fewer, an interval says nothing and a person can be guessed
RESAMPLES: Final = 2000
LEVEL: Final = 0.95
_UNDEFINED_MOST: Final = 0.05  # of the resamples: beyond it there is no honest interval

Numbers = npt.NDArray[np.float64]


class Weights(StrEnum):
    """What a disagreement of k steps of q - 1 counts: all, k/(q-1), or its square."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Withheld(StrEnum):
    """Why there is no figure."""

    TOO_FEW = "too_few"
    UNDEFINED = "undefined"  # chance alone explains everything: all in one category


class Estimate(Record, frozen=True):
    """`value` with its interval; None: not given, `withheld` says why. An interval alone is missing where too many
    resamples have no value."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    withheld: Withheld | None = None


class Agreement(Record, frozen=True):
    """Of `pairs` double readings. `percent` is always of exact agreement (0 to 1); `kappa` and `ac` are weighted."""

    pairs: int
    weights: Weights
    percent: Estimate
    kappa: Estimate
    ac: Estimate


def agreement(
    pairs: Sequence[tuple[str, str]],
    categories: Sequence[str],
    weights: Weights = Weights.IDENTITY,
    *,
    seed: int = 0,
    fewest: int = FEWEST,
) -> Agreement:
    """Of two reviewers' scores, in the order of `categories` where weighted. Raises `ValueError` for a score that is
    no category, a category twice, or fewer than two."""
    table = tabulate(pairs, categories)
    if len(pairs) < fewest or not pairs:
        none = Estimate(withheld=Withheld.TOO_FEW)
        return Agreement(pairs=len(pairs), weights=weights, percent=none, kappa=none, ac=none)
    same, weight = weight_matrix(len(categories), Weights.IDENTITY), weight_matrix(len(categories), weights)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(pairs), (table / table.sum()).ravel(), size=RESAMPLES)
    tables = np.concatenate([table[None], drawn.reshape(RESAMPLES, *table.shape)])
    return Agreement(
        pairs=len(pairs),
        weights=weights,
        percent=_estimate(observed(tables, same)),
        kappa=_estimate(kappa(tables, weight)),
        ac=_estimate(gwet(tables, weight)),
    )


def tabulate(pairs: Sequence[tuple[str, str]], categories: Sequence[str]) -> Numbers:
    """How often the first said the row and the second the column."""
    index = {name: at for at, name in enumerate(categories)}
    if len(index) != len(categories) or len(index) < 2:
        raise ValueError("two or more categories, each once")
    table = np.zeros((len(index), len(index)))
    for first, second in pairs:
        if first not in index or second not in index:
            raise ValueError("a score that is no category")
        table[index[first], index[second]] += 1
    return table


def weight_matrix(categories: int, weights: Weights) -> Numbers:
    """Weights of agreement: 1 on the diagonal (Cohen 1968; Fleiss and Cohen 1973 for the quadratic)."""
    at = np.arange(categories, dtype=np.float64)
    distance = np.abs(at[:, None] - at[None, :]) / (categories - 1)
    match weights:
        case Weights.IDENTITY:
            return np.eye(categories)
        case Weights.LINEAR:
            return 1 - distance
        case Weights.QUADRATIC:
            return 1 - distance**2


# ---- the coefficients, of many tables at once (…, q, q) -----------------------------------------------------------


def observed(tables: Numbers, weight: Numbers) -> Numbers:
    """The weighted share of agreement."""
    share: Numbers = (_shares(tables) * weight).sum(axis=(-2, -1))
    return share


def kappa(tables: Numbers, weight: Numbers) -> Numbers:
    """Cohen's: chance is each reviewer's own margins. NaN where chance explains everything."""
    shares = _shares(tables)
    chance = np.einsum("...k,kl,...l->...", shares.sum(axis=-1), weight, shares.sum(axis=-2))
    return _corrected(observed(tables, weight), chance)


def gwet(tables: Numbers, weight: Numbers) -> Numbers:
    """AC1, or AC2 with weights: chance is T/(q(q-1)) · Σ π(1-π), T the sum of the weights, π the mean margin."""
    shares = _shares(tables)
    q = weight.shape[0]
    pi = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    chance = weight.sum() / (q * (q - 1)) * (pi * (1 - pi)).sum(axis=-1)
    return _corrected(observed(tables, weight), chance)


def _shares(tables: Numbers) -> Numbers:
    shares: Numbers = tables / tables.sum(axis=(-2, -1), keepdims=True)
    return shares


def _corrected(agreed: Numbers, chance: Numbers) -> Numbers:
    room = 1 - chance
    defined = room > 1e-12  # what is left of 1 after rounding is nothing
    corrected: Numbers = np.where(defined, (agreed - chance) / np.where(defined, room, 1.0), np.nan)
    return corrected


def _estimate(values: Numbers) -> Estimate:
    """The first is the value, the others are resamples of it."""
    value, resampled = float(values[0]), values[1:]
    if np.isnan(value):
        return Estimate(withheld=Withheld.UNDEFINED)
    defined = resampled[~np.isnan(resampled)]
    if defined.size < (1 - _UNDEFINED_MOST) * resampled.size:
        return Estimate(value=value)
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=value, low=float(low), high=float(high))
