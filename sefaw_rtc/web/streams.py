"""WHIP (RFC 9725) and WHEP over HTTP: publish and watch with a Bearer token. Status codes are in `errors.HTTP_STATUS`.

No cookie counts here, so any page may do it: CORS is open, and the token is the only key.
"""

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from sefaw_rtc.errors import TooMany, UserError
from sefaw_rtc.media.port import PeerKind
from sefaw_rtc.service.streams import Streams
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import SERVICES, address, bearer
from sefaw_rtc.web.problems import problem
from sefaw_rtc.web.rates import Buckets
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

STREAMS = web.AppKey("streams", Streams)
OFFER_RATES = web.AppKey("offer_rates", Buckets)

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
PREFIXES = ("/whip/", "/whep/")
_FRAGMENT_BYTES = 16_384  # some tens of candidates

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def post(kind: PeerKind) -> Handler:
    """`POST /whip/{consultation}`: an offer; 201 with the answer and the resource's address."""

    async def handler(request: web.Request) -> web.Response:
        limits = request.app[SERVICES].config.limits
        token = bearer(request)
        _spend_offer(request)
        consultation = ConsultationId(request.match_info["consultation"])
        offer = await bodies.read_text(request, SDP, limits.sdp_bytes)
        if not offer.startswith("v=0"):
            raise UserError(ErrorCode.SDP_MALFORMED, "an SDP begins with v=0")
        stream = await request.app[STREAMS].open(kind, consultation, token, offer)
        return web.Response(
            status=201,
            text=stream.answer,
            content_type=SDP,
            headers={
                "Location": f"/{kind}/{consultation}/{stream.resource}",
                "ETag": stream.tag,
                "Cache-Control": "no-store",
            },
        )

    return handler


def patch(kind: PeerKind) -> Handler:
    """`PATCH …/{resource}` (RFC 9725 4.3.1): trickled candidates under `If-Match: "tag"`, 204; an ICE restart under
    `If-Match: *`, 200 with our new credentials and their tag. 428 without `If-Match`, 412 for another tag."""

    async def handler(request: web.Request) -> web.Response:
        token, consultation, resource = named(request)
        streams = request.app[STREAMS]
        tag = streams.tag(kind, consultation, resource, token)
        asked = request.headers.get("If-Match")
        if asked is None:
            return problem(ErrorCode.MALFORMED, "If-Match is needed", HTTPStatus.PRECONDITION_REQUIRED)
        wanted = [entry.strip() for entry in asked.split(",")]
        if wanted != ["*"] and tag not in wanted:
            detail = "another ICE session has begun meanwhile"
            return problem(ErrorCode.OUT_OF_STATE, detail, HTTPStatus.PRECONDITION_FAILED)
        fragment = await bodies.read_text(request, FRAGMENT, _FRAGMENT_BYTES)
        if wanted != ["*"]:
            await streams.trickle(kind, consultation, resource, token, fragment)
            return web.Response(status=204)
        _spend_offer(request)
        restarted = await streams.restart(kind, consultation, resource, token, fragment)
        headers = {"ETag": restarted.tag, "Cache-Control": "no-store"}
        return web.Response(status=200, text=restarted.fragment, content_type=FRAGMENT, headers=headers)

    return handler


def delete(kind: PeerKind) -> Handler:
    """`DELETE …/{resource}`: the end; 200."""

    async def handler(request: web.Request) -> web.Response:
        token, consultation, resource = named(request)
        request.app[STREAMS].close(kind, consultation, resource, token)
        return web.Response(status=200)

    return handler


def _spend_offer(request: web.Request) -> None:
    if not request.app[OFFER_RATES].take(address(request), time.monotonic()):
        request.app[SERVICES].metrics.limited.labels("whip_per_minute").inc()
        raise TooMany("offers", retry_after_s=1)


def named(request: web.Request) -> tuple[str, ConsultationId, str]:
    """Token, consultation and resource of a request to a resource."""
    return bearer(request), ConsultationId(request.match_info["consultation"]), request.match_info["resource"]


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Players and encoders in other sites' pages: the preflight, and headers on every answer."""
    if not request.path.startswith(PREFIXES):
        return await handler(request)
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "POST, PATCH, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
        response.headers["Accept-Post"] = SDP
        response.headers["Accept-Patch"] = FRAGMENT
    else:
        response = await handler(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Location, ETag, Retry-After, WWW-Authenticate"
    return response
