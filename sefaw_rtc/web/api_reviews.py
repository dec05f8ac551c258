"""`/api/reviews`: the reviewer's worklist, one consultation's cases, filling, submitting, deciding, notes while they
watch. What a case allows is decided by `recordings.review.decide`; who may ask at all by `decide()`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from recordings.review import Case, Filled, Form, Note, Reviews, decide
from recordings.review.decide import Refused, RefusedReason
from recordings.review.forms import FormFault, Version
from recordings.review.review import Answer, Body, NoteText
from sefaw_rtc.access import Action, require
from sefaw_rtc.errors import NotFound, SefawError, TooMany, UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.readings import read_access
from sefaw_rtc.service.review_views import CaseView, WorkRow, case_view, in_order, number_of, work_rows
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import ConsultationRecord
from sefaw_rtc.web import bodies, problems
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import Opinion, Person
from signalling.ids import AccountId, ConsultationId, Count
from signalling.looking import FrameKey
from signalling.messages import Brief
from signalling.record import Record
from signalling.vocabulary import ErrorCode, Urgency

DONE_MOST: Final = 100  # of the worklist's finished ones
BODY_MOST: Final = 512 * 1024  # a hundred answers with twenty moments each, and notes
_DIGITS: Final = 4

T = TypeVar("T")
B = TypeVar("B", bound=Body)


class FormRow(Record, frozen=True):
    """A form of the catalogue, with the digest that a case names."""

    form: Form
    digest: str


class FaultRow(Record, frozen=True):
    """A file of the site's folder that is no form, and where in it."""

    file: str
    fault: FormFault
    place: str


class CatalogueReply(Record, frozen=True):
    forms: list[FormRow]
    faults: list[FaultRow]


class About(Record, frozen=True):
    """What the consultation was about. `people`, patient's name among them: only for whoever may know names."""

    requested_at: int
    length_us: int
    department: str
    urgency: Urgency
    reason: str
    sex: str
    birth_year: int
    critical: bool
    opinions: list[Opinion]
    patient: str = ""
    people: list[Person] = msgspec.field(default_factory=list)


class NoteView(Record, frozen=True):
    """One of the reader's own notes."""

    number: int
    t: int
    text: str
    at: int
    frame: FrameKey | None = None


class BookReply(Record, frozen=True):
    """One consultation's reviews as this reviewer may see them."""

    consultation: ConsultationId
    about: About
    cases: list[CaseView]
    notes: list[NoteView]


class CaseForm(Record, frozen=True):
    """A case that somebody wants, without being drawn."""

    form: str
    version: Version
    double: bool = False


class BeginForm(Record, frozen=True):
    """`amends`: the number of my own review that a new one is to replace; 0 = my first."""

    amends: Annotated[int, Meta(ge=0, le=1000)] = 0


class AdjudicationForm(Record, frozen=True):
    answers: Annotated[list[Answer], Meta(min_length=1, max_length=100)]
    why: NoteText


class NoteForm(Record, frozen=True):
    """Words at a time code (session µs), and at a frame of live video where one was looked at."""

    t: Count
    text: NoteText
    frame: FrameKey | None = None


class Numbered(Record, frozen=True):
    number: int


# ---- lists --------------------------------------------------------------------------------------------------------


async def worklist(request: web.Request) -> web.Response:
    """What is there to review for me, and what I reviewed."""
    services, me = request.app[SERVICES], request[CALLER].signed_in()
    books = {book.consultation: book for book in services.reviews if book.cases}
    records = await services.store.run(services.store.consultations.some, list(books))
    rows: list[WorkRow] = []
    for record in records:
        if me.person.institution in _houses(record):
            book = books[record.brief.consultation]
            rows += work_rows(book, record.brief, me.account.id, _took_part(record), services.quality.forms)
    return bodies.json(in_order(rows, DONE_MOST))


async def forms(request: web.Request) -> web.Response:
    """The catalogue, and which files of the site's folder cannot be used."""
    quality = request.app[SERVICES].quality
    rows = [FormRow(form=read.form, digest=read.digest) for _, read in sorted(quality.forms.items())]
    faults = [FaultRow(file=one.file, fault=one.fault, place=one.place) for one in quality.form_faults]
    return bodies.json(CatalogueReply(forms=rows, faults=faults))


# ---- one consultation ---------------------------------------------------------------------------------------------


class Asked:
    """Who asks about which closed consultation, after `decide()` said yes."""

    def __init__(self, services: Services, record: ConsultationRecord, me: Person) -> None:
        self.services = services
        self.record = record
        self.me = me.account
        self.consultation = record.brief.consultation
        self.took_part = _took_part(record)

    @property
    def end_t(self) -> int:
        """How long it lasted (session µs), to the millisecond that the index knows."""
        return (self.record.brief.closed_at - self.record.brief.requested_at + 1) * 1000

    @property
    def book(self) -> Reviews:
        return self.services.reviews.of(self.consultation)

    async def act(self, ask: Callable[[Reviews], B]) -> B:
        """Keep what follows."""
        if self.services.stopping:
            raise UserError(ErrorCode.STOPPING)
        return await self.services.reviews.act(self.consultation, self.me, ask)


async def read(request: web.Request) -> web.Response:
    """The cases, what it was about, and my notes."""
    asked = await _asked(request, reads=True)
    cases = [case_view(case, asked.me, asked.took_part, asked.services.quality.forms) for case in asked.book.cases]
    names = all(case.names for case in cases)
    about = await _about(asked, names=names)
    return bodies.json(BookReply(consultation=asked.consultation, about=about, cases=cases, notes=_notes(asked)))


async def open_case(request: web.Request) -> web.Response:
    """A case that nobody drew."""
    asked = await _asked(request)
    form = await bodies.read_json(request, CaseForm, BODY_MOST)
    read = asked.services.quality.forms.get((form.form, form.version))
    if read is None:
        raise NotFound("form")
    opened = await asked.act(lambda book: decide.open_case(book, read, double=form.double))
    return bodies.json(Numbered(number=opened.case), status=201)


async def begin(request: web.Request) -> web.Response:
    """My first review of a case, or a new one in place of one that I submitted."""
    asked, number = await _asked(request), _number(request, "case")
    form = await bodies.read_json(request, BeginForm, BODY_MOST)

    def ask(book: Reviews) -> Body:
        case = _case(book, number)
        if form.amends:
            return decide.amend(case, number_of(case, asked.me, form.amends), asked.me)
        return decide.begin(case, asked.me, asked.took_part)

    await asked.act(ask)
    case = _case(asked.book, number)
    return bodies.json(Numbered(number=sum(one.reviewer == asked.me for one in case.reviews)), status=201)


async def save(request: web.Request) -> web.Response:
    """My draft as it is now."""
    asked, number = await _asked(request), _number(request, "case")
    mine, filled = _number(request, "number"), await bodies.read_json(request, Filled, BODY_MOST)

    def ask(book: Reviews) -> Body:
        case = _case(book, number)
        return decide.save(case, number_of(case, asked.me, mine), asked.me, filled)

    await asked.act(ask)
    return web.Response(status=204)


async def submit(request: web.Request) -> web.Response:
    """My review as it stays."""
    asked, number = await _asked(request), _number(request, "case")
    mine, filled = _number(request, "number"), await bodies.read_json(request, Filled, BODY_MOST)

    def ask(book: Reviews) -> Body:
        case = _case(book, number)
        own = number_of(case, asked.me, mine)
        return decide.submit(case, own, asked.me, filled, asked.services.quality.forms, asked.end_t)

    await asked.act(ask)
    return web.Response(status=204)


async def adjudicate(request: web.Request) -> web.Response:
    """A third person decides what two differ in."""
    asked, number = await _asked(request), _number(request, "case")
    form = await bodies.read_json(request, AdjudicationForm, BODY_MOST)
    catalogue = asked.services.quality.forms

    def ask(book: Reviews) -> Body:
        return decide.adjudicate(
            _case(book, number),
            asked.me,
            form.answers,
            form.why,
            catalogue,
            end_t=asked.end_t,
            took_part=asked.took_part,
        )

    await asked.act(ask)
    return web.Response(status=204)


# ---- notes --------------------------------------------------------------------------------------------------------


async def notes(request: web.Request) -> web.Response:
    """My own."""
    return bodies.json(_notes(await _asked(request)))


async def take_note(request: web.Request) -> web.Response:
    """Words at a time code."""
    asked = await _asked(request)
    form = await bodies.read_json(request, NoteForm, BODY_MOST)
    words = Note(t=form.t, text=form.text)
    taken = await asked.act(lambda book: decide.note(book, asked.me, words, form.frame, asked.end_t))
    return bodies.json(next(one for one in _notes(asked) if one.number == taken.note), status=201)


async def remove_note(request: web.Request) -> web.Response:
    asked, number = await _asked(request), _number(request, "number")
    await asked.act(lambda book: decide.remove_note(book, number, asked.me))
    return web.Response(status=204)


def _notes(asked: Asked) -> list[NoteView]:
    mine = [one for one in asked.book.notes if one.by == asked.me]
    return [
        NoteView(number=one.number, t=one.t, text=one.text, at=one.at, frame=one.frame)
        for one in sorted(mine, key=lambda one: (one.t, one.number))
    ]


# ---- asking -------------------------------------------------------------------------------------------------------


def answering(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What the case refuses, as an answer."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Refused as refused:
            return _refusal(refused)

    return answer


def _refusal(refused: Refused) -> web.Response:
    match refused.reason:
        case RefusedReason.NO_SUCH_REVIEW | RefusedReason.NO_SUCH_NOTE:
            return problems.of_error(NotFound(refused.reason.value))
        case RefusedReason.TOO_MANY:
            return problems.of_error(TooMany(refused.reason.value))
        case _:
            return problems.problem(ErrorCode.OUT_OF_STATE, refused.reason.value, more={"problems": refused.problems})


async def _asked(request: web.Request, *, reads: bool = False) -> Asked:
    """`reads`: what the consultation was about is told as well, and stands in its access log."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    found = await find(services, ConsultationId(request.match_info["id"]))
    if reads and found.host is None:
        await read_access(services, who, found, Action.REVIEW)
    else:
        require(who.subject, Action.REVIEW, found.resource, unix_s())
    record = await services.store.run(services.store.consultations.get, found.consultation)
    if record is None or found.host is not None or not record.brief.closed_at:
        raise UserError(ErrorCode.OUT_OF_STATE, "not_closed")
    return Asked(services, record, who.person)


def _case(book: Reviews, number: int) -> Case:
    case = book.case(number)
    if case is None:
        raise NotFound("case")
    return case


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise NotFound(name)
    return int(text)


def _houses(record: ConsultationRecord) -> set[str]:
    """Whose reviewers may have it: as `decide()` says (`h`)."""
    specialist = record.brief.specialist
    return {record.institution, *([specialist.institution] if specialist else [])}


def _took_part(record: ConsultationRecord) -> frozenset[AccountId]:
    brief = record.brief
    return record.members | {one.account for one in (brief.requester, brief.specialist) if one}


async def _about(asked: Asked, *, names: bool) -> About:
    """What can still be read of it."""
    brief = asked.record.brief
    try:
        state, _ = await asked.services.paperwork.read(asked.consultation)
        opinions = [one.opinion for one in state.opinions]
    except SefawError:
        opinions = []
    return About(
        requested_at=brief.requested_at,
        length_us=asked.end_t,
        department=brief.department,
        urgency=brief.urgency,
        reason=brief.reason,
        sex=brief.patient.sex.value,
        birth_year=brief.patient.birth_year,
        critical=brief.critical,
        opinions=opinions if names else [_nameless(one) for one in opinions],
        patient=brief.patient.name if names else "",
        people=_people(brief) if names else [],
    )


def _nameless(opinion: Opinion) -> Opinion:
    """To whom a critical value was told is a name."""
    told = opinion.told
    return opinion if told is None else msgspec.structs.replace(opinion, told=msgspec.structs.replace(told, to="-"))


def _people(brief: Brief) -> list[Person]:
    return [one for one in (brief.requester, brief.specialist) if one]
