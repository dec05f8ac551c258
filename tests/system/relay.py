"""A userspace relay before the media port, UDP and TCP on one number as the server has them: a NAT that can change its
mind, a firewall that blocks UDP, a network that goes away."""

import asyncio
import contextlib
from typing import Any


class Relay:
    """Clients send to `address`; each gets an upstream socket of its own, as behind a NAT."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._down: asyncio.DatagramTransport | None = None
        self._up: dict[Any, asyncio.DatagramTransport] = {}
        self._streams: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()
        self.dark = False  # nothing passes, neither way
        self.udp_blocked = False
        self.forwarded = 0

    async def start(self, port: int) -> None:
        """Listen on loopback."""
        loop = asyncio.get_running_loop()
        self._down, _ = await loop.create_datagram_endpoint(lambda: _Down(self), local_addr=("127.0.0.1", port))
        self._streams = await asyncio.start_server(self._stream, "127.0.0.1", port)

    @property
    def address(self) -> str:
        """`host:port` to announce."""
        assert self._down is not None
        host, port = self._down.get_extra_info("sockname")
        return f"{host}:{port}"

    def rebind(self) -> None:
        """Every client gets a new source port towards the server, as after a NAT's time-out."""
        for transport in self._up.values():
            transport.close()
        self._up.clear()

    def close(self) -> None:
        """Stop relaying."""
        self.rebind()
        for pipe in self._pipes:
            pipe.cancel()
        if self._streams is not None:
            self._streams.close()
        if self._down is not None:
            self._down.close()

    async def from_client(self, data: bytes, client: Any) -> None:
        if self.dark or self.udp_blocked:
            return
        if client not in self._up:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: _Up(self, client), remote_addr=self._upstream)
            if client in self._up:  # two packets of a new client raced here
                transport.close()
            else:
                self._up[client] = transport
        self.forwarded += 1
        self._up[client].sendto(data)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._upstream)
        for source, sink in ((reader, upstream_writer), (upstream_reader, writer)):
            pipe = asyncio.ensure_future(_pipe(source, sink))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    def to_client(self, data: bytes, client: Any) -> None:
        if not self.dark and self._down is not None:
            self._down.sendto(data, client)


class _Down(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._tasks: set[asyncio.Task[None]] = set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        task = asyncio.ensure_future(self._relay.from_client(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Up(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay, client: Any) -> None:
        self._relay, self._client = relay, client

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._relay.to_client(data, self._client)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
