"""The metadata that go with the frames we serve: what `serve.py` makes of pixels, said in the DICOM JSON model, so that
a browser needs to know nothing of how they are stored.
"""

from collections.abc import Mapping
from typing import Any, Final

from sefaw_rtc.dicom.imaging import Imaging, NoImageError, imaging_of
from sefaw_rtc.dicom.port import DicomJson

_PIXELS: Final = frozenset({"7FE00010", "7FE00001", "7FE00002"})  # served as frames
_PALETTE: Final = frozenset(
    {"00281101", "00281102", "00281103", "00281201", "00281202", "00281203", "00281221", "00281222", "00281223"}
)
_DEPTH: Final = 32  # sequences in sequences; the standard's deepest are under ten


def shown(dataset: DicomJson, base: str) -> dict[str, Any]:
    """As it goes out. `base`: the instance's address without a slash at its end; bulk data are named from there."""
    model = {tag: element for tag, element in dataset.items() if tag not in _PIXELS}
    try:
        image = imaging_of(dataset)
    except NoImageError:
        return _absolute(model, base)
    if image.colour:
        model = {tag: element for tag, element in model.items() if tag not in _PALETTE}
    return _absolute({**model, **_form(image)}, base)


def _form(image: Imaging) -> dict[str, Any]:
    """What `decoding.decode` yields, and what the browser's decoders yield of stored frames."""
    if image.colour:
        bits, stored, signed, meaning = 8, 8, False, "RGB"
    else:
        narrow = image.bits_allocated < 8 or (image.signed and image.bits_allocated == 8)
        bits = (16 if image.signed else 8) if narrow else image.bits_allocated
        stored = bits if narrow else image.bits_stored
        signed, meaning = image.signed, image.photometric
    form: dict[str, Any] = {
        "00280002": _us(3 if image.colour else 1),
        "00280004": {"vr": "CS", "Value": [meaning]},
        "00280100": _us(bits),
        "00280101": _us(stored),
        "00280102": _us(stored - 1),
        "00280103": _us(int(signed)),
    }
    return {**form, "00280006": _us(0)} if image.colour else form


def _us(value: int) -> dict[str, Any]:
    return {"vr": "US", "Value": [value]}


def _absolute(model: Mapping[str, Any], base: str, depth: int = 0) -> dict[str, Any]:
    """Bulk data by their whole path: of a series' metadata a relative one would lead elsewhere."""
    made: dict[str, Any] = {}
    for tag, element in model.items():
        uri = element.get("BulkDataURI")
        if uri is not None:
            made[tag] = {"vr": element.get("vr", "UN"), "BulkDataURI": f"{base}/{uri}"}
        elif element.get("vr") == "SQ" and depth < _DEPTH:
            items = [_absolute(item, base, depth + 1) for item in element.get("Value", []) if isinstance(item, Mapping)]
            made[tag] = {"vr": "SQ", "Value": items}
        else:
            made[tag] = dict(element)
    return made
