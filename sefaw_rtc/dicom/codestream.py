"""What the head of a compressed frame says of itself: enough to know what a decoder will make of it. Nothing is
decoded, nothing beyond the first kilobytes is looked at; what cannot be read is `None`, never an exception.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

LOOKED_AT: Final = 65_536  # a JPEG's head with an embedded thumbnail or profile; a J2K main header is far below


@dataclass(frozen=True, slots=True)
class Codestream:
    """`transform`: whether a decoder turns three components into RGB by the stream's own word (JPEG: as libjpeg
    guesses it; JPEG 2000: the component transform). `ybr`: what a JPEG surely holds, None if only the dataset knows.
    `signed`: None where the format has no word for it. `interleaved`: components come pixel by pixel or line by line
    (JPEG-LS). `subsampled`: components differ in size."""

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool | None = None
    transform: bool = False
    ybr: bool | None = None
    interleaved: bool = True
    subsampled: bool = False


def read_codestream(data: bytes) -> Codestream | None:
    """JPEG (T.81), JPEG-LS (T.87) and JPEG 2000 or HTJ2K (T.800 A.5) by their first bytes."""
    head = data[:LOOKED_AT]
    if head[:4] == b"\xff\x4f\xff\x51":
        return _jpeg2000(head)
    if head[:2] == b"\xff\xd8":
        return _jpeg(head)
    return None


# ---- JPEG and JPEG-LS -----------------------------------------------------------------------------------------------

_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}  # the last: JPEG-LS (T.87 C.1.1)
_JPEG_LS: Final = 0xF7
_START_OF_SCAN: Final = 0xDA
_RGB_IDS: Final = frozenset({b"RGB", b"rgb"})  # as pydicom reads them; libjpeg knows the first only


def _jpeg(head: bytes) -> Codestream | None:
    """Segments up to the first scan."""
    frame, kind, jfif, adobe = b"", 0, False, -1
    for marker, body in _segments(head):
        if marker in _FRAME_HEADERS:
            frame, kind = body, marker
        elif marker == 0xE0 and body[:5] == b"JFIF\0":
            jfif = True
        elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        elif marker == _START_OF_SCAN:
            ids = bytes(frame[6 + 3 * n] for n in range(frame[5])) if _is_whole(frame, body) else b""
            if not ids:
                return None
            found = _of_headers(frame, ids, transform=len(ids) == 3 and _is_ybr(ids, jfif=jfif, adobe=adobe))
            sure = True if jfif else False if ids in _RGB_IDS else None
            return replace(found, ybr=sure, interleaved=kind != _JPEG_LS or body[2 * body[0] + 2] != 0)
    return None


def _segments(head: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:  # a fill byte (B.1.1.2)
            at += 1
            continue
        length = int.from_bytes(head[at + 2 : at + 4], "big")
        body = head[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            return
        yield marker, body
        at += 2 + length


def _is_whole(frame: bytes, scan: bytes) -> bool:
    return len(frame) >= 9 and len(frame) >= 6 + 3 * frame[5] and len(scan) >= 1 and len(scan) >= 2 * scan[0] + 4


def _of_headers(frame: bytes, ids: bytes, *, transform: bool) -> Codestream:
    return Codestream(
        rows=int.from_bytes(frame[1:3], "big"),
        columns=int.from_bytes(frame[3:5], "big"),
        components=len(ids),
        precision=frame[0],
        transform=transform,
        subsampled=len({frame[7 + 3 * n] for n in range(len(ids))}) > 1,
    )


def _is_ybr(ids: bytes, *, jfif: bool, adobe: int) -> bool:
    """As libjpeg's default_decompress_parms guesses, and with it every browser: JFIF is YBR, Adobe says so itself,
    else by the component ids, and YBR if nothing speaks."""
    if jfif:
        return True
    if adobe >= 0:
        return adobe != 0
    return ids != b"RGB"


# ---- JPEG 2000 ------------------------------------------------------------------------------------------------------


def _jpeg2000(head: bytes) -> Codestream | None:
    """SIZ (A.5.1) stands first; COD (A.6.1) has the component transform."""
    size = head[4 : 4 + int.from_bytes(head[4:6], "big")]
    if len(size) < 41:
        return None
    width, height, left, top = (int.from_bytes(size[n : n + 4], "big") for n in (4, 8, 12, 16))
    count = int.from_bytes(size[36:38], "big")
    parts = [size[38 + 3 * n : 41 + 3 * n] for n in range(count)]
    transform = _component_transform(head)
    whole = parts and len(parts[-1]) == 3 and transform is not None
    if not whole or left > width or top > height:
        return None
    return Codestream(
        rows=height - top,
        columns=width - left,
        components=count,
        precision=(parts[0][0] & 0x7F) + 1,
        signed=bool(parts[0][0] & 0x80),
        transform=bool(transform),
        subsampled=any(part[1:] != b"\x01\x01" for part in parts),
    )


def _component_transform(head: bytes) -> bool | None:
    """Of the main header's COD. None if it is not there."""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] != 0x90:  # SOT ends the main header
        if head[at + 1] == 0x52:
            return head[at + 8] != 0 if at + 8 < len(head) else None
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
