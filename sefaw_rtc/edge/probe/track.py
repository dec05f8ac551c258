"""Captured frames as encoded packets for aiortc, which packs and sends them as they are."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import av
from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.mediastreams import MediaStreamError

from sefaw_rtc.edge.probe.capture import Capture
from sefaw_rtc.edge.probe.encoder import CLOCK_RATE, Encoder
from sefaw_rtc.edge.probe.ring import TICKS, Ring

MakeEncoder = Callable[[av.VideoFrame], Encoder]


class EncodedTrack(MediaStreamTrack):
    """One per connection: its timestamps begin anew. Encodes in a thread of its own, one frame after the other."""

    kind = "video"

    def __init__(self, capture: Capture, make_encoder: MakeEncoder, ring: Ring) -> None:
        super().__init__()
        self._capture, self._make, self._ring = capture, make_encoder, ring
        self._thread: Final = ThreadPoolExecutor(1, "encoder")
        self._encoder: Encoder | None = None
        self._size = (0, 0)
        self._began: float | None = None
        self._keyframe = True
        self._sender: RTCRtpSender | None = None
        self._given: tuple[int, av.VideoFrame] | None = None  # given out, its RTP timestamp not yet known
        self.sent = 0

    def sent_by(self, sender: RTCRtpSender) -> None:
        """aiortc tells its own encoder alone of a lost picture (PLI, FIR); ours has to hear of it."""
        self._sender = sender
        setattr(sender, "_send_keyframe", self._ask_for_keyframe)  # noqa: B010 - no public way; a test watches it

    async def recv(self) -> "av.Packet[av.VideoStream]":
        """The newest frame, encoded."""
        self._note_timestamp()
        while True:
            frame, at = await self._capture.newest()
            if self.readyState != "live":
                raise MediaStreamError
            self._began = at if self._began is None else self._began
            pts = int((at - self._began) * CLOCK_RATE)
            packet = await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, frame, pts)
            if packet is not None:
                self._given = (pts, frame)
                self.sent += 1
                return packet

    def stop(self) -> None:
        """The connection has ended."""
        super().stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _encode(self, frame: av.VideoFrame, pts: int) -> "av.Packet[av.VideoStream] | None":
        if self._encoder is None or self._size != (frame.width, frame.height):
            self._encoder, self._size, self._keyframe = self._make(frame), (frame.width, frame.height), True
        keyframe, self._keyframe = self._keyframe, False
        packets = self._encoder.encode(frame, pts, keyframe=keyframe)
        return packets[0] if packets else None

    def _ask_for_keyframe(self) -> None:
        self._keyframe = True

    def _note_timestamp(self) -> None:
        """aiortc adds an origin of its own to what it is given. It asks for the next frame when the last one is out,
        and says then (in its sender reports, too) what that one's timestamp was."""
        if self._given is None or self._sender is None:
            return
        rtp: int = self._sender._RTCRtpSender__rtp_timestamp  # type: ignore[attr-defined]  # noqa: SLF001
        self._ring.put(rtp % TICKS, self._given[1])
        self._given = None
