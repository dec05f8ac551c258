"""`/api/keeping…`: legal holds, and erasing a consultation by two people. For administrators, and for the reviewers of
the institution that it belongs to. Nothing of a patient is shown; a 409's `detail` is a word of `Refusal`, or `live`.
"""

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from recordings import LogDamaged
from recordings.keeping.ledger import Entry, Kept, Step
from sefaw_rtc.access import Action, Resource, decide, require
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.briefs import brief_of
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.services import Services
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import ConsultationId, ConsultationRef
from signalling.messages import Brief
from signalling.vocabulary import ErrorCode

_HOLDS = frozenset({Step.HELD, Step.LIFTED})
_ERASES = frozenset({Step.ASKED, Step.WITHDRAWN, Step.CONFIRMED})


class Form(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is decided, and why: both stay for good."""

    step: Step
    why: Annotated[str, Meta(min_length=1, max_length=500)]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation without its patient: whose it is, when, and what stands about keeping it. Times are Unix ms, 0 =
    not known here any more."""

    consultation: ConsultationId
    site: str
    requested_at: int
    closed_at: int
    hold: Entry | None
    asked: Entry | None
    confirmed: Entry | None
    erased: Entry | None
    aged: list[str]
    damaged: bool = False  # its ledger cannot be read: nothing is erased until it can


async def listed(request: web.Request) -> web.Response:
    """Those of which something was decided, newest first."""
    services, subject = request.app[SERVICES], request[CALLER].signed_in().subject
    require(subject, Action.READ_KEEPING, Resource(institution=subject.institution), unix_s())
    rows = []
    for consultation in await asyncio.to_thread(services.keeping.ledgers.all):
        found = await find(services, consultation)
        if decide(subject, Action.READ_KEEPING, found.resource, unix_s()).allowed:
            rows.append(await _row(services, found))
    return bodies.json(sorted(rows, key=lambda row: -row.requested_at))


async def one(request: web.Request) -> web.Response:
    return bodies.json(await _row(request.app[SERVICES], await _found(request, Action.READ_KEEPING)))


async def hold(request: web.Request) -> web.Response:
    """`{"step": "held" | "lifted", "why": …}`."""
    return await _decide(request, Action.HOLD_RECORDING, _HOLDS)


async def erasure(request: web.Request) -> web.Response:
    """`{"step": "asked" | "withdrawn" | "confirmed", "why": …}`; who confirms is not who asked."""
    return await _decide(request, Action.ERASE_RECORDING, _ERASES)


async def _decide(request: web.Request, action: Action, steps: frozenset[Step]) -> web.Response:
    services = request.app[SERVICES]
    found = await _found(request, action)
    form = await bodies.read_json(request, Form, services.config.limits.body_bytes)
    if form.step not in steps or not form.why.strip():
        raise UserError(ErrorCode.MALFORMED, "say what, and why")
    person = request[CALLER].signed_in().account.person
    await services.keeping.decide(found.consultation, form.step, person, form.why.strip())
    return bodies.json(await _row(services, found))


async def _found(request: web.Request, action: Action) -> Found:
    """Raises Forbidden, also for what is not known to somebody whose it could not be; NotFound."""
    services, subject = request.app[SERVICES], request[CALLER].signed_in().subject
    try:
        consultation = ConsultationId(msgspec.convert(request.match_info["id"], ConsultationRef))
    except msgspec.ValidationError:
        consultation = ConsultationId("")
    found = await find(services, consultation)
    require(subject, action, found.resource, unix_s())
    if found.host is None and found.brief is None:
        raise NotFound("consultation")
    return found


def _live_brief(found: Found) -> Brief | None:
    host = found.host
    return None if host is None else brief_of(host.id, host.state, host.clock.started_unix_us)


async def _row(services: Services, found: Found) -> Row:
    kept, damaged = Kept(), False
    try:
        kept = await asyncio.to_thread(services.keeping.ledgers.read, found.consultation)
    except LogDamaged:
        damaged = True
    brief = found.brief or _live_brief(found)
    return Row(
        consultation=found.consultation,
        site=brief.requester.site if brief else "",
        requested_at=brief.requested_at if brief else 0,
        closed_at=brief.closed_at if brief else 0,
        hold=kept.hold,
        asked=kept.asked,
        confirmed=kept.confirmed,
        erased=kept.erased,
        aged=sorted(kept.aged),
        damaged=damaged,
    )
