"""The way back to one client of the wire: a bounded queue and one task that writes it.

Nobody waits for a slow reader: a full queue, or one message that takes too long to leave, drops the connection; the
client comes back by `resume` and gets what it missed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

from signalling import codec
from signalling.messages import Goodbye, ServerMessage
from signalling.vocabulary import CloseReason

# One message may take this long to leave: a snapshot of 100 kB over 0.1 Mbit/s.
_STALL_S = 10.0
# A goodbye is worth waiting for this long.
_FAREWELL_S = 3.0
# Bytes waiting besides the count of messages: several snapshots.
_QUEUE_BYTES = 4 * 1024 * 1024

_CLOSE_CODES = {
    CloseReason.SERVER_STOPPING: WSCloseCode.GOING_AWAY,
    CloseReason.PROTOCOL_VIOLATION: WSCloseCode.POLICY_VIOLATION,
    CloseReason.ACCESS_REVOKED: WSCloseCode.POLICY_VIOLATION,
    CloseReason.TOKEN_EXPIRED: WSCloseCode.POLICY_VIOLATION,
    CloseReason.TOO_SLOW: WSCloseCode.TRY_AGAIN_LATER,
    CloseReason.INTERNAL_ERROR: WSCloseCode.INTERNAL_ERROR,
}


class Outbox:
    """Implements `service.connections.Connection` over a WebSocket."""

    def __init__(
        self, ws: web.WebSocketResponse, abort: Callable[[], None], limit: int, on_dropped: Callable[[], None]
    ) -> None:
        self._ws = ws
        self._abort = abort  # cuts the TCP connection without waiting for the other side
        self._limit = limit
        self._on_dropped = on_dropped
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._farewell: CloseReason | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._probing = False
        self.heard_at = asyncio.get_running_loop().time()
        self.dropped = False

    def send(self, message: ServerMessage) -> None:
        """Queue a message; after a goodbye nothing more goes out."""
        if self._farewell is None and not self.dropped:
            self._push(message)

    def heard(self) -> None:
        """Something came from the client: it lives."""
        self.heard_at = asyncio.get_running_loop().time()

    def probe(self) -> None:
        """Ask for a sign of life: a ping of the protocol, which a browser answers without waking its page."""
        self._probing = True
        self._wake.set()

    def goodbye(self, reason: CloseReason) -> None:
        """Say why, then close. Idempotent: the first reason stands."""
        if self._farewell is not None or self.dropped:
            return
        self._push(Goodbye(reason=reason))
        self._farewell = reason
        self._cut = asyncio.get_running_loop().call_later(_FAREWELL_S, self._abort)
        self._wake.set()

    @property
    def leaving(self) -> CloseReason | None:
        """The reason of the goodbye, once said."""
        return self._farewell

    async def run(self) -> None:
        """Write until the connection ends. Run as a task of its own."""
        with suppress(ConnectionError, RuntimeError):  # the other side went away; the reader notices too
            while True:
                while self._queue:
                    await self._write(self._queue.popleft())
                if self._probing:
                    self._probing = False
                    await self._within_time(self._ws.ping())
                if self._farewell is not None:
                    break
                self._wake.clear()
                await self._wake.wait()
            await self._ws.close(code=_CLOSE_CODES.get(self._farewell, WSCloseCode.OK))

    def stop(self) -> None:
        """The connection is over."""
        if self._cut is not None:
            self._cut.cancel()

    async def _write(self, text: bytes) -> None:
        self._bytes -= len(text)
        await self._within_time(self._ws.send_frame(text, WSMsgType.TEXT))

    async def _within_time(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_STALL_S):
                await sending
        except TimeoutError:
            self._drop()

    def _push(self, message: ServerMessage) -> None:
        text = codec.encode_server(message)
        if len(self._queue) >= self._limit or self._bytes + len(text) > _QUEUE_BYTES:
            self._drop()
            return
        self._queue.append(text)
        self._bytes += len(text)
        self._wake.set()

    def _drop(self) -> None:
        if not self.dropped:
            self.dropped = True
            self._queue.clear()
            self._on_dropped()
            self._abort()
