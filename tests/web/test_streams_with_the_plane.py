"""WHIP and WHEP through the real plane, with an independent implementation of WebRTC (aiortc) at both ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from msgspec.structs import replace

from sefaw_rtc.web.main import Options, Server
from signalling.events import Observed
from signalling.vocabulary import Step
from tests.web.world import PATIENCE_S, config

engine = pytest.importorskip("sefaw_rtc.media.engine", reason="the media plane is not built", exc_type=ImportError)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = config(tmp_path / "data")
    settings = replace(settings, server=replace(settings.server, http="127.0.0.1:0"))
    started = await Server.start(settings, engine.Engine(["127.0.0.1:0"]), Options(demo=True, bot=False))
    yield started
    await started.stop()


class Program:
    """An encoder or a player."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.ready = server.ready()
        self.http = http
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames = 0
        self.enough = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._on_track)

    async def publish(self, who: str) -> None:
        self.connection.addTrack(VideoStreamTrack())
        await self._connect("whip", who)

    async def watch(self, who: str) -> None:
        self.connection.addTransceiver("video", "recvonly")
        await self._connect("whep", who)

    async def close(self) -> None:
        await self.connection.close()
        for task in self.tasks:
            task.cancel()  # a track that never got a packet does not end by itself
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _connect(self, kind: str, who: str) -> None:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        headers = {"Authorization": f"Bearer {self.ready['tokens'][who]}", "Content-Type": "application/sdp"}
        offer = self.connection.localDescription.sdp
        async with self.http.post(self.ready[kind], data=offer, headers=headers) as reply:
            assert reply.status == 201, await reply.text()
            await self.connection.setRemoteDescription(RTCSessionDescription(await reply.text(), "answer"))

    def _on_track(self, track: MediaStreamTrack) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self.frames += 1
                if self.frames >= 5:
                    self.enough.set()
        except MediaStreamError:
            return


def steps_of(server: Server, participant: int) -> list[Step]:
    """What the log says of a participant's media."""
    events = server.running.demos[0].events_since(1) or []
    bodies = [event.body for event in events if isinstance(event.body, Observed)]
    return [body.step for body in bodies if body.participant == participant]


async def test_two_publishers_see_each_other_and_a_viewer_sees_one(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        first, second, viewer, lonely = (Program(server, http) for _ in range(4))
        players = [Program(server, http), Program(server, http)]
        try:
            await lonely.watch("publisher2")
            await first.publish("publisher")
            await players[0].watch("publisher2")  # replaces the lonely one: one player per publisher's token
            await viewer.watch("viewer")
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(players[0].enough.wait(), viewer.enough.wait())
            await second.publish("publisher2")
            await players[1].watch("publisher")
            async with asyncio.timeout(PATIENCE_S):
                await players[1].enough.wait()
            state = server.running.demos[0].state
            assert [(p.person.name, p.connected) for p in state.participants] == [
                ("publisher2", True),
                ("publisher", True),
                ("viewer 1", True),
            ]
            assert len(state.tracks) == 2
            assert steps_of(server, participant=2)[:4] == [
                Step.ICE_CONNECTED,
                Step.DTLS_CONNECTED,
                Step.FIRST_PACKET,
                Step.FIRST_KEYFRAME,
            ]
        finally:
            await asyncio.gather(*(p.close() for p in (first, second, viewer, lonely, *players)))
