"""What an instance says of its pixels (PS3.3 C.7.6.3), parsed once from its DICOM JSON and bounded. Everything behind
it may trust the numbers."""

from dataclasses import dataclass
from typing import Any, Final

from sefaw_rtc.dicom.port import DicomJson

MOST_SIDE: Final = 65_535  # Rows and Columns are US
MOST_FRAME_BYTES: Final = 134_217_728  # one frame, decoded: an 8-bit RGB slide of 6,600², far above any modality's
MOST_FRAMES: Final = 1_000_000  # the wire's FrameNumber

_OVERLAY_GROUPS: Final = range(0x6000, 0x6020, 2)


class NoImageError(Exception):
    """It has no pixels, or says impossible things of them. The sentence says which."""


@dataclass(frozen=True, slots=True)
class Imaging:
    """`bits_stored` are the lowest ones of `bits_allocated` unless `high_bit` says otherwise. `samples` 1 or 3.
    `embedded_overlay`: unused bits of the pixels hold an overlay plane (retired, PS3.5 8.1.2). `pixel_vr`: OB or OW,
    which decides where the bytes of big-endian 8-bit pixels are (PS3.5 A.3)."""

    sop_class: str
    transfer_syntax: str
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: bool
    embedded_overlay: bool = False
    pixel_vr: str = "OW"

    @property
    def colour(self) -> bool:
        """Whether colours are looked at: three samples, or a palette."""
        return self.samples == 3 or self.photometric == "PALETTE COLOR"

    @property
    def native_bytes(self) -> int:
        """Length of one uncompressed frame as stored; of 1-bit frames, rounded up to whole bytes (PS3.5 8.2)."""
        pixels = self.rows * self.columns
        if self.photometric == "YBR_FULL_422":
            return pixels * 2 * (self.bits_allocated // 8)
        return (pixels * self.samples * self.bits_allocated + 7) // 8


def imaging_of(dataset: DicomJson) -> Imaging:
    """Raises `NoImageError`."""
    if "00080018" not in dataset or "00280010" not in dataset:
        raise NoImageError("it has no picture")
    if "7FE00008" in dataset or "7FE00009" in dataset:
        raise NoImageError("its pixels are floating-point numbers")
    if "00280008" in dataset and not dataset["00280008"].get("Value"):
        raise NoImageError("its number of frames is not said")
    stored = number(dataset, "00280101", number(dataset, "00280100", 8))
    found = Imaging(
        sop_class=text(dataset, "00080016"),
        transfer_syntax=text(dataset, "00083002") or text(dataset, "00020010"),
        rows=number(dataset, "00280010"),
        columns=number(dataset, "00280011"),
        frames=number(dataset, "00280008", 1),
        samples=number(dataset, "00280002", 1),
        photometric=text(dataset, "00280004") or "MONOCHROME2",
        bits_allocated=number(dataset, "00280100", 8),
        bits_stored=stored,
        high_bit=number(dataset, "00280102", stored - 1),
        signed=number(dataset, "00280103") == 1,
        planar=number(dataset, "00280006") == 1,
        pixel_vr=str(dataset.get("7FE00010", {}).get("vr", "OW")),
        embedded_overlay=any(number(dataset, f"{group:04X}0102") > 0 for group in _OVERLAY_GROUPS),
    )
    _refuse_impossible(found)
    return found


def _refuse_impossible(one: Imaging) -> None:
    """Before anything is allocated for it."""
    if not (0 < one.rows <= MOST_SIDE and 0 < one.columns <= MOST_SIDE):
        raise NoImageError("its rows or columns are impossible")
    if not 0 < one.frames <= MOST_FRAMES:
        raise NoImageError("its number of frames is impossible")
    if one.samples not in {1, 3}:
        raise NoImageError("it has neither one nor three samples a pixel")
    if one.bits_allocated not in {1, 8, 16, 32}:
        raise NoImageError("its bits allocated are neither 1, 8, 16 nor 32")
    if not 0 < one.bits_stored <= one.bits_allocated or not one.bits_stored - 1 <= one.high_bit < one.bits_allocated:
        raise NoImageError("its bits stored do not fit")
    if one.rows * one.columns * one.samples * max(1, one.bits_allocated // 8) > MOST_FRAME_BYTES:
        raise NoImageError("a frame of it is too large")


def text(dataset: DicomJson, tag: str) -> str:
    """The first value as text; empty if there is none."""
    value = _first(dataset, tag)
    return value.strip() if isinstance(value, str) else ""


def number(dataset: DicomJson, tag: str, default: int = 0) -> int:
    """The first value as a whole number; `default` if there is none. Raises `NoImageError` if it is no number."""
    value = _first(dataset, tag)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise NoImageError(f"({tag[:4]},{tag[4:]}) is no number") from None


def _first(dataset: DicomJson, tag: str) -> Any:
    values = dataset.get(tag, {}).get("Value")
    return values[0] if isinstance(values, list) and values else None
