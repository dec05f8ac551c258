"""`sefaw-probe` against the real server: what it sends is watched, a restart is survived, a freeze gets its raw
frame."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import numpy as np
import pydicom
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from numpy.typing import NDArray
from pydicom import examples

from recordings.files import SealedFile
from sefaw_rtc.dicom.sealing import name_inside
from sefaw_rtc.edge.seen import Seen
from signalling import events as ev
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import ConsultationId, InstanceId
from tests.system.callers import Callers
from tests.system.person import until
from tests.system.programs import connect, connection
from tests.system.server import Server

Probe = Callable[..., subprocess.Popen[bytes]]
Picture = NDArray[np.uint8]


@pytest.fixture
async def probe(server: Server, tmp_path: Path) -> AsyncIterator[Probe]:
    """Starts the program; every one is ended with the test, and must end well."""
    started: list[subprocess.Popen[bytes]] = []

    def start(source: str, *more: str, to: str = "", token: str = "") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "sefaw_rtc.edge.probe", "publish", "--source", source, *more]
        command += ["--to", to or server.ready["whip"]]
        secret = {"SEFAW_PROBE_TOKEN": token or server.ready["tokens"]["publisher"]}
        with (tmp_path / "probe.log").open("ab") as log:
            started.append(subprocess.Popen(command, env=os.environ | secret, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    try:
        for process in started:
            assert await asyncio.to_thread(process.wait, 15) == 0
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextlib.asynccontextmanager
async def watching(server: Server, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]) -> AsyncIterator[Seen]:
    viewer, seen = connection(peers), Seen()
    viewer.addTransceiver("video", "recvonly")
    tasks: list[asyncio.Future[None]] = []
    viewer.on("track", lambda track: tasks.append(asyncio.ensure_future(seen.watch(track))))
    try:
        await connect(http, viewer, server.ready["whep"], server.ready["tokens"]["viewer"])
        yield seen
    finally:
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


class Shown:
    """What a player shows: the newest frame, and when it was taken on its own clock."""

    def __init__(self) -> None:
        self.ticks, self.picture = 0, np.zeros((0, 0, 3), np.uint8)

    async def watch(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError, asyncio.CancelledError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, VideoFrame)
                self.ticks, self.picture = frame.pts or 0, frame.to_ndarray(format="rgb24")


def token(server: Server, consultation: str, kind: str) -> str:
    command = [str(Path(sys.executable).with_name("sefaw-rtc")), "token", "village", consultation, "--kind", kind]
    return subprocess.check_output([*command, "--data", str(server.data / "data")], text=True).strip()


async def frozen_while_watched(
    server: Server, probe: Probe, http: aiohttp.ClientSession, peers: list[RTCPeerConnection], *more: str
) -> tuple[bool, Picture, Picture]:
    """A player's frame is frozen: whether the still is as transmitted, the still, and what the player showed."""
    accounts = server.account("village"), server.account("specialist")
    async with Callers(server.url) as callers:
        _, specialist, consultation, _ = await callers.connect(*accounts)
        whip = {"to": f"{server.url}/whip/{consultation}", "token": token(server, consultation, "whip")}
        probe("pattern", "--rate", "10", "--bitrate", "3000", *more, **whip)
        added = await specialist.event(ev.TrackAdded)
        viewer, shown = connection(peers), Shown()
        viewer.addTransceiver("video", "recvonly")
        watching: list[asyncio.Future[None]] = []
        viewer.on("track", lambda track: watching.append(asyncio.ensure_future(shown.watch(track))))
        await connect(http, viewer, f"{server.url}/whep/{consultation}", token(server, consultation, "whep"))

        async def steady() -> bool:
            return shown.ticks > 90_000  # the first frames of an encoder are coarse

        await until("the probe's picture", steady)
        # aiortc's player counts from the first frame it got.
        origin = viewer.getReceivers()[0]._RTCRtpReceiver__timestamp_mapper._origin
        rtp, seen = (shown.ticks + origin) % (1 << 32), shown.picture
        frame = look.FrameKey(track=added.track, rtp=rtp)
        await specialist.ask(wire.AskFreeze(re=1, key="still", frame=frame))
        frozen = await specialist.event(look.Frozen)
        assert frozen.frame == frame
        still = kept(server, ConsultationId(consultation), frozen.picture.instance)
        return frozen.as_transmitted, still.pixel_array, seen


def kept(server: Server, consultation: ConsultationId, instance: InstanceId) -> pydicom.Dataset:
    """An instance as the server keeps it: sealed with the consultation's key."""
    (path,) = (server.data / "data").rglob(f"*{instance}*")
    with SealedFile(path, consultation, name_inside(path), server.keyring.open(consultation)) as file:
        return pydicom.dcmread(io.BytesIO(file.read()))


async def test_a_freeze_is_the_raw_frame_of_what_was_on_the_screen(
    server: Server, probe: Probe, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]
) -> None:
    as_transmitted, still, seen = await frozen_while_watched(server, probe, http, peers, "--freeze")
    assert not as_transmitted
    # The same moment: what was transmitted differs by its coding alone, the frames beside it by a shift of four pixels.
    apart = [np.abs(np.roll(still, 4 * shift, axis=1).astype(int) - seen).mean() for shift in (-1, 0, 1)]
    assert 0 < apart[1] < min(apart[0], apart[2]) / 2, apart
    # Raw: the pattern's own colours, which no coding leaves as they are.
    assert np.array_equal(still[..., 0], still[..., 1])


async def test_without_freezes_of_its_own_the_still_is_what_was_transmitted_pixel_by_pixel(
    server: Server, probe: Probe, http: aiohttp.ClientSession, peers: list[RTCPeerConnection]
) -> None:
    as_transmitted, still, seen = await frozen_while_watched(server, probe, http, peers)
    assert as_transmitted
    assert np.array_equal(still, seen)
