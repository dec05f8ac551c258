"""How an instance wants its values to be seen (PS3.3 C.11.1, C.11.2; C.7.6.16 for enhanced multi-frame): window,
rescale and tables of one frame, out of the DICOM JSON. A table that is not in it whole is as if it were not there: the
picture then goes from its least to its greatest value.
"""

import base64
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sefaw_rtc.dicom.imaging import text
from sefaw_rtc.dicom.jobs import Grey, Table
from sefaw_rtc.dicom.port import DicomJson
from signalling.vocabulary import VoiFunction

_MOST_ENTRIES: Final = 65_536
_FUNCTIONS = {"LINEAR_EXACT": VoiFunction.LINEAR_EXACT, "SIGMOID": VoiFunction.SIGMOID}


def grey_of(dataset: DicomJson, frame: int) -> Grey:
    """Of frame `frame` (from 1). A value that cannot be read is as if it were not there."""
    rescale = next((one for one in _places(dataset, frame, "00289145") if "00281053" in one), dataset)
    window = next(
        (one for one in _places(dataset, frame, "00289132") if "00281051" in one or "00283010" in one), dataset
    )
    width = real(window, "00281051", 0.0)
    return Grey(
        slope=real(rescale, "00281053", 1.0) or 1.0,
        intercept=real(rescale, "00281052", 0.0),
        centre=real(window, "00281050", 0.0),
        width=width if "00281050" in window and width > 0 else 0.0,
        function=_FUNCTIONS.get(text(window, "00281056"), VoiFunction.LINEAR),
        invert=text(dataset, "20500020") == "INVERSE" and text(dataset, "00280004") != "MONOCHROME1",
        modality=_table(rescale, "00283000"),
        voi=_table(window, "00283010"),
    )


def _table(place: DicomJson, sequence: str) -> Table | None:
    """The first of the sequence (PS3.3 C.11.1.1.1): of entries of 8 bits there may be two in a word."""
    item = _item(place, sequence, 0) or {}
    count, first, bits = (real(item, "00283002", -1.0, at=n) for n in range(3))
    length = int(count) or _MOST_ENTRIES
    if not (0 < length <= _MOST_ENTRIES and 8 <= bits <= 16):
        return None
    data = _entries(item.get("00283006", {}))
    if len(data) in {length, length + length % 2}:
        data = b"".join(bytes((one, 0)) for one in data[:length])
    return Table(int(first), data, 2 ** int(bits) - 1) if len(data) == 2 * length else None


def _entries(element: Mapping[str, Any]) -> bytes:
    values = element.get("Value")
    try:
        if isinstance(values, list):
            return struct.pack(f"<{len(values)}H", *values)
        return base64.b64decode(element.get("InlineBinary", ""), validate=True)
    except (struct.error, ValueError, TypeError):
        return b""


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
