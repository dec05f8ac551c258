"""`/api/admin/consultations` and `/api/admin/health`: what runs, ending one, and how the server is doing."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from sefaw_rtc import logs
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.health import Health
from sefaw_rtc.service.overview import overview
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import ConsultationId
from signalling.vocabulary import CloseReason, ErrorCode

HEALTH = web.AppKey("health", Health)

log = logs.get("web")


class EndForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why it is ended, in words that everybody in it reads."""

    text: Annotated[str, Meta(min_length=1, max_length=200)]


async def running(request: web.Request) -> web.Response:
    """Newest first."""
    hosts = sorted(request.app[SERVICES].registry, key=lambda host: -host.clock.started_unix_us)
    return bodies.json([overview(host) for host in hosts])


async def end(request: web.Request) -> web.Response:
    """End one for everybody in it."""
    services = request.app[SERVICES]
    form = await bodies.read_json(request, EndForm, services.config.limits.body_bytes)
    text = form.text.strip()
    if not text:
        raise UserError(ErrorCode.MALFORMED, "say why")
    host = services.registry.get(ConsultationId(request.match_info["id"]))
    if host is None:
        raise UserError(ErrorCode.CONSULTATION_CLOSED)
    reason = CloseReason.ENDED_BY_ADMINISTRATOR
    host.act(lambda now: host.consultation.handle_end(now, reason, text))
    account = request[CALLER].signed_in().account.id
    log.info("administration", account=account, action="consultation_ended", consultation=host.id)
    return web.Response(status=204)


async def health(request: web.Request) -> web.Response:
    return bodies.json(await request.app[HEALTH].checks())
