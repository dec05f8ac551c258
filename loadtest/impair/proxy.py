"""The proxy itself: one server behind it, UDP and TCP on one port number, as the server has them."""

import asyncio
import contextlib
import socket
from typing import Any, Final

import msgspec

from loadtest.impair.agenda import Agenda
from loadtest.impair.commands import Blackout, Command, Get, Rebind, Restore, Set
from loadtest.impair.conditions import Conditions
from loadtest.impair.datagrams import Datagrams
from loadtest.impair.line import Weather
from loadtest.impair.streams import Streams

PERFECT: Final = Conditions()
# Tries to find a port number that is free for UDP and TCP.
TRIES: Final = 50


class Proxy:
    """`async with Proxy(to=("127.0.0.1", 7881)) as proxy:`, then clients go to `proxy.address`.

    `up` is client → server, `down` server → client. The same seed and the same packets have the same fate. `shared`:
    a rate is all clients' together, and in order; else each client has a line of its own.
    """

    def __init__(
        self,
        to: tuple[str, int],
        listen: tuple[str, int] = ("127.0.0.1", 0),
        up: Conditions = PERFECT,
        down: Conditions = PERFECT,
        seed: int = 1,
        *,
        shared: bool = False,
    ) -> None:
        self._to, self._listen = to, listen
        self._weather = Weather(up, down, seed, shared=shared)
        self._rebinds = 0
        self._port = 0
        self._agenda: Agenda | None = None
        self._datagrams: Datagrams | None = None
        self._streams: Streams | None = None

    def beside(self, to: tuple[str, int]) -> "Proxy":
        """For another server behind the same line, on a port of its own."""
        made = Proxy(to, (self._listen[0], 0))
        made._weather = self._weather
        return made

    async def __aenter__(self) -> "Proxy":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def start(self) -> None:
        """OSError: the port is taken, or the server's name is unknown."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(*self._to, type=socket.SOCK_DGRAM)
        server = found[0][4]
        stream, datagram = listeners(self._listen)
        self._port = int(stream.getsockname()[1])
        self._agenda = Agenda(loop)
        self._datagrams = Datagrams(datagram, server, self._weather, self._agenda)
        self._streams = Streams(stream, server, self._weather, self._agenda)
        await self._streams.start()

    def close(self) -> None:
        """Let go of everything; what is still under way is dropped."""
        for part in (self._streams, self._datagrams, self._agenda):
            if part is not None:
                part.close()
        self._streams = self._datagrams = self._agenda = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def address(self) -> str:
        """`host:port`, for UDP and TCP alike."""
        host = self._listen[0]
        return f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"

    def do(self, command: Command) -> dict[str, Any]:
        """Carry a command out and say what holds now. ValueError: a figure of it cannot be."""
        match command:
            case Set():
                self._set(command)
            case Blackout():
                self._weather.darken(command, asyncio.get_running_loop().time())
            case Restore():
                self._weather.lighten()
            case Rebind():
                self._rebind()
            case Get():
                pass
            case _:
                return self.stats()
        return {"ok": True, **self._conditions()}

    def stats(self) -> dict[str, Any]:
        """Counts by direction and transport, and the proxy's own delay."""
        counts = {f"{way}_{carrier}": msgspec.to_builtins(one) for (way, carrier), one in self._weather.counts.items()}
        return {
            "ok": True,
            **counts,
            "clients": 0 if self._datagrams is None else self._datagrams.clients,
            "connections": 0 if self._streams is None else self._streams.connections,
            "rebinds": self._rebinds,
            "own_delay": self._weather.lateness.percentiles(),
        }

    @property
    def forwarded(self) -> int:
        """Datagrams from clients that passed."""
        return self._weather.counts["up", "udp"].passed

    def _set(self, command: Set) -> None:
        up, down = {**command.both, **command.up}, {**command.both, **command.down}
        # Both are checked before either holds.
        changed = self._weather.conditions["up"].changed(up), self._weather.conditions["down"].changed(down)
        self._weather.conditions["up"], self._weather.conditions["down"] = changed

    def _rebind(self) -> None:
        self._rebinds += 1
        if self._datagrams is not None:
            self._datagrams.rebind()

    def _conditions(self) -> dict[str, Any]:
        conditions: dict[str, Any] = {way: msgspec.to_builtins(one) for way, one in self._weather.conditions.items()}
        return {**conditions, "dark": sorted(self._weather.dark(asyncio.get_running_loop().time()))}


def listeners(address: tuple[str, int]) -> tuple[socket.socket, socket.socket]:
    """A TCP and a UDP socket on one number. Port 0: any that is free for both."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(1 if port else TRIES):
        stream = _bound(family, socket.SOCK_STREAM, host, port)
        try:
            datagram = _bound(family, socket.SOCK_DGRAM, host, int(stream.getsockname()[1]))
        except OSError:
            stream.close()
            if port:
                raise
            continue
        return stream, datagram
    raise OSError("no port number is free for UDP and TCP")


def _bound(family: socket.AddressFamily, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    made = socket.socket(family, kind)
    made.setblocking(False)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        with contextlib.suppress(OSError):
            made.close()
        raise
    return made
