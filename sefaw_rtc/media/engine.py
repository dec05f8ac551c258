"""The media engine: the port of `port.py` over the binary plane `sefaw_rtc._media`.

Commands go down as JSON, events come up in batches when the plane rings its eventfd on the loop. Nothing is decided
here, and nothing runs per packet.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from sefaw_rtc._media import Plane
from sefaw_rtc.media.port import Command, Event


class Engine:
    """The one real `MediaEngine`. Needs a running loop from `listen` on.

    `bind`: `host:port` literals, IPv4 or IPv6; port 0 = any free one; shard n listens n ports higher. `announce`:
    `host[:port]` as others reach us, empty = the bound or the interfaces' addresses. `limits`: of the plane, by name
    (media/core/src/limits.rs). Raises ValueError for a wrong configuration, OSError if an address cannot be used.
    """

    def __init__(
        self,
        bind: Sequence[str],
        announce: Sequence[str] = (),
        shards: int = 1,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        config = {"bind": list(bind), "announce": list(announce), "shards": shards, "limits": dict(limits or {})}
        self._plane = Plane(msgspec.json.encode(config))
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
        self._handler: Callable[[Event], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def addresses(self) -> Sequence[str]:
        """The bound media addresses, `host:port`, shard after shard."""
        return self._plane.addresses()

    def submit(self, command: Command) -> None:
        """Hand a command down. RuntimeError if the plane is thousands of commands behind; after `close` a no-op."""
        if not self._closed:
            self._plane.submit(self._encoder.encode(command))

    def listen(self, handler: Callable[[Event], None]) -> None:
        """Give every event to `handler`, on the running loop, in order."""
        if self._handler is not None:
            raise RuntimeError("the engine has a listener already")
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._plane.fileno(), self._deliver)

    async def close(self) -> None:
        """Stop the plane; the last events are delivered before this returns. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._loop is not None:
            self._loop.remove_reader(self._plane.fileno())
        await asyncio.to_thread(self._plane.close)
        self._deliver()

    def _deliver(self) -> None:
        for raw in self._plane.poll():
            if self._handler is None:
                return
            try:
                self._handler(self._decoder.decode(raw))
            except Exception as error:  # noqa: BLE001 - one event's failure must not swallow the next ones
                self._report(error)

    def _report(self, error: Exception) -> None:
        if self._loop is not None:
            self._loop.call_exception_handler({"message": "a media event was not handled", "exception": error})
