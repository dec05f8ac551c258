"""The one range of bytes that a request asks for (RFC 9110 14)."""

from aiohttp import web


def asked_range(request: web.Request, tag: str, size: int) -> tuple[int, int] | None:
    """From and to, cut at the end of the file; None = the whole. What is no range of bytes, or is several, is passed
    over, as RFC 9110 14.2 allows; so is the range of another file than `tag`'s (If-Range)."""
    if "Range" not in request.headers or request.headers.get("If-Range", tag) != tag:
        return None
    try:
        asked = request.http_range
    except ValueError:
        return None
    start = 0 if asked.start is None else asked.start
    if start < 0:  # the last so many bytes
        return max(0, size + start), size
    return start, size if asked.stop is None else min(asked.stop, size)
