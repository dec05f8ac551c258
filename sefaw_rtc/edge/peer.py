"""A program's peer connection: the offer in the order the wire expects, and the answer applied (aiortc)."""

import asyncio

from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from sefaw_rtc.edge.seen import Seen
from signalling import messages as wire
from signalling.ids import Mid
from signalling.vocabulary import Kind, Purpose


class Peer:
    """Publishes one audio and one video track, and watches one pair. Not more: aiortc does not look at MID, so a
    second video slot, whose SSRCs no answer names, would make it discard both."""

    def __init__(self, voice: MediaStreamTrack, picture: MediaStreamTrack, purpose: Purpose) -> None:
        self.seen = Seen()
        # With the default policy aiortc leaves a second section of a kind on a transport that never connects.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._purpose = purpose
        self._connection.addTransceiver(voice, "sendonly")
        self._connection.addTransceiver(picture, "sendonly")
        for kind in ("audio", "video"):
            self._connection.addTransceiver(kind, "recvonly")
        self._watching: list[asyncio.Future[None]] = []
        self._connection.on("track", self._on_track)

    @property
    def state(self) -> str:
        """`connectionState` of the W3C API."""
        return self._connection.connectionState

    async def offer(self) -> wire.Media:
        """The local offer with what each m-section is for."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        mids = [Mid(transceiver.mid or "") for transceiver in self._connection.getTransceivers()]
        return wire.Media(
            offer=self._connection.localDescription.sdp,
            sends=[
                wire.Send(mid=mids[0], kind=Kind.AUDIO, purpose=Purpose.FACE),
                wire.Send(mid=mids[1], kind=Kind.VIDEO, purpose=self._purpose),
            ],
            slots=[
                wire.Slot(mid=mids[2], kind=Kind.AUDIO, purpose=Purpose.FACE, pair=1),
                wire.Slot(mid=mids[3], kind=Kind.VIDEO, purpose=Purpose.FACE, pair=1),
            ],
        )

    async def accept(self, answer: str) -> None:
        """Apply the server's answer."""
        await self._connection.setRemoteDescription(RTCSessionDescription(candidates_everywhere(answer), "answer"))

    async def close(self) -> None:
        """Stop sending and receiving."""
        await self._connection.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._watching.append(asyncio.ensure_future(self.seen.watch(track)))


def candidates_everywhere(answer: str) -> str:
    """aiortc takes the candidates of the *last* bundled m-section that shares a transport; an answer names them in the
    first only (RFC 8843 §7.1.3). Without this it never sends a check."""
    head, *sections = answer.split("\r\nm=")
    candidates = [line for line in answer.split("\r\n") if line.startswith("a=candidate:")]
    block = "".join(f"\r\n{line}" for line in candidates)
    filled = [s if "\r\na=candidate:" in s else s.removesuffix("\r\n") + block for s in sections]
    return "\r\nm=".join([head, *filled]).removesuffix("\r\n") + "\r\n"
