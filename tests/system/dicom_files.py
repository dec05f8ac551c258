"""Real DICOM files for the pages: pydicom's own examples, given this consultation's patient and UIDs of their own."""

from pathlib import Path
from typing import Final

from pydicom import Dataset, FileDataset, dcmread, examples
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian, generate_uid

SLICES: Final = 8
_DOCUMENT: Final = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 24 Tf 40 100 Td (Discharge letter) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def _of_patient(dataset: Dataset, study: str, description: str) -> Dataset:
    """The patient whom the demo's first call is about."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName, dataset.PatientID = "Tenzin^Dolma", "QS-0005"
    dataset.PatientBirthDate, dataset.PatientSex = "19900607", "F"
    dataset.StudyInstanceUID, dataset.StudyDescription, dataset.StudyDate = study, description, "20261125"
    return dataset


def _save(dataset: Dataset, path: Path) -> Path:
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def ct_series(folder: Path, slices: int = SLICES) -> Path:
    """A folder with a small CT: each slice 64 HU brighter than the one before, so that a picture says which it is."""
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    for n in range(slices):
        ct = _of_patient(examples.ct, study, "Abdomen")
        ct.SeriesInstanceUID, ct.FrameOfReferenceUID = series, frame
        ct.SeriesNumber, ct.SeriesDescription, ct.InstanceNumber = 3, "Portal", n + 1
        ct.ImagePositionPatient = [*ct.ImagePositionPatient[:2], float(5 * n)]
        ct.set_pixel_data(ct.pixel_array + 64 * n, "MONOCHROME2", 16)
        ct.PixelRepresentation = 1
        _save(ct, folder / "CT" / f"IM{n + 1:04d}")
    return folder / "CT"


def other_patient(folder: Path) -> Path:
    """The MR as pydicom has it: of somebody else."""
    mr = examples.mr
    return _save(mr, folder / "other.dcm")


def ultrasound(folder: Path) -> Path:
    """30 frames of colour."""
    us = _of_patient(examples.ybr_color, generate_uid(), "Echo")
    us.SeriesDescription, us.SeriesInstanceUID = "Cine", generate_uid()
    return _save(us, folder / "us.dcm")


def ecg(folder: Path) -> Path:
    """12 leads, 10 s at 1000 Hz, and the averaged beat."""
    wave = _of_patient(examples.waveform, generate_uid(), "Resting ECG")
    return _save(wave, folder / "ecg.dcm")


def report(folder: Path) -> Path:
    """A structured report."""
    found: FileDataset = dcmread(str(get_testdata_file("reportsi.dcm")))
    return _save(_of_patient(found, generate_uid(), "Report"), folder / "report.dcm")


def document(folder: Path) -> Path:
    """A letter as PDF (PS3.3 A.45.1)."""
    pdf = _of_patient(Dataset(), generate_uid(), "Letter")
    pdf.file_meta = FileMetaDataset()
    pdf.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pdf.file_meta.MediaStorageSOPClassUID = pdf.SOPClassUID = EncapsulatedPDFStorage
    pdf.SeriesInstanceUID, pdf.Modality, pdf.ConversionType = generate_uid(), "DOC", "WSD"
    pdf.SeriesNumber, pdf.InstanceNumber, pdf.SeriesDescription = 1, 1, "Letter"
    pdf.BurnedInAnnotation, pdf.DocumentTitle = "YES", "Discharge letter"
    pdf.MIMETypeOfEncapsulatedDocument = "application/pdf"
    pdf.EncapsulatedDocument = _DOCUMENT + b"\0" * (len(_DOCUMENT) % 2)
    return _save(pdf, folder / "letter.dcm")
