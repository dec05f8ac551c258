"""Every one of pydicom's own files: shown as stored, shown after decoding (with the note), or refused with why; and
whatever goes out of here decoded is what pydicom itself reads of the whole file. None may be wrong.

What a browser makes of the frames that go out as stored is `tests/system`'s business.
"""

import warnings
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels import apply_color_lut

from sefaw_rtc.dicom.decoding import decode
from sefaw_rtc.dicom.imaging import Imaging, NoImageError, imaging_of
from sefaw_rtc.dicom.jobs import Palette
from sefaw_rtc.dicom.serve import Decoded, Refused, how_to_serve
from tests.dicom.files import NAMES, raw_frames, read, to_json

NONE = "no picture"

# What becomes of each, said by hand; whatever is not here is shown as it is stored.
TABLE = {
    "693_J2KI.dcm": "decoded: bits",
    "ExplVR_BigEnd.dcm": "decoded: byte_order",
    "ExplVR_BigEndNoMeta.dcm": NONE,
    "ExplVR_LitEndNoMeta.dcm": NONE,
    "GDCMJ2K_TextGBR.dcm": "decoded: codec",
    "J2K_pixelrep_mismatch.dcm": "decoded: sign",
    "JPEG-lossy.dcm": "refused: codec",
    "JPEG2000-embedded-sequence-delimiter.dcm": "refused: damaged",
    "JPGExtended.dcm": "refused: codec",
    "MR_small_bigendian.dcm": "decoded: byte_order",
    "MR_small_expb.dcm": "decoded: byte_order",
    "MR_truncated.dcm": "refused: damaged",
    "SC_jpeg_no_color_transform.dcm": "decoded: colour",
    "SC_rgb_jpeg.dcm": "decoded: colour",
    "SC_rgb_rle_16bit.dcm": "decoded: depth",
    "SC_rgb_rle_16bit_2frame.dcm": "decoded: depth",
    "SC_rgb_rle_32bit.dcm": "decoded: depth",
    "SC_rgb_rle_32bit_2frame.dcm": "decoded: depth",
    "SC_rgb_small_odd_big_endian.dcm": "decoded: byte_order",
    "SC_ybr_full_422_uncompressed.dcm": "decoded: colour",
    "UN_sequence.dcm": NONE,
    "badVR.dcm": NONE,  # its number of frames is no number
    "empty_charset_LEI.dcm": NONE,
    "examples_palette.dcm": "decoded: colour",
    "liver_1frame.dcm": "decoded: bits",
    "liver_expb_1frame.dcm": "decoded: byte_order",
    "meta_missing_tsyntax.dcm": NONE,
    "nested_priv_SQ.dcm": NONE,
    "no_meta.dcm": NONE,
    "no_meta_group_length.dcm": NONE,
    "priv_SQ.dcm": NONE,
    "reportsi.dcm": NONE,
    "reportsi_with_empty_number_tags.dcm": NONE,
    "rtdose_expb.dcm": "decoded: byte_order",
    "rtdose_expb_1frame.dcm": "decoded: byte_order",
    "rtdose_rle.dcm": "decoded: codec",
    "rtdose_rle_1frame.dcm": "decoded: codec",
    "rtplan.dcm": NONE,
    "rtplan_truncated.dcm": NONE,
    "rtstruct.dcm": NONE,
    "test-SR.dcm": NONE,
    "waveform_ecg.dcm": NONE,
}
UNKNOWN = set(TABLE) - set(NAMES)


def test_the_table_speaks_of_files_that_there_are() -> None:
    assert not UNKNOWN
    assert len(NAMES) >= 70


@pytest.mark.parametrize("name", NAMES)
def test_what_becomes_of_it(name: str) -> None:
    image = image_of(name)
    if image is None:
        assert TABLE.get(name) == NONE
        return
    said = {said_of(image, frame) for frame in raw_frames(read(name))}
    assert said == {TABLE.get(name, "stored")}


@pytest.mark.parametrize("name", [name for name in NAMES if not TABLE.get(name, "").startswith(("refused", NONE))])
def test_what_we_decode_is_what_pydicom_reads(name: str) -> None:
    dataset, image = read(name), image_of(name)
    assert image is not None
    palette = palette_of(dataset)
    for frame, wanted in zip(raw_frames(dataset), expected(dataset), strict=True):
        got = decode(image, frame, palette)
        assert got.shape == wanted.shape
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", [name for name in NAMES if TABLE.get(name, "").startswith("refused: damaged")])
def test_what_is_refused_as_damaged_pydicom_cannot_read_either(name: str) -> None:
    dataset = read(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises((ValueError, RuntimeError)):
            _ = dataset.pixel_array


def expected(dataset: Dataset) -> Any:
    """pydicom's own values of every frame, as many bits of a colour as can be shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = dataset.pixel_array
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, dataset) >> 8
    elif dataset.SamplesPerPixel == 3:
        values = values >> (dataset.BitsStored - 8)
    return values if int(dataset.get("NumberOfFrames") or 1) > 1 else values[np.newaxis]


def image_of(name: str) -> Imaging | None:
    try:
        return imaging_of(to_json(read(name)))
    except NoImageError:
        return None


def said_of(image: Imaging, frame: bytes) -> str:
    how = how_to_serve(image, frame)
    kind = "decoded" if isinstance(how, Decoded) else "refused" if isinstance(how, Refused) else "stored"
    return f"{kind}: {how.why}" if isinstance(how, Decoded | Refused) else kind


def palette_of(dataset: Dataset) -> Palette | None:
    if dataset.PhotometricInterpretation != "PALETTE COLOR":
        return None
    colours = ("Red", "Green", "Blue")
    descriptors = [[int(n) for n in dataset[f"{one}PaletteColorLookupTableDescriptor"].value] for one in colours]
    return Palette(descriptors, [dataset[f"{one}PaletteColorLookupTableData"].value for one in colours])
