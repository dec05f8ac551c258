"""`/api/reviews/results`: what reviews said of my own consultations, with the moments that matter.
`/api/reviews/figures`: the dashboard, as JSON and as CSV."""

import asyncio
import datetime
from typing import Final

from aiohttp import web
from msgspec.structs import replace

from recordings.review import Figures, as_csv, figures
from recordings.review.figures import FEWEST, Share
from recordings.review.forms import Form
from recordings.review.result import Result, result_of
from recordings.review.scores import FormScores, concordance, form_scores, score_rows
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.review_views import form_of
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import ConsultationRecord, Listing
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import AccountId, ConsultationId
from signalling.record import Record
from signalling.vocabulary import ErrorCode, Role

PERIOD_DAYS_MOST: Final = 3 * 366
_DAY_MS: Final = 86_400_000
_DEFAULT_DAYS: Final = 90
_NAME_MOST: Final = 80


class ResultRow(Record, frozen=True):
    """One settled review of one of my consultations. `reviewers`: their names, where the server is set to tell them."""

    consultation: ConsultationId
    requested_at: int
    department: str
    form: Form
    result: Result
    reviewers: list[str]


class Period(Record, frozen=True):
    """From this day to that one, both included, as YYYY-MM-DD (UTC)."""

    first: str
    last: str


class Dashboard(Record, frozen=True):
    """The figures of a period. `departments`: those that can be chosen; `fewest`: what rests on fewer is withheld.
    `witnesses`: how many vouch for this server's transparency log; `unwitnessed_h`: for how many hours of the period
    one of them did not."""

    period: Period
    department: str
    departments: list[str]
    figures: Figures
    concordance: Share
    forms: list[FormScores]
    fewest: int
    witnesses: int
    unwitnessed_h: float


# ---- results ------------------------------------------------------------------------------------------------------


async def results(request: web.Request) -> web.Response:
    """Newest first. Of consultations that I asked for or answered."""
    services, me = request.app[SERVICES], request[CALLER].signed_in().account.id
    listing = Listing(closed=True)
    records = await services.store.run(services.store.consultations.of_account, me, listing)
    rows = [row for record in records if me in _whose(record) for row in await _results_of(services, record)]
    return bodies.json(sorted(rows, key=lambda row: -row.result.at))


def _whose(record: ConsultationRecord) -> set[AccountId]:
    """Not of those who were only invited."""
    brief = record.brief
    return {one.account for one in (brief.requester, brief.specialist) if one}


async def _results_of(services: Services, record: ConsultationRecord) -> list[ResultRow]:
    rows = []
    for case in services.reviews.of(record.brief.consultation).cases:
        form = form_of(case.form, services.quality.forms)
        result = result_of(case, form) if form else None
        if form is None or result is None:
            continue
        names = await _names(services, result.reviewers) if services.config.review.reviewer_named else []
        rows.append(
            ResultRow(
                consultation=record.brief.consultation,
                requested_at=record.brief.requested_at,
                department=record.brief.department,
                form=form,
                result=replace(result, reviewers=[]),
                reviewers=names,
            )
        )
    return rows


async def _names(services: Services, accounts: list[AccountId]) -> list[str]:
    found = [await services.store.run(services.store.accounts.get, account) for account in accounts]
    return [one.person.name for one in found if one]


# ---- figures ------------------------------------------------------------------------------------------------------


async def dashboard(request: web.Request) -> web.Response:
    """As data."""
    return bodies.json(await _dashboard(request))


async def dashboard_csv(request: web.Request) -> web.Response:
    """As a table."""
    found = await _dashboard(request)
    name = f"quality-{found.period.first}-{found.period.last}.csv"
    return web.Response(
        body=b"\xef\xbb\xbf"
        + as_csv(found.figures, _more(found), score_rows(found.forms)).encode(),  # Excel reads it as UTF-8
        content_type="text/csv",
        charset="utf-8",
        headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _more(found: Dashboard) -> dict[str, str | Share]:
    return {
        "first_day": found.period.first,
        "last_day": found.period.last,
        "department": found.department,
        "witnesses": str(found.witnesses),
        "unwitnessed_hours": str(found.unwitnessed_h),
        "concordance": found.concordance,
    }


async def _dashboard(request: web.Request) -> Dashboard:
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    first, last = _period(request)
    department = _department(request)
    # An administrator sees the whole server, a reviewer what concerns the own institution.
    house = None if session.person.role is Role.ADMINISTRATOR else session.person.institution
    from_ms, to_ms = _ms(first), _ms(last) + _DAY_MS
    courses = await services.quality.courses(from_ms, to_ms, house, department)
    books = {consultation: services.reviews.of(consultation) for consultation, _ in courses}
    cases = [case for book in books.values() for case in book.cases]
    forms = sorted(services.quality.forms.items())

    def counted() -> tuple[Figures, Share, list[FormScores]]:
        scores = [form_scores(cases, read) for _, read in forms]
        all_figures = figures(course for _, course in courses)
        return all_figures, concordance(cases, [read for _, read in forms]), [one for one in scores if one.cases]

    found, agreed, scores = await asyncio.to_thread(counted)
    return Dashboard(
        period=Period(first=first.isoformat(), last=last.isoformat()),
        department=department,
        departments=await services.store.run(services.store.courses.departments, house),
        figures=found,
        concordance=agreed,
        forms=scores,
        fewest=FEWEST,
        witnesses=services.attesting.rounds.witnesses,
        unwitnessed_h=round(await services.attesting.rounds.unwitnessed_s(from_ms // 1000, to_ms // 1000) / 3600, 1),
    )


def _period(request: web.Request) -> tuple[datetime.date, datetime.date]:
    """Whole days: a period that can be chosen to the minute would tell single consultations apart."""
    today = datetime.datetime.fromtimestamp(unix_s(), datetime.UTC).date()
    last = _day(request.query.get("last", ""), today)
    first = _day(request.query.get("first", ""), last - datetime.timedelta(days=_DEFAULT_DAYS - 1))
    if not 0 <= (last - first).days < PERIOD_DAYS_MOST:
        raise UserError(ErrorCode.MALFORMED, "first is not before last, or three years lie between them")
    return first, last


def _day(text: str, otherwise: datetime.date) -> datetime.date:
    if not text:
        return otherwise
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UserError(ErrorCode.MALFORMED, "a day is YYYY-MM-DD") from None


def _department(request: web.Request) -> str:
    found = request.query.get("department", "")
    if len(found) > _NAME_MOST:
        raise UserError(ErrorCode.MALFORMED, "no department's name")
    return found


def _ms(day: datetime.date) -> int:
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp()) * 1000
