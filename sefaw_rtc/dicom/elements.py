"""Where the elements of a dataset are in a file (DICOM PS3.5 7), without reading their values.

Written here and not left to pydicom because the bytes are a stranger's: every length is held against what is there,
elements and depth are counted, nothing is read that is not needed, and whatever the bytes are the answer is a list or
one `PictureRefused`. A file of many gigabytes costs what its header costs.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from pydicom.datadict import dictionary_VR

from sefaw_rtc.dicom.faults import PictureRefused
from signalling.vocabulary import PictureFault

UNDEFINED: Final = 0xFFFF_FFFF
ITEM: Final = 0xFFFE_E000
ITEM_END: Final = 0xFFFE_E00D
SEQUENCE_END: Final = 0xFFFE_E0DD
PIXELS: Final = frozenset({0x7FE0_0008, 0x7FE0_0009, 0x7FE0_0010})
_LONG: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_SHORT: Final = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM"}
    | {"UI", "UL", "US"}
)
_FRAGMENTED: Final = frozenset({"OB", "OW"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written."""

    implicit: bool
    little: bool


IMPLICIT: Final = Encoding(implicit=True, little=True)


class Limits(NamedTuple):
    """Of one dataset: elements in all, depth of sequences, fragments of its pixels."""

    elements: int
    depth: int
    fragments: int


class Leaf(NamedTuple):
    """A value: `length` bytes at `offset`."""

    tag: int
    vr: str
    offset: int
    length: int


class Items(NamedTuple):
    """A sequence: the elements of each item."""

    tag: int
    items: "list[list[Element]]"


class Fragments(NamedTuple):
    """Encapsulated pixels (PS3.5 A.4): (offset, length) of each fragment, the first being the offset table."""

    tag: int
    vr: str
    parts: list[tuple[int, int]]


Element = Leaf | Items | Fragments


def walk(stream: BinaryIO, start: int, size: int, encoding: Encoding, limits: Limits) -> list[Element]:
    """The elements from `start`, up to and with the first pixel data (what follows is padding or signatures), or to
    `size`. Raises PictureRefused."""
    return _Walk(stream, size, limits).root(start, encoding)


def find(elements: list[Element], tag: int) -> Element | None:
    """The element of this tag on this level."""
    return next((one for one in elements if one.tag == tag), None)


def value(stream: BinaryIO, leaf: Leaf, most: int) -> bytes:
    """A value's bytes. PictureRefused if they are more than `most`."""
    if leaf.length > most:
        raise PictureRefused(PictureFault.TOO_LARGE, f"{leaf.tag:08X} has {leaf.length} bytes")
    stream.seek(leaf.offset)
    return stream.read(leaf.length)


def implicit_vr(tag: int) -> str:
    """What the dictionary says (PS3.6), for implicit VR. Private elements are UN, but for their creators."""
    if tag & 0xFFFF == 0:
        return "UL"
    if tag >> 16 & 1:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"


class _Walk:
    def __init__(self, stream: BinaryIO, size: int, limits: Limits) -> None:
        self._stream = stream
        self._size = size
        self._limits = limits
        self._left = limits.elements

    def root(self, start: int, encoding: Encoding) -> list[Element]:
        found: list[Element] = []
        seen: set[int] = set()
        at = start
        while at < self._size:
            if self._size - at < 8 and not self._bytes(at, self._size - at, self._size).strip(b"\0"):
                break  # a deflated stream is padded to even length
            element, at = self._element(at, self._size, encoding, 0)
            _refuse_twice(element.tag, seen)
            found.append(element)
            if element.tag in PIXELS:
                break
        return found

    def _item(self, at: int, end: int, encoding: Encoding, depth: int, *, delimited: bool) -> tuple[list[Element], int]:
        """The elements of an item, and where the next begins."""
        found: list[Element] = []
        seen: set[int] = set()
        while delimited or at < end:
            tag, length = self._tag(at, end, encoding)
            if delimited and tag == ITEM_END:
                return found, at + 8
            if tag >> 16 == ITEM >> 16:
                raise PictureRefused(PictureFault.BROKEN, f"{tag:08X} ({length}) inside an item")
            element, at = self._element(at, end, encoding, depth)
            _refuse_twice(element.tag, seen)
            found.append(element)
        return found, at

    def _element(self, at: int, end: int, encoding: Encoding, depth: int) -> tuple[Element, int]:
        self._left -= 1
        if self._left < 0:
            raise PictureRefused(PictureFault.TOO_MANY, "elements")
        tag, vr, length, at = self._header(at, end, encoding)
        if length == UNDEFINED:
            return self._undefined(tag, vr, at, end, encoding, depth)
        if length > end - at:
            raise PictureRefused(PictureFault.TRUNCATED, f"{tag:08X} ends {length - (end - at)} bytes later")
        if vr == "SQ":
            items, _ = self._sequence(at, at + length, encoding, depth + 1, delimited=False)
            return Items(tag, items), at + length
        return Leaf(tag, vr, at, length), at + length

    def _undefined(self, tag: int, vr: str, at: int, end: int, encoding: Encoding, depth: int) -> tuple[Element, int]:
        if vr in _FRAGMENTED or tag in PIXELS:
            parts, at = self._fragments(at, end, encoding)
            return Fragments(tag, vr, parts), at
        if vr == "UN":  # PS3.5 6.2.2: a sequence in implicit VR little endian, whatever stands around it
            encoding = IMPLICIT
        elif vr != "SQ":
            raise PictureRefused(PictureFault.BROKEN, f"{tag:08X} {vr} has no length")
        items, at = self._sequence(at, end, encoding, depth + 1, delimited=True)
        return Items(tag, items), at

    def _sequence(
        self, at: int, end: int, encoding: Encoding, depth: int, *, delimited: bool
    ) -> tuple[list[list[Element]], int]:
        if depth > self._limits.depth:
            raise PictureRefused(PictureFault.BOMB, "sequences in sequences")
        items: list[list[Element]] = []
        while delimited or at < end:
            self._left -= 1
            tag, length = self._tag(at, end, encoding)
            at += 8
            if delimited and tag == SEQUENCE_END:
                return items, at
            if tag != ITEM or self._left < 0:
                fault = PictureFault.BROKEN if tag != ITEM else PictureFault.TOO_MANY
                raise PictureRefused(fault, f"{tag:08X} in a sequence")
            if length == UNDEFINED:
                item, at = self._item(at, end, encoding, depth, delimited=True)
            elif length > end - at:
                raise PictureRefused(PictureFault.TRUNCATED, "an item")
            else:
                item, at = self._item(at, at + length, encoding, depth, delimited=False)
            items.append(item)
        return items, at

    def _fragments(self, at: int, end: int, encoding: Encoding) -> tuple[list[tuple[int, int]], int]:
        parts: list[tuple[int, int]] = []
        while True:
            tag, length = self._tag(at, end, encoding)
            at += 8
            if tag == SEQUENCE_END:
                return parts, at
            if tag != ITEM or length > end - at:
                fault = PictureFault.BROKEN if tag != ITEM else PictureFault.TRUNCATED
                raise PictureRefused(fault, f"{tag:08X} ({length}) among fragments")
            if len(parts) > self._limits.fragments:
                raise PictureRefused(PictureFault.TOO_MANY, "fragments")
            parts.append((at, length))
            at += length

    def _header(self, at: int, end: int, encoding: Encoding) -> tuple[int, str, int, int]:
        """Tag, VR, length and where the value begins."""
        tag, length = self._tag(at, end, encoding)
        if encoding.implicit:
            return tag, implicit_vr(tag), length, at + 8
        order = "<" if encoding.little else ">"
        vr = self._bytes(at + 4, 2, end).decode("latin-1")
        if vr in _SHORT:
            (length,) = struct.unpack(f"{order}H", self._bytes(at + 6, 2, end))
            return tag, vr, length, at + 8
        if vr in _LONG:
            (length,) = struct.unpack(f"{order}I", self._bytes(at + 8, 4, end))
            return tag, vr, length, at + 12
        raise PictureRefused(PictureFault.BROKEN, f"{tag:08X} has no VR that is known")

    def _tag(self, at: int, end: int, encoding: Encoding) -> tuple[int, int]:
        group, element, length = struct.unpack("<HHI" if encoding.little else ">HHI", self._bytes(at, 8, end))
        return group << 16 | element, length

    def _bytes(self, at: int, count: int, end: int) -> bytes:
        if at + count > end:
            raise PictureRefused(PictureFault.TRUNCATED, "ends inside an element")
        self._stream.seek(at)
        data = self._stream.read(count)
        if len(data) < count:
            raise PictureRefused(PictureFault.TRUNCATED, "shorter than it was")
        return data


def leaves(elements: list[Element], path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every value with its path, `TAG` or `TAG-ITEM-TAG` (items from 1): how BulkDataURIs name it."""
    for one in elements:
        here = f"{path}{one.tag:08X}"
        if isinstance(one, Leaf):
            yield here, one
        elif isinstance(one, Items):
            for number, item in enumerate(one.items, start=1):
                yield from leaves(item, f"{here}-{number}-")


def _refuse_twice(tag: int, seen: set[int]) -> None:
    """Two readers could take different ones: of two patient names, say."""
    if tag in seen:
        raise PictureRefused(PictureFault.BROKEN, f"{tag:08X} twice")
    seen.add(tag)
