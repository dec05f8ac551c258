"""The studies that first_picture opens, made from pydicom's own examples so that nothing is downloaded: a CT whose
noise compresses as a scanner's does, and a colour ultrasound cine of moving speckle as a machine sends it."""

import io
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset, dcmread, examples
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

SLICES: Final = 40
FRAMES: Final = 300
WIDTH: Final = 640
HEIGHT: Final = 480
SIGMA: Final = 15.0  # HU of noise: with it JPEG-LS leaves 2.4 : 1, as of a thin slice with a sharp kernel
QUALITY: Final = 65  # of the machine's own JPEG: about 40 kB a frame
LOOP: Final = 60  # frames of speckle that differ; the cine repeats them
PATIENT: Final = ("Dolma^Tenzin", "QS-0005", "19900101", "F")  # whom the demo's form offers first


class Made(msgspec.Struct, frozen=True):
    """A study on the disk. `button`: how the name of the one that opens it begins; `bytes` of all its files."""

    study: str
    series: str
    files: list[Path]
    button: str

    @property
    def bytes(self) -> int:
        return sum(one.stat().st_size for one in self.files)


def a_ct(folder: Path, name: str) -> Made:
    """Slices of 512², 16 bits, uncompressed, as scanners send them."""
    source = dcmread(str(get_testdata_file("J2K_pixelrep_mismatch.dcm")))
    values, chance = source.pixel_array, np.random.default_rng(1)
    study, series = generate_uid(), generate_uid()
    files = []
    for number in range(1, SLICES + 1):
        noisy = np.roll(values, number, axis=0) + chance.normal(0, SIGMA, values.shape)
        made = _named(source, study, series, number, name)
        made.BitsStored, made.HighBit = 16, 15
        made.PixelData = np.clip(noisy, -2048, 4095).astype("<i2").tobytes()
        made["PixelData"].VR = "OW"
        files.append(_written(made, folder / f"{name}-{number}.dcm", ExplicitVRLittleEndian))
    return Made(str(study), str(series), files, f"Open CT {name}")


def a_cine(folder: Path, name: str) -> Made:
    """YBR_FULL_422, JPEG Baseline."""
    made = _named(examples.ybr_color, generate_uid(), generate_uid(), 1, name)
    made.Rows, made.Columns, made.NumberOfFrames = HEIGHT, WIDTH, FRAMES
    coded = _speckle()
    made.PixelData = encapsulate([coded[n % LOOP] for n in range(FRAMES)])
    file = _written(made, folder / f"{name}.dcm", JPEGBaseline8Bit)
    return Made(str(made.StudyInstanceUID), str(made.SeriesInstanceUID), [file], f"Open US {name}")


def _speckle() -> list[bytes]:
    """Frames of a sector: Rayleigh noise that is log-compressed, drifts in depth, and has a patch of colour flow."""
    chance = np.random.default_rng(2)
    deep = HEIGHT + LOOP
    noise = _blurred(chance.normal(0, 1, (deep, WIDTH))) + 1j * _blurred(chance.normal(0, 1, (deep, WIDTH)))
    bright = np.clip(60 * np.log10(np.abs(noise) + 1e-3) + 130, 0, 255)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    depth, angle = np.hypot(y, x - WIDTH / 2), np.arctan2(x - WIDTH / 2, y + 1)
    sector = (depth < HEIGHT - 10) & (depth > 30) & (np.abs(angle) < 0.65)
    flow = np.hypot((y - 260) / 50, (x - 330) / 70) < 1
    frames = []
    for n in range(LOOP):
        grey = np.where(sector, bright[LOOP - n : LOOP - n + HEIGHT], 0)
        picture = np.repeat(grey[:, :, None], 3, axis=2)
        picture[flow] *= (1.0, 0.45, 0.2) if n % 30 < 15 else (0.2, 0.45, 1.0)
        out = io.BytesIO()
        Image.fromarray(picture.astype(np.uint8)).save(out, "JPEG", quality=QUALITY, subsampling="4:2:2")
        frames.append(out.getvalue())
    return frames


def _blurred(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Over the size of a speckle: about 3 px across, 2 in depth."""
    for axis, times in ((1, 2), (0, 1)):
        for _ in range(times):
            values = (np.roll(values, 1, axis) + 2 * values + np.roll(values, -1, axis)) / 2.45
    return values


def _named(source: Dataset, study: str, series: str, number: int, name: str) -> Any:
    made = Dataset(source)
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = UID(study), UID(series), generate_uid()
    made.InstanceNumber, made.SeriesDescription = number, name
    made.PatientName, made.PatientID, made.PatientBirthDate, made.PatientSex = PATIENT
    return made


def _written(made: Any, path: Path, syntax: str) -> Path:
    made.ensure_file_meta()
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.save_as(path, enforce_file_format=True)
    return path
