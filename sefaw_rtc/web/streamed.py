"""An answer that is sent piece by piece. Once it has begun its status is said: what fails then cuts the connection, so
that nobody takes half of it for the whole. A client that stops reading costs one piece of memory, and not for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from sefaw_rtc.errors import UserError

STALL_S: Final = 60.0  # a player that is paused reads nothing either; it asks again from where it was

Write = Callable[[bytes], Awaitable[None]]


@asynccontextmanager
async def streamed(request: web.Request, response: web.StreamResponse) -> AsyncIterator[Write]:
    """Send its head; what is written in between goes out as fast as the client reads."""
    await response.prepare(request)

    async def write(data: bytes) -> None:
        async with asyncio.timeout(STALL_S):
            await response.write(data)

    try:
        yield write
        await response.write_eof()
    except (ConnectionError, TimeoutError, UserError):
        if request.transport is not None:
            request.transport.abort()
