"""The raw frames of the last moments, by RTP timestamp: what a freeze is answered from."""

from collections import deque
from typing import Final

import av

KEPT_S: Final = 2.0  # a press reaches us within one: glass to glass, a thumb's time, the way back
MAX_BYTES: Final = 256 << 20  # two seconds of 1080p at 30 frames/s are 190 MB
TICKS: Final = 1 << 32
CLOCK_RATE: Final = 90_000


class Ring:
    """Frames as the source gave them: neither scaled nor encoded."""

    def __init__(self, kept_s: float = KEPT_S, max_bytes: int = MAX_BYTES) -> None:
        self._kept = int(kept_s * CLOCK_RATE)
        self._max = max_bytes
        self._frames: deque[tuple[int, av.VideoFrame]] = deque()
        self._bytes = 0

    def put(self, rtp: int, frame: av.VideoFrame) -> None:
        self._frames.append((rtp, frame))
        self._bytes += size_of(frame)
        while len(self._frames) > 1 and (self._bytes > self._max or self._age(rtp) > self._kept):
            self._bytes -= size_of(self._frames.popleft()[1])

    def find(self, rtp: int) -> av.VideoFrame | None:
        """Exactly that frame; another one would be another moment."""
        return next((frame for at, frame in self._frames if at == rtp), None)

    def clear(self) -> None:
        """Another connection: other timestamps."""
        self._frames.clear()
        self._bytes = 0

    def _age(self, rtp: int) -> int:
        return (rtp - self._frames[0][0]) % TICKS


def size_of(frame: av.VideoFrame) -> int:
    """Bytes that it holds on to."""
    return sum(plane.buffer_size for plane in frame.planes)
