"""`sefaw-probe` against the real server: what it sends is watched, a restart is survived, a freeze gets its raw
frame."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCPeerConnection
from pydicom import examples

from sefaw_rtc.edge.seen import Seen
from tests.system.person import until
from tests.system.programs import connect, connection
from tests.system.server import Server

Probe = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
async def probe(server: Server, tmp_path: Path) -> AsyncIterator[Probe]:
    """Starts the program; every one is ended with the test, and must end well."""
    started: list[subprocess.Popen[bytes]] = []

    def start(source: str, *more: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "sefaw_rtc.edge.probe",
            "publish",
            "--source",
            source,
            "--to",
            server.ready["whip"],
            *more,
        ]
        token = {"SEFAW_PROBE_TOKEN": server.ready["tokens"]["publisher"]}
        with (tmp_path / "probe.log").open("ab") as log:
            started.append(subprocess.Popen(command, env=os.environ | token, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        assert await asyncio.to_thread(process.wait, 15) == 0


@contextlib.asynccontextmanager
async def watching(server: Server, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]) -> AsyncIterator[Seen]:
    viewer, seen = connection(peers), Seen()
    viewer.addTransceiver("video", "recvonly")
    tasks: list[asyncio.Future[None]] = []
    viewer.on("track", lambda track: tasks.append(asyncio.ensure_future(seen.watch(track))))
    await connect(http, viewer, server.ready["whep"], server.ready["tokens"]["viewer"])
    yield seen
    await viewer.close()


async def shows(seen: Seen, frames: int = 15) -> None:
    async def enough() -> bool:
        return seen.video_frames >= frames

    await until("the probe's picture", enough)


async def test_a_pattern_and_a_restart_of_the_server(
    server: Server, probe: Probe, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]
) -> None:
    probe("pattern", "--size", "320x240", "--rate", "15")
    async with watching(server, http, peers) as seen:
        await shows(seen)
        assert (seen.width, seen.height) == (320, 240)
    server.kill()
    await server.start()
    async with watching(server, http, peers) as seen:
        await shows(seen)


async def test_a_dicom_clip(
    server: Server, probe: Probe, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]
) -> None:
    clip = examples.get_path("ybr_color")
    probe(f"dicom:{clip}")
    async with watching(server, http, peers) as seen:
        await shows(seen)
        assert (seen.width, seen.height) == (320, 240)
