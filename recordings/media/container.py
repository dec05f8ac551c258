"""Coded frames into a file that people can play, by PyAV and without transcoding: VP8, VP9, AV1 and Opus into WebM with
cues, H264 into MP4 with its index in front. Times are what they were: a gap stays a gap."""

import io
import struct
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Protocol

import av

from recordings.media import opus
from recordings.media.frames import OPUS, Frame

_MICROSECOND: Final = Fraction(1, 1_000_000)
_VIDEO_CLOCK: Final = Fraction(1, 90_000)
# IVF (multimedia.cx): a container of one header and one frame, of which FFmpeg finds out what a stream is.
_IVF: Final = struct.Struct("<4sHH4sHHIIII")
_IVF_FRAME: Final = struct.Struct("<IQ")
_FOUR: Final[Mapping[str, bytes]] = MappingProxyType({"VP8": b"VP80", "VP9": b"VP90", "AV1": b"AV01", "H264": b"H264"})
_MAX_SIDE: Final = 16_384
_INDEX: Final = 64 * 1024  # of an MP4 without frames
_INDEX_FRAME: Final = 40  # what a frame takes in it at most: size 4, place 8, time 8, composition 8, keyframe 4
_CUES_HEAD: Final = 64 * 1024  # WebM goes back to its first few hundred bytes


class NoPicture(Exception):  # noqa: N818
    """Of this keyframe no decoder makes anything: no file can begin with it."""


class Target(Protocol):
    """A file of bytes whose first `head_size` may be written again."""

    def write(self, data: bytes) -> int: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...


def suffix(codec: str) -> str:
    """How files of this codec end."""
    return "mp4" if codec.upper() == "H264" else "webm"


def head_size(codec: str, frames: int) -> int:
    """How much of the beginning is written again at the end: of MP4, the index of so many frames."""
    return _INDEX + _INDEX_FRAME * frames if suffix(codec) == "mp4" else _CUES_HEAD


class Container:
    """One file of one track. Time 0 is that of the first frame."""

    def __init__(self, target: Target, codec: str, first: Frame, frames: int) -> None:
        """`first`: the frame that will be put first; of pictures, a keyframe. Raises `NoPicture`."""
        kind = suffix(codec)
        options = {"moov_size": str(head_size(codec, frames))} if kind == "mp4" else {}
        self.t0 = first.t
        self.last = 0  # when the last frame is shown, µs of the file
        self._picture = codec.upper() != OPUS
        described = _described(codec.upper(), first.data) if self._picture else None
        self._container = av.open(target, "w", format=kind, options=options, buffer_size=1 << 18)
        if described is not None:
            self._stream: av.stream.Stream = self._container.add_stream_from_template(
                described.streams.video[0], opaque=True
            )
            described.close()
            self._stream.time_base = _VIDEO_CLOCK if kind == "mp4" else Fraction(1, 1000)
        else:
            # Its encoder encodes nothing: it is there for the header that it writes (RFC 7845 5.1).
            layout = "stereo" if opus.is_stereo(first.data) else "mono"
            self._stream = self._container.add_stream("libopus", rate=opus.RATE, layout=layout)

    def put(self, frame: Frame) -> None:
        """Frames of one time, or of an earlier one after a clock that fell back, stand side by side."""
        packet = av.Packet(frame.data)
        self.last = max(self.last, frame.t - self.t0)
        packet.stream = self._stream
        packet.time_base = _MICROSECOND
        packet.pts = packet.dts = self.last
        packet.is_keyframe = frame.key
        self._container.mux_one(packet)

    def close(self) -> None:
        self._container.close()


def _described(codec: str, key: bytes) -> "av.container.InputContainer":
    head = _IVF.pack(b"DKIF", 0, _IVF.size, _FOUR[codec], 0, 0, 1000, 1, 1, 0)
    data = head + _IVF_FRAME.pack(len(key), 0) + key
    try:
        found = av.open(io.BytesIO(data), "r", format="ivf")
    except (av.FFmpegError, ValueError) as error:
        raise NoPicture(type(error).__name__) from None
    stream = found.streams.video[0]
    if not 0 < stream.width <= _MAX_SIDE or not 0 < stream.height <= _MAX_SIDE:
        found.close()
        raise NoPicture("of no size")
    return found
