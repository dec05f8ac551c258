"""A looping ultrasound clip as a video source: pydicom's own colour example, at its own frame time."""

import asyncio
from fractions import Fraction
from typing import Final

import numpy as np
from aiortc import MediaStreamTrack
from av import VideoFrame
from numpy.typing import NDArray
from pydicom import examples
from pydicom.pixels.utils import pixel_array

CLOCK_RATE: Final = 90_000  # RTP video clock, RFC 3551
FRAMES_PER_SECOND: Final = 15  # half of the clip's own 30: a demo leaves the processor to the call


def ultrasound_frames() -> NDArray[np.uint8]:
    """All frames of the clip, shape (frames, rows, columns, 3), RGB (DICOM PS3.3 C.7.6.3)."""
    frames: NDArray[np.uint8] = pixel_array(examples.ybr_color)
    return frames


class UltrasoundClip(MediaStreamTrack):
    """The clip for ever, forwards and backwards so that it has no jump."""

    kind = "video"

    def __init__(self, frames: NDArray[np.uint8]) -> None:
        super().__init__()
        self._pictures = [VideoFrame.from_ndarray(frame, format="rgb24") for frame in _there_and_back(frames)]
        self._index = 0
        self._started: float | None = None

    async def recv(self) -> VideoFrame:
        """The next frame, when it is due."""
        loop = asyncio.get_running_loop()
        if self._started is None:
            self._started = loop.time()
        due = self._started + self._index / FRAMES_PER_SECOND
        await asyncio.sleep(max(0.0, due - loop.time()))
        frame = self._pictures[self._index % len(self._pictures)]
        frame.pts = self._index * CLOCK_RATE // FRAMES_PER_SECOND
        frame.time_base = Fraction(1, CLOCK_RATE)
        self._index += 1
        return frame


def _there_and_back(frames: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    halved = list(frames[::2])
    return [*halved, *halved[-2:0:-1]]
