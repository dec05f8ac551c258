"""Where each frame is in its file: by arithmetic where pixels are native, else by the offset tables or the fragments
(PS3.5 A.4). Nothing but tables and the heads of fragments is read."""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from typing import BinaryIO, Final

import numpy as np
from pydicom.uid import UID, ExplicitVRBigEndian

from sefaw_rtc.dicom.elements import Element, Fragments, Leaf, find, value
from sefaw_rtc.dicom.examine import is_video
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.geometry import Geometry
from signalling.vocabulary import PictureFault

_EXTENDED_OFFSETS: Final = 0x7FE0_0001
_EXTENDED_LENGTHS: Final = 0x7FE0_0002
_MOST_TABLE: Final = 8_000_000  # eight bytes for each of a million frames
Span = tuple[int, int]  # offset and length in the stream


class FrameTable:
    """The frames of one instance. Their numbers begin with 1."""

    def __init__(
        self, stream: BinaryIO, elements: list[Element], pixels: Leaf | Fragments, geometry: Geometry, syntax: UID
    ) -> None:
        """Raises PictureRefused if it cannot be said where the frames are."""
        self.count = 1 if is_video(syntax) else geometry.frames
        self._geometry = geometry
        self._native = pixels.offset if isinstance(pixels, Leaf) else None
        # Big-endian words of bytes: the last pixel of an odd number of them stands behind the byte that fills it up.
        self._words = syntax == ExplicitVRBigEndian and self.count == 1
        self._compressed: list[list[Span]] = []
        if isinstance(pixels, Fragments):
            self._compressed = _encapsulated(stream, elements, pixels, self.count)

    def read(self, stream: BinaryIO, number: int) -> bytes:
        """A frame's bytes as stored. IndexError if there is no such frame."""
        if not 1 <= number <= self.count:
            raise IndexError(number)
        if self._native is None:
            return b"".join(_read(stream, span) for span in self._compressed[number - 1])
        bits = self._geometry.frame_bits
        begin = (number - 1) * bits
        size = (begin % 8 + bits + 7) // 8
        data = _read(stream, (self._native + begin // 8, size + (size % 2 if self._words else 0)))
        if not begin % 8 and not bits % 8:
            return data
        return _shifted(data, begin % 8, bits)


def _read(stream: BinaryIO, span: Span) -> bytes:
    stream.seek(span[0])
    return stream.read(span[1])


def _shifted(data: bytes, begin: int, bits: int) -> bytes:
    """A frame of single bits that begins inside a byte (PS3.5 8.1.1), for itself."""
    one = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[begin : begin + bits]
    return np.packbits(one, bitorder="little").tobytes()


def _encapsulated(stream: BinaryIO, elements: list[Element], pixels: Fragments, frames: int) -> list[list[Span]]:
    table, parts = pixels.parts[0], pixels.parts[1:]
    if frames == 1:
        return [parts]
    starts = _extended(stream, elements, frames) or _basic(stream, table, frames)
    if starts:
        return _by_starts(parts, starts)
    full = [part for part in parts if part[1]]
    if len(full) == frames:
        return [[part] for part in full]
    return _by_markers(stream, full, frames)


def _extended(stream: BinaryIO, elements: list[Element], frames: int) -> list[int]:
    """The extended offset table, whose 64 bits a file of many gigabytes needs."""
    leaf = find(elements, _EXTENDED_OFFSETS)
    if not isinstance(leaf, Leaf) or leaf.length != 8 * frames:
        return []
    return list(struct.unpack(f"<{frames}Q", value(stream, leaf, _MOST_TABLE)))


def _basic(stream: BinaryIO, table: Span, frames: int) -> list[int]:
    if table[1] != 4 * frames:
        return []
    return list(struct.unpack(f"<{frames}I", _read(stream, table)))


def _by_starts(parts: list[Span], starts: Sequence[int]) -> list[list[Span]]:
    """Offsets count from the first fragment's item tag, eight bytes before its content."""
    origin = parts[0][0]
    places = [offset - origin for offset, _length in parts]
    at = [bisect_left(places, start) for start in starts]
    if any(n >= len(parts) or places[n] != start for n, start in zip(at, starts, strict=True)) or at != sorted(set(at)):
        raise PictureRefused(PictureFault.BROKEN, "offset table")
    return [parts[begin:end] for begin, end in zip(at, [*at[1:], len(parts)], strict=True)]


def _by_markers(stream: BinaryIO, parts: list[Span], frames: int) -> list[list[Span]]:
    """No table, and frames of several fragments: a fragment that begins as JPEG's code streams do begins a frame."""
    begins = [n for n, part in enumerate(parts) if _read(stream, (part[0], min(4, part[1])))[:2] in _BEGINNINGS]
    if len(begins) != frames or begins[0]:
        raise PictureRefused(PictureFault.UNSUPPORTED, "which fragments are a frame is not said")
    return [parts[begin:end] for begin, end in zip(begins, [*begins[1:], len(parts)], strict=True)]


_BEGINNINGS: Final = (b"\xff\xd8", b"\xff\x4f")  # SOI of JPEG and JPEG-LS, SOC of JPEG 2000
