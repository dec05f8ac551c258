"""What the doctor is told of a review: the settled score, item by item, and the moments that matter. Pure."""

import msgspec

from recordings.review.decide import to_decide
from recordings.review.forms import Form, FormRef, Text
from recordings.review.review import Answer, Case, CaseNumber, Moment, Note, Review
from signalling.ids import AccountId
from signalling.record import Record


class ItemResult(Record, frozen=True):
    """`value` None: nobody answered it, or it is words: what each reviewer `said`."""

    item: str
    value: str | int | None = None
    moments: list[Moment] = msgspec.field(default_factory=list)
    said: list[str] = msgspec.field(default_factory=list)


class Result(Record, frozen=True):
    """Of one settled case. `at`: Unix ms, since when it stands. `why`: the third person's reason where two differed."""

    case: CaseNumber
    form: FormRef
    at: int
    double: bool
    items: list[ItemResult]
    notes: list[Note]
    why: str
    reviewers: list[AccountId]


def settled(case: Case, form: Form) -> bool:
    """Whether its score stands: all are in, and nothing is left to be decided."""
    return bool(case.compared) and (case.adjudication is not None or not to_decide(case, form))


def result_of(case: Case, form: Form) -> Result | None:
    """None: not settled yet."""
    if not settled(case, form):
        return None
    standing = _standing(case)
    ruled = case.adjudication
    return Result(
        case=case.number,
        form=case.form,
        at=ruled.at if ruled else max(one.submitted_at for one in standing),
        double=case.double,
        items=[
            _text(item.id, standing) if isinstance(item, Text) else _scored(case, item.id, standing)
            for item in form.items
        ],
        notes=sorted((note for one in standing for note in one.filled.notes), key=lambda note: note.t),
        why=ruled.why if ruled else "",
        reviewers=[one.reviewer for one in standing],
    )


def _standing(case: Case) -> list[Review]:
    """Of two: what they said before they saw each other; of one: the newest."""
    if not case.double:
        return [[one for one in case.reviews if one.submitted_at >= 0][-1]]
    return [one for one in case.reviews if one.number in case.compared]


def _scored(case: Case, item: str, standing: list[Review]) -> ItemResult:
    ruled = [one for one in case.adjudication.answers if one.item == item] if case.adjudication else []
    given = ruled or _answers(standing, item)
    moments = [moment for answer in [*ruled, *_answers(standing, item)] for moment in answer.moments]
    once = [moment for at, moment in enumerate(moments) if moment not in moments[:at]]
    return ItemResult(item=item, value=given[0].value if given else None, moments=once)


def _text(item: str, standing: list[Review]) -> ItemResult:
    given = _answers(standing, item)
    moments = [moment for answer in given for moment in answer.moments]
    said = [str(answer.value) for answer in given if str(answer.value).strip()]
    return ItemResult(item=item, moments=moments, said=said)


def _answers(standing: list[Review], item: str) -> list[Answer]:
    return [answer for one in standing for answer in one.filled.answers if answer.item == item]
