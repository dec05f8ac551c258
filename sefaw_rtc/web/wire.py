"""`GET /wire`: WebSocket frames to messages and back. One client of the wire per connection.

Text frames only, in bounds, not too fast. Whatever breaks these rules gets one clear error and the end of its own
connection; nobody else notices.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from sefaw_rtc import logs
from sefaw_rtc.errors import CsrfFailed, TooMany, UserError
from sefaw_rtc.service.client import Client
from sefaw_rtc.service.handlers import HANDLERS
from sefaw_rtc.service.services import Services
from sefaw_rtc.web.callers import CALLER, SERVICES, address
from sefaw_rtc.web.outbox import Outbox
from sefaw_rtc.web.rates import Bucket
from sefaw_rtc.web.security import same_origin
from signalling.codec import ParseError, decode_client
from signalling.vocabulary import CloseReason, ErrorCode

# Frames that are no message, before the connection ends: a client of another version should hear why, a fuzzer not.
MALFORMED_MOST = 20

_BROKEN = frozenset({WSCloseCode.MESSAGE_TOO_BIG, WSCloseCode.INVALID_TEXT, WSCloseCode.PROTOCOL_ERROR})

log = logs.get("web")


class OpenConnections:
    """How many there are, and how many of each address have not said yet who they are."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._count = 0
        self._strangers: Counter[str] = Counter()

    def refuse_if_full(self, place: str) -> None:
        """TooMany, if one more is too many."""
        limits, metrics = self._services.config.limits, self._services.metrics
        if self._count >= limits.connections:
            metrics.limited.labels("connections").inc()
            raise TooMany("connections", retry_after_s=10)
        if self._strangers[place] >= limits.connections_per_address:
            metrics.limited.labels("connections_per_address").inc()
            raise TooMany("connections of this address", retry_after_s=10)

    def opened(self, place: str) -> None:
        self._change(1)
        self._strangers[place] += 1

    def introduced(self, place: str) -> None:
        self._strangers[place] -= 1
        if self._strangers[place] <= 0:
            del self._strangers[place]

    def closed(self) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        self._count += by
        self._services.metrics.connections.set(self._count)


OPEN = web.AppKey("open_connections", OpenConnections)


async def connect(request: web.Request) -> web.StreamResponse:
    """Upgrade, then serve the connection until it ends."""
    services, session, place = request.app[SERVICES], request[CALLER].session, address(request)
    if session is not None and not same_origin(request, services.config.server.public_url):
        raise CsrfFailed("origin")  # another site's page would speak with this person's cookie
    if services.stopping:
        raise UserError(ErrorCode.STOPPING)
    opened = request.app[OPEN]
    opened.refuse_if_full(place)
    limits = services.config.limits
    # A ping after two thirds of the idle time; aiohttp waits half of that again for its pong. No `autoping`: it would
    # keep the pongs to itself, and they are the sign of life of a page in the background.
    heartbeat = limits.idle_s * 2 / 3
    ws = web.WebSocketResponse(max_msg_size=limits.frame_bytes, heartbeat=heartbeat, autoping=False, compress=False)
    await ws.prepare(request)
    opened.opened(place)
    connection = Connection(request, ws, services, lambda: opened.introduced(place))
    try:
        await connection.serve()
    finally:
        opened.closed()
    return ws


class Connection:
    """One WebSocket: its reader, its outbox and its client."""

    def __init__(
        self, request: web.Request, ws: web.WebSocketResponse, services: Services, on_introduced: Callable[[], None]
    ) -> None:
        limits = services.config.limits
        self._ws = ws
        self._limits = limits
        self._metrics = services.metrics
        self._outbox = Outbox(ws, lambda: _cut(request), limits.send_queue, services.metrics.dropped.inc)
        self.client = Client(services, self._outbox, request[CALLER].session, HANDLERS)
        services.clients.add(self.client)
        self._bucket = Bucket(limits.messages_per_s, limits.message_burst, _now())
        self._malformed = 0
        self._stranger = True
        self._on_introduced = on_introduced

    async def serve(self) -> None:
        """Read until the end; then everybody who must know is told."""
        loop = asyncio.get_running_loop()
        writer = loop.create_task(self._outbox.run())
        deadline = loop.call_later(self._limits.hello_s, self._expect_introduction)
        try:
            while self._outbox.leaving is None:
                if not await self._one(await self._ws.receive()):
                    break
                self._notice_introduction()
            if self._outbox.leaving is not None:
                await writer  # the goodbye goes out first
        finally:
            deadline.cancel()
            writer.cancel()
            self._outbox.stop()
            self.client.closed(self._reason())
            if self._stranger:
                self._on_introduced()

    async def _one(self, frame: WSMessage) -> bool:
        """One frame; whether to go on."""
        self._outbox.heard()
        if frame.type is WSMsgType.PONG:
            return True
        if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING}:
            return False
        if not self._bucket.take(_now()):
            self._metrics.limited.labels("messages_per_s").inc()
            self.client.violated(ErrorCode.TOO_MANY, "messages")
        elif frame.type is WSMsgType.PING:
            await self._ws.pong(frame.data)
        elif frame.type is WSMsgType.BINARY:
            self.client.violated(ErrorCode.MALFORMED, "text frames only")
        else:
            await self._text(frame.data)
        return True

    async def _text(self, data: str) -> None:
        try:
            message = decode_client(data)
        except ParseError as error:
            self._malformed += 1
            if self._malformed >= MALFORMED_MOST:
                self.client.violated(error.code, error.detail, error.re)
            else:
                self.client.refused(error)
            return
        await self.client.handle(message)

    def _notice_introduction(self) -> None:
        if self._stranger and self.client.introduced:
            self._stranger = False
            self._on_introduced()

    def _expect_introduction(self) -> None:
        if not self.client.introduced:
            self.client.violated(ErrorCode.UNAUTHENTICATED, "neither hello nor join")

    def _reason(self) -> CloseReason:
        if self._outbox.dropped:
            return CloseReason.TOO_SLOW
        if self._outbox.leaving is not None:
            return self._outbox.leaving
        return CloseReason.PROTOCOL_VIOLATION if self._ws.close_code in _BROKEN else CloseReason.CONNECTION_LOST


def _cut(request: web.Request) -> None:
    """Cut the TCP connection without waiting for the other side."""
    if request.transport is not None:
        request.transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()
