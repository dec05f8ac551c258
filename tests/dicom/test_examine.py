"""What is refused and why; and that there is no third answer, whatever the bytes are."""

import dataclasses
import struct
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from sefaw_rtc.dicom.examine import Examined, examine
from sefaw_rtc.dicom.faults import PictureRefused
from signalling.vocabulary import PictureFault
from tests.dicom.damage import IMAGE, compressed, harmed
from tests.dicom.samples import BOUNDS, SC, dataset, part10, shipped, write

FIRST = IMAGE.index(b"\x08\0\x16\0UI")  # where the dataset begins


def look(tmp_path: Path, data: bytes) -> Examined:
    return examine(write(tmp_path, "x", data), BOUNDS)


def fault(tmp_path: Path, data: bytes) -> PictureFault:
    with pytest.raises(PictureRefused) as refused:
        look(tmp_path, data)
    return refused.value.fault


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Explicit VR little endian, by hand: what no library would write."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    long = vr in {b"OB", b"OW", b"SQ", b"UN", b"UT"}
    return head + (struct.pack("<HI", 0, len(value)) if long else struct.pack("<H", len(value))) + value


def identified(rest: bytes) -> bytes:
    """A file that is somebody's, and then `rest`."""
    meta = IMAGE[:FIRST]
    uids = b"".join(
        element(tag, b"UI", value)
        for tag, value in (
            (0x00080016, SC.encode() + b"\0"),
            (0x00080018, b"1.2.3.1.1.1\0"),
            (0x0020000D, b"1.2.3.1\0"),
            (0x0020000E, b"1.2.3.1.1\0"),
        )
    )
    return meta + uids + rest


def nested(depth: int) -> bytes:
    """Sequences in sequences, each of undefined length."""
    sequence = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, -1 & 0xFFFFFFFF
    )
    return sequence * depth


def deflated(dataset_bytes: bytes) -> bytes:
    made = dataset(Rows=None, Columns=None, PixelData=None)
    meta = part10(made, DeflatedExplicitVRLittleEndian)
    begin = 132 + 12 + struct.unpack_from("<I", meta, 140)[0]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return meta[:begin] + packer.compress(dataset_bytes) + packer.flush()


def named(syntax: bytes) -> bytes:
    """The picture under the name of another transfer syntax."""
    return IMAGE.replace(b"1.2.840.10008.1.2.1\0", syntax.ljust(20, b"\0"))


def test_a_number_of_too_few_bytes_is_left_out(tmp_path: Path) -> None:
    """Its tag and its VR stay."""
    broken = (0x0008).to_bytes(2, "little") + (0x0001).to_bytes(2, "little") + b"UL" + b"\2\0" + b"US"
    found = look(tmp_path, IMAGE[:FIRST] + broken + IMAGE[FIRST:])
    assert found.metadata["00080001"] == {"vr": "UL"}


F = PictureFault
REFUSED: dict[str, tuple[bytes, PictureFault]] = {
    "nothing": (b"", F.NOT_DICOM),
    "a few bytes": (b"x", F.NOT_DICOM),
    "text": (b"patient,finding\n" * 100, F.NOT_DICOM),
    "a photograph": (b"\xff\xd8\xff\xe0" + bytes(1000), F.NOT_DICOM),
    "a preamble alone": (bytes(128) + b"DICM", F.NOT_DICOM),
    "zeros": (bytes(4096), F.NOT_DICOM),
    "cut in the file meta information": (IMAGE[:200], F.TRUNCATED),
    "cut in a tag": (IMAGE[: FIRST + 3], F.TRUNCATED),
    "cut in a value": (IMAGE[: FIRST + 20], F.TRUNCATED),
    "cut in the pixels": (IMAGE[:-1], F.TRUNCATED),
    "fewer pixels than it says": (part10(dataset(PixelData=bytes(14))), F.TRUNCATED),
    "fewer frames than it says": (part10(dataset(NumberOfFrames=3)), F.TRUNCATED),
    "fewer fragments than frames": (compressed([b"\xff\xd8\xff\xd9"] * 2, 3), F.TRUNCATED),
    "no fragment": (compressed([], 1), F.TRUNCATED),
    "compressed pixels without an end": (compressed([b"\xff\xd8\xff\xd9"], 1)[:-8], F.TRUNCATED),
    "compressed by name, native in fact": (
        named(b"1.2.840.10008.1.2.5"),
        F.BROKEN,
    ),
    "a VR that is none": (identified(element(0x00280010, b"\x00\x01", b"\4\0")), F.BROKEN),
    "a VR of another kind": (
        identified(element(0x00280010, b"LO", b"four") + element(0x7FE00010, b"OW", bytes(16))),
        F.BROKEN,
    ),
    "a text without a length": (identified(struct.pack("<HH2sHI", 0x0008, 0x2111, b"UT", 0, 0xFFFFFFFF)), F.BROKEN),
    "an item outside a sequence": (identified(struct.pack("<HHI", 0xFFFE, 0xE000, 8)), F.BROKEN),
    "the same element twice": (
        identified(element(0x00100020, b"LO", b"A ") + element(0x00100020, b"LO", b"B ")),
        F.BROKEN,
    ),
    "no SOP class": (part10(dataset(SOPClassUID=None)), F.NO_IDENTITY),
    "no SOP instance": (part10(dataset(SOPInstanceUID=None)), F.NO_IDENTITY),
    "no study": (part10(dataset(StudyInstanceUID=None)), F.NO_IDENTITY),
    "no series": (part10(dataset(SeriesInstanceUID=None)), F.NO_IDENTITY),
    "an empty UID": (part10(dataset(StudyInstanceUID="")), F.NO_IDENTITY),
    "a UID that climbs": (part10(dataset(study="../../etc")), F.NO_IDENTITY),
    "a UID with zeros before it": (part10(dataset(study="1.2.003")), F.NO_IDENTITY),
    "a UID that is too long": (part10(dataset(study="1." + "2" * 63)), F.NO_IDENTITY),
    "two UIDs": (part10(dataset(study="1.2\\1.3")), F.NO_IDENTITY),
    "no rows": (part10(dataset(Rows=None)), F.BROKEN),
    "no columns at all": (part10(dataset(Columns=0)), F.BROKEN),
    "bits that nobody has": (part10(dataset(BitsAllocated=12)), F.UNSUPPORTED),
    "frames below one": (part10(dataset(NumberOfFrames=-1)), F.BROKEN),
    "frames without end": (part10(dataset(NumberOfFrames=2_000_000_000)), F.BROKEN),
    "huge dimensions": (part10(dataset(Rows=65_535, Columns=65_535)), F.TOO_LARGE),
    "huge dimensions, compressed": (
        compressed([b"\xff\xd8\xff\xd9"], 1)
        .replace(b"\x28\0\x10\0US\2\0\4\0", b"\x28\0\x10\0US\2\0\xff\xff")
        .replace(b"\x28\0\x11\0US\2\0\4\0", b"\x28\0\x11\0US\2\0\xff\xff"),
        F.TOO_LARGE,
    ),
    "a header without end": (
        identified(b"".join(element(0x00181000 + n * 2, b"LO", b"x" * 60_000) for n in range(20))),
        F.TOO_LARGE,
    ),
    "elements without end": (
        identified(b"".join(element(0x00090010 + (n << 17), b"LO", b"") for n in range(20_001))),
        F.TOO_MANY,
    ),
    "items without end": (
        identified(element(0x0040A730, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 20_001)),
        F.TOO_MANY,
    ),
    "fragments without end": (compressed([b"\xff\xd8"] * 10_002, 10_002), F.TOO_MANY),
    "sequences in sequences": (identified(nested(40)), F.BOMB),
    "a deflate bomb": (deflated(bytes(1 << 23)), F.BOMB),
    "a deflated stream that is cut": (shipped("image_dfl.dcm").read_bytes()[:-100], F.TRUNCATED),
    "a deflated stream that is none": (deflated(b"")[:-2] + b"\xff" * 50, F.BROKEN),
    "a private transfer syntax": (
        named(b"1.2.840.113619.5.2"),
        F.UNSUPPORTED,
    ),
    "a transfer syntax that is none": (
        named(b"1.2.840.10008.1.1"),
        F.UNSUPPORTED,
    ),
    "a directory of a CD": (part10(dataset(SOPClassUID="1.2.840.10008.1.3.10")), F.UNSUPPORTED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_word(tmp_path: Path, name: str) -> None:
    data, wanted = REFUSED[name]
    assert fault(tmp_path, data) is wanted


def test_more_than_a_file_may_have(tmp_path: Path) -> None:
    path = write(tmp_path, "x", IMAGE)
    with pytest.raises(PictureRefused, match="file") as refused:
        examine(path, dataclasses.replace(BOUNDS, file=len(IMAGE) - 1))
    assert refused.value.fault is F.TOO_LARGE


def bare(syntax: str, preamble: bytes = b"") -> bytes:
    """A dataset without file meta information."""
    whole = part10(dataset(), syntax)
    begin = whole.index(b"\x00\x08\x00\x16" if syntax == ExplicitVRBigEndian else b"\x08\0\x16\0")
    return preamble + whole[begin:]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("preamble", [b"", bytes(128) + b"DICM"])
def test_without_file_meta_information_it_is_told_by_its_first_element(
    tmp_path: Path, syntax: UID, preamble: bytes
) -> None:
    found = look(tmp_path, bare(syntax, preamble))
    assert (found.opening.transfer_syntax, found.opening.complete) == (syntax, False)
    assert found.metadata["00100020"]["Value"] == ["QS-4711"]


def test_without_a_preamble(tmp_path: Path) -> None:
    found = look(tmp_path, IMAGE[132:])
    assert (found.opening.transfer_syntax, found.opening.complete) == (ExplicitVRLittleEndian, False)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"PatientName": None, "PatientID": None, "StudyDate": None}, id="nothing of the patient"),
        pytest.param({"StudyDate": "once", "SeriesNumber": None}, id="a date that is none"),
        pytest.param({"PixelData": bytes(range(16)) + bytes(1000)}, id="more pixels than it says"),
        pytest.param({"Rows": None, "Columns": None, "PixelData": None}, id="no pixels"),
    ],
)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_it_is_taken(tmp_path: Path, change: dict[str, object], syntax: str) -> None:
    assert look(tmp_path, part10(dataset(**change), syntax)).ref.instance == "1.2.3.1.1.1"


def test_private_elements_are_kept_and_described(tmp_path: Path) -> None:
    made = dataset()
    block = made.private_block(0x0009, "SOMEBODY", create=True)
    block.add_new(0x01, "LO", "private words")
    block.add_new(0x02, "SQ", Sequence([dataset()]))
    for syntax, vr in ((ExplicitVRLittleEndian, "LO"), (ImplicitVRLittleEndian, "UN")):
        metadata = look(tmp_path, part10(made, syntax)).metadata
        assert metadata["00090010"]["Value"] == ["SOMEBODY"]
        assert metadata["00091001"]["vr"] == vr


@pytest.mark.parametrize(
    ("charset", "name", "identifier"),
    [
        ("GB18030", "王^小东", "甲-1"),
        ("GBK", "王^小东", "甲-1"),
        ("ISO_IR 192", "Ωmega^Ψ", "№1"),
        ("ISO_IR 100", "Buc^Jérôme", "é"),
        ("ISO_IR 144", "Люкceмбypг", "я"),
        (["", "ISO 2022 IR 58"], "Wang^XiaoDong", "1"),
        ("NO SUCH SET", "Plain^Name", "1"),
        (None, "Plain^Name", "1"),
    ],
)
def test_every_character_set_comes_out_as_utf_8(tmp_path: Path, charset: object, name: str, identifier: str) -> None:
    data = part10(dataset(SpecificCharacterSet=charset or "", PatientName=name, PatientID=identifier))
    metadata = look(tmp_path, data).metadata
    assert metadata["00100010"]["Value"] == [{"Alphabetic": name}]
    assert metadata["00100020"]["Value"] == [identifier]


def test_pydicoms_own_files_are_taken_or_refused_with_a_word() -> None:
    """78 of all kinds; the metadata of those that are taken is what pydicom reads."""
    refused: dict[str, str] = {}
    folder = shipped("CT_small.dcm").parent
    for path in sorted(folder.glob("*.dcm")):
        try:
            found = examine(path, BOUNDS)
        except PictureRefused as error:
            refused[path.name] = error.fault.value
            continue
        theirs = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        assert found.ref.study == theirs.StudyInstanceUID
        for keyword, tag in (("PatientID", "00100020"), ("Rows", "00280010"), ("Modality", "00080060")):
            ours = (found.metadata.get(tag, {}).get("Value") or [None])[0]
            assert (ours or None) == (theirs.get(keyword) or None), (path.name, keyword)
    assert refused == {
        "JPEGLSNearLossless_08.dcm": "no_identity",
        "JPEGLSNearLossless_16.dcm": "no_identity",
        "MR_truncated.dcm": "truncated",
        "SC_rgb_jls_lossy_line.dcm": "no_identity",
        "SC_rgb_jls_lossy_sample.dcm": "no_identity",
        "SC_rgb_jpeg.dcm": "broken",  # implicit VR under the name of JPEG
        "UN_sequence.dcm": "no_identity",
        "empty_charset_LEI.dcm": "no_identity",
        "meta_missing_tsyntax.dcm": "not_dicom",
        "nested_priv_SQ.dcm": "no_identity",
        "no_meta.dcm": "not_dicom",
        "no_meta_group_length.dcm": "no_identity",
        "priv_SQ.dcm": "no_identity",
        "rtdose_rle.dcm": "no_identity",
        "rtdose_rle_1frame.dcm": "no_identity",
        "rtplan_truncated.dcm": "truncated",
    }


# ---- any bytes ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "x"


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=600), st.binary(max_size=300).map(lambda b: IMAGE[:FIRST] + b), harmed()))
def test_any_bytes_are_taken_or_refused_and_nothing_else(place: Path, data: bytes) -> None:
    place.write_bytes(data)
    try:
        found = examine(place, BOUNDS)
    except PictureRefused:
        return
    assert found.ref.instance
