"""What one reviewer sees of reviews: the worklist, one consultation's cases. Whoever reviews together with somebody who
is not in yet learns nothing of the other: not what they say, not when, not that they are there. So reviews are counted
here as their reader's own (1, 2 …), not as the journal counts them, and nobody's account is told.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

import msgspec

from recordings.review import Case, Catalogue, Difference, Filled, Form, Review, Reviews, SampleReason, seen_by
from recordings.review.decide import to_decide
from recordings.review.forms import FormRef, Words
from recordings.review.result import settled
from recordings.review.review import Adjudication, Answer
from signalling.ids import AccountId, ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import Urgency


class Standing(StrEnum):
    """What a case is to one reviewer."""

    OPEN = "open"  # may begin
    DRAFT = "draft"  # has begun
    WAITING = "waiting"  # has submitted; another reviewer, or a third person, has not
    TO_DECIDE = "to_decide"  # two differ, and this is a third who may decide
    DONE = "done"  # it stands
    CLOSED = "closed"  # nothing to do for this one: took part, or there are enough reviewers


# In this order in the worklist.
_LISTED: Final = (Standing.DRAFT, Standing.TO_DECIDE, Standing.OPEN, Standing.WAITING, Standing.DONE)


class WorkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the worklist. It names nobody. `requested_at` Unix ms."""

    consultation: ConsultationId
    case: int
    form: FormRef
    title: Words
    double: bool
    reason: SampleReason | None
    standing: Standing
    requested_at: int
    department: str
    urgency: Urgency
    critical: bool


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """`mine`: its number among the reader's own, which the doors take; 0 = another reviewer's. `submitted_at` Unix ms,
    -1 = a draft."""

    mine: int
    amends: int
    filled: Filled
    submitted_at: int


class AdjudicationView(msgspec.Struct, frozen=True, kw_only=True):
    mine: bool
    at: int
    answers: list[Answer]
    why: str


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """One case as its reader may see it. `form` None: its text is not here any more. `differences`: those that a third
    person decides, or has decided, in the order of `reviews`."""

    number: int
    ref: FormRef
    form: Form | None
    double: bool
    reason: SampleReason | None
    standing: Standing
    names: bool
    reviews: list[ReviewView]
    differences: list[Difference]
    adjudication: AdjudicationView | None


def form_of(ref: FormRef, forms: Catalogue) -> Form | None:
    """The form, if exactly this text is here."""
    read = forms.get((ref.id, ref.version))
    return read.form if read is not None and read.digest == ref.digest else None


def standing(case: Case, me: AccountId, took_part: Collection[AccountId], form: Form | None) -> Standing:
    """For a double case that waits for another reviewer it says no more than that, whether the other has begun or
    not."""
    if case.adjudication and case.adjudication.adjudicator == me:
        return Standing.DONE
    mine = [one for one in case.reviews if one.reviewer == me]
    if any(one.submitted_at < 0 for one in mine):
        return Standing.DRAFT
    stands = bool(case.compared) and (form is None or settled(case, form))
    if mine:
        return Standing.DONE if stands else Standing.WAITING
    if me in took_part or form is None:
        return Standing.CLOSED
    if case.compared:
        return Standing.CLOSED if stands else Standing.TO_DECIDE
    return Standing.OPEN if len(case.reviewers) < case.needed else Standing.CLOSED


def work_rows(
    book: Reviews, brief: Brief, me: AccountId, took_part: Collection[AccountId], forms: Catalogue
) -> list[WorkRow]:
    """What of this consultation belongs on this reviewer's worklist."""
    rows = []
    for case in book.cases:
        form = form_of(case.form, forms)
        state = standing(case, me, took_part, form)
        if form is None or state is Standing.CLOSED:
            continue
        rows.append(
            WorkRow(
                consultation=book.consultation,
                case=case.number,
                form=case.form,
                title=form.title,
                double=case.double,
                reason=case.reason,
                standing=state,
                requested_at=brief.requested_at,
                department=brief.department,
                urgency=brief.urgency,
                critical=brief.critical,
            )
        )
    return rows


def in_order(rows: list[WorkRow], done_most: int) -> list[WorkRow]:
    """What is begun, what is to be decided, what is open (critical values first, then the oldest), then the newest of
    what waits and is done."""

    def rank(row: WorkRow) -> tuple[int, bool, int]:
        at = _LISTED.index(row.standing)
        over = row.standing in (Standing.WAITING, Standing.DONE)
        return at, not over and not row.critical, -row.requested_at if over else row.requested_at

    ordered = sorted(rows, key=rank)
    done = [row for row in ordered if row.standing is Standing.DONE][done_most:]
    return [row for row in ordered if row not in done]


def case_view(case: Case, me: AccountId, took_part: Collection[AccountId], forms: Catalogue) -> CaseView:
    """As `seen_by` says."""
    seen, form = seen_by(case, me), form_of(case.form, forms)
    ruled = case.adjudication if seen.names else None
    return CaseView(
        number=case.number,
        ref=case.form,
        form=form,
        double=case.double,
        reason=case.reason,
        standing=standing(case, me, took_part, form),
        names=seen.names,
        reviews=[_review(one, seen.case, me) for one in _readable(seen.case)],
        differences=to_decide(case, form) if form else [],
        adjudication=_adjudication(ruled, me) if ruled else None,
    )


def number_of(case: Case, me: AccountId, mine: int) -> int:
    """The journal's number of my own review; 0: there is none."""
    own = [one.number for one in case.reviews if one.reviewer == me]
    return own[mine - 1] if 1 <= mine <= len(own) else 0


def _readable(case: Case) -> list[Review]:
    """Those that were compared first, in their order."""
    compared = [one for one in case.reviews if one.number in case.compared]
    return compared + [one for one in case.reviews if one.number not in case.compared]


def _review(review: Review, case: Case, me: AccountId) -> ReviewView:
    own = [one.number for one in case.reviews if one.reviewer == me]
    mine = own.index(review.number) + 1 if review.number in own else 0
    amends = own.index(review.amends) + 1 if review.amends in own else 0
    return ReviewView(mine=mine, amends=amends, filled=review.filled, submitted_at=review.submitted_at)


def _adjudication(ruled: Adjudication, me: AccountId) -> AdjudicationView:
    return AdjudicationView(mine=ruled.adjudicator == me, at=ruled.at, answers=ruled.answers, why=ruled.why)
