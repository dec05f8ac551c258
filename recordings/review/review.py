"""Reviews of one consultation: records, events, and their fold.

A Case is one form to be filled for the consultation, by one reviewer or, `double`, by two who see neither each other
nor names until both are in. A Review is a draft, then submitted and never changed again: an amendment is a review of
its own. Where two differ by more than the form allows, a third decides.

What may happen is decided before an event is written (`decide.py`); the fold only gives meaning and is total: an event
that does not fit changes `seq` and nothing else. Reviews are not in the consultation's own log, which is closed.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from recordings.review.forms import FormRef, ItemId
from recordings.review.sampling import SampleReason
from signalling.ids import AccountId, AccountRef, ConsultationRef, Count, InstanceUid
from signalling.looking import FrameKey, FrameNumber
from signalling.record import Record, Tagged

MOST_CASES = 100  # of one consultation
MOST_REVIEWS = 100  # of one case, amendments counted
MOST_NOTES = 2000  # of one consultation by one person, those taken away counted

CaseNumber = Annotated[int, Meta(ge=1, le=MOST_CASES)]
ReviewNumber = Annotated[int, Meta(ge=1, le=MOST_REVIEWS)]
NoteNumber = Annotated[int, Meta(ge=1, le=MOST_NOTES)]
NoteText = Annotated[str, Meta(min_length=1, max_length=2000)]
Value = Annotated[str, Meta(max_length=4000)] | Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]

# ---- what a reviewer writes ---------------------------------------------------------------------------------------


class Stretch(Tagged, frozen=True):
    """From and to on the session clock, µs; the same twice is one moment."""

    from_t: Count
    to_t: Count


class Frame(Tagged, frozen=True):
    """A frame of live video."""

    frame: FrameKey


class Picture(Tagged, frozen=True):
    """A DICOM instance, or one frame of it."""

    instance: InstanceUid
    frame: FrameNumber | None = None


Moment = Stretch | Frame | Picture


class Answer(Record, frozen=True):
    """`value` is an option of a choice, a number, or text, as the item says."""

    item: ItemId
    value: Value
    moments: Annotated[list[Moment], Meta(max_length=20)] = msgspec.field(default_factory=list)


class Note(Record, frozen=True):
    """Words at a time code (session µs)."""

    t: Count
    text: NoteText


class Filled(Record, frozen=True):
    """A form as far as it is filled."""

    answers: Annotated[list[Answer], Meta(max_length=100)] = msgspec.field(default_factory=list)
    notes: Annotated[list[Note], Meta(max_length=500)] = msgspec.field(default_factory=list)


# ---- events -------------------------------------------------------------------------------------------------------


class CaseOpened(Tagged, frozen=True):
    """The consultation is to be reviewed by this form. `reason` None: a person asked for it."""

    case: CaseNumber
    form: FormRef
    double: bool = False
    reason: SampleReason | None = None


class ReviewBegun(Tagged, frozen=True):
    """`amends` 0: the reviewer's first."""

    case: CaseNumber
    review: ReviewNumber
    reviewer: AccountRef
    amends: Annotated[int, Meta(ge=0, le=MOST_REVIEWS)] = 0


class ReviewSaved(Tagged, frozen=True):
    """A draft as it is now."""

    case: CaseNumber
    review: ReviewNumber
    filled: Filled


class ReviewSubmitted(Tagged, frozen=True):
    """The review as it stays."""

    case: CaseNumber
    review: ReviewNumber
    filled: Filled


class CaseAdjudicated(Tagged, frozen=True):
    """A third person's answers to those items in which two differed by too much, and why."""

    case: CaseNumber
    adjudicator: AccountRef
    answers: Annotated[list[Answer], Meta(min_length=1, max_length=100)]
    why: NoteText


class NoteTaken(Tagged, frozen=True):
    """Somebody's own words while they watched; of no case yet, and nobody else's to read. Each counts their own: from
    the number of a note nobody learns of another's."""

    note: NoteNumber
    t: Count
    text: NoteText
    frame: FrameKey | None = None


class NoteRemoved(Tagged, frozen=True):
    note: NoteNumber


CaseBody = CaseOpened | ReviewBegun | ReviewSaved | ReviewSubmitted | CaseAdjudicated
Body = CaseBody | NoteTaken | NoteRemoved


class ReviewEvent(Record, frozen=True):
    """One entry. `at`: Unix ms; there is no session clock any more. `by` None: the sample."""

    seq: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    at: Count
    by: AccountRef | None
    body: Body


# ---- state --------------------------------------------------------------------------------------------------------


class Progress(StrEnum):
    """How far a case or a review is; only ever forward."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADJUDICATED = "adjudicated"  # cases only


class Review(Record, frozen=True):
    """One reviewer's. `submitted_at`: Unix ms, -1 = a draft."""

    number: ReviewNumber
    reviewer: AccountId
    amends: int = 0
    filled: Filled = Filled()
    submitted_at: int = -1

    @property
    def progress(self) -> Progress:
        return Progress.DRAFT if self.submitted_at < 0 else Progress.SUBMITTED


class Adjudication(Record, frozen=True):
    adjudicator: AccountId
    at: int
    answers: list[Answer]
    why: str


class Case(Record, frozen=True):
    """`compared`: the numbers of the reviews that were in when the last reviewer needed submitted. Two are compared by
    what each said before seeing the other, whatever is amended later."""

    number: CaseNumber
    form: FormRef
    double: bool = False
    reason: SampleReason | None = None
    reviews: list[Review] = msgspec.field(default_factory=list)
    compared: list[int] = msgspec.field(default_factory=list)
    adjudication: Adjudication | None = None

    @property
    def progress(self) -> Progress:
        if self.adjudication:
            return Progress.ADJUDICATED
        return Progress.SUBMITTED if self.compared else Progress.DRAFT

    @property
    def needed(self) -> int:
        """How many reviewers it takes."""
        return 2 if self.double else 1

    @property
    def reviewers(self) -> list[AccountId]:
        """Each once, in order of beginning."""
        return list(dict.fromkeys(one.reviewer for one in self.reviews))

    def review(self, number: int) -> Review | None:
        return next((one for one in self.reviews if one.number == number), None)


class OwnNote(Record, frozen=True):
    """A note as its writer sees it again. `at`: Unix ms."""

    number: NoteNumber
    by: AccountId
    at: int
    t: int
    text: str
    frame: FrameKey | None = None


class Reviews(Record, frozen=True):
    """All of one consultation. `noted`: the last note's number by its writer."""

    consultation: ConsultationRef
    seq: int = 0
    cases: list[Case] = msgspec.field(default_factory=list)
    notes: list[OwnNote] = msgspec.field(default_factory=list)
    noted: dict[AccountId, int] = msgspec.field(default_factory=dict)

    def case(self, number: int) -> Case | None:
        return next((one for one in self.cases if one.number == number), None)


class Seen(Record, frozen=True):
    """A case as one person may see it. `names`: whether the people of the consultation may be named to them."""

    case: Case
    names: bool


def seen_by(case: Case, viewer: AccountId) -> Seen:
    """A draft is its writer's alone. While a double case is open each sees their own reviews only, and nobody's name;
    somebody who reviews nothing sees that there is a case."""
    open_to_all = not case.double or bool(case.compared)
    seen = [one for one in case.reviews if one.reviewer == viewer or (open_to_all and one.submitted_at >= 0)]
    return Seen(case=replace(case, reviews=seen), names=open_to_all)


# ---- the fold -----------------------------------------------------------------------------------------------------


def fold(state: Reviews, event: ReviewEvent) -> Reviews:
    """The state after `event`. Total."""
    return replace(_apply(state, event), seq=event.seq)


def fold_all(state: Reviews, events: Iterable[ReviewEvent]) -> Reviews:
    for event in events:
        state = fold(state, event)
    return state


def _apply(state: Reviews, event: ReviewEvent) -> Reviews:
    body = event.body
    match body:
        case NoteTaken():
            return _note(state, event, body)
        case NoteRemoved(note=number):
            left = [one for one in state.notes if (one.number, one.by) != (number, event.by)]
            return replace(state, notes=left)
        case _:
            return _apply_to_cases(state, event, body)


def _note(state: Reviews, event: ReviewEvent, body: NoteTaken) -> Reviews:
    if event.by is None or body.note != state.noted.get(event.by, 0) + 1:
        return state
    taken = OwnNote(number=body.note, by=event.by, at=event.at, t=body.t, text=body.text, frame=body.frame)
    return replace(state, notes=[*state.notes, taken], noted=state.noted | {event.by: body.note})


def _apply_to_cases(state: Reviews, event: ReviewEvent, body: CaseBody) -> Reviews:
    case = state.case(body.case)
    if isinstance(body, CaseOpened):
        if case:
            return state
        opened = Case(number=body.case, form=body.form, double=body.double, reason=body.reason)
        return replace(state, cases=[*state.cases, opened])
    if case is None:
        return state
    after = _apply_in_case(case, event, body)
    return replace(state, cases=[after if one.number == case.number else one for one in state.cases])


def _apply_in_case(case: Case, event: ReviewEvent, body: CaseBody) -> Case:
    match body:
        case ReviewBegun():
            return _begin(case, body)
        case ReviewSaved(review=number, filled=filled):
            return _write(case, number, event.by, filled)
        case ReviewSubmitted(review=number, filled=filled):
            return _compare(_write(case, number, event.by, filled, event.at))
        case CaseAdjudicated(adjudicator=adjudicator, answers=answers, why=why):
            if case.adjudication or not case.double or not case.compared:
                return case
            ruled = Adjudication(adjudicator=adjudicator, at=event.at, answers=answers, why=why)
            return replace(case, adjudication=ruled)
        case _:
            return case


def _begin(case: Case, body: ReviewBegun) -> Case:
    """A reviewer's first while there is room for one, or an amendment of what the same one submitted."""
    amended = case.review(body.amends)
    fits = (
        amended is not None and amended.reviewer == body.reviewer and amended.submitted_at >= 0
        if body.amends
        else body.reviewer not in case.reviewers and len(case.reviewers) < case.needed
    )
    if not fits or case.review(body.review):
        return case
    begun = Review(number=body.review, reviewer=body.reviewer, amends=body.amends)
    return replace(case, reviews=[*case.reviews, begun])


def _write(case: Case, number: int, by: AccountId | None, filled: Filled, submitted_at: int = -1) -> Case:
    """Only a draft, and only by who writes it."""
    review = case.review(number)
    if review is None or review.submitted_at >= 0 or review.reviewer != by:
        return case
    written = replace(review, filled=filled, submitted_at=submitted_at)
    return replace(case, reviews=[written if one.number == number else one for one in case.reviews])


def _compare(case: Case) -> Case:
    """Once all are in: the newest that each has submitted by now."""
    newest = {one.reviewer: one.number for one in case.reviews if one.submitted_at >= 0}
    if case.compared or len(newest) < case.needed:
        return case
    return replace(case, compared=list(newest.values()))
