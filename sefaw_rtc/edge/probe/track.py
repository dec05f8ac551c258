"""Captured frames as encoded packets for aiortc, which packs and sends them as they are."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import av
from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.mediastreams import MediaStreamError

from sefaw_rtc.edge.probe.capture import Capture
from sefaw_rtc.edge.probe.encoder import CLOCK_RATE, Encoder
from sefaw_rtc.edge.probe.ring import TICKS, Ring

IN_HARDWARE: Final = 8  # frames that an encoder may hold before it is no live picture any more

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
        self._packets: deque[av.Packet[av.VideoStream]] = deque()
        self._raw: dict[int, av.VideoFrame] = {}  # by pts, until the RTP timestamp is known
        self._given: int | None = None  # the pts of the packet that is on its way out

    def sent_by(self, sender: RTCRtpSender) -> None:
        """aiortc tells its own encoder alone of a lost picture (PLI, FIR); ours has to hear of it."""
        self._sender = sender
        setattr(sender, "_send_keyframe", self._ask_for_keyframe)  # noqa: B010 - no public way; a test watches it

    async def recv(self) -> "av.Packet[av.VideoStream]":
        """The newest frame, encoded."""
        self._note_timestamp()
        while not self._packets:
            frame, at = await self._capture.newest()
            if self.readyState != "live":
                raise MediaStreamError
            self._began = at if self._began is None else self._began
            pts = int((at - self._began) * CLOCK_RATE)
            self._keep(pts, frame)
            self._packets += await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, frame, pts)
        packet = self._packets.popleft()
        self._given = packet.pts
        return packet

    def stop(self) -> None:
        """The connection has ended."""
        super().stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _encode(self, frame: av.VideoFrame, pts: int) -> "list[av.Packet[av.VideoStream]]":
        if self._encoder is None or self._size != (frame.width, frame.height):
            self._encoder, self._size, self._keyframe = self._make(frame), (frame.width, frame.height), True
        keyframe, self._keyframe = self._keyframe, False
        return self._encoder.encode(frame, pts, keyframe=keyframe)

    def _keep(self, pts: int, frame: av.VideoFrame) -> None:
        """An encoder in hardware may give a packet out some frames later; one that it dropped is nobody's."""
        self._raw[pts] = frame
        while len(self._raw) > IN_HARDWARE:
            self._raw.pop(next(iter(self._raw)))

    def _ask_for_keyframe(self) -> None:
        self._keyframe = True

    def _note_timestamp(self) -> None:
        """aiortc adds an origin of its own to what it is given. It asks for the next frame when the last one is out,
        and says then (in its sender reports, too) what that one's timestamp was."""
        frame = None if self._given is None else self._raw.pop(self._given, None)
        self._given = None
        if frame is None or self._sender is None:
            return
        rtp: int = self._sender._RTCRtpSender__rtp_timestamp  # type: ignore[attr-defined]  # noqa: SLF001
        self._ring.put(rtp % TICKS, frame)
