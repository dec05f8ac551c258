"""What many cases of one form say together: how often each answer was given, and how far two reviewers agree."""

from collections.abc import Iterable

from recordings.review.agreement import FEWEST, Agreement, Weights, agreement
from recordings.review.decide import to_decide
from recordings.review.forms import Choice, ReadForm
from recordings.review.review import Case, Review


def pairs(cases: Iterable[Case], read: ReadForm, item: str) -> list[tuple[str, str]]:
    """Of the double cases of exactly this form: the two values that were given blind, where both answered."""
    found = []
    for case in cases:
        compared = [one for one in (case.review(number) for number in case.compared) if one]
        if case.double and case.form == read.ref and len(compared) == 2:
            first, second = (_value(one, item) for one in compared)
            if first is not None and second is not None:
                found.append((first, second))
    return found


def agreements(cases: Iterable[Case], read: ReadForm, *, seed: int = 0, fewest: int = FEWEST) -> dict[str, Agreement]:
    """For each choice of the form. What is ordered is weighted by the square of the distance; the rest is not."""
    known = list(cases)
    return {
        item.id: agreement(
            pairs(known, read, item.id),
            [option.value for option in item.options],
            Weights.QUADRATIC if item.ordered else Weights.IDENTITY,
            seed=seed,
            fewest=fewest,
        )
        for item in read.form.items
        if isinstance(item, Choice)
    }


def values(cases: Iterable[Case], read: ReadForm, item: str) -> list[str]:
    """One for each case of this form whose score is settled: the adjudicated one; else the only reviewer's newest; of
    two who differ by no more than the form allows, the first one's. Of RADPEER's, the share of "1" is the concordance.
    """
    found = [_settled(case, read, item) for case in cases if case.form == read.ref and case.compared]
    return [value for value in found if value is not None]


def _settled(case: Case, read: ReadForm, item: str) -> str | None:
    if not case.double:
        return _value([one for one in case.reviews if one.submitted_at >= 0][-1], item)
    if any(one.item == item for one in to_decide(case, read.form)):
        ruled = case.adjudication.answers if case.adjudication else []
        return next((str(answer.value) for answer in ruled if answer.item == item), None)
    first = case.review(case.compared[0])
    return _value(first, item) if first else None


def _value(review: Review, item: str) -> str | None:
    return next((str(answer.value) for answer in review.filled.answers if answer.item == item), None)
