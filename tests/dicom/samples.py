"""DICOM files for tests: pydicom's own, and small ones made here."""

from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pydicom
from pydicom import config
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from sefaw_rtc.dicom.examine import Bounds
from signalling.ids import ConsultationId, InstitutionId

OURS, THEIRS = InstitutionId("i" * 26), InstitutionId("j" * 26)
HERE, THERE = ConsultationId("c" * 26), ConsultationId("d" * 26)
BOUNDS: Final = Bounds(
    file=1 << 32,
    header=1 << 20,
    inflated=1 << 22,
    frame=1 << 26,
    elements=20_000,
    depth=32,
    fragments=10_000,
)
SC: Final = "1.2.840.10008.5.1.4.1.1.7"


def shipped(name: str) -> Path:
    """One of the files in pydicom's wheel; nothing is downloaded."""
    path = get_testdata_file(name, download=False)
    assert path is not None, name
    return Path(str(path))


def dataset(instance: str = "1.2.3.1.1.1", series: str = "1.2.3.1.1", study: str = "1.2.3.1", **more: Any) -> Dataset:
    """A picture of 4 × 4 grey pixels."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = UID(SC), UID(instance)
    made.StudyInstanceUID, made.SeriesInstanceUID = UID(study), UID(series)
    made.PatientName, made.PatientID = "Zhang^Guiying", "QS-4711"
    made.PatientBirthDate, made.PatientSex = "19600101", "F"
    made.StudyDate, made.StudyTime, made.StudyDescription = "20260301", "101500", "Abdomen"
    made.Modality, made.SeriesNumber, made.InstanceNumber, made.SeriesDescription = "US", 1, 1, "Liver"
    made.Rows = made.Columns = 4
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PixelData = bytes(range(16))
    for name, value in more.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    return made


def part10(made: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """It as a file."""
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made.file_meta.MediaStorageSOPClassUID = made.get("SOPClassUID", UID(SC))
    made.file_meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", UID("1.2.3"))
    out = BytesIO()
    with config.disable_value_validation():
        pydicom.dcmwrite(out, made, enforce_file_format=True)
    return out.getvalue()


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def tree(root: Path) -> set[str]:
    """Every file of the folder but the index."""
    files = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return {name for name in files if not name.startswith(".index")}
