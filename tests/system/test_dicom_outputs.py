"""What a consultation leaves as DICOM, judged by others: David Clunie's validator, a real PACS, dcmtk's storage SCP."""

import contextlib
import io
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from highdicom.ko import KeyObjectSelectionDocument
from highdicom.sr import srread
from pydicom import Dataset
from pydicom import data as test_files
from pydicom.errors import InvalidDicomError
from pynetdicom import AE

from recordings.dicom import Transmitted, export, part10, still
from signalling.looking_state import Looking, ViewportState
from signalling.vocabulary import Purpose, Shape
from tests.recordings.dicom.consultations import (
    AREA,
    AT,
    CINE,
    COLOUR,
    CT,
    OCCASION,
    VOI,
    everything,
    looked,
    lookup,
    mark,
    picture,
    shared,
)
from tests.recordings.dicom.test_still import origin
from tests.system.orthanc import orthanc, program, storescp

PIXELS = COLOUR.pixel_array


def stills() -> list[Dataset]:
    """Of every purpose, the publisher's own and as transmitted; colour, grey, and too small for JPEG 2000."""
    made = [
        still(PIXELS, OCCASION, origin(purpose, transmitted, key=f"{purpose}-{transmitted is None}"))
        for purpose in Purpose
        for transmitted in (None, Transmitted("H264", 3000))
    ]
    grey, small = PIXELS[..., 0].copy(), PIXELS[:20, :20].copy()
    return [*made, still(grey, OCCASION, origin(key="grey")), still(small, OCCASION, origin(key="small"))]


@pytest.fixture(scope="module")
def outputs() -> list[Dataset]:
    return [*stills(), *export(OCCASION, everything(), lookup(), AT).datasets]


def test_the_validator_finds_no_error(outputs: list[Dataset], tmp_path: Path) -> None:
    """dciodvfy checks against PS3.3, attribute by attribute."""
    validator, found = program("dciodvfy"), {}
    for number, ds in enumerate(outputs):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(part10(ds))
        done = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).splitlines()
        errors = [line for line in said if line.startswith("Error")]
        assert any(line.strip() and not line.startswith(("Error", "Warning")) for line in said), said  # it knew the IOD
        if errors or done.returncode:
            found[f"{number} {ds.SOPClassUID.name}"] = errors
    assert found == {}
    assert {ds.Modality for ds in outputs} == {"US", "OT", "PR", "SR", "KO"}


def test_the_validator_would_find_one(outputs: list[Dataset], tmp_path: Path) -> None:
    broken = pydicom.dcmread(io.BytesIO(part10(outputs[0])))
    del broken.SamplesPerPixel
    path = tmp_path / "broken.dcm"
    broken.save_as(path)
    done = subprocess.run([program("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
    assert "Error" in done.stdout + done.stderr


def test_whatever_picture_was_looked_at_the_validator_finds_no_error(tmp_path: Path) -> None:
    """Every file with pixels that pydicom ships: old dates, enhanced and classic multi-frame, palettes, tiny ones."""
    validator, path, found, seen = program("dciodvfy"), tmp_path / "state.dcm", {}, 0
    for image in shipped_pictures():
        on = picture(image)
        viewport = ViewportState(image=on, area=AREA, voi=VOI)
        marks = [mark(shape, on) for shape in Shape]
        state = looked(Looking(studies=[shared(image)], viewports=[viewport], marks=marks))
        made = export(OCCASION, state, {on: image}, AT)
        assert len(made.datasets) == 3, (image.filename, made.left_out)
        for ds in made.datasets:
            seen += 1
            path.write_bytes(part10(ds))
            done = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
            errors = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
            if errors:
                found[f"{Path(image.filename).name} {ds.Modality}"] = errors
    assert found == {}
    assert seen > 100


def shipped_pictures() -> list[pydicom.FileDataset]:
    """What names itself and has pixels. badVR.dcm is left out, and said to be: its number of frames is "1A"."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom says what is wrong with its own examples
        for path in sorted(Path(test_files.__file__ or "").parent.joinpath("test_files").rglob("*.dcm")):
            with contextlib.suppress(InvalidDicomError):
                ds = pydicom.dcmread(path, stop_before_pixels=True)
                named = all(ds.get(keyword) for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"))
                if named and "Rows" in ds and path.name != "badVR.dcm":
                    found.append(ds)
    return found


def test_a_pacs_takes_them_and_gives_them_back(outputs: list[Dataset], tmp_path: Path) -> None:
    with orthanc(tmp_path) as pacs:
        client = DICOMwebClient(pacs.web)
        originals = [pydicom.dcmread(io.BytesIO(part10(ds))) for ds in (*outputs, CT, CINE, COLOUR)]
        client.store_instances(originals)
        for ds in outputs:
            back = client.retrieve_instance(ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID)
            assert back.SOPClassUID == ds.SOPClassUID
            assert str(back.PatientName) == str(ds.PatientName)
            _opens(back)
        found = client.search_for_studies(search_filters={"PatientID": OCCASION.patient.identifier})
        assert [one["0020000D"]["Value"] for one in found] == [[OCCASION.study]]


def _opens(ds: Dataset) -> None:
    """By pydicom and highdicom, as what it is."""
    match ds.Modality:
        case "SR":
            assert srread(io.BytesIO(part10(ds))).content.get_image_measurement_groups()
        case "KO":
            assert KeyObjectSelectionDocument.from_dataset(ds).content.get_references()
        case "US" | "OT":
            colour = ds.SamplesPerPixel == 3
            expected = PIXELS[: ds.Rows, : ds.Columns] if colour else PIXELS[..., 0]
            assert np.array_equal(ds.pixel_array, expected)
        case _:
            assert ds.ReferencedSeriesSequence


def test_storescp_takes_them(outputs: list[Dataset], tmp_path: Path) -> None:
    with storescp(tmp_path) as scp:
        sender = AE("SEFAW")
        for ds in outputs:
            sender.add_requested_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)
        association = sender.associate("127.0.0.1", scp.port, ae_title=scp.title)
        assert association.is_established
        states = {association.send_c_store(ds).Status for ds in outputs}
        association.release()
        assert states == {0}
        assert len(list(scp.folder.iterdir())) == len(outputs)
