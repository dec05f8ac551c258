"""A dataset of nobody: nothing of the profile's table says who, at any depth; what a picture needs stays."""

from typing import Any

import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR

from recordings.deidentify.profile import actions
from sefaw_rtc.dicom.nameless import WITHHELD, asks_who, nameless
from tests.dicom.files import read, to_json

KEPT = {"UI", "DA", "DT", "TM"}
WRITTEN = {"00081030", "0008103E", "00100040", "00101010", "00700006", "003A0020", "003A0203"}

DOCUMENT = "00420011"


def within(dataset: dict[str, Any]) -> dict[str, Any]:
    """The same in a sequence in a sequence that the table does not name."""
    inner = {"00209113": {"vr": "SQ", "Value": [dataset]}}
    return {"52009230": {"vr": "SQ", "Value": [inner, inner]}}


def test_what_the_table_takes_out_is_gone_at_every_depth() -> None:
    tried = 0
    for tag in actions():
        vr = dictionary_VR(int(tag, 16)) if dictionary_has_tag(int(tag, 16)) else "LO"
        if vr in KEPT or vr == "SQ" or tag in WRITTEN or tag == DOCUMENT:
            continue
        one = {tag: {"vr": vr, "Value": ["ZZYZX"]}}
        assert nameless(one) == {}, tag
        assert nameless(within(one)) == within({}), tag
        assert asks_who(tag), tag
        tried += 1
    assert tried > 350


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        ("00091010", "LO"),  # private
        ("50003000", "OW"),
        ("60004000", "LT"),
        ("00100030", "DA"),
        ("00100032", "TM"),
        ("0040A088", "SQ"),  # a person by a code
        ("00089999", "PN"),
        ("00089998", "UN"),
    ],
)
def test_what_the_table_does_not_name_and_may_say_who_is_gone(tag: str, vr: str) -> None:
    assert nameless({tag: {"vr": vr, "Value": [{}]}}) == {}
    assert asks_who(tag)


@pytest.mark.parametrize("name", ["waveform_ecg.dcm", "CT_small.dcm", "examples_ybr_color.dcm", "liver_1frame.dcm"])
def test_what_a_picture_needs_stays(name: str) -> None:
    before = to_json(read(name))
    after = nameless(before)
    gone = {tag for tag in before if tag not in after and int(tag[:4], 16) % 2 == 0}
    assert not {tag for tag in gone if tag[:4] in {"0028", "0018", "5400", "5200", "7FE0"} and tag not in actions()}
    assert {"0020000D", "0020000E", "00080018", "00080016"} <= {*after}
    for groups in ("52009229", "52009230", "54000100"):
        assert len(after.get(groups, {}).get("Value", [])) == len(before.get(groups, {}).get("Value", []))


@pytest.mark.parametrize("where", [{"InlineBinary": "JVBERi0="}, {"BulkDataURI": "bulkdata/00420011"}, {}])
def test_that_there_is_a_document_is_said_and_where_it_is_not(where: dict[str, Any]) -> None:
    assert nameless({DOCUMENT: {"vr": "OB", **where}}) == {
        DOCUMENT: {"vr": "OB", "BulkDataURI": f"bulkdata/{WITHHELD}"}
    }


def test_queries_by_what_names_nobody() -> None:
    for name in ("StudyInstanceUID", "0020000D", "StudyDate", "Modality", "StudyDescription", "SOPClassUID"):
        assert not asks_who(name), name
    for name in ("PatientName", "PatientID", "AccessionNumber", "PatientBirthDate", "OperatorsName", "NoSuchKeyword"):
        assert asks_who(name), name
