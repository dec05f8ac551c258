"""The outside of a DICOM file (PS3.10 7): preamble, file meta information, and the dataset behind it. Files without
them are taken where it is certain how they are written."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from sefaw_rtc.dicom.elements import Encoding, Leaf, implicit_vr
from sefaw_rtc.dicom.faults import PictureRefused
from signalling.vocabulary import PictureFault

PREAMBLE: Final = 132
_TRANSFER_SYNTAX: Final = 0x0002_0010
_MOST_META: Final = 65_536  # a dozen short values; private information may be a few kB
_IMPLEMENTATION: Final = "2.25.226519817562733104325879410278305144627"
_CHUNK: Final = 1 << 20


class Opening(NamedTuple):
    """How a file begins: `complete` = with preamble and file meta information, as PS3.10 wants it."""

    transfer_syntax: UID
    dataset_at: int
    complete: bool


def opening(stream: BinaryIO, size: int) -> Opening:
    """What stands before the dataset. PictureRefused if it is no DICOM file."""
    stream.seek(0)
    head = stream.read(PREAMBLE + 8)
    preamble = head[128:132] == b"DICM"
    start = PREAMBLE if preamble else 0
    first = head[start : start + 8]
    if first[:2] == b"\x02\x00":
        meta, dataset_at = _meta(stream, start, size)
        syntax = meta or _guessed(stream, dataset_at)
        return Opening(syntax, dataset_at, preamble and meta is not None)
    return Opening(_guessed(stream, start), start, complete=False)


def encoding(syntax: UID) -> Encoding:
    """How the elements of a transfer syntax are written. PictureRefused for one that pydicom does not know: a private
    one may be written in any way."""
    if not syntax.is_transfer_syntax or syntax.is_private:
        raise PictureRefused(PictureFault.UNSUPPORTED, "transfer syntax")
    return Encoding(implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)


def inflated(stream: BinaryIO, dataset_at: int, most: int) -> BytesIO:
    """The dataset of a deflated file (PS3.5 A.5), in memory. PictureRefused if it would be more than `most`."""
    unpacker, out = zlib.decompressobj(-zlib.MAX_WBITS), BytesIO()
    stream.seek(dataset_at)
    try:
        while not unpacker.eof and (chunk := unpacker.unconsumed_tail or stream.read(_CHUNK)):
            out.write(unpacker.decompress(chunk, _CHUNK))
            if out.tell() > most:
                raise PictureRefused(PictureFault.BOMB, "deflated dataset")
    except zlib.error:
        raise PictureRefused(PictureFault.BROKEN, "deflated dataset") from None
    if not unpacker.eof:
        raise PictureRefused(PictureFault.TRUNCATED, "deflated dataset")
    return out


def complete(source: Path, target: Path, found: Opening, sop_class: str, instance: str) -> None:
    """Write `target`: preamble, file meta information, and the dataset of `source` as it is. It is not synced."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(instance)
    meta.TransferSyntaxUID = found.transfer_syntax
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    with target.open("xb") as out, source.open("rb") as data:
        out.write(bytes(128) + b"DICM")
        write_file_meta_info(out, meta, enforce_standard=True)  # type: ignore[arg-type]  # any file will do
        data.seek(found.dataset_at)
        while chunk := data.read(_CHUNK):
            out.write(chunk)


def _meta(stream: BinaryIO, start: int, size: int) -> tuple[UID | None, int]:
    """The transfer syntax, if it is said, and where the dataset begins. The group's length is not believed."""
    at, syntax = start, None
    while at < size:
        stream.seek(at)
        if stream.read(2) != b"\x02\x00":
            break
        leaf = _meta_element(stream, at, size)
        at = leaf.offset + leaf.length
        if at - start > _MOST_META:
            raise PictureRefused(PictureFault.TOO_LARGE, "file meta information")
        if leaf.tag == _TRANSFER_SYNTAX:
            stream.seek(leaf.offset)
            syntax = UID(stream.read(leaf.length).rstrip(b"\0 ").decode("latin-1"))
    return syntax, at


def _meta_element(stream: BinaryIO, at: int, size: int) -> Leaf:
    stream.seek(at)
    head = stream.read(12)
    if len(head) < 8:
        raise PictureRefused(PictureFault.TRUNCATED, "file meta information")
    long = head[4:6] in {b"OB", b"UN"}
    length = int.from_bytes(head[8:12] if long else head[6:8], "little")
    offset = at + (12 if long else 8)
    if not head[4:6].isalpha():
        raise PictureRefused(PictureFault.BROKEN, "file meta information")
    if offset + length > size:
        raise PictureRefused(PictureFault.TRUNCATED, "file meta information")
    return Leaf(int.from_bytes(head[:2], "little") << 16 | int.from_bytes(head[2:4], "little"), "", offset, length)


def _guessed(stream: BinaryIO, at: int) -> UID:
    """How a dataset is written that does not say so: by its first element, which is of group 0008 in every instance.
    Nothing else is safe to guess, a compressed or deflated one least of all."""
    stream.seek(at)
    head = stream.read(8)
    if len(head) < 8:
        raise PictureRefused(PictureFault.NOT_DICOM)
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    if head[:2] == b"\x00\x08" and explicit:
        return ExplicitVRBigEndian
    group, element, length = struct.unpack("<HHI", head)
    if group != 0x0008 or element > 0x0100:
        raise PictureRefused(PictureFault.NOT_DICOM)
    if explicit:
        return ExplicitVRLittleEndian
    if length > 1024 or implicit_vr(group << 16 | element) == "UN":
        raise PictureRefused(PictureFault.NOT_DICOM)
    return ImplicitVRLittleEndian
