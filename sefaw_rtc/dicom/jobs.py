"""What the decoding processes are asked, and what they answer: plain data that goes through a pipe."""

from typing import Literal

import msgspec

from sefaw_rtc.dicom.imaging import Imaging
from signalling.vocabulary import VoiFunction


class Palette(msgspec.Struct, frozen=True):
    """A palette (PS3.3 C.7.6.3.1.5): its three descriptors, its tables as stored, segmented or not."""

    descriptors: list[list[int]]
    data: list[bytes]
    segmented: bool = False


class Table(msgspec.Struct, frozen=True):
    """A modality or VOI lookup table: words of 16 bits, little endian, for the values from `first` on; `most` is the
    largest that an entry can be."""

    first: int
    entries: bytes
    most: int


class Grey(msgspec.Struct, frozen=True):
    """From stored values to grey (PS3.3 C.11.1, C.11.2). `modality` takes the place of slope and intercept, `voi` that
    of the window where `width` is 0; without it that is from the least to the greatest value."""

    slope: float = 1.0
    intercept: float = 0.0
    centre: float = 0.0
    width: float = 0.0
    function: VoiFunction = VoiFunction.LINEAR
    invert: bool = False
    modality: Table | None = None
    voi: Table | None = None


class Picture(msgspec.Struct, frozen=True):
    """How to make a picture for a screen. `width` and `height` in px bound it, 0 = as it is; it is never enlarged
    beyond them nor distorted. `region`: left, top, width, height of the part of the source, in px. `aspect`: height
    of a pixel by its width."""

    form: Literal["jpeg", "png"]
    grey: Grey
    width: int = 0
    height: int = 0
    region: tuple[int, int, int, int] | None = None
    quality: int = 85
    aspect: float = 1.0


class Job(msgspec.Struct, frozen=True):
    """One frame, and what is to become of it: uncompressed values in the form of `shown.py`; those as JPEG-LS,
    lossless; or a picture."""

    kind: Literal["native", "jpeg_ls", "picture"]
    image: Imaging
    frame: bytes
    palette: Palette | None = None
    picture: Picture | None = None


class Answer(msgspec.Struct, frozen=True):
    """`fault`: why there is no `data`; for developers."""

    data: bytes = b""
    fault: str = ""
