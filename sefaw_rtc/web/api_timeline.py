"""`/api/consultations/{id}/timeline`: the course of a consultation as data, or (`?format=html`) as one file to keep."""

import asyncio

import msgspec
from aiohttp import web

from recordings.timeline import Language, Timeline, page
from sefaw_rtc.access import Action
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.readings import read_access
from sefaw_rtc.service.timelines import timeline_of
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import ConsultationId, ConsultationRef
from signalling.vocabulary import ErrorCode


async def read(request: web.Request) -> web.Response:
    """For those who took part, the institution's reviewers and administrators: nobody is named in it."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    consultation = ConsultationId(request.match_info["id"])
    found = await find(services, consultation)
    await read_access(services, who, found, Action.READ_TIMELINE)
    refuse_no_id(consultation)
    form = request.query.get("format", "json")
    if form not in {"json", "html"}:
        raise UserError(ErrorCode.MALFORMED, "format is json or html")
    blind = is_blind(services, who, consultation)
    course = await timeline_of(services, consultation, blind=blind)
    if form == "json":
        return bodies.json(course)
    return await _file(course, language_of(request))


def refuse_no_id(consultation: ConsultationId) -> None:
    """What is no id is nobody's consultation, and no file's name. Raises `NotFound`."""
    try:
        msgspec.convert(consultation, ConsultationRef)
    except msgspec.ValidationError:
        raise NotFound("consultation") from None


def language_of(request: web.Request) -> Language:
    """`?lang`, else the first of the browser's languages that we speak, else Chinese, as the pages do."""
    asked = [request.query.get("lang", ""), *request.headers.get("Accept-Language", "").split(",")[:10]]
    for entry in asked:
        primary = entry.split(";")[0].strip().lower().split("-")[0]
        if primary in {"en", "zh"}:
            return Language.EN if primary == "en" else Language.ZH_CN
    return Language.ZH_CN


async def _file(course: Timeline, language: Language) -> web.Response:
    text = await asyncio.to_thread(page, course, language)
    return web.Response(
        text=text,
        content_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="timeline-{course.consultation}.html"',
        },
    )
