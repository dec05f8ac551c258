"""All that a consultation says of its pictures, as DICOM: a pure function of the state, the images' metadata and a
time. What has no place in DICOM is listed, not passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydicom import Dataset

from recordings.dicom.key_images import key_images
from recordings.dicom.occasion import Occasion
from recordings.dicom.pictures import Lookup, Shown, is_colour, pictures_needed, shown_in
from recordings.dicom.presentation import presentation
from recordings.dicom.report import measured, report
from signalling.events import Person
from signalling.ids import ParticipantId
from signalling.looking_state import ViewportState
from signalling.record import Record
from signalling.state import State
from signalling.vocabulary import ColourMap

_QUARTER: Final = 9000  # 1/100 degree


class Loss(StrEnum):
    """What could not be said in DICOM. docs/dicom.md explains each."""

    LIVE_MARK = "live_mark"  # drawn on live video of which no still was made
    NO_METADATA = "no_metadata"  # the instance is not here any more, or its source does not answer
    UNFIT_IMAGE = "unfit_image"  # the instance lacks what an output must name
    COLOUR_MAP = "colour_map"  # a palette over a grey picture
    ROTATION = "rotation"  # not a quarter turn: the nearest one is written
    COLOUR_WINDOW = "colour_window"  # a window or an inversion of a colour picture
    CINE = "cine"  # playing


class LeftOut(Record, frozen=True):
    """`what` is the key of a mark or the UID of an instance."""

    loss: Loss
    what: str


@dataclass(slots=True)
class Export:
    """Datasets in the order in which they should be read, and what is not in them."""

    datasets: list[Dataset] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def export(occasion: Occasion, state: State, lookup: Lookup, at: datetime) -> Export:
    """`at`: when the consultation was closed, or now while it goes on. Total: what fails is left out and said."""
    made = Export(left_out=list(_losses(state, lookup)))
    people = {one.participant: one.person for one in (*state.departed, *state.participants)}
    shown = shown_in(state, lookup)
    for study in dict.fromkeys(one.picture.study for one in shown):
        _add_study(made, occasion, [one for one in shown if one.picture.study == study], people, at)
    return made


def _add_study(
    made: Export, occasion: Occasion, shown: Sequence[Shown], people: dict[ParticipantId, Person], at: datetime
) -> None:
    names = {number: f"{person.name} · {person.site}" for number, person in people.items()}
    fit = []
    for number, one in enumerate(shown, 1):
        try:
            made.datasets.append(presentation(occasion, one, number, at, names))
        except (ValueError, AttributeError, TypeError):
            made.left_out.append(LeftOut(Loss.UNFIT_IMAGE, one.picture.instance))
        else:
            fit.append(one)
    for number, author in enumerate(sorted({mark.participant for one in fit for mark in one.marks}), 1):
        theirs = [one for one in fit if measured(one, author)]
        if theirs and author in people:
            made.datasets.append(report(occasion, theirs, author, people[author], number, at))
    if fit:
        made.datasets.append(key_images(occasion, fit, at))


def _losses(state: State, lookup: Lookup) -> Iterator[LeftOut]:
    for one in state.looking.marks:
        if one.mark.frame is not None and not one.mark.fades:
            yield LeftOut(Loss.LIVE_MARK, one.mark.key)
    for picture in pictures_needed(state):
        if picture not in lookup:
            yield LeftOut(Loss.NO_METADATA, picture.instance)
    for view in state.looking.viewports:
        if view.image is not None and view.image in lookup:
            for loss in _view_losses(view, colour=is_colour(lookup[view.image])):
                yield LeftOut(loss, view.image.instance)


def _view_losses(view: ViewportState, *, colour: bool) -> Iterator[Loss]:
    if view.voi is not None and view.voi.colour_map is not ColourMap.GREY:
        yield Loss.COLOUR_MAP
    if view.area is not None and view.area.rotation % _QUARTER:
        yield Loss.ROTATION
    if view.voi is not None and colour:
        yield Loss.COLOUR_WINDOW
    if view.cine is not None and view.cine.playing:
        yield Loss.CINE
