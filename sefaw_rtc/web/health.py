"""For those who run the server: is it alive, can it take calls, what does it count."""

from aiohttp import web

from sefaw_rtc.access import SCRAPER, SERVER, Action, require, scraper_subject
from sefaw_rtc.errors import TokenInvalid
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.metrics import live_objects
from sefaw_rtc.service.services import Services
from sefaw_rtc.web.callers import CALLER, SERVICES, bearer
from sefaw_rtc.web.security import is_direct

SCRAPER_TOKEN = web.AppKey("scraper_token", str)
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(_request: web.Request) -> web.Response:
    """Alive: the loop runs."""
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Can take calls: not while it drains or stops, nor while the media plane says nothing."""
    trouble = _trouble(request.app[SERVICES])
    status = 503 if trouble else 200
    return web.Response(text=f"{trouble or 'ready'}\n", status=status, headers={"Cache-Control": "no-store"})


def _trouble(services: Services) -> str:
    if services.stopping:
        return "stopping"
    if services.drain.begun:
        return "draining"
    return "media plane silent" if services.metrics.plane.silent else ""


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text form: for the configured scraper, this machine, or a signed-in administrator. `?objects`
    adds how many of our objects live, for who looks for a leak."""
    try:
        token: str | None = bearer(request)
    except TokenInvalid:
        token = None
    scraper = scraper_subject(request.app[SCRAPER_TOKEN], token, direct=is_direct(request))
    subject = scraper if scraper is SCRAPER else request[CALLER].subject
    require(subject, Action.READ_METRICS, SERVER, unix_s())
    body = request.app[SERVICES].metrics.render()
    if "objects" in request.query:
        body += live_objects()
    return web.Response(body=body, headers={"Content-Type": _EXPOSITION, "Cache-Control": "no-store"})
