"""Errors over HTTP: RFC 9457 bodies with our stable code. The one place where an exception becomes a status."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web

from sefaw_rtc import logs
from sefaw_rtc.errors import HTTP_STATUS, NotReady, ProtocolError, StoreError, TooMany, UserError
from sefaw_rtc.web.callers import SERVICES
from sefaw_rtc.web.security import apply_headers
from signalling.vocabulary import ErrorCode

CONTENT_TYPE = "application/problem+json"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logs.get("web")

# What aiohttp itself refuses before a handler of ours runs.
_FRAMEWORK_CODES = {
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorCode.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorCode.TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
}


def problem(
    code: ErrorCode, detail: str = "", status: int | None = None, more: Mapping[str, object] | None = None
) -> web.Response:
    """An RFC 9457 answer. `detail` is for developers and never personal; `more`: members of this problem alone."""
    number = status or HTTP_STATUS[code].value
    body = {
        "type": f"urn:sefaw-rtc:error:{code.value}",
        "title": code.value.replace("_", " ").capitalize(),
        "status": number,
        "code": code.value,
        "detail": detail,
        **(more or {}),
    }
    response = web.Response(body=msgspec.json.encode(body), status=number, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if number == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110: a 401 names a scheme
    return response


def of_error(error: UserError | ProtocolError) -> web.Response:
    """The answer to an error of ours."""
    response = problem(error.code, error.detail)
    if isinstance(error, TooMany | NotReady) and error.retry_after_s:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost: whatever a handler raises becomes one clear answer, and every answer gets its security headers."""
    response = await _answer(request, handler)
    config = request.app[SERVICES].config
    secure = request.secure or config.secure_cookies
    apply_headers(request, response, secure=secure, hsts=secure and not config.server.self_signed)
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (UserError, ProtocolError) as error:
        return of_error(error)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        response = problem(_FRAMEWORK_CODES.get(HTTPStatus(error.status), ErrorCode.MALFORMED), status=error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except StoreError as error:
        log.warning("request failed", method=request.method, route=_route(request), error=type(error).__name__)
        return problem(error.code)
    except Exception:
        log.exception("request failed", method=request.method, route=_route(request))
        return problem(ErrorCode.INTERNAL)


def _route(request: web.Request) -> str:
    """The route's pattern, not its path: a path can hold an id or a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
