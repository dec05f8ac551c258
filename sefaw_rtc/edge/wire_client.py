"""The wire, from the side of a program: sign in, one WebSocket, requests that wait for their answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect

from signalling import messages as wire
from signalling.codec import decode_server, encode_client

ANSWER_S = 10.0  # nothing the server answers takes longer
MAX_MESSAGE = 4 * 1024 * 1024  # a snapshot with a full chat is about 1 MB


class WireError(Exception):
    """The server refused a request; `code` is its stable code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def sign_in(url: str, user: str, password: str) -> str:
    """The session cookie as a `Cookie` header value.

    Raises:
        WireError: the server did not accept the account.
    """
    account = {"user": user, "password": password}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/api/session", json=account) as reply:
        if reply.status != 200:
            raise WireError(f"sign_in_{reply.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in reply.cookies.items())


class WireClient:
    """One connection. `async with WireClient(...) as client`, then `request` and `messages`."""

    def __init__(self, url: str, cookie: str | None = None) -> None:
        parts = urlsplit(url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._url = f"{scheme}://{parts.netloc}/wire"
        self._headers = {"Origin": f"{parts.scheme}://{parts.netloc}"} | ({"Cookie": cookie} if cookie else {})
        self._socket: ClientConnection | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[wire.ServerMessage]] = {}
        self._pushed: asyncio.Queue[wire.ServerMessage | None] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, additional_headers=self._headers, max_size=MAX_MESSAGE)
        self._reader = asyncio.create_task(self._read(self._socket))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def send(self, message: wire.ClientMessage) -> None:
        """Send a message that has no answer.

        Raises:
            ConnectionError: the connection is not open.
        """
        if self._socket is None:
            raise ConnectionError("not connected")
        await self._socket.send(encode_client(message).decode())

    async def request(self, message: wire.ClientMessage) -> wire.ServerMessage:
        """Send a message with a fresh `re` and wait for its answer.

        Raises:
            WireError: the server answered with an error.
            ConnectionError: the connection ended first.
            TimeoutError: no answer in time.
        """
        number = next(self._numbers)
        answer: asyncio.Future[wire.ServerMessage] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self.send(replace(message, re=number))
            async with asyncio.timeout(ANSWER_S):
                reply = await answer
        finally:
            del self._waiting[number]
        if isinstance(reply, wire.Error):
            raise WireError(reply.code)
        return reply

    async def messages(self) -> AsyncIterator[wire.ServerMessage]:
        """What the server says by itself, until the connection ends."""
        while (message := await self._pushed.get()) is not None:
            yield message

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                message = decode_server(data)
                waiting = self._waiting.get(getattr(message, "re", 0))
                if waiting is None:
                    self._pushed.put_nowait(message)
                elif not waiting.done():
                    waiting.set_result(message)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the connection ended"))
            self._pushed.put_nowait(None)
