"""Request bodies in bounds, answers as JSON."""

import asyncio
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from sefaw_rtc.errors import UserError
from sefaw_rtc.web.problems import problem
from signalling.vocabulary import ErrorCode

T = TypeVar("T")

BODY_S = 15.0  # 64 KiB over 0.1 Mbit/s take 5 s; a client that drips is not waited for


async def read(request: web.Request, limit: int, within_s: float = BODY_S) -> bytes:
    """The body, if it is not larger than `limit` bytes. What is too large is not read to its end."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise UserError(ErrorCode.TOO_LARGE)
    try:
        async with asyncio.timeout(within_s):
            return await _read(request, limit)
    except TimeoutError:
        raise UserError(ErrorCode.MALFORMED, "the body came too slowly") from None


async def _read(request: web.Request, limit: int) -> bytes:
    parts, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise UserError(ErrorCode.TOO_LARGE)
        parts.append(chunk)
    return b"".join(parts)


async def read_json(request: web.Request, kind: type[T], limit: int) -> T:
    """A JSON body of a known form."""
    refuse_other_type(request, "application/json")
    try:
        return msgspec.json.decode(await read(request, limit), type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise UserError(ErrorCode.MALFORMED, "not the JSON that belongs here") from None


async def read_text(request: web.Request, kind: str, limit: int) -> str:
    """A body of one media type, UTF-8."""
    refuse_other_type(request, kind)
    try:
        return (await read(request, limit)).decode()
    except UnicodeDecodeError:
        raise UserError(ErrorCode.MALFORMED, "not UTF-8") from None


def refuse_other_type(request: web.Request, kind: str) -> None:
    """415 for any other Content-Type."""
    if request.content_type != kind:
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {kind}")


def json(value: Any, status: int = 200) -> web.Response:
    """An answer that nobody may cache: it is about somebody."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def ranged(request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
    """One range at most (RFC 9110 14): the usual question of players and of progressive decoders. `headers` have the
    ETag."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    if "Range" not in request.headers or request.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
        return web.Response(body=data, headers=headers)
    try:
        start, stop, _step = request.http_range.indices(len(data))
    except ValueError:
        start = stop = 0
    if start >= stop:
        response = problem(ErrorCode.MALFORMED, "range", status=416)
        response.headers["Content-Range"] = f"bytes */{len(data)}"
        return response
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], headers=headers)
