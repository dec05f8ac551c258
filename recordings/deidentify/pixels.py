"""Clean Pixel Data (PS3.15 E.3.1): black where text may be."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import pixel_array

Pixels = NDArray[Any]


class Box(NamedTuple):
    """In pixels of the picture, the second corner not in it."""

    left: int
    top: int
    right: int
    bottom: int


def blacken(ds: Dataset, boxes: Sequence[Box]) -> int:
    """Blacken the boxes and, of an ultrasound picture that says where its regions are, everything outside of them.
    Returns how many frames were touched. What the decoder and the encoder raise goes through."""
    hidden = _hidden(ds, boxes)
    if not hidden.any():
        return 0
    pixels = pixel_array(ds, raw=False).copy()
    frames = int(ds.get("NumberOfFrames") or 1)
    colour = int(ds.SamplesPerPixel) > 1
    stack = pixels.reshape((frames, ds.Rows, ds.Columns, *([int(ds.SamplesPerPixel)] if colour else [])))
    stack[:, hidden] = _black(ds, pixels)
    photometric = "RGB" if colour else str(ds.PhotometricInterpretation)
    ds.set_pixel_data(pixels, photometric, int(ds.BitsStored), generate_instance_uid=False)
    return frames


def has_regions(ds: Dataset) -> bool:
    return bool(ds.get("SequenceOfUltrasoundRegions"))


def _hidden(ds: Dataset, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    hidden = np.zeros((int(ds.Rows), int(ds.Columns)), dtype=bool)
    if has_regions(ds):
        hidden[:] = True
        for region in ds.SequenceOfUltrasoundRegions:
            rows = slice(max(0, int(region.RegionLocationMinY0)), int(region.RegionLocationMaxY1) + 1)
            columns = slice(max(0, int(region.RegionLocationMinX0)), int(region.RegionLocationMaxX1) + 1)
            hidden[rows, columns] = False
    for box in boxes:
        hidden[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)] = True
    return hidden


def _black(ds: Dataset, pixels: Pixels) -> int:
    """The darkest that is in the picture; of a palette the darkest of its colours."""
    if int(ds.SamplesPerPixel) > 1:
        return 0
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        return _darkest(ds)
    return int(pixels.max() if ds.PhotometricInterpretation == "MONOCHROME1" else pixels.min())


def _darkest(ds: Dataset) -> int:
    _, first, bits = ds.RedPaletteColorLookupTableDescriptor
    kind = np.uint8 if bits == 8 else np.uint16
    tables = [
        np.frombuffer(ds[f"{colour}PaletteColorLookupTableData"].value, kind) for colour in ("Red", "Green", "Blue")
    ]
    least = min(len(table) for table in tables)
    return int(first) + int(np.argmin(sum(table[:least].astype(np.uint32) for table in tables)))
