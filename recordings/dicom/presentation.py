"""Marks and the last View of a picture as a presentation state: Grayscale (PS3.3 A.33.1), or Color with an ICC profile
(A.33.2). highdicom writes neither displayed area nor rotation: they are put in here. What a presentation state cannot
say is listed in docs/dicom.md."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from highdicom.content import PresentationLUTTransformation
from highdicom.pr import (
    ColorSoftcopyPresentationState,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
)
from pydicom import Dataset

from recordings.dicom.colour import srgb
from recordings.dicom.drawn import annotations
from recordings.dicom.geometry import Grid, displayed, grid_of
from recordings.dicom.luts import settle
from recordings.dicom.occasion import CHARACTER_SET, MANUFACTURER, MODEL, Occasion
from recordings.dicom.pictures import Shown, finish, fit_for_writing, frame_of, is_colour
from recordings.dicom.words import say
from signalling.ids import ParticipantId
from signalling.looking import Area, Voi
from signalling.vocabulary import LengthUnit, VoiFunction

SERIES_NUMBER: Final = 9001
_MILLI: Final = 1000
_FUNCTIONS: Final = {
    VoiFunction.LINEAR: "LINEAR",
    VoiFunction.LINEAR_EXACT: "LINEAR_EXACT",
    VoiFunction.SIGMOID: "SIGMOID",
}


def presentation(
    occasion: Occasion, shown: Shown, number: int, at: datetime, names: Mapping[ParticipantId, str]
) -> Dataset:
    """One state for one frame. Raises ValueError, AttributeError or TypeError if the image's metadata are unfit."""
    grid, colour = grid_of(shown.image), is_colour(shown.image)
    image = fit_for_writing(shown.image)
    image.SamplesPerPixel = 3 if colour else 1  # a palette's picture is one of colour too
    frame = frame_of(shown)
    settle(image, frame)
    layers, drawn = annotations(occasion, image, frame, shown.marks, grid, names)
    common: dict[str, Any] = {
        "referenced_images": [image],
        "series_instance_uid": occasion.series(f"presentation {image.StudyInstanceUID}"),
        "series_number": SERIES_NUMBER,
        "sop_instance_uid": occasion.instance("presentation", _digest(shown)),
        "instance_number": number,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "software_versions": occasion.software or "0",
        "device_serial_number": str(occasion.consultation),
        "content_label": "CONSULTATION",
        "content_description": say("series.presentation"),
        "graphic_annotations": drawn or None,
        "graphic_layers": layers or None,
        "series_description": say("series.presentation"),
        "specific_character_set": CHARACTER_SET,
    }
    ds = _colour(common) if colour else _grey(common, shown, image)
    _show(ds, shown.view.area if shown.view else None, grid)
    _refer(ds, frame)
    ds.Laterality = ""  # of a paired organ it must stand (PS3.3 C.7.3.1); it is the pictures' business
    ds.PresentationCreationDate, ds.PresentationCreationTime = at.strftime("%Y%m%d"), at.strftime("%H%M%S.%f")
    return finish(ds, shown.image, at)


def _colour(common: dict[str, Any]) -> Dataset:
    return ColorSoftcopyPresentationState(**common, icc_profile=srgb())


def _grey(common: dict[str, Any], shown: Shown, image: Dataset) -> Dataset:
    """Modality LUT, and window where the View has none, are the image's own: highdicom takes them over. Its VOI LUT is
    put in here: highdicom knows tables of 8 and 16 bits alone, and makes 16 of what lies between."""
    voi = shown.view.voi if shown.view else None
    inverse = (image.get("PhotometricInterpretation") == "MONOCHROME1") != (voi is not None and voi.invert)
    shape = PresentationLUTTransformation(presentation_lut_shape="INVERSE" if inverse else "IDENTITY")
    table = _own_table(image)
    windows = [_window(voi)] if voi and voi.function is not VoiFunction.TABLE else None
    ds = GrayscaleSoftcopyPresentationState(
        **common, voi_lut_transformations=windows, presentation_lut_transformation=shape
    )
    if table is not None and windows is None and (voi is not None or "SoftcopyVOILUTSequence" not in ds):
        ds.SoftcopyVOILUTSequence = [table]
    return ds


def _own_table(image: Dataset) -> Dataset | None:
    """The image's first VOI LUT, taken out of what highdicom sees."""
    found = image.get("VOILUTSequence")
    if not found:
        return None
    del image.VOILUTSequence
    table = Dataset()
    table.VOILUTSequence = [found[0]]
    return table


def _window(voi: Voi) -> SoftcopyVOILUTTransformation:
    """A linear window is at least 1 wide (C.11.2.1.2.1)."""
    least = 1.0 if voi.function is VoiFunction.LINEAR else 0.0
    return SoftcopyVOILUTTransformation(
        window_center=voi.centre / _MILLI,
        window_width=max(least, voi.width / _MILLI),
        voi_lut_function=_FUNCTIONS[voi.function],
    )


def _show(ds: Dataset, area: Area | None, grid: Grid) -> None:
    """Displayed area and spatial transformation, which must stand wherever something is turned or flipped."""
    seen = displayed(area, grid)
    item = Dataset()
    item.DisplayedAreaTopLeftHandCorner = list(seen.top_left)
    item.DisplayedAreaBottomRightHandCorner = list(seen.bottom_right)
    item.PresentationSizeMode = "SCALE TO FIT"  # as who follows fits it into its own canvas
    if grid.unit is LengthUnit.MM:
        item.PresentationPixelSpacing = [f"{grid.sy:.10g}"[:16], f"{grid.sx:.10g}"[:16]]
    else:
        item.PresentationPixelAspectRatio = [grid.vertical, grid.horizontal]
    ds.DisplayedAreaSelectionSequence = [item]
    if seen.rotation or seen.flip:
        ds.ImageRotation = seen.rotation
        ds.ImageHorizontalFlip = "Y" if seen.flip else "N"


def _refer(ds: Dataset, frame: int | None) -> None:
    """To that frame alone."""
    if frame is not None:
        ds.ReferencedSeriesSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber = frame


def _digest(shown: Shown) -> str:
    """The same picture, View and marks are the same presentation state."""
    return hashlib.sha256(msgspec.json.encode((shown.picture, shown.view, list(shown.marks)))).hexdigest()
