"""The teaching copy: nobody is named in it, no face and no voice is in it unless it was asked for, and it says what it
did."""

import io
import json
from pathlib import Path

import pydicom
import pytest
from pydicom import examples

from recordings.dicom import part10
from recordings.export import ExportKind, NotAgreed, Wishes
from signalling.codec import decode_event
from signalling.fold import fold_all
from signalling.generate.people import PATIENT, SPECIALIST, VILLAGE
from signalling.vocabulary import ConsentUse
from tests.recordings.dicom.consultations import COLOUR
from tests.recordings.export.made import NOW_MS, WITHDRAWN, bodies, export, sealed, task
from tests.recordings.export.test_bundle import parts
from tests.recordings.sealed import Archive

NAMES = [
    PATIENT.name,
    PATIENT.identifier,
    VILLAGE.name,
    SPECIALIST.name,
    VILLAGE.site,
    SPECIALIST.site,
    VILLAGE.account,
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return sealed(tmp_path_factory.mktemp("made"))


def named_picture() -> bytes:
    """An ultrasound picture of the patient, with regions."""
    ds = pydicom.dcmread(io.BytesIO(part10(COLOUR)))
    ds.PatientName, ds.PatientID, ds.StudyDescription = PATIENT.name, PATIENT.identifier, f"of {PATIENT.name}"
    return part10(ds)


def test_nobody_is_named(made: Archive, tmp_path: Path) -> None:
    pictures = {"dicom/stills/0001.dcm": named_picture(), "dicom/left-out.json": b"[]", "dicom/x.dcm": b"no picture"}
    done = export(task(made, ExportKind.TEACHING, parts=parts(tmp_path, pictures)))
    assert sorted(done.zip.namelist()) == [
        "README.txt",
        "dicom/00001.dcm",
        "events.jsonl",
        "video/001-probe.mp4",
        "what-was-done.json",
        "what-was-done.txt",
    ]
    for name in NAMES:
        assert name.encode() not in done.data, name
    events = [decode_event(line) for line in done.zip.read("events.jsonl").splitlines()]
    patient = fold_all(events).patient
    assert patient is not None
    assert patient.name == "患者"
    copy = pydicom.dcmread(io.BytesIO(done.zip.read("dicom/00001.dcm")))
    assert (copy.PatientIdentityRemoved, str(copy.PatientName)[:2]) == ("YES", "P-")
    told = json.loads(done.zip.read("what-was-done.json"))
    assert told["media"] == {"not_cleaned": 1, "tracks": 1, "video": 1, "voices_out": 2}
    assert "text_in_picture" in told["unsure"] or "text_in_region" in told["unsure"]
    text = done.zip.read("what-was-done.txt").decode()
    assert "Watch every one to its end" in text
    assert "请把每一段看完" in text


def test_voices_only_where_they_were_asked_for(made: Archive) -> None:
    done = export(task(made, ExportKind.TEACHING, Wishes(voice=True)))
    assert {"voice/002-voice.webm", "voice/004-voice.webm"} <= set(done.zip.namelist())
    assert "they name people" in done.zip.read("what-was-done.txt").decode()
    assert not any("face" in name for name in done.zip.namelist())


def test_another_copy_has_other_names(made: Archive) -> None:
    first, second = (export(task(made, ExportKind.TEACHING)).zip.read("events.jsonl") for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    "events",
    [
        bodies([ConsentUse.CARE, ConsentUse.QUALITY]),
        [*bodies(), WITHDRAWN],
        bodies(until=NOW_MS - 1),
        [one for one in bodies() if one[0] != 7],
    ],
)
def test_without_a_consent_to_it_there_is_none(tmp_path: Path, events: list) -> None:  # type: ignore[type-arg]
    made = sealed(tmp_path, seconds=2, events=events)
    one = task(made, ExportKind.TEACHING)
    with pytest.raises(NotAgreed):
        export(one)
    assert not Path(one.out).exists()


def test_an_ultrasound_with_regions_is_black_outside(made: Archive, tmp_path: Path) -> None:
    ds = examples.ybr_color
    data = io.BytesIO()
    ds.save_as(data)
    done = export(task(made, ExportKind.TEACHING, parts=parts(tmp_path, {"dicom/us.dcm": data.getvalue()})))
    copy = pydicom.dcmread(io.BytesIO(done.zip.read("dicom/00001.dcm")))
    assert copy.PatientIdentityRemoved == "YES"
    assert json.loads(done.zip.read("what-was-done.json"))["removed"]["attributes"] > 0
