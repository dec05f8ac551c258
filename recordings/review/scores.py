"""What many cases of one form say together: how often each answer was given, and how far two reviewers agree."""

from collections.abc import Iterable
from typing import Final

from recordings.review.agreement import FEWEST, Agreement, Weights, Withheld, agreement
from recordings.review.decide import to_decide
from recordings.review.figures import Part, Share, line, parts
from recordings.review.forms import Choice, FormRef, ReadForm, Words
from recordings.review.review import Case, Review
from signalling.record import Record

CONCORDANCE: Final = ("radpeer", "score", "1")  # the form, its item, and the value that means: I agree


class ItemScores(Record, frozen=True):
    """Of one choice: how often each answer stands, of `n`, and how far two reviewers agree."""

    item: str
    words: Words
    n: int
    parts: list[Part]
    agreement: Agreement
    withheld: Withheld | None = None


class FormScores(Record, frozen=True):
    """Of all cases of one form; `double` of them are read by two."""

    form: FormRef
    title: Words
    cases: int
    double: int
    items: list[ItemScores]


def form_scores(cases: Iterable[Case], read: ReadForm, *, fewest: int = FEWEST) -> FormScores:
    """What the cases of exactly this form say together. What rests on few is withheld."""
    mine = [case for case in cases if case.form == read.ref]
    agreed = agreements(mine, read, fewest=fewest)
    items = []
    for item in read.form.items:
        if isinstance(item, Choice):
            found = values(mine, read, item.id)
            few = len(found) < fewest
            shown = [] if few else parts(found, fewest)
            withheld = Withheld.TOO_FEW if few else None
            items.append(
                ItemScores(
                    item=item.id,
                    words=item.words,
                    n=len(found),
                    parts=shown,
                    agreement=agreed[item.id],
                    withheld=withheld,
                )
            )
    double = sum(case.double for case in mine)
    return FormScores(form=read.ref, title=read.form.title, cases=len(mine), double=double, items=items)


def score_rows(forms: Iterable[FormScores]) -> list[list[str]]:
    """One line a value, as `figures.rows` has them. The names are a form's own, of letters, digits and hyphens."""
    lines = []
    for form in forms:
        for item in form.items:
            name = f"{form.form.id} {form.form.version} {item.item}"
            lines += [line(name, part.name, "1", item.n, part.count, _hidden(part)) for part in item.parts]
            if item.withheld:
                lines.append(line(name, "", "1", item.n, None, item.withheld))
            lines += _agreement_rows(name, item.agreement)
    return lines


def _agreement_rows(name: str, agreed: Agreement) -> list[list[str]]:
    lines = []
    for kind, one in (("percent", agreed.percent), ("kappa", agreed.kappa), ("ac", agreed.ac)):
        unit = f"{agreed.weights} weights" if kind != "percent" else "share"
        for bound, value in (("", one.value), (" low", one.low), (" high", one.high)):
            if value is not None or not bound:
                lines.append(line(name, kind + bound, unit, agreed.pairs, value, one.withheld))
    return lines


def _hidden(part: Part) -> Withheld | None:
    return Withheld.TOO_FEW if part.count is None else None


def concordance(cases: Iterable[Case], forms: Iterable[ReadForm], *, fewest: int = FEWEST) -> Share:
    """Of the settled RADPEER scores, of whichever version, the share that concurs."""
    form, item, concurs = CONCORDANCE
    known = list(cases)
    found = [value for read in forms if read.form.id == form for value in values(known, read, item)]
    if len(found) < max(fewest, 1):
        return Share(n=len(found), withheld=Withheld.TOO_FEW)
    return Share(n=len(found), share=sum(value == concurs for value in found) / len(found))


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
