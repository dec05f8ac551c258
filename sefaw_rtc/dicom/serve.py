"""The one decision of how a frame goes out: as it is stored, decoded by us, or not at all. Pure.

A wrong picture is worse than none, so what a browser gets as stored is a closed list: what Cornerstone 5.14 was seen
to decode into the very values that pydicom reads, by transfer syntax and by what the codestream's head says. All else
is decoded here and goes out as uncompressed values, in the form that `shown.py` puts into the metadata.

Colour always arrives as RGB, pixel by pixel, 8 bits; grey keeps its bits, but 1-bit pixels become bytes and signed
bytes 16-bit numbers, which Cornerstone has no array for.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from pydicom import uid

from sefaw_rtc.dicom.codestream import Codestream, read_codestream
from sefaw_rtc.dicom.imaging import Imaging


class Why(StrEnum):
    """Why a frame does not go out as stored, or not at all. The page has words for each."""

    BYTE_ORDER = "byte_order"
    BITS = "bits"  # 1 bit, signed bytes, or bits that are not where decoders look for them
    COLOUR = "colour"  # palette, YBR without a word of it in the stream, planes
    DEPTH = "depth"  # more than 8 bits a colour: the upper 8 are shown
    SIGN = "sign"  # the stream's sign is not the dataset's
    CODEC = "codec"  # no decoder of the browser's that is known to be right
    DAMAGED = "damaged"  # less than it should be, or not what it says
    VIDEO = "video"
    UNKNOWN_SYNTAX = "unknown_syntax"


@dataclass(frozen=True, slots=True)
class Stored:
    """As it is; native frames count as Explicit VR Little Endian."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """By us."""

    why: Why


@dataclass(frozen=True, slots=True)
class Refused:
    """Not shown."""

    why: Why


HowToServe = Stored | Decoded | Refused

NATIVE: Final = frozenset(
    {
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.DeflatedExplicitVRLittleEndian,
        "1.2.840.10008.1.2.1.98",  # Encapsulated Uncompressed: a frame of it is the same bytes
    }
)
_JPEG_2000: Final = frozenset({uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K})
_JPEG_LS: Final = frozenset({uid.JPEGLSLossless, uid.JPEGLSNearLossless})
_VIDEO: Final = frozenset(
    str(one) for one in (*uid.MPEGTransferSyntaxes, "1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108")
)
_DECODABLE: Final = _JPEG_2000 | _JPEG_LS | {
    uid.ExplicitVRBigEndian,
    uid.RLELossless,
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
}  # fmt: skip


def how_to_serve(image: Imaging, frame: bytes) -> HowToServe:
    """For one frame, as the source gave it."""
    syntax = image.transfer_syntax
    if syntax in _VIDEO:
        return Refused(Why.VIDEO)
    if syntax in NATIVE:
        return _native(image, frame)
    if syntax not in _DECODABLE:
        return Refused(Why.UNKNOWN_SYNTAX)
    if syntax == uid.ExplicitVRBigEndian:
        return _big_endian(image, frame)
    if (why := _unusual(image)) is not None:
        return Decoded(why)
    if syntax == uid.RLELossless:
        return _rle(image)
    return _coded(image, read_codestream(frame))


def _native(image: Imaging, frame: bytes) -> HowToServe:
    if not _is_whole(image, frame):
        return Refused(Why.DAMAGED)
    if (why := _unusual(image)) is not None:
        return Decoded(why)
    if image.colour and (image.planar or image.photometric != "RGB"):
        return Decoded(Why.COLOUR)
    if image.bits_stored < image.bits_allocated and _has_more_bits(image, frame):
        return Decoded(Why.BITS)
    return Stored()


def _big_endian(image: Imaging, frame: bytes) -> HowToServe:
    if not _is_whole(image, frame):
        return Refused(Why.DAMAGED)
    # Words of bytes: in such a file the swapped pairs reach from one frame into the next.
    torn = image.frames > 1 and image.bits_allocated == 8 and image.native_bytes % 2 and image.pixel_vr == "OW"
    return Refused(Why.BYTE_ORDER) if torn else Decoded(Why.BYTE_ORDER)


def _unusual(image: Imaging) -> Why | None:
    """What no browser path of ours is right for, whatever the compression."""
    if image.bits_allocated == 1 or image.high_bit != image.bits_stored - 1 or image.embedded_overlay:
        return Why.BITS
    if image.colour and image.bits_allocated > 8 and image.samples == 3:
        return Why.DEPTH
    if image.photometric == "PALETTE COLOR":
        return Why.COLOUR
    if image.signed and image.bits_allocated == 8:
        return Why.BITS
    return None


def _rle(image: Imaging) -> HowToServe:
    if image.bits_allocated == 32:
        return Decoded(Why.CODEC)
    if image.colour and image.photometric != "RGB":
        return Decoded(Why.COLOUR)
    return Stored()


def _coded(image: Imaging, stream: Codestream | None) -> HowToServe:
    """JPEG, JPEG-LS, JPEG 2000, HTJ2K. A head that cannot be read may still be decodable (JP2 boxes)."""
    if stream is None:
        return Decoded(Why.CODEC)
    if (stream.rows, stream.columns, stream.components) != (image.rows, image.columns, image.samples):
        return Refused(Why.DAMAGED)
    if image.transfer_syntax == uid.JPEGBaseline8Bit:
        return _baseline(image, stream)
    if image.transfer_syntax == uid.JPEGExtended12Bit and stream.precision > 8:
        return Refused(Why.CODEC)  # neither the browser's decoder nor ours is known to be right
    if image.transfer_syntax in {uid.JPEGExtended12Bit, uid.JPEGLossless}:
        return Decoded(Why.CODEC)
    if image.colour and (stream.subsampled or not stream.interleaved):
        return Decoded(Why.COLOUR)
    if image.transfer_syntax in _JPEG_2000:
        return _jpeg2000(image, stream)
    if stream.precision > image.bits_stored:
        return Decoded(Why.BITS)
    return Decoded(Why.COLOUR) if image.colour and (image.photometric != "RGB" or stream.ybr) else Stored()


def _baseline(image: Imaging, stream: Codestream) -> HowToServe:
    """Browsers turn three components into RGB as libjpeg guesses; the dataset may know better."""
    if stream.components == 1:
        return Stored()
    ybr = image.photometric.startswith("YBR") if stream.ybr is None else stream.ybr
    return Stored() if stream.transform == ybr else Decoded(Why.COLOUR)


def _jpeg2000(image: Imaging, stream: Codestream) -> HowToServe:
    if stream.signed is not image.signed:
        return Decoded(Why.SIGN)
    if stream.precision != image.bits_stored:
        return Decoded(Why.BITS)
    # YBR_FULL without the stream's own transform stays YBR after decoding.
    return Decoded(Why.COLOUR) if image.photometric.startswith("YBR_FULL") else Stored()


def _is_whole(image: Imaging, frame: bytes) -> bool:
    return len(frame) >= image.native_bytes


def _has_more_bits(image: Imaging, frame: bytes) -> bool:
    """Whether bits above the stored ones are set that are no sign: decoders disagree on them (PS3.5 8.1.1)."""
    kind = {8: "u1", 16: "<u2", 32: "<u4"}[image.bits_allocated]
    values = np.frombuffer(frame, kind, count=image.rows * image.columns * image.samples)
    if not image.signed:
        return bool((values >> image.bits_stored).any())
    shift = image.bits_allocated - image.bits_stored
    signed = values.view(kind.replace("u", "i"))
    return not np.array_equal(np.right_shift(np.left_shift(signed, shift), shift), signed)
