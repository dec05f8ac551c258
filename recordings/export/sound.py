"""The voices of a consultation as one sound: each where it was on the session's clock, added up."""

from collections import deque
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from recordings.export.film import ReadFile

RATE: Final = 48_000
_JOIN: Final = RATE // 50  # containers round times: what is less than 20 ms off follows what was before

Samples = NDArray[np.float32]


class Voice:
    """One run of Opus. `begins`: the sample of the mix at which its file's time is 0."""

    def __init__(self, file: ReadFile, begins: int) -> None:
        self._file = file
        self._container = av.open(file, "r")
        self._frames = self._container.decode(audio=0)
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        self._begins = begins
        self._end = begins
        self._pieces: deque[tuple[int, Samples]] = deque()
        self._over = False

    def add_to(self, block: Samples, at: int) -> None:
        """Its part of the samples from `at` on. Called with rising `at`."""
        until = at + len(block)
        while self._end < until and self._read():
            pass
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) <= at:
            self._pieces.popleft()
        for begin, samples in self._pieces:
            first, last = max(begin, at), min(begin + len(samples), until)
            if first < last:
                block[first - at : last - at] += samples[first - begin : last - begin]

    @property
    def has_more(self) -> bool:
        return not self._over or bool(self._pieces)

    def close(self) -> None:
        self._over = True
        self._container.close()
        self._file.close()

    def _read(self) -> bool:
        """One more frame. What cannot be decoded is silence."""
        if self._over:
            return False
        try:
            frame: Any = next(self._frames)
        except (StopIteration, av.FFmpegError):
            self.close()
            return False
        begin = self._begins + round(frame.time * RATE)
        if abs(begin - self._end) < _JOIN:
            begin = self._end
        for part in self._resampler.resample(frame):
            samples = part.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            self._pieces.append((max(begin, self._end), samples))
            self._end = max(begin, self._end) + len(samples)
        return True


def mixed(voices: list[Voice], at: int, size: int) -> Samples:
    """All of them together, in bounds. Those that are over are taken out of the list."""
    block = np.zeros(size, np.float32)
    for voice in voices:
        voice.add_to(block, at)
    voices[:] = [voice for voice in voices if voice.has_more]
    return np.clip(block, -1.0, 1.0)
