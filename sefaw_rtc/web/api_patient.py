"""The link for a patient without an account: `POST /api/consultations/{id}/patient-link` by whoever may give and take
back; what stands behind it, `/api/patient-view`, with the link's token as Bearer and nothing else."""

import time
from typing import Final

from aiohttp import web

from sefaw_rtc.access import Action
from sefaw_rtc.errors import TooMany
from sefaw_rtc.service import patient_view
from sefaw_rtc.web import bodies
from sefaw_rtc.web.api_grants import asked
from sefaw_rtc.web.callers import SERVICES, address, bearer
from sefaw_rtc.web.rates import Buckets

RATES: Final = web.AppKey("patient_rates", Buckets)
PER_SECOND: Final = 2.0  # of one address: a person who reads
AT_ONCE: Final = 20


async def link(request: web.Request) -> web.Response:
    """A link to show."""
    services, _who, found = await asked(request, Action.GIVE_GRANT)
    return bodies.json(patient_view.link_for(services, found), status=201)


async def read(request: web.Request) -> web.Response:
    """Who may see it until when, and who looked."""
    token = _token(request)
    return bodies.json(await patient_view.view(request.app[SERVICES], token))


async def revoke(request: web.Request) -> web.Response:
    """Take one back; what is true then."""
    token = _token(request)
    return bodies.json(await patient_view.revoke(request.app[SERVICES], token, request.match_info["key"]))


def _token(request: web.Request) -> str:
    if not request.app[RATES].take(address(request), time.monotonic()):
        raise TooMany("patient view", retry_after_s=1)
    return bearer(request)
