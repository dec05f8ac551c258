"""Where pictures come from: a capture device, a stream, a file, a DICOM instance, or a pattern. Blocking: each is read
in a thread of its own, and hands out frames when they are there or due."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import av
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.utils import iter_pixels

PATTERN_SIZE: Final = (640, 480)
PATTERN_RATE: Final = 30.0
STILL_RATE: Final = 5.0  # of a DICOM picture with one frame
SLOWEST: Final = 1.0  # frames a second: a DICOM frame time that is longer is a mistake
OPEN_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 5.0
DICOM: Final = "dicom:"
PATTERN: Final = "pattern"

# Nothing is to wait in a buffer on its way here (libavformat's options).
_PROMPT: Final = {"fflags": "nobuffer", "flags": "low_delay"}
_RTSP: Final = {**_PROMPT, "rtsp_transport": "tcp", "stimeout": "5000000"}


class SourceError(Exception):
    """There is no picture to be had; the message says why."""


class Source(Protocol):
    """One opened source."""

    def frames(self) -> Iterator[av.VideoFrame]:
        """Each when it is due, until the source ends. Raises `SourceError`."""


def open_source(spec: str, size: tuple[int, int] | None = None, rate: float | None = None) -> Source:
    """`pattern`, `dicom:FILE`, `/dev/video0`, `rtsp://…`, or a file; `size` and `rate` are asked of a device and made
    by the pattern. Raises `SourceError`."""
    if spec == PATTERN:
        return Pattern(size or PATTERN_SIZE, rate or PATTERN_RATE)
    if spec.startswith(DICOM):
        return Dicom(Path(spec.removeprefix(DICOM)))
    if spec.startswith("/dev/") and not Path(spec).is_file():  # /dev/shm has files, too
        return Stream(spec, "v4l2", _device(size, rate))
    if "://" in spec:
        return Stream(spec, None, _RTSP if spec.startswith("rtsp") else _PROMPT)
    return Clip(Path(spec))


class Pattern:
    """Something that moves: to try a line without a machine."""

    def __init__(self, size: tuple[int, int], rate: float) -> None:
        self._rate = rate
        width, height = size
        noise = np.random.default_rng(0).integers(0, 120, (height, width, 1), np.uint8)
        slope = np.linspace(0, 120, width, dtype=np.uint8).reshape(1, width, 1)
        self._picture: NDArray[np.uint8] = np.repeat(noise + slope, 3, axis=2)

    def frames(self) -> Iterator[av.VideoFrame]:
        for number in _paced(self._rate):
            moved = np.roll(self._picture, number * 4, axis=1)
            yield av.VideoFrame.from_ndarray(moved, format="rgb24")


class Dicom:
    """The frames of an instance, round and round, at its own frame time (PS3.3 C.7.6.5)."""

    def __init__(self, path: Path) -> None:
        try:
            self._dataset = pydicom.dcmread(path)
            self._pictures = [_rgb(frame) for frame in iter_pixels(self._dataset)]
        except Exception as error:  # noqa: BLE001 - pydicom's decoders raise whatever they like
            raise SourceError(f"{path.name}: {type(error).__name__}: no pictures in it") from None

    def frames(self) -> Iterator[av.VideoFrame]:
        for number in _paced(self._rate()):
            yield av.VideoFrame.from_ndarray(self._pictures[number % len(self._pictures)], format="rgb24")

    def _rate(self) -> float:
        if len(self._pictures) == 1:
            return STILL_RATE
        milliseconds = float(self._dataset.get("FrameTime", 0) or 0)
        return max(SLOWEST, 1000 / milliseconds) if milliseconds > 0 else PATTERN_RATE


class Stream:
    """A device or a live stream: every frame as soon as it comes."""

    def __init__(self, url: str, kind: str | None, options: dict[str, str]) -> None:
        try:
            self._container = av.open(url, format=kind, options=options, timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(f"cannot be opened: {type(error).__name__}") from None

    def frames(self) -> Iterator[av.VideoFrame]:
        yield from _decoded(self._container)


class Clip:
    """A file, at the speed it was recorded with, round and round."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise SourceError(f"{path}: no such file")

    def frames(self) -> Iterator[av.VideoFrame]:
        while True:
            began, first = time.monotonic(), None
            with _opened(self._path) as container:
                for frame in _decoded(container):
                    at = frame.time or 0.0
                    first = at if first is None else first
                    time.sleep(max(0.0, began + at - first - time.monotonic()))
                    yield frame
            if first is None:
                raise SourceError("no picture in it")


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return av.open(path)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(f"{path.name}: {type(error).__name__}") from None


def _decoded(container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    if not container.streams.video:
        raise SourceError("no picture in it")
    try:
        yield from container.decode(video=0)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(f"broke off: {type(error).__name__}") from None


def _device(size: tuple[int, int] | None, rate: float | None) -> dict[str, str]:
    asked = {**_PROMPT}
    if size is not None:
        asked["video_size"] = f"{size[0]}x{size[1]}"
    if rate is not None:
        asked["framerate"] = f"{rate:g}"
    return asked


def _paced(rate: float) -> Iterator[int]:
    """0, 1, 2 … each when it is due; what was missed is left out."""
    began, number = time.monotonic(), 0
    while True:
        yield number
        number = max(number + 1, int((time.monotonic() - began) * rate))
        time.sleep(max(0.0, began + number / rate - time.monotonic()))


def _rgb(frame: NDArray[np.generic]) -> NDArray[np.uint8]:
    """8 bits and three colours; what has more grey is spread over its own range."""
    if frame.dtype != np.uint8:
        low, high = float(frame.min()), float(frame.max())
        frame = ((frame.astype(np.float32) - low) * (255 / max(high - low, 1))).astype(np.uint8)
    coloured = frame if frame.ndim == 3 else np.repeat(frame[..., np.newaxis], 3, axis=2)
    return np.ascontiguousarray(coloured, dtype=np.uint8)
