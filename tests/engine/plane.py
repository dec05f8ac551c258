"""A real engine, and a way for a test to wait for the next event of a kind."""

import asyncio
from typing import TypeVar

from sefaw_rtc.media import port
from sefaw_rtc.media.engine import Engine

T = TypeVar("T")

PATIENCE_S = 20  # a machine that also compiles


class Plane:
    """A real engine on loopback and what it said."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._events: asyncio.Queue[port.Event] = asyncio.Queue()
        engine.listen(self._events.put_nowait)

    def submit(self, *commands: port.Command) -> None:
        for command in commands:
            self.engine.submit(command)

    def forget(self) -> None:
        """What was said until now."""
        while not self._events.empty():
            self._events.get_nowait()

    async def next(self, kind: type[T]) -> T:
        """The next event of this kind; others before it are passed over."""
        while True:
            async with asyncio.timeout(PATIENCE_S):
                event = await self._events.get()
            if isinstance(event, kind):
                return event
