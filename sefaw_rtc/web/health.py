"""For those who run the server: is it alive, can it take calls, what does it count."""

from aiohttp import web

from sefaw_rtc.access import SCRAPER, SERVER, Action, require, scraper_subject
from sefaw_rtc.errors import TokenInvalid
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.web.callers import CALLER, SERVICES, bearer
from sefaw_rtc.web.security import is_direct

SCRAPER_TOKEN = web.AppKey("scraper_token", str)
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(_request: web.Request) -> web.Response:
    """Alive: the loop runs."""
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Can take calls: not while it stops, nor while the media plane says nothing."""
    services = request.app[SERVICES]
    trouble = "stopping" if services.stopping else "media plane silent" if services.metrics.plane.silent else ""
    if trouble:
        return web.Response(text=f"{trouble}\n", status=503, headers={"Cache-Control": "no-store"})
    return web.Response(text="ready\n", headers={"Cache-Control": "no-store"})


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text form: for the configured scraper, this machine, or a signed-in administrator."""
    try:
        token: str | None = bearer(request)
    except TokenInvalid:
        token = None
    scraper = scraper_subject(request.app[SCRAPER_TOKEN], token, direct=is_direct(request))
    subject = scraper if scraper is SCRAPER else request[CALLER].subject
    require(subject, Action.READ_METRICS, SERVER, unix_s())
    body = request.app[SERVICES].metrics.render()
    return web.Response(body=body, headers={"Content-Type": _EXPOSITION, "Cache-Control": "no-store"})
