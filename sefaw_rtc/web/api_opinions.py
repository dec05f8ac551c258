"""Opinions: the draft that saves itself, signing, acknowledging. `/api/consultations/{id}/draft`, `…/opinions`."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from sefaw_rtc import logs
from sefaw_rtc.access import Action, SignedIn, require
from sefaw_rtc.consultation import Pen
from sefaw_rtc.errors import NotFound, SefawError, UserError
from sefaw_rtc.service.clock import unix_ms, unix_s
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import DraftRecord
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES, address
from signalling.events import Opinion, OpinionText
from signalling.ids import ConsultationId, Count
from signalling.vocabulary import ErrorCode

_NUMBER_DIGITS = 4  # signalling.events: at most 1000

log = logs.get("web")


class Draft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The form as it is being filled in. `told_at` Unix ms, 0 = not given; `amends` 0 = the opinion itself."""

    findings: OpinionText = ""
    impression: OpinionText = ""
    advice: OpinionText = ""
    critical: bool = False
    told_to: Annotated[str, Meta(max_length=80)] = ""
    told_at: Count = 0
    amends: Annotated[int, Meta(ge=0, le=1000)] = 0


class DraftReply(msgspec.Struct, frozen=True):
    """`now` is the server's clock (Unix ms): a page whose own clock is wrong takes its times from it."""

    draft: Draft | None
    saved_at: int
    now: int


class Signing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the sign dialog sends: the password once more, and the text."""

    password: Annotated[str, Meta(min_length=1, max_length=1024)]
    opinion: Opinion
    amends: Annotated[int, Meta(ge=0, le=1000)] = 0


class SigningReply(msgspec.Struct, frozen=True):
    """The number that the signed text got."""

    number: int


async def read_draft(request: web.Request) -> web.Response:
    """My own draft."""
    services, session, consultation = await _asked(request, Action.WRITE_DRAFT)
    found = await services.store.run(services.store.drafts.get, consultation, session.account.id)
    draft = None if found is None else msgspec.json.decode(found.body, type=Draft)
    return bodies.json(DraftReply(draft, found.saved_ms if found else 0, unix_ms()))


async def write_draft(request: web.Request) -> web.Response:
    """Keep my draft."""
    services, session, consultation = await _asked(request, Action.WRITE_DRAFT)
    draft = await bodies.read_json(request, Draft, services.config.limits.opinion_bytes)
    record = DraftRecord(body=msgspec.json.encode(draft).decode(), saved_ms=unix_ms())
    await services.store.run(services.store.drafts.put, consultation, session.account.id, record)
    return bodies.json(DraftReply(draft, record.saved_ms, unix_ms()))


async def sign(request: web.Request) -> web.Response:
    """Sign: the password, then the heart, then the log; the draft is done with."""
    services, session, consultation = await _asked(request, Action.SIGN_OPINION)
    form = await bodies.read_json(request, Signing, services.config.limits.opinion_bytes)
    key = await services.signing_keys.open(session.account, form.password, address(request), unix_s())
    pen = Pen(key=key.key, sign=key.sign)
    number = await services.paperwork.act(
        consultation,
        lambda heart, now, at: heart.handle_opinion(
            now, session.person, form.opinion, amends=form.amends, at=at, pen=pen
        ),
    )
    await _discard_draft(services, session, consultation)
    return bodies.json(SigningReply(number), status=201)


async def acknowledge(request: web.Request) -> web.Response:
    """I have read it."""
    services, session, consultation = await _asked(request, Action.ACKNOWLEDGE_OPINION)
    number = _number(request.match_info["number"])
    await services.paperwork.act(
        consultation, lambda heart, now, at: heart.handle_acknowledge(now, session.person, number, at=at)
    )
    return web.Response(status=204)


async def _asked(request: web.Request, action: Action) -> tuple[Services, SignedIn, ConsultationId]:
    """Who asks for what, after `decide()` said yes."""
    services, caller = request.app[SERVICES], request[CALLER]
    found = await find(services, ConsultationId(request.match_info["id"]))
    require(caller.subject, action, found.resource, unix_s())
    if services.stopping:
        raise UserError(ErrorCode.STOPPING)
    return services, caller.signed_in(), found.consultation


async def _discard_draft(services: Services, session: SignedIn, consultation: ConsultationId) -> None:
    """It is signed, whatever the database says now: a draft that stays does no harm."""
    try:
        await services.store.run(services.store.drafts.discard, consultation, session.account.id)
    except SefawError as error:
        log.warning("draft not discarded", error=type(error).__name__, consultation=consultation)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS):
        raise NotFound("opinion")
    return int(text)
