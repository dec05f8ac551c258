"""Which frame of a sealed video is which: beside `tracks/1.webm` lies `tracks/1.frames`, a sealed file that says of
each frame of it, in its order, at what time of the file it is shown and what RTP timestamp it was sent with. Track and
RTP timestamp are a frame's identity on every page that showed it live: its frame key.

    record = t u64 LE (µs of the file) ‖ RTP timestamp u32 LE
"""

import struct
from array import array
from pathlib import Path
from typing import Final, NamedTuple

from recordings.crypt import DataKey
from recordings.errors import FileDamaged
from recordings.files import SealedFile, SealedWriter
from signalling.ids import ConsultationId
from signalling.record import Record

SUFFIX: Final = ".frames"
PAGE: Final = 900  # frames: 30 s of most pictures
_RECORD: Final = struct.Struct("<QI")


class KeyedFrame(NamedTuple):
    """`t`: µs of the file. `rtp`: the timestamp that it was sent with."""

    t: int
    rtp: int


class KeyedFrames(Record, frozen=True):
    """Frames that follow each other; `until`: when the next of the file begins (µs of it), None = there is none."""

    frames: list[KeyedFrame]
    until: int | None


class FrameKeys:
    """Of a file that is being made."""

    def __init__(self) -> None:
        self._times, self._rtp = array("Q"), array("I")

    def add(self, t: int, rtp: int) -> None:
        """The next frame of the file; `t` as of `KeyedFrame`, never less than the last."""
        self._times.append(t)
        self._rtp.append(rtp)

    def write(self, folder: Path, name: str, consultation: ConsultationId, key: DataKey) -> None:
        """Raises `StorageFull`, `StorageFailed`: then there is no file."""
        writer = SealedWriter(folder / name, consultation, name, key, head=0)
        try:
            for at in range(0, len(self._times), PAGE):
                page = slice(at, at + PAGE)
                writer.write(b"".join(map(_RECORD.pack, self._times[page], self._rtp[page])))
            writer.close()
        finally:
            writer.discard()


def keys_of(file: str) -> str:
    """The name of what lies beside a track's file."""
    return file.rpartition(".")[0] + SUFFIX


def read_frame_keys(folder: Path, name: str, consultation: ConsultationId, key: DataKey, t: int) -> KeyedFrames:
    """The page of frames in which the one is that is seen at `t` (µs of the file). Raises `FileDamaged`,
    `NotAuthentic`, `StorageFailed`."""
    with SealedFile(folder / name, consultation, name, key) as file:
        count, rest = divmod(file.size, _RECORD.size)
        if rest:
            raise FileDamaged("not a list of frames")
        begin = max(0, _later(file, t, count) - 1) // PAGE * PAGE
        following = _read(file, begin, min(PAGE + 1, count - begin))
        return KeyedFrames(following[:PAGE], following[PAGE].t if len(following) > PAGE else None)


def _later(file: SealedFile, t: int, count: int) -> int:
    """How many frames begin no later than `t`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if _read(file, middle, 1)[0].t <= t:
            low = middle + 1
        else:
            high = middle
    return low


def _read(file: SealedFile, begin: int, count: int) -> list[KeyedFrame]:
    data = file.read_at(begin * _RECORD.size, count * _RECORD.size)
    return [KeyedFrame(*one) for one in _RECORD.iter_unpack(data)]
