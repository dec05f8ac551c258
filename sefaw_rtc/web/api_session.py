"""Signing in and out: `/api/session`."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from sefaw_rtc.access import SignedIn
from sefaw_rtc.errors import CsrfFailed
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES, address
from sefaw_rtc.web.security import same_origin
from signalling.events import Person
from signalling.vocabulary import CloseReason


class Credentials(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the sign-in page sends."""

    user: Annotated[str, Meta(min_length=1, max_length=128)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class SessionReply(msgspec.Struct, frozen=True):
    """Who is signed in. `csrf` goes into the X-CSRF-Token header of every unsafe request."""

    account: Person
    csrf: str


async def sign_in(request: web.Request) -> web.Response:
    """A new session, in an http-only cookie."""
    services = request.app[SERVICES]
    if not same_origin(request, services.config.server.public_url):
        raise CsrfFailed("origin")  # nobody is to be signed in as somebody else by another site
    form = await bodies.read_json(request, Credentials, services.config.limits.body_bytes)
    session = await services.sign_ins.sign_in(form.user, form.password, address(request), unix_s())
    response = bodies.json(_reply(session))
    cookie = services.sign_ins.cookie
    response.set_cookie(
        cookie.name,
        session.cookie.reveal(),
        max_age=cookie.max_age_s,
        path=cookie.path,
        secure=cookie.secure,
        httponly=cookie.http_only,
        samesite=cookie.same_site,
    )
    return response


async def read(request: web.Request) -> web.Response:
    """Who is signed in; 401 = nobody."""
    return bodies.json(_reply(request[CALLER].signed_in()))


async def sign_out(request: web.Request) -> web.Response:
    """End the session, and the connections that it opened."""
    services, session = request.app[SERVICES], request[CALLER].signed_in()
    await services.sign_ins.sign_out(session.cookie.reveal())
    for client in list(services.clients):
        if client.session is not None and client.session.cookie == session.cookie:
            client.goodbye(CloseReason.ACCESS_REVOKED)
    response = web.Response(status=204)
    cookie = services.sign_ins.cookie
    response.del_cookie(
        cookie.name, path=cookie.path, secure=cookie.secure, httponly=cookie.http_only, samesite=cookie.same_site
    )
    return response


def _reply(session: SignedIn) -> SessionReply:
    return SessionReply(account=session.person, csrf=session.csrf)
