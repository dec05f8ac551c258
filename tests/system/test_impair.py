"""The impairment proxy on real sockets: UDP and TCP through it, changes while it runs, and its command line."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from loadtest.impair import Blackout, Conditions, Proxy, Rebind, Restore, Set, impaired
from loadtest.impair.proxy import listeners
from tests.ports import free_port

pytestmark = pytest.mark.alone


class Echo(asyncio.DatagramProtocol):
    """Sends everything back; remembers who spoke."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.seen.append(addr)
        self._transport.sendto(data, addr)


class Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.got.put_nowait(data)


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, tuple[str, int]]]:
    """A UDP and TCP echo on one number."""
    loop = asyncio.get_running_loop()
    stream, datagram = listeners(("127.0.0.1", 0))
    transport, protocol = await loop.create_datagram_endpoint(Echo, sock=datagram)

    async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    try:
        async with await asyncio.start_server(back, sock=stream):
            yield protocol, stream.getsockname()
    finally:
        transport.close()


@pytest.fixture
async def proxy(echo: tuple[Echo, tuple[str, int]]) -> AsyncIterator[Proxy]:
    async with Proxy(echo[1]) as running:
        yield running


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[tuple[Client, asyncio.DatagramTransport]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", proxy.port))
    yield protocol, transport
    transport.close()


Peer = tuple[Client, asyncio.DatagramTransport]


async def ask(client: Peer, text: bytes = b"x") -> tuple[bytes, float]:
    """An answer, and seconds it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    client[1].sendto(text)
    async with asyncio.timeout(2):
        answer = await client[0].got.get()
    return answer, loop.time() - began


async def test_datagrams_take_as_long_as_asked(proxy: Proxy, client: Peer) -> None:
    assert (await ask(client))[1] < 0.1
    proxy.do(Set(up={"delay": 40}, down={"delay": 60}))
    answer, took = await ask(client, b"y")
    assert answer == b"y"
    assert 0.1 <= took < 0.2


async def test_a_rebinding_is_another_port_at_the_server(
    proxy: Proxy, client: Peer, echo: tuple[Echo, tuple[str, int]]
) -> None:
    await ask(client)
    proxy.do(Rebind())
    await ask(client)
    first, second = echo[0].seen
    assert first != second
    assert proxy.stats()["rebinds"] == 1


async def test_a_blackout_of_udp_leaves_tcp_alone(proxy: Proxy, client: Peer) -> None:
    proxy.do(Blackout(transport="udp"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask(client)
    assert await over_tcp(proxy, b"still here") == b"still here"
    proxy.do(Restore())
    await ask(client)
    assert proxy.stats()["up_udp"]["dark"] == 1


async def over_tcp(proxy: Proxy, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(data)
    writer.write_eof()
    try:
        async with asyncio.timeout(10):
            return await reader.read(-1)
    finally:
        writer.close()
        with contextlib.suppress(OSError):  # the proxy may have ended it first
            await writer.wait_closed()


async def test_streams_lose_nothing_and_end_as_they_should(proxy: Proxy) -> None:
    proxy.do(Set(both={"delay": 5, "jitter": 5, "loss": 0.5}))
    data = bytes(range(256)) * 12_000
    assert await over_tcp(proxy, data) == data


async def test_a_stream_waits_for_the_light_and_keeps_its_order(proxy: Proxy) -> None:
    loop = asyncio.get_running_loop()
    proxy.do(Blackout(seconds=0.3))
    began = loop.time()
    data = bytes(range(256)) * 1000
    assert await over_tcp(proxy, data) == data
    assert loop.time() - began >= 0.3


async def test_a_stream_has_the_rate(proxy: Proxy) -> None:
    loop = asyncio.get_running_loop()
    proxy.do(Set(up={"rate": 1000}))
    began = loop.time()
    await over_tcp(proxy, bytes(50_000))
    assert loop.time() - began == pytest.approx(0.4, abs=0.15)


async def test_a_server_that_is_not_there_is_a_closed_connection() -> None:
    async with Proxy(("127.0.0.1", free_port()), up=Conditions(delay=1)) as proxy:
        assert await over_tcp(proxy, b"anybody?") == b""


def test_the_command_line_alone(tmp_path: Path) -> None:
    """Ready line, timeline, control, last line."""
    script = tmp_path / "timeline"
    script.write_text('{"at": 0, "do": "set", "down": {"loss": 0.25}}\n', "utf-8")
    options = ["--to", "127.0.0.1:9", "--delay", "20", "--stdin", "--timeline", str(script)]
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtest.impair", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    ready = json.loads(process.stdout.readline())
    assert ready["ready"] is True
    process.stdin.write('{"do": "get"}\n')
    process.stdin.flush()
    said = json.loads(process.stdout.readline())
    assert (said["up"]["loss"], said["down"]["loss"], said["down"]["delay"]) == (0, 0.25, 20)
    process.send_signal(signal.SIGTERM)
    rest, complaints = process.communicate(timeout=10)
    assert json.loads(rest)["up_udp"]["packets"] == 0
    assert process.returncode == 0
    assert json.loads(complaints)["at"] == 0


def test_a_process_of_its_own_is_told_what_to_do() -> None:
    with impaired("127.0.0.1:9", "--loss", "1%") as proxy:
        assert proxy.do(do="set", up={"delay": 7})["up"]["delay"] == 7
        assert proxy.do(do="blackout", seconds=60)["dark"] == ["down/tcp", "down/udp", "up/tcp", "up/udp"]
        assert proxy.stats()["clients"] == 0


@pytest.fixture
async def household(echo: tuple[Echo, tuple[str, int]]) -> AsyncIterator[Proxy]:
    async with Proxy(echo[1], up=Conditions(rate=1000), shared=True) as running:
        yield running


async def test_on_a_shared_line_the_rate_is_that_of_all_together(household: Proxy) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    ends: list[float] = []

    async def one(size: int) -> None:
        assert len(await over_tcp(household, bytes(size))) == size
        ends.append(loop.time() - began)

    await asyncio.gather(one(40_000), one(10_000))
    assert max(ends) == pytest.approx(0.4, abs=0.1)
    assert min(ends) == pytest.approx(0.16, abs=0.1), "the small one has its turns"


async def test_a_second_server_is_behind_the_same_line(household: Proxy, echo: tuple[Echo, tuple[str, int]]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with household.beside(echo[1]) as other:
        await asyncio.gather(over_tcp(household, bytes(25_000)), over_tcp(other, bytes(25_000)))
        assert loop.time() - began == pytest.approx(0.4, abs=0.1)
        assert other.port != household.port
        assert household.stats()["up_tcp"]["bytes"] == 50_000


async def test_nobody_waits_for_what_somebody_who_went_had_asked_for(household: Proxy) -> None:
    household.do(Set(up={"rate": 0}, down={"rate": 1000}))
    _, writer = await asyncio.open_connection("127.0.0.1", household.port)
    writer.write(bytes(2_000_000))
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await over_tcp(household, bytes(40_000))
    assert loop.time() - began == pytest.approx(0.32, abs=0.15)
