"""pydicom's own files through the real folder: what it refuses at the door, and that of everything it takes the frames
and the metadata still make the very values that pydicom reads."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefaw_rtc.dicom.decoding import decode
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.dicom.frames import _described
from sefaw_rtc.dicom.imaging import NoImageError, imaging_of
from sefaw_rtc.dicom.serve import Refused, how_to_serve
from signalling.vocabulary import PictureFault
from tests.dicom.files import FOLDER, NAMES, read
from tests.dicom.samples import BOUNDS, OURS
from tests.dicom.test_folder import bring
from tests.dicom.test_table import TABLE, expected

# What the folder does not take, and its word for it. All else is taken.
REFUSED = {
    "JPEGLSNearLossless_08.dcm": PictureFault.NO_IDENTITY,
    "JPEGLSNearLossless_16.dcm": PictureFault.NO_IDENTITY,
    "MR_truncated.dcm": PictureFault.TRUNCATED,
    "SC_rgb_jls_lossy_line.dcm": PictureFault.NO_IDENTITY,
    "SC_rgb_jls_lossy_sample.dcm": PictureFault.NO_IDENTITY,
    "SC_rgb_jpeg.dcm": PictureFault.BROKEN,
    "UN_sequence.dcm": PictureFault.NO_IDENTITY,
    "empty_charset_LEI.dcm": PictureFault.NO_IDENTITY,
    "meta_missing_tsyntax.dcm": PictureFault.NOT_DICOM,
    "nested_priv_SQ.dcm": PictureFault.NO_IDENTITY,
    "no_meta.dcm": PictureFault.NOT_DICOM,
    "no_meta_group_length.dcm": PictureFault.NO_IDENTITY,
    "priv_SQ.dcm": PictureFault.NO_IDENTITY,
    "rtdose_rle.dcm": PictureFault.NO_IDENTITY,
    "rtdose_rle_1frame.dcm": PictureFault.NO_IDENTITY,
    "rtplan_truncated.dcm": PictureFault.TRUNCATED,
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder.open(tmp_path / "dicom", BOUNDS)
    yield made
    made.close()


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_refused_or_comes_out_as_it_is(folder: Folder, name: str) -> None:
    if name in REFUSED:
        with pytest.raises(PictureRefused) as refused:
            bring(folder, FOLDER / name, Bringer(OURS))
        assert refused.value.fault == REFUSED[name]
        return
    kept = bring(folder, FOLDER / name, Bringer(OURS))
    source, ref = FolderSource(folder, bulk_bytes=1 << 24), kept.ref
    (model,) = await source.metadata(ref.study, ref.series, ref.instance)
    try:
        image = imaging_of(model)
    except NoImageError:
        assert TABLE.get(name) == "no picture"
        return
    known = await _described(source, ref)
    wanted = None if TABLE.get(name, "").startswith("refused") else expected(read(name))
    for number in range(1, image.frames + 1):
        (encoded,) = await source.frames(ref, [number])
        image = replace(image, transfer_syntax=encoded.transfer_syntax)
        how = how_to_serve(image, encoded.data)
        if wanted is None:
            assert isinstance(how, Refused)
        else:
            assert not isinstance(how, Refused)
            np.testing.assert_array_equal(decode(image, encoded.data, known.palette), wanted[number - 1])
