"""The time between being told to stop and stopping: no new calls, and running ones may end by themselves.

Nothing is lost by not waiting, since consultations come back after the restart: the wait is for people, who are told
how long it is at most. Demo consultations never end by themselves and are not waited for.
"""

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING

from sefaw_rtc import logs
from signalling.messages import Stopping

if TYPE_CHECKING:
    from sefaw_rtc.service.services import Services

_LOOK_EVERY_S = 0.1

log = logs.get("service")


class Drain:
    """Whether the server drains, and until when (event loop time)."""

    def __init__(self) -> None:
        self._until: float | None = None

    @property
    def begun(self) -> bool:
        return self._until is not None

    def notice(self, now: float) -> Stopping | None:
        """What a page is to be told now; None = nothing, the server does not stop."""
        if self._until is None:
            return None
        return Stopping(within_s=max(0, math.ceil(self._until - now)))

    def begin(self, until: float) -> None:
        """From now on no new calls."""
        self._until = until


async def drain(services: "Services", within_s: int, hurry: asyncio.Event) -> None:
    """Tell everybody, then wait until no consultation runs, the time is over, or `hurry` is set."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    services.drain.begin(deadline)
    notice = services.drain.notice(loop.time())
    for client in list(services.clients):
        if notice is not None and client.introduced:
            client.send(notice)
    log.info("draining", consultations=running(services), ms=within_s * 1000)
    while running(services) and loop.time() < deadline and not hurry.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await hurry.wait()
    log.info("drained", consultations=running(services))


def running(services: "Services") -> int:
    """Consultations that somebody would notice the end of."""
    return sum(any(p.connected for p in host.state.participants) for host in services.registry if not host.demo)
