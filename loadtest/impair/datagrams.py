"""UDP through the proxy: every client gets a socket of its own towards the server, as behind a NAT."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

from loadtest.impair.agenda import Agenda
from loadtest.impair.line import DatagramWay, Weather

Address = tuple[Any, ...]
# A keyframe's burst to many clients must not be lost here: what the kernel gives without asking is 200 kB.
SOCKET_BYTES: Final = 4 << 20
# Datagrams read in one go, so that nothing else starves.
BATCH: Final = 64
LARGEST: Final = 65_535
# A test that opens more clients than this forgot to close them.
MOST_CLIENTS: Final = 4096


class Datagrams:
    def __init__(self, listener: socket.socket, server: Address, weather: Weather, agenda: Agenda) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener, self._server = listener, server
        self._weather, self._agenda = weather, agenda
        self._clients: dict[Address, _Client] = {}
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        self._loop.add_reader(listener, self._from_clients)

    @property
    def clients(self) -> int:
        return len(self._clients)

    def rebind(self) -> None:
        """Every client's next packet leaves from another port; what is still on its way to the old one is lost."""
        for client in self._clients.values():
            client.close()
            client.open()

    def close(self) -> None:
        self._loop.remove_reader(self._listener)
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._listener.close()

    def _from_clients(self) -> None:
        for data, address in _read(self._listener):
            client = self._clients.get(address)
            if client is None:
                if len(self._clients) >= MOST_CLIENTS:
                    continue
                client = self._clients[address] = _Client(self, address)
                client.open()
            now = self._loop.time()
            for due in client.up.handle_packet(now, len(data)):
                self._agenda.at(due, client.to_server, due, data)

    def upstream(self, client: "_Client") -> socket.socket:
        """A new socket towards the server for this client."""
        upstream = socket.socket(self._listener.family, socket.SOCK_DGRAM)
        upstream.setblocking(False)
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        upstream.connect(self._server)
        self._loop.add_reader(upstream, self._from_server, client, upstream)
        return upstream

    def drop(self, upstream: socket.socket) -> None:
        self._loop.remove_reader(upstream)
        upstream.close()

    def _from_server(self, client: "_Client", upstream: socket.socket) -> None:
        for data, _ in _read(upstream):
            now = self._loop.time()
            for due in client.down.handle_packet(now, len(data)):
                self._agenda.at(due, self._to_client, due, data, client.address)

    def _to_client(self, due: float, data: bytes, address: Address) -> None:
        self.left(due)
        with contextlib.suppress(OSError):  # gone, or its buffer is full: as on a network
            self._listener.sendto(data, address)

    def left(self, due: float) -> None:
        self._weather.lateness.add(self._loop.time() - due)

    def ways(self) -> tuple[DatagramWay, DatagramWay]:
        return DatagramWay(self._weather, "up"), DatagramWay(self._weather, "down")


class _Client:
    """One address that has sent something, and its present socket towards the server."""

    def __init__(self, home: Datagrams, address: Address) -> None:
        self._home, self.address = home, address
        self.up, self.down = home.ways()
        self._upstream: socket.socket | None = None

    def open(self) -> None:
        self._upstream = self._home.upstream(self)

    def close(self) -> None:
        if self._upstream is not None:
            self._home.drop(self._upstream)
            self._upstream = None

    def to_server(self, due: float, data: bytes) -> None:
        self._home.left(due)
        if self._upstream is not None:
            with contextlib.suppress(OSError):  # nobody listens there, or its buffer is full: as on a network
                self._upstream.send(data)


def _read(source: socket.socket) -> Iterator[tuple[bytes, Address]]:
    for _ in range(BATCH):
        try:
            yield source.recvfrom(LARGEST)
        except BlockingIOError:
            return
        except OSError:  # an ICMP answer to something sent before; the next datagram may be good
            continue
