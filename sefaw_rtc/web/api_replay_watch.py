"""`…/replays/{replay}/watch`: a stream of events (text/event-stream) that says when the replay may not go on."""

import asyncio
from typing import Final

import msgspec
from aiohttp import web

from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.web.api_replays import replay_of
from sefaw_rtc.web.callers import CALLER, SERVICES
from sefaw_rtc.web.streamed import streamed

KEEP_ALIVE_S: Final = 15.0
_HEADERS: Final = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def watch(request: web.Request) -> web.StreamResponse:
    """`event: cut` with the reason, and the end. It ends without one when the session is over: whoever comes back
    hears why."""
    replays, replay = request.app[SERVICES].replays, await replay_of(request)
    expires = request[CALLER].signed_in().subject.expires
    response = web.StreamResponse(headers=_HEADERS)
    with replays.watching(replay):
        async with streamed(request, response) as write:
            await write(b": open\n\n")
            while unix_s() < expires:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_S):
                        await replay.ended.wait()
                except TimeoutError:
                    await write(b":\n\n")
                    continue
                told = msgspec.json.encode({"reason": replay.cut}).decode()
                await write(f"event: cut\ndata: {told}\n\n".encode())
                break
    return response
