"""For loops that must not end: an error that nobody thought of is told, with where it came from, and they go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sefaw_rtc import logs

PAUSE_S: Final = 5.0  # an error at every turn fills no disk with lines about it

log = logs.get("service")


@asynccontextmanager
async def going_on(action: str) -> AsyncIterator[None]:
    """One turn of a loop."""
    try:
        yield
    except Exception:
        log.exception("a turn failed; the next one is tried", action=action)
        await asyncio.sleep(PAUSE_S)
