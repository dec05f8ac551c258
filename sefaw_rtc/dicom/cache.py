"""A bounded memory of what was costly to make, and one making of it for all who ask at the same moment."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """The least recently used goes first. `most` bounds the sum of `size` of all that is kept."""

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self._most = most
        self._size = size
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[V]] = {}
        self.used = 0

    async def get(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        """Kept, being made, or made now. What `make` raises, all who wait get; it is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._making.get(key)
        if task is None:
            task = asyncio.ensure_future(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)  # one who goes away does not stop it for the others

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        value = await make()
        size = self._size(value)
        if size <= self._most // 4:  # one giant does not push everything else out
            self._kept[key] = value
            self.used += size
            while self.used > self._most:
                _key, gone = self._kept.popitem(last=False)
                self.used -= self._size(gone)
        return value

    def _made(self, key: Hashable, task: asyncio.Task[V]) -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at: whoever asked may be gone
