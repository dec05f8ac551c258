"""How loud each person was, ten times a second: from the sound itself, decoded. The levels that senders write into
their packets (RFC 6464) would be cheaper, but a journal does not say under which number they stand, and not all send
them.
"""

import math
from collections.abc import Iterable
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from recordings.files import SealedFile
from signalling.record import Record

STEP_US: Final = 100_000
LONGEST_US: Final = 48 * 3600 * 1_000_000  # nothing that is recorded is longer
_FLOOR_DB: Final = -60.0  # of full scale: what is quieter is silence
_LOUD: Final = 255
_US: Final = 1_000_000


class Heard(Record, frozen=True):
    """A person's levels from session time 0 on, a byte a step: 0 = silence, or nothing is there; 1 = -60 dBFS, 255 =
    full scale, in between linear in dB."""

    peer: int
    levels: bytes


class Speech(Record, frozen=True):
    """Of everybody who was heard."""

    step_us: int
    people: list[Heard]


class Levels:
    """One person's. Several tracks of one may sound at once: the louder counts."""

    def __init__(self) -> None:
        self._energy = np.zeros(0)

    def add(self, file: SealedFile, t0: int) -> None:
        """A track's file whose time 0 is at session time `t0` (µs). Raises `av.FFmpegError`, and what reading the file
        raises."""
        mine: dict[int, list[tuple[float, int]]] = {}
        with av.open(file, "r", buffer_size=1 << 18) as container:
            for frame in container.decode(audio=0):
                at = t0 + round((frame.time or 0.0) * _US)
                if 0 <= at < LONGEST_US:
                    samples = _mono(frame)
                    mine.setdefault(at // STEP_US, []).append((float(np.dot(samples, samples)), len(samples)))
        if not mine:
            return
        if len(self._energy) <= max(mine):
            self._energy = np.concatenate([self._energy, np.zeros(max(mine) + 1 - len(self._energy))])
        for step, parts in mine.items():
            mean = sum(energy for energy, _ in parts) / max(1, sum(count for _, count in parts))
            self._energy[step] = max(self._energy[step], mean)

    def levels(self) -> bytes:
        """As `Heard` has them."""
        return bytes(level_of(energy) for energy in self._energy)


def level_of(energy: float) -> int:
    """Of a mean square of samples within ±1."""
    if energy <= 0.0:
        return 0
    share = 1 - 10 * math.log10(energy) / _FLOOR_DB
    return 0 if share < 0 else min(_LOUD, 1 + round(share * (_LOUD - 1)))


def spoken(people: Iterable[tuple[int, Levels]]) -> Speech:
    """All of them together."""
    return Speech(step_us=STEP_US, people=[Heard(peer=peer, levels=one.levels()) for peer, one in people])


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Opus decodes to planar floats (`fltp`)."""
    samples = np.asarray(frame.to_ndarray(), np.float32)
    return np.asarray(samples.mean(axis=0), np.float32)
