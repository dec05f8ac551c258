"""Whether a file may be kept, and what it is: the one check for all doors (STOW-RS, ZIP, C-STORE), run again on a file
that lost its place in the index. Whatever the bytes are, the answer is an `Examined` or a `PictureRefused`."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.uid import UID

from sefaw_rtc.dicom.elements import Element, Encoding, Fragments, Leaf, Limits, find, walk
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.geometry import Geometry, geometry_of
from sefaw_rtc.dicom.metadata import Json, to_json
from sefaw_rtc.dicom.part10 import Opening, encoding, inflated, opening
from sefaw_rtc.dicom.port import InstanceRef
from signalling.ids import UID_PATTERN, InstanceId, SeriesId, StudyId
from signalling.vocabulary import PictureFault

DICOMDIR: Final = "1.2.840.10008.1.3.10"
_UID: Final = re.compile(UID_PATTERN)
_AVAILABLE_TRANSFER_SYNTAX: Final = "00083002"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one file, in bytes where it is not said: `file` as it is, `header` all values that are read, `inflated` a
    deflated dataset, `frame` one native or decoded frame."""

    file: int
    header: int
    inflated: int
    frame: int
    elements: int
    depth: int
    fragments: int

    @property
    def limits(self) -> Limits:
        return Limits(self.elements, self.depth, self.fragments)


@dataclass(frozen=True, slots=True)
class Examined:
    """An instance that may be kept."""

    ref: InstanceRef
    sop_class: str
    opening: Opening
    metadata: Json
    frames: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A dataset where it can be read: in the file, or inflated."""

    stream: BinaryIO
    opening: Opening
    encoding: Encoding
    elements: list[Element]


def opened(file: BinaryIO, bounds: Bounds) -> Opened:
    """The elements of a file, which stays open. Raises PictureRefused."""
    size = file.seek(0, os.SEEK_END)
    if size > bounds.file:
        raise PictureRefused(PictureFault.TOO_LARGE, "file")
    found = opening(file, size)
    syntax = encoding(found.transfer_syntax)
    stream, start = file, found.dataset_at
    if found.transfer_syntax.is_deflated:
        stream, start = inflated(file, start, bounds.inflated), 0
        size = stream.seek(0, os.SEEK_END)
    return Opened(stream, found, syntax, walk(stream, start, size, syntax, bounds.limits))


def examine(path: Path, bounds: Bounds) -> Examined:
    """What the file is. Raises PictureRefused with the reason if it may not be kept."""
    with path.open("rb") as file:
        return examine_open(file, bounds)


def examine_open(file: BinaryIO, bounds: Bounds) -> Examined:
    """The same of a file that is open."""
    found = opened(file, bounds)
    metadata = to_json(found.stream, found.elements, found.encoding, bounds.header)
    sop_class = _uid(metadata, "00080016")
    if sop_class == DICOMDIR:
        raise PictureRefused(PictureFault.UNSUPPORTED, "a directory, no picture")
    ref = InstanceRef(
        StudyId(_uid(metadata, "0020000D")),
        SeriesId(_uid(metadata, "0020000E")),
        InstanceId(_uid(metadata, "00080018")),
    )
    geometry = geometry_of(metadata, _pixels(found.elements) is not None)
    if geometry is not None:
        _refuse_missing_pixels(found, geometry, bounds)
    metadata[_AVAILABLE_TRANSFER_SYNTAX] = {"vr": "UI", "Value": [str(found.opening.transfer_syntax)]}
    return Examined(ref, sop_class, found.opening, metadata, geometry.frames if geometry else 0)


def pixels_of(elements: list[Element]) -> Leaf | Fragments | None:
    """The pixel data, if there are any."""
    return _pixels(elements)


def _pixels(elements: list[Element]) -> Leaf | Fragments | None:
    for tag in (0x7FE0_0010, 0x7FE0_0008, 0x7FE0_0009):
        one = find(elements, tag)
        if isinstance(one, Leaf | Fragments):
            return one
    return None


def _uid(metadata: Json, tag: str) -> str:
    values = metadata.get(tag, {}).get("Value") or []
    if len(values) != 1 or not isinstance(values[0], str) or not _UID.match(values[0]):
        raise PictureRefused(PictureFault.NO_IDENTITY, tag)
    return str(values[0])


def _refuse_missing_pixels(found: Opened, geometry: Geometry, bounds: Bounds) -> None:
    if geometry.frame_bytes > bounds.frame:
        raise PictureRefused(PictureFault.TOO_LARGE, "one frame")
    pixels, syntax = _pixels(found.elements), found.opening.transfer_syntax
    if isinstance(pixels, Leaf):
        if syntax.is_encapsulated:
            raise PictureRefused(PictureFault.BROKEN, "compressed pixels have a length")
        if pixels.length < geometry.all_bytes:
            raise PictureRefused(PictureFault.TRUNCATED, f"{geometry.all_bytes - pixels.length} bytes of pixels")
    elif pixels is not None:
        if not syntax.is_encapsulated:
            raise PictureRefused(PictureFault.BROKEN, "native pixels have no length")
        full = sum(1 for _offset, length in pixels.parts[1:] if length)
        if not full or (full < geometry.frames and not is_video(syntax)):
            raise PictureRefused(PictureFault.TRUNCATED, f"{full} fragments for {geometry.frames} frames")


def is_video(syntax: UID) -> bool:
    """All frames in one stream (PS3.5 8.2.5 and following): MPEG-2, H.264, H.265."""
    return "1.2.840.10008.1.2.4.100" <= str(syntax)[:23] <= "1.2.840.10008.1.2.4.108"
