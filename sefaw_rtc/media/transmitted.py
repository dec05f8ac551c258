"""A grabbed frame as a picture: RTP payloads back into coded frames (`recordings.media`), decoded by FFmpeg.

What was transmitted is remote input: bounded in pixels and in time, and whatever is not surely that frame is refused.
Blocks: call `decode` off the loop, or use `FrameDecoder`.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Final, cast

import av
import numpy as np
from numpy.typing import NDArray

from recordings.media.frames import PICTURES
from recordings.media.payload import Payload, PayloadError
from sefaw_rtc.media.port import Grabbed
from signalling.vocabulary import FreezeFault

MAX_PIXELS: Final = 4096 * 4096  # more than any encoder that sends in real time
MAX_SECONDS: Final = 10.0  # half a minute of 1080p on a slow machine; whoever waits has given up
MAX_WAITING: Final = 8  # one is decoded at a time: a freeze is a press of a button

Picture = NDArray[np.uint8]  # (rows, columns, 3), RGB


class GrabError(Exception):
    """There is no such picture; `fault` says why."""

    def __init__(self, fault: FreezeFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


@dataclass(frozen=True)
class TransmittedFrame:
    """A frame at full size. `rtp`: which one it really is; an earlier one where the one asked for is gone.
    `bytes_sent`: of that frame alone."""

    picture: Picture
    rtp: int
    codec: str
    bytes_sent: int


class FrameDecoder:
    """One per process: a thread of its own, so that a long run of frames delays nobody."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "frame-decoder")
        self._waiting = 0

    async def decode(self, grabbed: Grabbed) -> TransmittedFrame:
        """Raises `GrabError`."""
        if self._waiting >= MAX_WAITING:
            raise GrabError(FreezeFault.NO_ANSWER, "too many at once")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            picture = await loop.run_in_executor(self._thread, decode, grabbed.codec, grabbed.packets)
        finally:
            self._waiting -= 1
        sent = sum(len(payload) for timestamp, payload in grabbed.packets if timestamp == grabbed.rtp)
        return TransmittedFrame(picture, grabbed.rtp, grabbed.codec, sent)

    def close(self) -> None:
        """What has not begun is not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def decode(codec: str, packets: Sequence[tuple[int, Payload]], seconds: float = MAX_SECONDS) -> Picture:
    """The last frame of these packets, which begin with a keyframe; each has its frame's RTP timestamp. `codec` as SDP
    names it.

    Raises:
        GrabError: UNREADABLE: a codec that is not ours, broken data, too large, too slow.
    """
    try:
        frames = list(_frames(codec, packets))
    except PayloadError as error:
        raise _unreadable(str(error)) from None
    try:
        return _last_picture(codec, frames, time.monotonic() + seconds)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise _unreadable(f"not decodable: {type(error).__name__}") from None


def _last_picture(codec: str, frames: list[bytes], deadline: float) -> Picture:
    decoder = _decoder(codec)
    shown: av.VideoFrame | None = None
    for number, data in enumerate([*frames, None]):
        if time.monotonic() > deadline:
            raise _unreadable("takes too long")
        for shown in decoder.decode(_packet(number, data)):
            if shown.is_corrupt:
                raise _unreadable("damaged")
    # Anything but the last one would be another moment, or a picture that waits for a later one.
    if shown is None or shown.pts != len(frames) - 1:
        raise _unreadable("the frame does not come out")
    return cast("Picture", shown.to_ndarray(format="rgb24"))


# FFmpeg's own of that name needs a graphics chip.
_DECODERS: Final = MappingProxyType({"AV1": "libdav1d"})


def _decoder(codec: str) -> av.VideoCodecContext:
    # The first damage is an error: a concealed picture is one that nobody sent.
    options = {"max_pixels": str(MAX_PIXELS), "err_detect": "explode"}
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(_DECODERS.get(codec.upper(), codec.lower()), "r"))
    decoder.options = options
    decoder.thread_count = 1
    return decoder


def _packet(number: int, data: bytes | None) -> "av.Packet[av.VideoStream] | None":
    if data is None:
        return None  # no more come: let out what is there
    packet = cast("av.Packet[av.VideoStream]", av.Packet(data))
    packet.pts = packet.dts = number
    return packet


def _frames(codec: str, packets: Sequence[tuple[int, Payload]]) -> Iterable[bytes]:
    coding = PICTURES.get(codec.upper())
    if coding is None:
        raise _unreadable("of this codec no frame is grabbed")
    for _, run in groupby(packets, itemgetter(0)):
        yield coding.frame([payload for _, payload in run if payload])


def _unreadable(detail: str) -> GrabError:
    return GrabError(FreezeFault.UNREADABLE, detail)
