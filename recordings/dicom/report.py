"""Measurements as a structured report: Comprehensive SR, TID 1500 of PS3.16; one for each study and author."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import numpy as np
from highdicom.sr import (
    CodedConcept,
    ComprehensiveSR,
    CoordinatesForMeasurement,
    GraphicTypeValues,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from recordings.dicom.drawn import ellipse, mark_uid
from recordings.dicom.geometry import Points, grid_of, pixels_of
from recordings.dicom.occasion import CHARACTER_SET, MANUFACTURER, Occasion, long_string, person_name
from recordings.dicom.pictures import Shown, finish, fit_for_writing, frame_of
from recordings.dicom.units import MILLI, QUANTITIES, UCUM
from recordings.dicom.words import say
from signalling.events import Person
from signalling.ids import ParticipantId
from signalling.looking import Measure
from signalling.looking_state import MarkState
from signalling.vocabulary import Shape

SERIES_NUMBER: Final = 9002


def report(
    occasion: Occasion, shown: Sequence[Shown], author: ParticipantId, person: Person, number: int, at: datetime
) -> Dataset:
    """What `author` measured in one study. `shown` are frames of that study with its measured marks; not empty."""
    groups = [
        _group(occasion, one, mark, mark.mark.measure)
        for one in shown
        for mark in measured(one, author)
        if mark.mark.measure is not None
    ]
    study = str(shown[0].image.StudyInstanceUID)
    content = MeasurementReport(_observer(person), codes.SCT.ImagingProcedure, imaging_measurements=groups)
    ds = ComprehensiveSR(
        evidence=_evidence(shown),
        content=content,
        series_instance_uid=occasion.series(f"measurements {study}"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=occasion.instance("measurements", _digest(shown, author)),
        instance_number=number,
        manufacturer=MANUFACTURER,
        is_complete=True,
        institution_name=long_string(person.site),
        series_description=say("series.measurements"),
        specific_character_set=CHARACTER_SET,
    )
    return finish(ds, shown[0].image, at)


def measured(shown: Shown, author: ParticipantId) -> list[MarkState]:
    """The marks of one author on a frame that say a figure."""
    return [one for one in shown.marks if one.participant == author and one.mark.measure is not None]


def _observer(person: Person) -> ObservationContext:
    who = PersonObserverIdentifyingAttributes(
        name=f"{person_name(person.name)}^", organization_name=long_string(person.site)
    )
    return ObservationContext(observer_person_context=ObserverContext(codes.DCM.Person, who))


def _group(
    occasion: Occasion, shown: Shown, mark: MarkState, measure: Measure
) -> MeasurementsAndQualitativeEvaluations:
    """One figure (TID 1501), inferred from where it was drawn, on that frame."""
    kind, points = _drawn(mark, pixels_of(mark.mark.points, grid_of(shown.image)))
    frame = frame_of(shown)
    source = SourceImageForRegion(
        shown.image.SOPClassUID, shown.image.SOPInstanceUID, [frame] if frame is not None else None
    )
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(uid=mark_uid(occasion, mark), identifier=mark.mark.key),
        measurements=[
            Measurement(
                name=CodedConcept.from_code(QUANTITIES[measure.unit]),
                value=measure.value / MILLI,
                unit=CodedConcept.from_code(UCUM[measure.unit]),
                referenced_coordinates=[CoordinatesForMeasurement(kind, points, source)],
            )
        ],
    )


def _drawn(mark: MarkState, at: Points) -> tuple[GraphicTypeValues, Points]:
    if mark.mark.shape is Shape.ELLIPSE:
        return GraphicTypeValues.ELLIPSE, ellipse(at)
    return GraphicTypeValues.POLYLINE, at if len(at) > 1 else np.repeat(at, 2, axis=0)


def _evidence(shown: Sequence[Shown]) -> list[Dataset]:
    """Each instance once."""
    return list({str(one.image.SOPInstanceUID): fit_for_writing(one.image) for one in shown}.values())


def _digest(shown: Sequence[Shown], author: ParticipantId) -> str:
    said = [(one.picture, measured(one, author)) for one in shown]
    return hashlib.sha256(msgspec.json.encode((author, said))).hexdigest()
