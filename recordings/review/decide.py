"""What a reviewer may do: each request becomes the event to be written, or one `Refused`. Whether the account may
review at all is asked elsewhere (`decide()` of the server's access); here is only what the case itself allows."""

from collections.abc import Collection
from enum import StrEnum

from recordings.review.filling import Difference, Problem, differences, problems
from recordings.review.forms import Catalogue, Form, FormRef, ReadForm
from recordings.review.review import (
    MOST_CASES,
    MOST_NOTES,
    MOST_REVIEWS,
    Answer,
    Case,
    CaseAdjudicated,
    CaseOpened,
    Filled,
    Note,
    NoteRemoved,
    NoteTaken,
    Progress,
    Review,
    ReviewBegun,
    Reviews,
    ReviewSaved,
    ReviewSubmitted,
)
from recordings.review.sampling import SampleReason
from signalling.ids import AccountId
from signalling.looking import FrameKey


class RefusedReason(StrEnum):
    NO_SUCH_REVIEW = "no_such_review"  # or somebody else's
    NO_SUCH_NOTE = "no_such_note"  # or somebody else's
    OUT_OF_TIME = "out_of_time"  # the note is of a time that the consultation did not have
    FORM_UNKNOWN = "form_unknown"  # the form is not here, or not with the text that the case was opened with
    TOO_MANY = "too_many"
    NOT_INDEPENDENT = "not_independent"  # took part in the consultation, or reviewed it and now wants to decide
    REVIEWED_BY_OTHERS = "reviewed_by_others"  # it has its reviewers
    ALREADY_REVIEWING = "already_reviewing"
    SUBMITTED = "submitted"  # what is submitted stays: amend it
    NOT_SUBMITTED = "not_submitted"
    INCOMPLETE = "incomplete"  # `problems` says what is missing or wrong
    NOTHING_TO_DECIDE = "nothing_to_decide"
    NOT_WHAT_DIFFERS = "not_what_differs"  # to be decided are exactly the items that differ


class Refused(Exception):  # noqa: N818 - what it is
    """Nothing happens, for this reason."""

    def __init__(self, reason: RefusedReason, found: list[Problem] | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.problems = found or []


def open_case(reviews: Reviews, read: ReadForm, *, double: bool, reason: SampleReason | None = None) -> CaseOpened:
    """A case for this form."""
    if len(reviews.cases) >= MOST_CASES:
        raise Refused(RefusedReason.TOO_MANY)
    return CaseOpened(case=len(reviews.cases) + 1, form=read.ref, double=double, reason=reason)


def begin(case: Case, reviewer: AccountId, took_part: Collection[AccountId]) -> ReviewBegun:
    """A first review. `took_part`: the accounts of the consultation's people, who cannot judge themselves."""
    if reviewer in took_part:
        raise Refused(RefusedReason.NOT_INDEPENDENT)
    if reviewer in case.reviewers:
        raise Refused(RefusedReason.ALREADY_REVIEWING)
    if len(case.reviewers) >= case.needed:
        raise Refused(RefusedReason.REVIEWED_BY_OTHERS)
    return ReviewBegun(case=case.number, review=_next(case), reviewer=reviewer)


def amend(case: Case, number: int, reviewer: AccountId) -> ReviewBegun:
    """A new review in place of a submitted one, one amendment at a time."""
    review = _own(case, number, reviewer)
    if review.progress is Progress.DRAFT:
        raise Refused(RefusedReason.NOT_SUBMITTED)
    if any(one.reviewer == reviewer and one.progress is Progress.DRAFT for one in case.reviews):
        raise Refused(RefusedReason.ALREADY_REVIEWING)
    return ReviewBegun(case=case.number, review=_next(case), reviewer=reviewer, amends=number)


def save(case: Case, number: int, reviewer: AccountId, filled: Filled) -> ReviewSaved:
    """A draft may be incomplete."""
    _draft(case, number, reviewer)
    return ReviewSaved(case=case.number, review=number, filled=filled)


def submit(
    case: Case, number: int, reviewer: AccountId, filled: Filled, forms: Catalogue, end_t: int
) -> ReviewSubmitted:
    """`end_t`: how long the consultation lasted (session µs)."""
    _draft(case, number, reviewer)
    found = problems(filled, _form(case.form, forms), end_t)
    if found:
        raise Refused(RefusedReason.INCOMPLETE, found)
    return ReviewSubmitted(case=case.number, review=number, filled=filled)


def to_decide(case: Case, form: Form) -> list[Difference]:
    """In what the two reviewers of a double case differ by too much; nothing while one of them is not in."""
    compared = [one for one in (case.review(number) for number in case.compared) if one]
    if not case.double or len(compared) < 2:
        return []
    return differences(compared[0].filled, compared[1].filled, form)


def adjudicate(
    case: Case,
    by: AccountId,
    answers: list[Answer],
    why: str,
    forms: Catalogue,
    *,
    end_t: int,
    took_part: Collection[AccountId],
) -> CaseAdjudicated:
    """A third person decides what differs: all of it and nothing else."""
    form = _form(case.form, forms)
    differing = {one.item for one in to_decide(case, form)}
    if case.adjudication or not differing:
        raise Refused(RefusedReason.NOTHING_TO_DECIDE)
    if by in case.reviewers or by in took_part:
        raise Refused(RefusedReason.NOT_INDEPENDENT)
    if {answer.item for answer in answers} != differing:
        raise Refused(RefusedReason.NOT_WHAT_DIFFERS)
    found = [one for one in problems(Filled(answers=answers), form, end_t) if one.item in differing]
    if found:
        raise Refused(RefusedReason.INCOMPLETE, found)
    return CaseAdjudicated(case=case.number, adjudicator=by, answers=answers, why=why)


def note(reviews: Reviews, by: AccountId, words: Note, frame: FrameKey | None, end_t: int) -> NoteTaken:
    """Words at a time code, for their writer."""
    last = reviews.noted.get(by, 0)
    if last >= MOST_NOTES:
        raise Refused(RefusedReason.TOO_MANY)
    if words.t > end_t:
        raise Refused(RefusedReason.OUT_OF_TIME)
    return NoteTaken(note=last + 1, t=words.t, text=words.text, frame=frame)


def remove_note(reviews: Reviews, number: int, by: AccountId) -> NoteRemoved:
    if not any((one.number, one.by) == (number, by) for one in reviews.notes):
        raise Refused(RefusedReason.NO_SUCH_NOTE)
    return NoteRemoved(note=number)


def _own(case: Case, number: int, reviewer: AccountId) -> Review:
    review = case.review(number)
    if review is None or review.reviewer != reviewer:
        raise Refused(RefusedReason.NO_SUCH_REVIEW)
    return review


def _draft(case: Case, number: int, reviewer: AccountId) -> None:
    if _own(case, number, reviewer).progress is not Progress.DRAFT:
        raise Refused(RefusedReason.SUBMITTED)


def _next(case: Case) -> int:
    if len(case.reviews) >= MOST_REVIEWS:
        raise Refused(RefusedReason.TOO_MANY)
    return len(case.reviews) + 1


def _form(ref: FormRef, forms: Catalogue) -> Form:
    read = forms.get((ref.id, ref.version))
    if read is None or read.digest != ref.digest:
        raise Refused(RefusedReason.FORM_UNKNOWN)
    return read.form
