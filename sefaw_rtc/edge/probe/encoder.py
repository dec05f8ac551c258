"""H264 for the least delay: no B-frames, no look-ahead, a keyframe when one is asked for. In hardware where this
machine has it; otherwise in software."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

import av
from av.video.frame import PictureType

CLOCK_RATE: Final = 90_000  # RTP video clock, RFC 3551
CLOCK: Final = Fraction(1, CLOCK_RATE)
KEYFRAME_EVERY_S: Final = 10  # whoever needs one sooner asks: keyframes are what a weak line feels

# In this order; the first that really encodes is taken. Options are each encoder's own (ffmpeg -h encoder=…). VA-API is
# not among them: its encoder takes surfaces, which PyAV does not make.
# libx264 is GPL code inside PyAV's wheel; libopenh264 (BSD) is taken before it where the build has it.
ENCODERS: Final[dict[str, dict[str, str]]] = {
    "h264_nvenc": {"preset": "p1", "tune": "ull", "zerolatency": "1", "delay": "0", "forced-idr": "1", "rc": "cbr"},
    "h264_qsv": {"preset": "veryfast", "async_depth": "1", "forced_idr": "1", "low_power": "1"},
    "h264_v4l2m2m": {},
    "libopenh264": {"rc_mode": "bitrate", "allow_skip_frames": "1"},
    "libx264": {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"},
}

_LAYOUTS: Final = {"h264_qsv": "nv12"}


class EncoderError(Exception):
    """Nothing on this machine encodes H264."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be sent."""

    width: int
    height: int
    rate: float
    bitrate: int  # bit/s


class Encoder:
    """One encoder at one size. Not for two threads at once."""

    def __init__(self, name: str, wish: Wish) -> None:
        self.name = name
        self._wish = wish
        self._layout = _LAYOUTS.get(name, "yuv420p")
        context = cast("av.VideoCodecContext", av.CodecContext.create(name, "w"))
        context.width, context.height, context.pix_fmt = wish.width, wish.height, self._layout
        context.time_base, context.framerate = CLOCK, Fraction(wish.rate).limit_denominator(1000)
        context.bit_rate = wish.bitrate
        context.gop_size = max(1, round(wish.rate * KEYFRAME_EVERY_S))
        context.max_b_frames = 0
        context.options = ENCODERS[name]
        self._context = context

    def encode(self, frame: av.VideoFrame, pts: int, *, keyframe: bool) -> "list[av.Packet[av.VideoStream]]":
        """`pts` in ticks of the RTP clock. Raises av.FFmpegError."""
        wish = self._wish
        fitted = frame.reformat(wish.width, wish.height, self._layout)
        fitted.pts, fitted.time_base = pts, CLOCK
        fitted.pict_type = PictureType.I if keyframe else PictureType.NONE
        packets = self._context.encode(fitted)
        for packet in packets:
            packet.time_base = CLOCK
        return packets


def make_encoder(wish: Wish, only: str | None = None) -> Encoder:
    """The first that works on this machine. Raises `EncoderError`."""
    for name in [only] if only else ENCODERS:
        if _works(name, wish):
            return Encoder(name, wish)
    raise EncoderError("no H264 encoder works on this machine")


def _works(name: str, wish: Wish) -> bool:
    """Whether a frame that goes in comes out at once: being listed says nothing of the hardware."""
    try:
        encoder = Encoder(name, wish)
        blank = av.VideoFrame(wish.width, wish.height, "yuv420p")
        return bool(encoder.encode(blank, 0, keyframe=True) + encoder.encode(blank, 3_000, keyframe=False))
    except (av.FFmpegError, ValueError, KeyError):
        return False


def even(width: int, height: int, most: tuple[int, int] | None) -> tuple[int, int]:
    """A size that 4:2:0 has, within `most` at the same aspect."""
    scale = min(1.0, most[0] / width, most[1] / height) if most else 1.0
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
