"""Strangers at the media port of a running server: the call does not notice, the memory stays flat."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCPeerConnection

from sefaw_rtc.edge.clip import UltrasoundClip, ultrasound_frames
from sefaw_rtc.edge.seen import Seen
from tests.system.person import until
from tests.system.programs import connect, connection
from tests.system.server import Server

DATAGRAMS = 20_000
SILENT_CONNECTIONS = 200
GROWTH_KIB = 30_000  # allocator slack and arenas; a leak of the datagrams themselves would be more


def resident_kib(pid: int) -> int:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1])


def datagrams(chance: random.Random) -> list[bytes]:
    """Empty, random, and things that begin like STUN, DTLS, RTP and RTCP."""
    heads = [
        b"",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42",
        b"\x16\xfe\xfd\x00\x00",
        b"\x80\x60\x00\x01",
        b"\x81\xc8\x00\x06",
    ]
    return [chance.choice(heads) + chance.randbytes(chance.randrange(0, 1400)) for _ in range(500)] + [b""] * 20


@pytest.fixture
def strangers() -> Iterator[ExitStack]:
    """What enters is closed at the end, however it ends."""
    with ExitStack() as sockets:
        yield sockets


@pytest.mark.alone
async def test_a_call_does_not_notice_strangers(
    server: Server,
    http: aiohttp.ClientSession,
    peers: list[RTCPeerConnection],
    strangers: ExitStack,
) -> None:
    publisher, viewer, seen = connection(peers), connection(peers), Seen()
    publisher.addTrack(UltrasoundClip(ultrasound_frames()))
    viewer.addTransceiver("video", "recvonly")
    watching: list[asyncio.Future[None]] = []
    viewer.on("track", lambda track: watching.append(asyncio.ensure_future(seen.watch(track))))
    await connect(http, publisher, server.ready["whip"], server.ready["tokens"]["publisher"])
    await connect(http, viewer, server.ready["whep"], server.ready["tokens"]["viewer"])

    async def frames(count: int) -> None:
        start = seen.video_frames

        async def enough() -> bool:
            return seen.video_frames >= start + count

        await until(f"{count} more frames", enough)

    await frames(10)
    assert server.process is not None
    before = resident_kib(server.process.pid)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    target = ("127.0.0.1", server.media_port)
    silent = [strangers.enter_context(socket.create_connection(target)) for _ in range(SILENT_CONNECTIONS)]
    stranger = strangers.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    chosen = datagrams(random.Random(seed))
    for index in range(DATAGRAMS):
        stranger.sendto(chosen[index % len(chosen)], target)
        if index % 100 == 0:
            await asyncio.sleep(0)
    silent[0].sendall(b"\xff\xff" + b"\x00" * 4000)  # a frame that never ends
    await frames(20)
    assert resident_kib(server.process.pid) - before < GROWTH_KIB

    async def closed() -> bool:
        return all(_ended(one) for one in silent)

    await until("half-open connections are closed", closed, 20.0)


def _ended(stream: socket.socket) -> bool:
    stream.setblocking(False)
    try:
        return stream.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
