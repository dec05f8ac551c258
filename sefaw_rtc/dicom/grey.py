"""How an instance wants its values to be seen (PS3.3 C.11.1, C.11.2; C.7.6.16 for enhanced multi-frame): the window and
the rescale of one frame, out of the DICOM JSON. Tables (modality and VOI LUT sequences) are not applied: such a picture
is rendered from its least to its greatest value; in the viewer the page does what it can.
"""

from collections.abc import Iterator
from typing import Any

from sefaw_rtc.dicom.imaging import text
from sefaw_rtc.dicom.jobs import Grey
from sefaw_rtc.dicom.port import DicomJson
from signalling.vocabulary import VoiFunction

_FUNCTIONS = {"LINEAR_EXACT": VoiFunction.LINEAR_EXACT, "SIGMOID": VoiFunction.SIGMOID}


def grey_of(dataset: DicomJson, frame: int) -> Grey:
    """Of frame `frame` (from 1). A value that cannot be read is as if it were not there."""
    rescale = next((one for one in _places(dataset, frame, "00289145") if "00281053" in one), dataset)
    window = next((one for one in _places(dataset, frame, "00289132") if "00281051" in one), dataset)
    width = real(window, "00281051", 0.0)
    return Grey(
        slope=real(rescale, "00281053", 1.0) or 1.0,
        intercept=real(rescale, "00281052", 0.0),
        centre=real(window, "00281050", 0.0),
        width=width if "00281050" in window and width > 0 else 0.0,
        function=_FUNCTIONS.get(text(window, "00281056"), VoiFunction.LINEAR),
        invert=text(dataset, "20500020") == "INVERSE" and text(dataset, "00280004") != "MONOCHROME1",
    )


def aspect_of(dataset: DicomJson) -> float:
    """Height of a pixel by its width; 1 where nothing is said, and never so far from it that it must be a mistake."""
    for tag in ("00280034", "00280030", "00181164"):  # aspect ratio, spacing, imager's spacing: vertical first
        vertical, horizontal = real(dataset, tag, 0.0), real(dataset, tag, 0.0, at=1)
        if vertical > 0 and horizontal > 0:
            return vertical / horizontal if 0.1 <= vertical / horizontal <= 10 else 1.0
    return 1.0


def real(dataset: DicomJson, tag: str, default: float, at: int = 0) -> float:
    values = dataset.get(tag, {}).get("Value")
    try:
        return float(values[at]) if isinstance(values, list) and len(values) > at else default
    except (TypeError, ValueError):
        return default


def _places(dataset: DicomJson, frame: int, group: str) -> Iterator[DicomJson]:
    """The functional group's item of this frame, then the shared one."""
    for sequence, at in (("52009230", frame - 1), ("52009229", 0)):
        item = _item(dataset, sequence, at)
        if item is not None and (found := _item(item, group, 0)) is not None:
            yield found


def _item(dataset: DicomJson, tag: str, at: int) -> DicomJson | None:
    items: Any = dataset.get(tag, {}).get("Value")
    found = items[at] if isinstance(items, list) and 0 <= at < len(items) else None
    return found if isinstance(found, dict) else None
