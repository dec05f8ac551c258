"""The table E.1-1 as data: whole, readable, and in some places as it stands in the standard."""

from io import BytesIO

import pytest
from pydicom import Dataset, dcmwrite
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_dict
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from recordings.deidentify import CopyKey, PictureWishes, clean_picture
from recordings.deidentify.profile import actions

ACTIONS = {"D", "U", "X", "Z", "X/D", "X/Z", "X/Z/D", "X/Z/U*", "Z/D"}


def of(keyword: str) -> str:
    return actions()[f"{keyword_dict[keyword]:08X}"]


def test_it_is_whole() -> None:
    assert len(actions()) == 652
    assert set(actions().values()) == ACTIONS
    assert all(int(tag, 16) and len(tag) == 8 for tag in actions())


def test_some_of_it() -> None:
    assert [of(one) for one in ("PatientName", "PatientID", "PatientBirthDate", "PatientAge", "PatientSex")] == [
        "Z",
        "Z/D",
        "Z",
        "X",
        "Z",
    ]
    assert [of(one) for one in ("StudyInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")] == ["U"] * 3
    assert [of(one) for one in ("InstitutionName", "StationName", "OperatorsName")] == ["X/Z/D"] * 3
    assert [of(one) for one in ("SeriesDescription", "ImageComments", "InstitutionAddress")] == ["X"] * 3


SAMPLES = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR", "CS"), "ZZYZX"),
    **dict.fromkeys(("OB", "OW", "UN"), b"ZZYZX!"),
    "DA": "19991231",
    "DT": "19991231101500",
    "UI": "1.3.99999.7",
    "AS": "099Y",
}


@pytest.mark.parametrize("deep", [False, True])
def test_no_attribute_of_the_table_keeps_its_value(deep: bool) -> None:
    """Each alone, as `clean_picture` meets it. An hour stays (its date moves); of a sequence the items are cleaned; a
    code that must be one of a list stays a code."""
    tried = 0
    for tag in actions():
        if not dictionary_has_tag(int(tag, 16)) or int(tag[:4], 16) in (0x0000, 0x0002, 0x0004):
            continue
        kind = dictionary_VR(int(tag, 16))
        if kind not in SAMPLES or (kind, tag) == ("CS", "04000565") or tag == "00420011":
            continue
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, "1.3.99999.8"
        item = Dataset()
        ds.SharedFunctionalGroupsSequence = Sequence([item])  # the table does not name it: it stays
        (item if deep else ds).add_new(int(tag, 16), kind, SAMPLES[kind])
        copy, _ = clean_picture(ds, CopyKey(bytes(32)), PictureWishes())
        assert not deep or "SharedFunctionalGroupsSequence" in copy, tag
        value = SAMPLES[kind]
        assert (value if isinstance(value, bytes) else value.encode()) not in _bytes(copy), tag
        tried += 1
    assert tried > 480


def _bytes(ds: Dataset) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()
