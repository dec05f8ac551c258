"""Which frames a consultation says something of, and what an output must know of each."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from highdicom.utils import is_multiframe_image  # type: ignore[attr-defined]  # it is there, and not in __all__
from pydicom import Dataset

from signalling.looking import Picture
from signalling.looking_state import MarkState, ViewportState
from signalling.state import State

Lookup = Mapping[Picture, Dataset]
"""The metadata of instances (no pixels needed), for every frame of `pictures_needed`; what is missing is left out."""

# Type 2 attributes that writers read from an image; old files leave them out (PS3.5 7.4.3: then they are empty).
_EMPTY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame: its instance's metadata, the View it was left in (None: no viewport shows it), its marks."""

    picture: Picture
    image: Dataset
    view: ViewportState | None = None
    marks: Sequence[MarkState] = field(default=())


_BETWEEN = {"StudyDate": ".-", "PatientBirthDate": ".-", "StudyTime": ":"}  # as ACR-NEMA wrote them (PS3.5 6.2)


def pictures_needed(state: State) -> list[Picture]:
    """Every frame that was marked, frozen, or is on a viewport at the end, once, in that order."""
    looking = state.looking
    marked = [one.mark.picture for one in looking.marks if not one.mark.fades]
    frozen = [one.picture for one in looking.freezes]
    seen = [one.image for one in looking.viewports]
    studies = {one.study for one in looking.studies}
    found = [one for one in (*marked, *frozen, *seen) if one is not None and one.study in studies]
    return list(dict.fromkeys(found))


def shown_in(state: State, lookup: Lookup) -> list[Shown]:
    """All frames whose instance is known. The first viewport that shows a frame says its View."""
    views = {view.image: view for view in reversed(state.looking.viewports) if view.image is not None}
    kept = [one for one in state.looking.marks if not one.mark.fades]
    return [
        Shown(picture, lookup[picture], views.get(picture), [one for one in kept if one.mark.picture == picture])
        for picture in pictures_needed(state)
        if picture in lookup
    ]


def is_colour(image: Dataset) -> bool:
    return int(image.get("SamplesPerPixel", 1)) > 1 or image.get("PhotometricInterpretation") == "PALETTE COLOR"


def frame_of(shown: Shown) -> int | None:
    """To be named only of an instance of a multi-frame class (PS3.3 table 10-3)."""
    return shown.picture.frame if is_multiframe_image(shown.image) else None


def fit_for_writing(image: Dataset) -> Dataset:
    """A copy that has what a writer reads. Without the name: highdicom warns of names in one piece, and would have it
    in the server's log; `finish` puts it back."""
    fit = Dataset()
    fit.update({element.tag: copy(element) for element in image})  # a setter changes the element, not the dataset
    for keyword in _EMPTY:
        if keyword not in fit:
            setattr(fit, keyword, "")
    for keyword, signs in _BETWEEN.items():
        setattr(fit, keyword, "".join(sign for sign in str(fit.get(keyword) or "") if sign not in signs))
    if "DeidentificationMethod" not in fit and "DeidentificationMethodCodeSequence" not in fit:
        fit.pop("PatientIdentityRemoved", None)  # may not stand alone
    if is_multiframe_image(image) and not image.get("NumberOfFrames"):
        fit.NumberOfFrames = 1
    fit.PatientName = "^"
    return fit


def finish(ds: Dataset, image: Dataset, at: datetime) -> Dataset:
    """The patient of `image`, made at `at`: the same consultation exported again is the same bytes."""
    ds.PatientName = image.get("PatientName", "")
    ds.TimezoneOffsetFromUTC = at.strftime("%z")
    for equipment in ds.get("ContributingEquipmentSequence", []):  # highdicom names itself, and the clock
        equipment.ContributionDateTime = at.strftime("%Y%m%d%H%M%S.%f")
    for kind in ("InstanceCreation", "Content"):
        if kind == "InstanceCreation" or f"{kind}Date" in ds:
            setattr(ds, f"{kind}Date", at.strftime("%Y%m%d"))
            setattr(ds, f"{kind}Time", at.strftime("%H%M%S.%f"))
    return ds
