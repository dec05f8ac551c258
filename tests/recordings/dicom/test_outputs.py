"""Presentation states, reports and key images of a consultation: they say what was seen, drawn and measured."""

import io
import warnings

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from msgspec.structs import replace as with_
from pydicom import Dataset, examples

from recordings.dicom import Export, LeftOut, Loss, export, part10, pictures_needed
from signalling.generate.people import SPECIALIST
from signalling.looking import Cine
from signalling.looking_state import FreezeState, Looking, ViewportState
from signalling.vocabulary import ColourMap, Shape, VoiFunction
from tests.recordings.dicom.consultations import (
    AREA,
    AT,
    CINE,
    COLOUR,
    CT,
    OCCASION,
    ONE,
    VOI,
    everything,
    looked,
    lookup,
    mark,
    picture,
    shared,
)


def reread(made: Export) -> list[Dataset]:
    return [pydicom.dcmread(io.BytesIO(part10(ds))) for ds in made.datasets]


def all_of_it() -> list[Dataset]:
    return reread(export(OCCASION, everything(), lookup(), AT))


def of(modality: str, study: Dataset) -> list[Dataset]:
    return [ds for ds in all_of_it() if ds.Modality == modality and ds.StudyInstanceUID == study.StudyInstanceUID]


def state_of(view: ViewportState, image: Dataset = CT) -> Dataset:
    state = looked(Looking(studies=[shared(image)], viewports=[with_(view, image=picture(image))]))
    return reread(export(OCCASION, state, {picture(image): image}, AT))[0]


def test_every_study_gets_its_states_reports_and_key_images_in_the_study_itself() -> None:
    made = all_of_it()
    for study in (CT, CINE, COLOUR):
        theirs = [ds.Modality for ds in made if ds.StudyInstanceUID == study.StudyInstanceUID]
        assert theirs == ["PR", "SR", "SR", "KO"]
        assert {str(ds.PatientName) for ds in of("PR", study)} == {str(study.PatientName)}


def test_exported_again_it_is_the_same_bytes() -> None:
    first, again = (export(OCCASION, everything(), lookup(), AT).datasets for _ in range(2))
    assert [part10(ds) for ds in first] == [part10(ds) for ds in again]


def test_the_images_it_was_told_of_stay_as_they_are() -> None:
    before = {one: (str(ds.PatientName), ds.SamplesPerPixel) for one, ds in lookup().items()}
    names = {str(ds.PatientName) for ds in all_of_it()}
    assert {one: (str(ds.PatientName), ds.SamplesPerPixel) for one, ds in lookup().items()} == before
    assert names == {"CompressedSamples^CT1", str(CINE.PatientName), str(COLOUR.PatientName)}


def test_another_mark_is_another_presentation_state() -> None:
    one, two = mark(Shape.ARROW, picture(CT)), mark(Shape.BOX, picture(CT))
    names = set()
    for marks in ([one], [one, two]):
        state = looked(Looking(studies=[shared(CT)], marks=marks))
        names.add(export(OCCASION, state, lookup(), AT).datasets[0].SOPInstanceUID)
    assert len(names) == 2


def test_the_view_is_in_the_state() -> None:
    ds = of("PR", CT)[0]
    area = ds.DisplayedAreaSelectionSequence[0]
    assert (ds.ImageRotation, ds.ImageHorizontalFlip) == (270, "Y")
    assert area.PresentationSizeMode == "SCALE TO FIT"
    assert [float(x) for x in area.PresentationPixelSpacing] == pytest.approx([float(x) for x in CT.PixelSpacing])
    # 40 % across, 60 % down of 128²; turned: 30 mm across and 50 mm down the source, of 0.661468 mm
    left, right, top, bottom = 51.2 - 22.7, 51.2 + 22.7, 76.8 - 37.8, 76.8 + 37.8
    corners = np.array([area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner])
    assert np.allclose(corners.min(axis=0), [left + 1, top + 1], atol=0.6)
    assert np.allclose(corners.max(axis=0), [right, bottom], atol=0.6)
    window = ds.SoftcopyVOILUTSequence[0]
    assert (window.WindowCenter, window.WindowWidth, window.VOILUTFunction) == (40, 400, "LINEAR")
    assert ds.PresentationLUTShape == "INVERSE"
    assert (ds.RescaleIntercept, ds.RescaleSlope) == (CT.RescaleIntercept, CT.RescaleSlope)


def test_the_smallest_window_of_each_kind() -> None:
    for function, least in ((VoiFunction.LINEAR, 1), (VoiFunction.LINEAR_EXACT, 0.001), (VoiFunction.SIGMOID, 0.001)):
        ds = state_of(ViewportState(voi=with_(VOI, width=1, function=function)))
        assert float(ds.SoftcopyVOILUTSequence[0].WindowWidth) == least


def test_a_pictures_own_table_stays_its_own() -> None:
    tabled = Dataset()
    tabled.update(CT)
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [256, 0, 12], [one * one // 16 for one in range(256)]
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    tabled.VOILUTSequence = [item]
    for voi in (with_(VOI, function=VoiFunction.TABLE), None):
        [written] = state_of(ViewportState(voi=voi), tabled).SoftcopyVOILUTSequence
        assert "WindowCenter" not in written
        assert list(written.VOILUTSequence[0].LUTData) == list(item.LUTData)
        assert list(written.VOILUTSequence[0].LUTDescriptor) == [256, 0, 12]
    [window] = state_of(ViewportState(voi=VOI), tabled).SoftcopyVOILUTSequence
    assert "VOILUTSequence" not in window


def test_monochrome1_is_seen_as_it_is_and_inverted_when_the_view_says_so() -> None:
    bones = Dataset()
    bones.update(CT)
    bones.PhotometricInterpretation = "MONOCHROME1"
    assert state_of(ViewportState(), bones).PresentationLUTShape == "INVERSE"
    assert state_of(ViewportState(voi=VOI), bones).PresentationLUTShape == "IDENTITY"


def test_colour_pictures_get_a_colour_state_with_a_profile() -> None:
    for image in (COLOUR, examples.palette_color):
        ds = state_of(ViewportState(area=AREA), image)
        assert ds.SOPClassUID.name == "Color Softcopy Presentation State Storage"
        assert ds.ICCProfile[12:20] == b"scnrRGB "
        assert "SoftcopyVOILUTSequence" not in ds


def test_marks_lie_in_pixels_on_their_frame_a_layer_for_each_author() -> None:
    ds = of("PR", CINE)[0]
    assert ds.ReferencedSeriesSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber == 7
    assert [layer.GraphicLayer for layer in ds.GraphicLayerSequence] == ["PARTICIPANT_1", "PARTICIPANT_2"]
    assert SPECIALIST.name in ds.GraphicLayerSequence[1].GraphicLayerDescription
    drawn = ds.GraphicAnnotationSequence[0]
    assert drawn.ReferencedImageSequence[0].ReferencedFrameNumber == 7
    by_key = {one.TrackingID: one for one in drawn.GraphicObjectSequence}
    length = by_key["length-1-1"]
    assert length.GraphicAnnotationUnits == "PIXEL"
    assert length.GraphicData == pytest.approx([0.25 * 320, 0.25 * 240, 0.75 * 320, 0.25 * 240])
    ellipse = by_key["ellipse-1-1"]
    assert ellipse.GraphicType == "ELLIPSE"
    assert ellipse.GraphicData == pytest.approx([64, 72, 192, 72, 128, 48, 128, 96])
    texts = {one.TrackingID: one.UnformattedTextValue for one in drawn.TextObjectSequence}
    assert texts["text-1-1"] == "胆囊 gallbladder"
    assert texts["length-1-1"] == "23.4 mm"
    assert texts["ellipse-1-1"] == "123.5 mm²"
    assert texts["angle-1-1"] == "90.0°"


def test_a_point_beyond_the_picture_is_at_its_edge() -> None:
    far = mark(Shape.ARROW, picture(CT))
    points = [with_(far.mark.points[0], x=-2_000_000_000, y=2_000_000_000), far.mark.points[1]]
    state = looked(Looking(studies=[shared(CT)], marks=[with_(far, mark=with_(far.mark, points=points))]))
    ds = reread(export(OCCASION, state, lookup(), AT))[0]
    data = ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData
    assert list(data[:2]) == [0, CT.Rows]


def test_measurements_are_coded_and_say_where_and_by_whom() -> None:
    report = srread(io.BytesIO(part10(of("SR", CINE)[1])))
    groups = report.content.get_image_measurement_groups()
    assert len(groups) == 4
    found = {group.tracking_identifier: group.get_measurements()[0] for group in groups}
    length = found["length-2-1"]
    assert (length.name.meaning, length.value, length.unit.value) == ("Length", 23.4, "mm")
    assert found["ellipse-2-1"].unit.value == "mm2"
    assert found["angle-2-1"].unit.value == "deg"
    assert (found["caliper-2-1"].value, found["caliper-2-1"].unit.value) == (45.1, "cm/s")
    where = length[0].ContentSequence[0]
    assert where.GraphicType == "POLYLINE"
    source = where.ContentSequence[0].ReferencedSOPSequence[0]
    assert (source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber) == (CINE.SOPInstanceUID, 7)
    assert str(of("SR", CINE)[1]).count(SPECIALIST.name) == 1


def test_a_mark_has_the_same_tracking_uid_in_state_and_report() -> None:
    drawn = of("PR", CT)[0].GraphicAnnotationSequence[0].GraphicObjectSequence
    in_state = {one.TrackingUID for one in drawn if one.TrackingID == "length-1-0"}
    report = srread(io.BytesIO(part10(of("SR", CT)[0])))
    in_report = {
        group.tracking_uid
        for group in report.content.get_image_measurement_groups()
        if group.tracking_identifier == "length-1-0"
    }
    assert in_state == in_report != set()


def test_key_images_name_the_frames() -> None:
    item = of("KO", CINE)[0].ContentSequence[-1].ReferencedSOPSequence[0]
    assert (item.ReferencedSOPInstanceUID, item.ReferencedFrameNumber) == (CINE.SOPInstanceUID, 7)


def test_a_frozen_picture_is_a_key_image_and_a_withdrawn_study_is_nothing() -> None:
    frozen = FreezeState(participant=ONE, key="f", t=1, frame=None, picture=picture(CT))  # type: ignore[arg-type]
    looking = Looking(studies=[shared(CT)], freezes=[frozen])
    assert [ds.Modality for ds in export(OCCASION, looked(looking), lookup(), AT).datasets] == ["PR", "KO"]
    gone = export(OCCASION, looked(with_(looking, studies=[])), lookup(), AT)
    assert (gone.datasets, gone.left_out) == ([], [])


def test_what_has_no_place_in_dicom_is_listed() -> None:
    view = ViewportState(
        image=picture(CT),
        area=with_(AREA, rotation=1234),
        voi=with_(VOI, colour_map=ColourMap.HOT_IRON),
        cine=Cine(playing=True, rate=2500, frame=1),
    )
    coloured = ViewportState(image=picture(COLOUR), voi=VOI)
    state = looked(Looking(studies=[shared(CT), shared(COLOUR), shared(CINE)], viewports=[view, coloured]))
    state = with_(
        state, looking=with_(state.looking, marks=[*everything().looking.marks[-1:], mark(Shape.BOX, picture(CINE))])
    )
    found = export(OCCASION, state, {picture(CT): CT, picture(COLOUR): COLOUR}, AT).left_out
    ct, colour = str(CT.SOPInstanceUID), str(COLOUR.SOPInstanceUID)
    assert found == [
        LeftOut(Loss.LIVE_MARK, "live"),
        LeftOut(Loss.NO_METADATA, str(CINE.SOPInstanceUID)),
        LeftOut(Loss.COLOUR_MAP, ct),
        LeftOut(Loss.ROTATION, ct),
        LeftOut(Loss.CINE, ct),
        LeftOut(Loss.COLOUR_WINDOW, colour),
    ]


def test_an_instance_that_cannot_be_named_is_left_out_and_the_others_stay() -> None:
    broken = Dataset()
    broken.update({element.tag: element for element in CT if element.keyword not in {"Rows", "PixelData"}})
    state = looked(
        Looking(
            studies=[shared(CT), shared(COLOUR)],
            viewports=[ViewportState(image=picture(CT)), ViewportState(image=picture(COLOUR))],
        )
    )
    made = export(OCCASION, state, {picture(CT): broken, picture(COLOUR): COLOUR}, AT)
    assert made.left_out == [LeftOut(Loss.UNFIT_IMAGE, str(CT.SOPInstanceUID))]
    assert [ds.Modality for ds in made.datasets] == ["PR", "KO"]


def test_fading_marks_are_gone() -> None:
    fading = mark(Shape.ARROW, picture(CT))
    state = looked(Looking(studies=[shared(CT)], marks=[with_(fading, mark=with_(fading.mark, fades=True))]))
    assert pictures_needed(state) == []


def test_no_name_goes_to_the_log() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        export(OCCASION, everything(), lookup(), AT)
    assert [str(one.message) for one in heard] == []


def test_the_greys_of_a_multi_frame_image_are_those_of_its_frame() -> None:
    """Classic ones have them at the top level, enhanced ones in the frame's own functional group."""
    classic = Dataset()
    classic.update({element.tag: element for element in CINE if element.keyword != "PixelData"})
    classic.SamplesPerPixel, classic.PhotometricInterpretation = 1, "MONOCHROME2"
    classic.RescaleSlope, classic.RescaleIntercept = "2", "-10"
    classic.WindowCenter, classic.WindowWidth = "70", "140"
    own = Dataset()
    own.FrameVOILUTSequence = [Dataset()]
    own.FrameVOILUTSequence[0].WindowCenter, own.FrameVOILUTSequence[0].WindowWidth = "30", "60"
    enhanced = Dataset()
    enhanced.update(classic)
    enhanced.PerFrameFunctionalGroupsSequence = [*([Dataset()] * 6), own, *([Dataset()] * 23)]
    for image, window in ((classic, (70, 140)), (enhanced, (30, 60))):
        on = picture(image, 7)
        state = looked(Looking(studies=[shared(image)], viewports=[ViewportState(image=on)]))
        ds = reread(export(OCCASION, state, {on: image}, AT))[0]
        voi = ds.SoftcopyVOILUTSequence[0]
        assert (voi.WindowCenter, voi.WindowWidth) == window
        assert (ds.RescaleSlope, ds.RescaleIntercept) == (2, -10)


def test_old_dates_and_what_may_not_stand_alone_are_mended() -> None:
    old = Dataset()
    old.update({element.tag: element for element in CT if element.keyword != "PixelData"})
    old.add_new("StudyDate", "LO", "1997.04.24")
    old.add_new("StudyTime", "LO", "14:04:38")
    old.PatientIdentityRemoved = "YES"
    on = picture(old)
    state = looked(Looking(studies=[shared(old)], viewports=[ViewportState(image=on)]))
    ds = reread(export(OCCASION, state, {on: old}, AT))[0]
    assert (ds.StudyDate, ds.StudyTime) == ("19970424", "140438")
    assert "PatientIdentityRemoved" not in ds
