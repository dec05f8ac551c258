"""Publishing by WHIP (RFC 9725), for ever: connect, send until the connection ends, wait, again."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import aiohttp
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)

from sefaw_rtc.edge.peer import candidates_everywhere
from sefaw_rtc.edge.probe.capture import Capture
from sefaw_rtc.edge.probe.freezes import answer_freezes
from sefaw_rtc.edge.probe.ring import Ring
from sefaw_rtc.edge.probe.track import EncodedTrack, MakeEncoder

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # the last one repeats; a server's restart takes some seconds
CONNECT_S: Final = 15.0
REQUEST_S: Final = 10.0
STABLE_S: Final = 10.0  # a connection that lasted so long was one
LOOK_EVERY_S: Final = 1.0
UNHEARD_S: Final = 4.0  # receiver reports come many times a second; ICE alone would notice after half a minute

_CODE: Final = re.compile(r'"code"\s*:\s*"([a-z_]{1,40})"')
log = logging.getLogger("sefaw.probe")


class RefusedError(Exception):
    """The server does not take this stream now; the message is its status and our code, never words from afar."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to, and with what right: `token` is asked for anew with every connection, as it may have been renewed.
    `freeze`: answer freezes with the raw frame."""

    url: str
    token: Callable[[], str]
    freeze: bool = False


def _code_in(problem: str) -> str:
    """The stable code of a problem body (RFC 9457)."""
    found = _CODE.search(problem)
    return found[1] if found else "without a code"


class Publisher:
    """One picture to one server."""

    def __init__(self, to: Destination, capture: Capture, make_encoder: MakeEncoder) -> None:
        self._to, self._capture, self._make = to, capture, make_encoder
        self._ring = Ring()
        self.connections = 0

    async def work(self) -> None:
        """Until it is cancelled."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self.once()
                log.warning("the connection ended")
            except (RefusedError, aiohttp.ClientError, OSError, TimeoutError) as error:
                # Of the others the text names addresses.
                log.warning("not connected: %s", error if isinstance(error, RefusedError) else type(error).__name__)
            failures = 0 if asyncio.get_running_loop().time() - began > STABLE_S else failures + 1
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1 if failures else 0])

    async def once(self) -> None:
        """One connection's life. Raises RefusedError, aiohttp.ClientError, OSError, TimeoutError."""
        headers = {"Authorization": f"Bearer {self._to.token()}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(REQUEST_S)) as http:
            connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
            resource = ""
            try:
                ended = _ended(connection)
                resource = await self._connect(http, connection, ended)
                await self._until(ended, connection, http, resource)
            finally:
                await connection.close()
                if resource:
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                        await http.delete(resource)

    async def _connect(self, http: aiohttp.ClientSession, connection: RTCPeerConnection, ended: asyncio.Event) -> str:
        """The resource's address, once media can flow."""
        self._ring.clear()
        track = EncodedTrack(self._capture, self._make, self._ring)
        transceiver = connection.addTransceiver(track, "sendonly")
        codecs = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType.lower() in _OURS]
        transceiver.setCodecPreferences(codecs)
        track.sent_by(transceiver.sender)
        await connection.setLocalDescription(await connection.createOffer())
        sdp = connection.localDescription.sdp
        async with http.post(self._to.url, data=sdp, headers={"Content-Type": "application/sdp"}) as reply:
            answer = await reply.text()
            if reply.status != 201:
                raise RefusedError(f"{reply.status} {_code_in(answer)}")
            resource = urljoin(str(reply.url), reply.headers["Location"])
        connected = _connected(connection)
        await connection.setRemoteDescription(RTCSessionDescription(candidates_everywhere(answer), "answer"))
        async with asyncio.timeout(CONNECT_S):
            await _either(connected, ended)
        self.connections += 1
        log.info("publishing")
        return resource

    async def _until(
        self, ended: asyncio.Event, connection: RTCPeerConnection, http: aiohttp.ClientSession, resource: str
    ) -> None:
        """Returns when the connection has ended, or nobody at the other side says that it gets what we send."""
        freezes = asyncio.create_task(answer_freezes(http, resource, self._ring)) if self._to.freeze else None
        heard = Heard()
        try:
            while not ended.is_set() and not await heard.nothing(connection.getSenders()[0]):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await ended.wait()
        finally:
            if freezes is not None:
                freezes.cancel()
                await asyncio.gather(freezes, return_exceptions=True)


class Heard:
    """Whether receiver reports still come for what is sent."""

    def __init__(self) -> None:
        self._report: object = None
        self._sent = 0
        self._since = asyncio.get_running_loop().time()

    async def nothing(self, sender: RTCRtpSender) -> bool:
        """True when something was sent, and for a while nobody said that it came."""
        stats = (await sender.getStats()).values()
        report = next((one.timestamp for one in stats if one.type == "remote-inbound-rtp"), None)
        sent = sum(one.packetsSent for one in stats if one.type == "outbound-rtp")
        now = asyncio.get_running_loop().time()
        if report != self._report or sent == self._sent:
            self._report, self._since = report, now
        self._sent = sent
        return now - self._since > UNHEARD_S


_OURS: Final = {"video/h264", "video/rtx"}


def _ended(connection: RTCPeerConnection) -> asyncio.Event:
    ended = asyncio.Event()

    def changed() -> None:
        if connection.connectionState in {"failed", "closed", "disconnected"}:
            ended.set()

    connection.on("connectionstatechange", changed)
    return ended


def _connected(connection: RTCPeerConnection) -> asyncio.Event:
    connected = asyncio.Event()

    def changed() -> None:
        if connection.connectionState == "connected":
            connected.set()

    connection.on("connectionstatechange", changed)
    return connected


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
