"""Stills: what they say is what is known, and the pixels come back as they went in."""

import io
from datetime import datetime, timedelta, timezone

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import examples
from pydicom.uid import JPEG2000Lossless, SecondaryCaptureImageStorage, UltrasoundImageStorage

from recordings.dicom import Occasion, Origin, Transmitted, part10, picture_of, still
from signalling.events import Patient
from signalling.generate.people import CONSULTATION, VILLAGE
from signalling.ids import TrackId
from signalling.looking import FrameKey
from signalling.vocabulary import Purpose, Sex

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 25, 22, 4, 5, 678_000, CHINA)
PATIENT = Patient(name="王小芳", sex=Sex.FEMALE, birth_year=1961, identifier="V-0042")
OCCASION = Occasion(CONSULTATION, PATIENT, AT - timedelta(minutes=5), VILLAGE, "1.2")


def origin(purpose: Purpose = Purpose.PROBE, transmitted: Transmitted | None = None, key: str = "k1") -> Origin:
    return Origin(key, 1, FrameKey(track=TrackId(3), rtp=4_000_000_000), purpose, VILLAGE, AT, transmitted)


def colour() -> np.ndarray:
    return examples.rgb_color.pixel_array


def reread(ds: pydicom.Dataset) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(part10(ds)))


def test_a_probe_still_is_an_ultrasound_image_of_the_consultations_patient() -> None:
    ds = reread(still(colour(), OCCASION, origin()))
    assert ds.SOPClassUID == UltrasoundImageStorage
    assert ds.Modality == "US"
    assert str(ds.PatientName) == "王小芳"
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    assert (ds.PatientID, ds.PatientSex, ds.PatientBirthDate, ds.PatientAge) == ("V-0042", "F", "", "065Y")
    assert (ds.StudyDate, ds.ContentTime, ds.TimezoneOffsetFromUTC) == ("20261125", "220405.678000", "+0800")
    assert ds.InstitutionName == VILLAGE.site
    assert "track 3, RTP timestamp 4000000000" in ds.ImageComments
    assert ds.BurnedInAnnotation == "YES"


def test_nothing_is_invented() -> None:
    ds = reread(still(colour(), OCCASION, origin()))
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "SequenceOfUltrasoundRegions", "FrameOfReferenceUID"):
        assert keyword not in ds
    assert "LossyImageCompression" not in ds  # a grabber may compress: nobody knows
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY"]


@pytest.mark.parametrize(("codec", "method"), [("H264", "ISO_14496_10"), ("VP8", None)])
def test_what_was_transmitted_says_so(codec: str, method: str | None) -> None:
    picture = colour()
    ds = reread(still(picture, OCCASION, origin(transmitted=Transmitted(codec, picture.nbytes // 50))))
    assert list(ds.ImageType) == ["DERIVED", "PRIMARY"]
    assert ds.LossyImageCompression == "01"
    assert float(ds.LossyImageCompressionRatio) == pytest.approx(50, abs=0.1)
    assert ds.get("LossyImageCompressionMethod") == method
    assert "As transmitted" in ds.ImageComments
    assert codec in ds.DerivationDescription


@pytest.mark.parametrize("purpose", [Purpose.SCREEN, Purpose.FACE, Purpose.ROOM])
def test_anything_else_is_a_secondary_capture(purpose: Purpose) -> None:
    ds = reread(still(colour(), OCCASION, origin(purpose)))
    assert ds.SOPClassUID == SecondaryCaptureImageStorage
    assert (ds.Modality, ds.ConversionType) == ("OT", "WSD" if purpose is Purpose.SCREEN else "DV")
    assert ("RecognizableVisualFeatures" in ds) == (purpose is not Purpose.SCREEN)


def test_the_same_freeze_is_the_same_instance_and_says_its_name_before_it_is_made() -> None:
    one, two = still(colour(), OCCASION, origin()), still(colour(), OCCASION, origin())
    named = picture_of(OCCASION, origin())
    assert part10(one) == part10(two)
    assert (named.study, named.series, named.instance) == (
        one.StudyInstanceUID,
        one.SeriesInstanceUID,
        one.SOPInstanceUID,
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.booleans(), st.integers(0, 2**32 - 1))
def test_the_pixels_come_back_as_they_went_in(rows: int, columns: int, grey: bool, seed: int) -> None:
    shape = (rows, columns) if grey else (rows, columns, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    ds = reread(still(pixels, OCCASION, origin()))
    assert (ds.file_meta.TransferSyntaxUID == JPEG2000Lossless) == (min(rows, columns) >= 32)
    assert np.array_equal(ds.pixel_array, pixels)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint16), np.zeros((4, 4, 4), np.uint8), np.zeros(0, np.uint8)])
def test_what_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="8-bit"):
        still(pixels, OCCASION, origin())


@given(st.text(min_size=1, max_size=80), st.text(max_size=64))
@settings(max_examples=50, deadline=None)
def test_whatever_people_typed_the_file_is_sound(name: str, identifier: str) -> None:
    try:
        (name + identifier).encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair: the wire's JSON has none
    occasion = Occasion(CONSULTATION, Patient(name=name, identifier=identifier), AT)
    ds = reread(still(np.zeros((2, 2), np.uint8), occasion, origin()))
    assert ds.SOPInstanceUID == picture_of(occasion, origin()).instance
    assert "\\" not in str(ds.PatientID)
    assert len(ds.PatientID) <= 64
