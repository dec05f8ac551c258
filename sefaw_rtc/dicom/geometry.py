"""How large the pixels of an instance are (PS3.3 C.7.6.3), as its attributes say."""

from dataclasses import dataclass
from typing import Final

from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.metadata import Json
from signalling.vocabulary import PictureFault

_MOST_FRAMES: Final = 1_000_000  # as the wire counts them
_SAMPLES: Final = (1, 3, 4)
_BITS: Final = (1, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class Geometry:
    """`samples` a pixel as stored natively, `bits` a sample."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    subsampled: bool

    @property
    def frame_bits(self) -> int:
        """Of one frame without compression. YBR_FULL_422 keeps two samples a pixel (PS3.3 C.7.6.3.1.2)."""
        return self.rows * self.columns * (2 if self.subsampled else self.samples) * self.bits

    @property
    def frame_bytes(self) -> int:
        """Frames of single bits follow each other without a gap (PS3.5 8.1.1): rounded up."""
        return (self.frame_bits + 7) // 8

    @property
    def all_bytes(self) -> int:
        return (self.frame_bits * self.frames + 7) // 8


def geometry_of(metadata: Json, has_pixels: bool) -> Geometry | None:
    """None = there are no pixels. PictureRefused if they cannot be what is said."""
    if not has_pixels:
        return None
    return Geometry(
        rows=_number(metadata, "00280010", 1, 65_535),
        columns=_number(metadata, "00280011", 1, 65_535),
        samples=_one_of(metadata, "00280002", _SAMPLES, 1),
        bits=_one_of(metadata, "00280100", _BITS, None),
        frames=_number(metadata, "00280008", 1, _MOST_FRAMES, 1),
        subsampled=(metadata.get("00280004", {}).get("Value") or [""])[0] == "YBR_FULL_422",
    )


def _number(metadata: Json, tag: str, least: int, most: int, default: int | None = None) -> int:
    values = metadata.get(tag, {}).get("Value") or []
    number = values[0] if values else default
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise PictureRefused(PictureFault.BROKEN, tag)
    return number


def _one_of(metadata: Json, tag: str, allowed: tuple[int, ...], default: int | None) -> int:
    number = _number(metadata, tag, 1, 64, default)
    if number not in allowed:
        raise PictureRefused(PictureFault.UNSUPPORTED, tag)
    return number
