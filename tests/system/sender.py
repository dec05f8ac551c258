"""A sender that notes every packet as it leaves: an encoder of another make (aiortc) behind WHIP, small pictures and a
voice. What was sent is then compared with what was kept."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection

from sefaw_rtc.edge.clip import UltrasoundClip, ultrasound_frames
from sefaw_rtc.edge.voice import Voice, speak
from tests.system.programs import connect

_RTCP = range(64, 96)  # second byte without its high bit, RFC 5761 §4


@dataclass(frozen=True)
class Packet:
    """One that left: Unix time (µs), whose, its number."""

    at: int
    ssrc: int
    number: int


@dataclass
class Sender:
    """Publishes until it is closed. `sent`: in order."""

    sent: list[Packet] = field(default_factory=list)
    _peer: RTCPeerConnection | None = None

    async def publish(self, http: aiohttp.ClientSession, url: str, token: str) -> Self:
        self._peer = peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(Voice(speak()))
        peer.addTrack(UltrasoundClip(ultrasound_frames()[::4]))
        senders = peer.getSenders()
        self._note(senders[0].transport, {sender._ssrc for sender in senders})
        await connect(http, peer, url, token)
        return self

    async def close(self) -> None:
        if self._peer is not None:
            await self._peer.close()

    def _note(self, transport: Any, ours: set[int]) -> None:
        """All of a bundle leaves through one door."""
        real = transport._send_rtp

        async def noting(data: bytes) -> None:
            await real(data)
            ssrc = int.from_bytes(data[8:12], "big")
            if data[1] & 0x7F not in _RTCP and ssrc in ours:
                self.sent.append(Packet(time.time_ns() // 1000, ssrc, int.from_bytes(data[2:4], "big")))

        transport._send_rtp = noting


def whip_token(data: Path, account: str, consultation: str) -> str:
    """As an administrator makes one."""
    program = str(Path(sys.executable).with_name("sefaw-rtc"))
    command = [program, "token", account, consultation, "--kind", "whip", "--data", str(data)]
    return subprocess.check_output(command, text=True).strip()
