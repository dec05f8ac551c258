"""Studies to bring in, made from pydicom's own examples: no download, and each with UIDs of its own."""

from pathlib import Path

import numpy as np
from pydicom import Dataset, examples
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

PATIENT = ("Tenzin^Dolma", "QS-0005", "19900607", "F")  # whom the demo's first call is about


def a_ct(folder: Path, slices: int = 12, side: int = 128) -> list[Path]:
    """A CT series: the example's slice, enlarged to `side`, a little different each time, 5 mm apart."""
    source = examples.ct
    study, series = generate_uid(), generate_uid()
    values = np.kron(source.pixel_array, np.ones((side // 128, side // 128))).astype("<i2")
    paths = []
    for number in range(1, slices + 1):
        made = _named(Dataset.from_json(source.to_json(bulk_data_element_handler=None)), study, series, number)
        made.Rows = made.Columns = side
        made.PixelSpacing = [float(one) * 128 / side for one in source.PixelSpacing]
        made.ImagePositionPatient = [*source.ImagePositionPatient[:2], -5.0 * number]
        made.PixelData = np.roll(values, 3 * number, axis=0).tobytes()
        made["PixelData"].VR = "OW"
        paths.append(_written(made, folder / f"ct{number:03}.dcm", ExplicitVRLittleEndian))
    return paths


def a_cine(folder: Path, frames: int = 30) -> list[Path]:
    """A colour ultrasound cine, JPEG as the machine made it; longer than the example by repeating it."""
    source = examples.ybr_color
    coded = list(generate_frames(source.PixelData, number_of_frames=source.NumberOfFrames))
    made = _named(source, generate_uid(), generate_uid(), 1)
    made.NumberOfFrames = frames
    made.PixelData = encapsulate([coded[n % len(coded)] for n in range(frames)])
    syntax = str(source.file_meta.TransferSyntaxUID)
    return [_written(made, folder / "cine.dcm", syntax)]


def _named(dataset: Dataset, study: str, series: str, number: int) -> Dataset:
    made = Dataset(dataset)
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = study, series, generate_uid()
    made.InstanceNumber = number
    made.PatientName, made.PatientID, made.PatientBirthDate, made.PatientSex = PATIENT
    return made


def _written(dataset: Dataset, path: Path, syntax: str) -> Path:
    dataset.ensure_file_meta()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)
    return path
