"""Freezes: the server says which frame somebody wants as a still, and gets exactly that one, raw, as a PNG.

We are asked by an answer that waits (docs/probe.md): an encoder behind a clinic's router cannot be called.
"""

import asyncio
import io
import logging
from typing import Final

import aiohttp
import av
from PIL import Image

from sefaw_rtc.edge.probe.ring import Ring

WAIT_S: Final = 20
AFTER_FAILURE_S: Final = 2.0

log = logging.getLogger("sefaw.probe")


async def answer_freezes(http: aiohttp.ClientSession, resource: str, ring: Ring) -> None:
    """For as long as the resource lives. `http` carries the token."""
    answers: set[asyncio.Task[None]] = set()
    try:
        while True:
            for freeze in await _asked(http, resource):
                task = asyncio.create_task(_answer(http, f"{resource}/stills/{freeze['key']}", freeze["rtp"], ring))
                answers.add(task)
                task.add_done_callback(answers.discard)
    finally:
        for task in answers:
            task.cancel()


async def _asked(http: aiohttp.ClientSession, resource: str) -> list[dict[str, object]]:
    try:
        timeout = aiohttp.ClientTimeout(total=WAIT_S + 10)
        async with http.get(f"{resource}/freezes?wait={WAIT_S}", timeout=timeout) as reply:
            reply.raise_for_status()
            found: list[dict[str, object]] = (await reply.json())["freezes"]
            return found
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
        log.info("freezes cannot be heard: %s", type(error).__name__)
        await asyncio.sleep(AFTER_FAILURE_S)
        return []


async def _answer(http: aiohttp.ClientSession, still: str, rtp: object, ring: Ring) -> None:
    frame = ring.find(rtp) if isinstance(rtp, int) else None
    try:
        if frame is None:
            log.info("freeze: that frame is gone")
            async with http.delete(still):
                return
        data = await asyncio.to_thread(png, frame)
        async with http.post(f"{still}?rtp={rtp}", data=data, headers={"Content-Type": "image/png"}) as reply:
            log.info("freeze: %d bytes sent, answer %d", len(data), reply.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("freeze: not sent: %s", type(error).__name__)


def png(frame: av.VideoFrame) -> bytes:
    """The frame at its full size."""
    out = io.BytesIO()
    # Level 1: a third larger than the best, ten times as fast; somebody waits for it.
    Image.fromarray(frame.to_ndarray(format="rgb24")).save(out, "PNG", compress_level=1)
    return out.getvalue()
