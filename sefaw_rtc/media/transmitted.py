"""A grabbed frame as a picture: RTP payloads back into coded frames (VP8: RFC 7741; H264: RFC 6184), decoded by FFmpeg.

What was transmitted is remote input: bounded in pixels and in time, and whatever is not surely that frame is refused.
Blocks: call `decode` off the loop, or use `FrameDecoder`.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, cast

import av
import numpy as np
from numpy.typing import NDArray

from sefaw_rtc.media.port import Grabbed
from signalling.vocabulary import FreezeFault

MAX_PIXELS: Final = 4096 * 4096  # more than any encoder that sends in real time
MAX_SECONDS: Final = 10.0  # half a minute of 1080p on a slow machine; whoever waits has given up
MAX_WAITING: Final = 8  # one is decoded at a time: a freeze is a press of a button

Payload = bytes
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
    frames = list(_frames(codec, packets))
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


def _decoder(codec: str) -> av.VideoCodecContext:
    # The first damage is an error: a concealed picture is one that nobody sent.
    options = {"max_pixels": str(MAX_PIXELS), "err_detect": "explode"}
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(codec.lower(), "r"))
    decoder.options = options
    decoder.thread_count = 1
    return decoder


def _packet(number: int, data: bytes | None) -> "av.Packet[av.VideoStream] | None":
    if data is None:
        return None  # no more come: let out what is there
    packet = cast("av.Packet[av.VideoStream]", av.Packet(data))
    packet.pts = packet.dts = number
    return packet


# ---- payloads ---------------------------------------------------------------------------------------------------


def _frames(codec: str, packets: Sequence[tuple[int, Payload]]) -> Iterable[bytes]:
    unpack = _UNPACK.get(codec.upper())
    if unpack is None:
        raise _unreadable("of this codec no frame is grabbed")
    for _, run in groupby(packets, itemgetter(0)):
        yield unpack([payload for _, payload in run if payload])


def vp8_frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 7741 4: what stands behind the descriptors. Raises `GrabError`."""
    return b"".join(payload[_vp8_descriptor(payload) :] for payload in payloads)


def _vp8_descriptor(payload: Payload) -> int:
    """The length of the payload descriptor: X brings a byte that says what else (I, L, T or K)."""
    length = 1
    if payload[0] & 0x80:
        flags, length = _at(payload, 1), 2
        if flags & 0x80:
            length += 2 if _at(payload, 2) & 0x80 else 1
        length += bool(flags & 0x40) + bool(flags & 0x30)
    return length


def h264_frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 6184 5: single units, STAP-A and FU-A, as a byte stream (H.264 annex B). Raises `GrabError`."""
    units: list[bytes] = []
    fragments: list[bytes] | None = None
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            fragments = _fragment(payload, fragments, units)
        elif kind == _STAP_A:
            units += _aggregated(payload)
        elif 1 <= kind < _STAP_A:
            units.append(payload)
        else:
            raise _unreadable("a packetisation that is not ours")
    if fragments is not None:
        raise _unreadable("a unit without its end")
    return b"".join(_START_CODE + unit for unit in units)


_STAP_A: Final = 24
_FU_A: Final = 28
_START_CODE: Final = b"\x00\x00\x00\x01"


def _aggregated(payload: Payload) -> Iterable[bytes]:
    """RFC 6184 5.7.1: units, each behind its 16-bit size."""
    at = 1
    while at < len(payload):
        size = _at(payload, at) << 8 | _at(payload, at + 1)
        at += 2
        if not size or at + size > len(payload):
            raise _unreadable("a unit of another size than it says")
        yield payload[at : at + size]
        at += size


def _fragment(payload: Payload, fragments: list[bytes] | None, units: list[bytes]) -> list[bytes] | None:
    """RFC 6184 5.8. What has been collected of the unit; None when it is complete and among the `units`."""
    head = _at(payload, 1)
    if head & 0x80:
        fragments = [bytes([payload[0] & 0xE0 | head & 0x1F])]
    if fragments is None:
        raise _unreadable("a unit without its beginning")
    fragments.append(payload[2:])
    if head & 0x40:
        units.append(b"".join(fragments))
        return None
    return fragments


_UNPACK: Final[dict[str, Callable[[Sequence[Payload]], bytes]]] = {"VP8": vp8_frame, "H264": h264_frame}


def _at(payload: Payload, index: int) -> int:
    if index >= len(payload):
        raise _unreadable("cut short")
    return payload[index]


def _unreadable(detail: str) -> GrabError:
    return GrabError(FreezeFault.UNREADABLE, detail)
