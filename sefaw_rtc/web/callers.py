"""Who makes an HTTP request: the session of its cookie, the bearer of its token, or nobody."""

from dataclasses import dataclass

from aiohttp import web

from sefaw_rtc.access import ANONYMOUS, COOKIE, CSRF_HEADER, SignedIn, Subject
from sefaw_rtc.errors import CsrfFailed, TokenInvalid, Unauthenticated
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.services import Services
from sefaw_rtc.web.security import same_origin

SERVICES = web.AppKey("services", Services)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_TOKEN = 4096


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as the cookie says."""

    session: SignedIn | None

    @property
    def subject(self) -> Subject:
        return self.session.subject if self.session else ANONYMOUS

    def signed_in(self) -> SignedIn:
        """The session, for routes that need one. Raises Unauthenticated."""
        if self.session is None:
            raise Unauthenticated
        return self.session


CALLER = web.RequestKey("caller", Caller)


async def identify(request: web.Request) -> Caller:
    """The session of the cookie, if it is live. Raises CsrfFailed for an unsafe request of a session without its
    token, or from another site's page."""
    services = request.app[SERVICES]
    cookie = request.cookies.get(COOKIE)
    session = await services.sign_ins.session(cookie, unix_s()) if cookie else None
    if session is not None and request.method not in _SAFE:
        if not same_origin(request, services.config.server.public_url):
            raise CsrfFailed("origin")
        services.sign_ins.check_csrf(session.cookie.reveal(), request.headers.get(CSRF_HEADER))
    return Caller(session)


def bearer(request: web.Request) -> str:
    """The Bearer token (RFC 6750 §2.1: in the header, nowhere else). Raises TokenInvalid."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN or not token.isascii():
        raise TokenInvalid("no bearer token")
    return token


def address(request: web.Request) -> str:
    """The client's address, for limits only; never logged. Behind our own proxy its last word, else the socket's."""
    services = request.app[SERVICES]
    if services.config.server.proxied:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.remote or "unknown"
