"""Width and height of a JPEG, PNG or WebP, from its headers. Nothing is decoded: a browser does that, in its sandbox.

A file must be whole and hold nothing behind its end, so that what one program shows as a picture is nothing else to
another one.
"""

import zlib
from typing import Final, NamedTuple

from sefaw_rtc.attachments.reading import Damaged, Reader

MOST_SIDE: Final = 8192  # what every browser's canvas and every phone's GPU can hold
MOST_PIXELS: Final = 50_000_000  # a phone's largest camera mode; decoded 200 MB. Our own page sends 3 million


class Size(NamedTuple):
    """In px."""

    width: int
    height: int


def jpeg(data: bytes) -> Size:
    """ITU-T T.81 annex B: segments up to the first scan; the frame header has the size."""
    reader, size = Reader(data), None
    reader.skip(2)
    while True:
        marker = _marker(reader)
        if marker == _SOS:
            break
        segment = reader.window(reader.number(2) - 2)
        if marker in _SOF:
            segment.skip(1)
            height, width = segment.number(2), segment.number(2)
            size = Size(width, height)
    if size is None or data[-2:] != b"\xff\xd9":
        raise Damaged("no frame or no end")
    return _bounded(size)


_SOS: Final = 0xDA
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; those three are tables
_FILL: Final = 0xFF


def _marker(reader: Reader) -> int:
    """The next marker that has a length. Fill bytes may stand before it (B.1.1.2)."""
    if reader.number(1) != _FILL:
        raise Damaged("no marker")
    code = _FILL
    while code == _FILL:
        code = reader.number(1)
    if code == 0 or 0xD0 <= code <= 0xD9 or code == 0x01:
        raise Damaged("a marker out of place")
    return code


def png(data: bytes) -> Size:
    """ISO/IEC 15948: IHDR first, IEND last, every chunk with its CRC."""
    reader, size, kind = Reader(data), None, b""
    reader.skip(8)
    while kind != b"IEND":
        length, kind = reader.number(4), reader.take(4)
        body = reader.take(length)
        if reader.number(4) != zlib.crc32(kind + body):
            raise Damaged("CRC")
        if size is None:
            if kind != b"IHDR" or length != 13:
                raise Damaged("IHDR is not first")
            size = Size(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
    if size is None or reader.left:
        raise Damaged("something behind the end")
    return _bounded(size)


def webp(data: bytes) -> Size:
    """RFC 9649: RIFF with its exact size; the first chunk has the canvas."""
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        raise Damaged("RIFF size")
    reader = Reader(data, 12)
    kind = reader.take(4)
    body = reader.window(int.from_bytes(reader.take(4), "little"))
    if kind == b"VP8 ":
        body.skip(3)
        if body.take(3) != b"\x9d\x01\x2a":
            raise Damaged("no VP8 keyframe")
        width, height = (int.from_bytes(body.take(2), "little") & 0x3FFF for _ in range(2))
    elif kind == b"VP8L":
        if body.number(1) != 0x2F:
            raise Damaged("VP8L signature")
        bits = int.from_bytes(body.take(4), "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X":
        body.skip(4)
        width, height = (int.from_bytes(body.take(3), "little") + 1 for _ in range(2))
    else:
        raise Damaged("chunk")
    return _bounded(Size(width, height))


def _bounded(size: Size) -> Size:
    if min(size) < 1 or max(size) > MOST_SIDE or size.width * size.height > MOST_PIXELS:
        raise Damaged("dimensions")
    return size
