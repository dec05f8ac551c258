"""The transparency log for anybody (c2sp.org/tlog-tiles), and the door of the witness (c2sp.org/tlog-witness): partners
and monitors come without an account, and what they send is worth what is signed in it."""

import asyncio
import time
from typing import Final

from aiohttp import web

from recordings.tlog.witness import MAX_REQUEST
from sefaw_rtc.errors import NotFound, TooMany
from sefaw_rtc.service.evidence import Evidence
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import address
from sefaw_rtc.web.rates import Buckets

EVIDENCE: Final = web.AppKey("evidence", Evidence)
RATES: Final = web.AppKey("tlog_rates", Buckets)
# Of one address. A monitor that copies a year's log asks some thousand times; a partner's log asks once a minute.
PER_SECOND: Final = 20.0
AT_ONCE: Final = 200.0


async def read(request: web.Request) -> web.Response:
    """`checkpoint`, `tile/…`, `<origin hash>/checkpoint`."""
    _spend(request)
    served = await asyncio.to_thread(request.app[EVIDENCE].served, request.match_info["path"])
    if served is None:
        raise NotFound("no such tile or checkpoint")
    headers = {"Content-Type": served.content_type, "Cache-Control": served.cache}
    return web.Response(body=served.body, headers=headers)


async def add_checkpoint(request: web.Request) -> web.Response:
    """A partner asks for a cosignature; the statuses are the specification's."""
    _spend(request)
    body = await bodies.read(request, MAX_REQUEST)
    answer = await asyncio.to_thread(request.app[EVIDENCE].add_checkpoint, body)
    if answer is None:
        raise NotFound("no witness")
    headers = {"Content-Type": answer.content_type, "Cache-Control": "no-store"}
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _spend(request: web.Request) -> None:
    if not request.app[RATES].take(address(request), time.monotonic()):
        raise TooMany("requests to the log", retry_after_s=1)
