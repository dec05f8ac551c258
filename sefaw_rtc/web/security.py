"""Headers that every answer carries, and who may talk to us from where.

The policy is as strict as the pages allow: scripts, styles and connections come from this origin only. `blob:` is for
pictures and workers the page makes itself; `media-src blob:` for played-back clips. WebAssembly may be compiled in one
place, the worker that decodes pictures: a worker has the policy of its own script, so no page of ours gets it.
"""

import re
from collections.abc import Mapping

from aiohttp import web
from yarl import URL

from sefaw_rtc.config import is_loopback

# A Host header is the client's word: only what can be an authority goes into a header of ours.
_AUTHORITY = re.compile(r"^[0-9A-Za-z.\-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$")
_DECODER = re.compile(r"^/assets/decodeImageFrameWorker-[\w-]+\.js$")  # the file that the viewer's build makes of it
_HSTS = "max-age=31536000; includeSubDomains"

_FIXED: Mapping[str, str] = {
    "Server": "sefaw-rtc",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), "
        "screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()"
    ),
}


def apply_headers(request: web.Request, response: web.StreamResponse, *, secure: bool, hsts: bool) -> None:
    """Add the security headers; a handler's own value stays. `secure`: people reach us over TLS, ours or a proxy's.
    `hsts`: and browsers may insist on it (RFC 6797) and let nobody past a certificate that they do not know."""
    if response.prepared:  # a WebSocket's upgrade is already on its way
        return
    headers = response.headers
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    decoder = _DECODER.match(request.path) is not None
    headers.setdefault("Content-Security-Policy", content_policy(request.host, secure=secure, wasm=decoder))
    if hsts:
        headers.setdefault("Strict-Transport-Security", _HSTS)


def content_policy(host: str, *, secure: bool, wasm: bool = False) -> str:
    """The Content-Security-Policy. Older Safari does not take `'self'` for a WebSocket, so it is named. `wasm`: for the
    decoders' worker, which compiles WebAssembly; `eval` stays forbidden there too."""
    socket = ""
    if _AUTHORITY.match(host):
        socket = f" {'wss' if secure else 'ws'}://{host}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'" if wasm else "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "frame-src blob:",  # a PDF in the browser's own viewer; the page sets its type after a look at its bytes
            "manifest-src 'self'",
            f"connect-src 'self'{socket}",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        )
    )


def same_origin(request: web.Request, public_url: str) -> bool:
    """Whether a request comes from a page of ours. No Origin header = not from a browser's page. `public_url`: what
    people type when a proxy stands in front; then it is the one origin there is."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        theirs, ours = URL(origin), URL(public_url or f"{request.scheme}://{request.host}")
        return theirs.scheme in {"http", "https"} and theirs.origin() == ours.origin()
    except ValueError:
        return False


def is_direct(request: web.Request) -> bool:
    """Whether this machine itself asks: the TCP connection is local and no proxy says that it forwards."""
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    return not forwarded and request.remote is not None and is_loopback(request.remote)
