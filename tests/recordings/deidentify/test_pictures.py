"""Pictures of a teaching copy: every one of pydicom's own files, and what is made for the purpose."""

import contextlib
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, dcmread, dcmwrite, examples
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.sequence import Sequence

from recordings.deidentify import Box, CopyKey, NotCleanable, PictureWishes, Removed, Unsure, clean_picture, told
from recordings.timeline import Language

KEY = CopyKey(bytes(range(32)))
FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"
IDENTIFYING = {
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "InstitutionName", "InstitutionAddress", "StationName"),
    *("DeviceSerialNumber", "InstitutionalDepartmentName", "StudyID", "RequestingService"),
}


def read(path: Path) -> Dataset | None:
    try:
        ds = dcmread(path)
        return (
            ds if ds.get("SOPClassUID") and ds.get("SOPInstanceUID") and "DirectoryRecordSequence" not in ds else None
        )
    except Exception:  # noqa: BLE001 - some of these files are broken on purpose
        return None


FILES = [path for path in sorted(FOLDER.rglob("*.dcm")) if read(path) is not None]
PLAIN = PictureWishes()


def written(ds: Dataset) -> bytes:
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def elements(ds: Dataset) -> Iterator[DataElement]:
    """All of them, of sequences and private ones too, as far as they can be read."""
    for tag in list(ds.keys()):
        with contextlib.suppress(Exception):
            ds[tag]
    for element in [ds[tag] for tag in list(ds.keys()) if not isinstance(ds.get_item(tag), RawDataElement)]:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from elements(item)


def telling(ds: Dataset) -> set[str]:
    """Names, identifiers, UIDs and dates of the original."""
    found: set[str] = set()
    for element in elements(ds):
        values = element.value if isinstance(element.value, (list, pydicom.multival.MultiValue)) else [element.value]
        if element.VR in ("PN", "DA", "DT") or element.keyword in IDENTIFYING:
            found |= {str(value)[: 8 if element.VR == "DT" else None] for value in values if value}
        elif element.VR == "UI":
            found |= {str(value) for value in values if value and not str(value).startswith("1.2.840.10008.")}
    # what is shorter is in any bytes by chance
    return {one for one in found if len(one) >= 5}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_that_tells_is_in_the_bytes_of_the_copy(path: Path) -> None:
    original = dcmread(path)
    before = telling(original)
    try:
        copy, done = clean_picture(original, KEY, PLAIN)
    except NotCleanable:
        assert path.name == "meta_missing_tsyntax.dcm"
        return
    assert done.removed[Removed.UIDS] >= 1
    for element in elements(copy):
        if element.VR not in ("OB", "OW", "OF", "SQ", "UN"):
            text = str(element.value).encode()
            assert [one for one in before if one.encode() in text] == [], element
    data = written(copy)
    assert [one for one in before if len(one) >= 7 and one.encode() in data] == []
    assert not any(element.tag.is_private for element in elements(copy))
    assert telling(dcmread(path)) == before


def test_an_attribute_of_each_action_and_what_no_table_names() -> None:
    ds = examples.ct
    ds.InstitutionName, ds.OperatorsName, ds.PatientAge = "Qingshan Clinic", "Li^Na", "063Y"
    ds.BodyPartExamined, ds.ProcedureCodeSequence = "CHEST", Sequence([])
    ds.ImageComments = "seen by Li Na"
    ds.Manufacturer = "Scanner of QINGSHAN  clinic, call 0551-6283 9911, 2004-01-19"
    ds.StudyDate, ds.AcquisitionDate, ds.StudyTime = "20240310", "20240312", "101500"
    ds.PatientBirthDate = "19610101"
    copy, done = clean_picture(ds, KEY, PLAIN)
    assert copy.InstitutionName == copy.OperatorsName == "REMOVED"
    assert "PatientAge" not in copy
    assert "ImageComments" not in copy
    assert (copy.BodyPartExamined, copy["PatientBirthDate"].is_empty, copy.StudyTime) == ("CHEST", True, "101500")
    assert copy.Manufacturer == "Scanner of REMOVED, call REMOVED, REMOVED"
    days = [np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}") for day in (copy.StudyDate, copy.AcquisitionDate)]
    assert (days[1] - days[0]).astype(int) == 2
    assert 366 <= (np.datetime64("2024-03-10") - days[0]).astype(int) < 366 + 3287
    assert copy.PatientID == copy.PatientName
    assert str(copy.PatientID).startswith("P-")
    assert (copy.PatientIdentityRemoved, copy.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
    assert [item.CodeValue for item in copy.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert done.unsure >= {Unsure.TEXT_IN_PICTURE, Unsure.FACE, Unsure.RARE_CASE}
    assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID != ds.SOPInstanceUID


def test_uids_fit_each_other_within_a_copy_and_not_between_copies() -> None:
    ds = examples.ct
    one, _ = clean_picture(ds, KEY, PLAIN)
    again, _ = clean_picture(ds, KEY, PLAIN)
    other, _ = clean_picture(ds, CopyKey(bytes(32)), PLAIN)
    assert written(one) == written(again)
    assert one.StudyInstanceUID != other.StudyInstanceUID
    assert one.PatientID != other.PatientID
    assert one.StudyDate != other.StudyDate
    assert one.SOPClassUID == ds.SOPClassUID


def ultrasound() -> Dataset:
    ds = examples.rgb_color
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 10, 20
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 99, 119
    ds.SequenceOfUltrasoundRegions = Sequence([region])
    ds.BurnedInAnnotation = "YES"
    return ds


def test_ultrasound_is_black_outside_of_its_regions_and_in_the_given_boxes() -> None:
    original = ultrasound()
    before = original.pixel_array.copy()
    before[:] = np.maximum(before, 1)
    original.set_pixel_data(before, "RGB", 8, generate_instance_uid=False)
    copy, done = clean_picture(original, KEY, PictureWishes(boxes=[Box(50, 50, 60, 55)]))
    after = dcmread(io.BytesIO(written(copy))).pixel_array
    kept = np.zeros(before.shape[:2], dtype=bool)
    kept[20:120, 10:100] = True
    kept[50:55, 50:60] = False
    assert (after[kept] == before[kept]).all()
    assert not after[~kept].any()
    assert done.removed[Removed.BLACKENED] == 1


def test_that_no_text_is_left_only_who_looked_can_say() -> None:
    unseen, done = clean_picture(ultrasound(), KEY, PictureWishes(boxes=[]))
    assert unseen.BurnedInAnnotation == "YES"
    assert Unsure.TEXT_IN_REGION in done.unsure
    seen, done = clean_picture(ultrasound(), KEY, PictureWishes(boxes=[], looked=True))
    assert seen.BurnedInAnnotation == "NO"
    assert not done.unsure & {Unsure.TEXT_IN_REGION, Unsure.TEXT_IN_PICTURE}
    assert "113101" in [item.CodeValue for item in seen.DeidentificationMethodCodeSequence]


@pytest.mark.parametrize("name", ["palette_color", "ybr_color", "jpeg2k", "ct", "overlay"])
def test_black_in_every_kind_of_picture(name: str) -> None:
    ds = getattr(examples, name)
    copy, _ = clean_picture(ds, KEY, PictureWishes(boxes=[Box(0, 0, 8, 4)]))
    shown = pydicom.pixels.utils.pixel_array(dcmread(io.BytesIO(written(copy))))
    frame = shown[0] if int(ds.get("NumberOfFrames") or 1) > 1 else shown
    corner = frame[:4, :8]
    assert (corner == corner[0, 0]).all()
    if copy.PhotometricInterpretation != "PALETTE COLOR":
        assert (corner == frame.min()).all()


def test_a_compressed_picture_is_a_doubt_until_it_is_cleaned() -> None:
    ds = examples.jpeg2k
    copy, done = clean_picture(ds, KEY, PLAIN)
    assert copy.PixelData == ds.PixelData
    assert Unsure.WITHIN_COMPRESSED in done.unsure
    copy, done = clean_picture(ds, KEY, PictureWishes(boxes=[Box(0, 0, 1, 1)]))
    assert not copy.file_meta.TransferSyntaxUID.is_compressed
    assert Unsure.WITHIN_COMPRESSED not in done.unsure


def test_functional_groups_and_waveforms_stay_curves_and_overlays_go() -> None:
    """Groups 52xx and 54xx lie between the repeating groups 50xx and 60xx; pictures and ECGs are made of them."""
    enhanced = dcmread(FOLDER / "liver_1frame.dcm")
    copy, _ = clean_picture(enhanced, KEY, PLAIN)
    assert len(copy.SharedFunctionalGroupsSequence) == len(enhanced.SharedFunctionalGroupsSequence)
    assert len(copy.PerFrameFunctionalGroupsSequence) == len(enhanced.PerFrameFunctionalGroupsSequence)
    ecg = examples.waveform
    copy, _ = clean_picture(ecg, KEY, PLAIN)
    assert [one.WaveformData for one in copy.WaveformSequence] == [one.WaveformData for one in ecg.WaveformSequence]
    drawn = examples.overlay
    drawn.add_new(0x50003000, "OW", b"\0\0")
    assert 0x60003000 in drawn
    copy, _ = clean_picture(drawn, KEY, PLAIN)
    assert not [one.tag for one in copy if one.tag.group >> 8 in (0x50, 0x60)]


@pytest.mark.parametrize("kind", ["9.4.1", "9.4.2"])
def test_a_voice_is_refused(kind: str) -> None:
    ds = examples.waveform
    ds.SOPClassUID = f"1.2.840.10008.5.1.4.1.1.{kind}"
    with pytest.raises(NotCleanable):
        clean_picture(ds, KEY, PLAIN)


def test_what_no_rule_reaches_is_refused() -> None:
    ds = examples.ct
    ds.EncapsulatedDocument = b"%PDF"
    with pytest.raises(NotCleanable):
        clean_picture(ds, KEY, PLAIN)
    broken = examples.ct
    broken.PixelData = b"\0\0"
    with pytest.raises(NotCleanable):
        clean_picture(broken, KEY, PictureWishes(boxes=[Box(0, 0, 1, 1)]))


def complaints(data: bytes, path: Path) -> set[str]:
    path.write_bytes(data)
    said = subprocess.run(["dciodvfy", path], capture_output=True, text=True, errors="replace", timeout=30, check=False)
    return {line for line in said.stderr.splitlines() if line.startswith("Error")}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="run `make system-packages`, as `make test` does")
@pytest.mark.parametrize("name", ["ct", "mr", "rgb_color", "palette_color", "jpeg2k", "rt_dose", "rt_plan"])
def test_dciodvfy_finds_no_new_error(name: str, tmp_path: Path) -> None:
    ds = getattr(examples, name)
    before = complaints(written(ds), tmp_path / "before.dcm")
    copy, _ = clean_picture(ds, KEY, PLAIN)
    assert complaints(written(copy), tmp_path / "after.dcm") - before == set()


@pytest.mark.parametrize("language", list(Language))
def test_it_is_told_in_both_languages(language: Language) -> None:
    _, done = clean_picture(ultrasound(), KEY, PictureWishes(boxes=[]))
    lines = told(done, language)
    assert len(lines) == len([one for one in done.removed.values() if one]) + len(done.unsure)
    assert all("{" not in line for line in lines)


def test_a_secret_is_whole_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        CopyKey(b"short")
    assert "\\x01" not in repr(KEY)
