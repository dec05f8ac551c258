"""What a recorded video is, read from its file without decoding it; and the same video as H.264, where it is not that
already or not as DICOM wants it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol, Self

import av
from av.video.codeccontext import VideoCodecContext

from recordings.errors import ArchiveError

ENCODER: Final = "libx264"  # of PyAV's wheel; licence: docs/archive.md
CLOCK: Final = Fraction(1, 90_000)
HIGH_41: Final = 41
_SPS: Final = 7
_BASELINE: Final = 66
_CONSTRAINED: Final = 0x40  # constraint_set1_flag: what Main and High decoders can decode (H.264 A.2.1)
_HIGH_DECODES: Final = frozenset({77, 100})
_LARGEST: Final = (1920, 1080)  # H.264 table A-1: 8,192 macroblocks at level 4.1
_INDEX: Final = 64 * 1024
_INDEX_FRAME: Final = 40


class ReadFile(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...
    def close(self) -> None: ...


class WrittenFile(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


class Remembering:
    """A file that is written through PyAV, which forgets why it could not be: a full disk stays one."""

    def __init__(self, target: WrittenFile) -> None:
        self._target = target
        self._error: Exception | None = None
        self.seek, self.tell = target.seek, target.tell

    def write(self, data: bytes, /) -> int:
        try:
            return self._target.write(data)
        except ArchiveError as error:
            self._error = self._error or error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._error is not None:
            raise self._error from None


@dataclass(frozen=True)
class Film:
    """`seconds` from the first frame to the last. `fit`: H.264 that every decoder of High Profile, level 4.1, decodes,
    in pictures of one size."""

    codec: str
    width: int
    height: int
    frames: int
    seconds: float
    fit: bool


def examine(file: ReadFile) -> Film:
    """Read through the whole. `av.FFmpegError` for what is no video."""
    with av.open(file, "r") as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        parameters = _parameter_sets(bytes(context.extradata or b""))
        first = last = None
        frames, steady = 0, True
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            frames += 1
            at = float(packet.pts * packet.time_base)
            first, last = at if first is None else min(first, at), at if last is None else max(last, at)
            if packet.is_keyframe and context.name == "h264":
                found = _units(bytes(packet), _SPS)
                steady = steady and all(one in parameters for one in found)
        fit = context.name == "h264" and steady and len(parameters) == 1 and _decodable(parameters[0])
        return Film(context.name, context.width, context.height, frames, (last or 0.0) - (first or 0.0), fit)


def can_encode() -> bool:
    return ENCODER in av.codecs_available


def transcode(file: ReadFile, target: WrittenFile, frames: int, tick: Callable[[], None]) -> None:
    """The same pictures at the same times as H.264 High Profile in MP4, its index in front (`head(frames)`). `tick`
    after each. What changes its size is fitted into the first one. Raises `ArchiveError`, `av.FFmpegError`."""
    with (
        Remembering(target) as kept,
        av.open(file, "r") as source,
        av.open(kept, "w", format="mp4", options={"moov_size": str(head(frames))}) as made,
    ):
        stream: Any = None
        for frame in source.decode(video=0):
            if stream is None:
                width, height = _size(frame.width, frame.height)
                stream = made.add_stream(ENCODER, rate=Fraction(30), width=width, height=height, pix_fmt="yuv420p")
                settle(stream.codec_context)
            picture = frame.reformat(stream.width, stream.height, "yuv420p")
            picture.pts, picture.time_base = round(frame.time * CLOCK.denominator), CLOCK
            picture.pict_type = av.video.frame.PictureType.NONE  # the encoder decides
            made.mux(stream.encode(picture))
            tick()
        if stream is not None:
            made.mux(stream.encode(None))


def settle(context: VideoCodecContext) -> None:
    """High Profile, level 4.1, no frame that waits for a later one, one thread: others have calls."""
    context.time_base = CLOCK
    context.max_b_frames = 0
    context.thread_count = 1
    context.options = {"preset": "veryfast", "crf": "20", "profile": "high", "level": "4.1"}


def head(frames: int) -> int:
    """How much of an MP4's beginning is written again at its end."""
    return _INDEX + _INDEX_FRAME * frames


def _size(width: int, height: int) -> tuple[int, int]:
    """Even, and no larger than the level allows."""
    shrink = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
    return max(2, round(width * shrink) & ~1), max(2, round(height * shrink) & ~1)


def _decodable(parameters: bytes) -> bool:
    """By an SPS (H.264 7.3.2.1.1): profile, constraints, level."""
    if len(parameters) < 4:
        return False
    profile, constraints, level = parameters[1:4]
    known = profile in _HIGH_DECODES or (profile == _BASELINE and constraints & _CONSTRAINED)
    return bool(known) and level <= HIGH_41


def _parameter_sets(extradata: bytes) -> list[bytes]:
    """The SPSs of an avcC box (ISO 14496-15 5.3.3.1)."""
    if len(extradata) < 6 or extradata[0] != 1:
        return []
    found, at = [], 6
    for _ in range(extradata[5] & 0x1F):
        size = int.from_bytes(extradata[at : at + 2], "big")
        found.append(extradata[at + 2 : at + 2 + size])
        at += 2 + size
    return found


def _units(sample: bytes, kind: int) -> list[bytes]:
    """The NAL units of this kind in a sample of MP4, each behind a length of four bytes."""
    found, at = [], 0
    while at + 4 < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        if size and sample[at + 4] & 0x1F == kind:
            found.append(sample[at + 4 : at + 4 + size])
        at += 4 + size
    return found
