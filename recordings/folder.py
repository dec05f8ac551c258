"""The patient folder of a consultation: which pictures were shared, by whom, when, and what was taken out again. A fold
of the log, pure and total; what was withdrawn stays in it, crossed out."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from signalling import events as ev
from signalling import looking as look
from signalling.events import Event, Person
from signalling.ids import ParticipantId, StudyId, TrackId
from signalling.looking import Picture, PicturePatient
from signalling.looking_state import SharedSeries
from signalling.record import Record
from signalling.vocabulary import PictureSource, Purpose

NEVER: Final = -1
STUDIES_MOST: Final = 500  # more were never in a consultation: the heart allows 64 at once


class FolderStill(Record, frozen=True):
    """A frame of live video that became an instance: asked by whom, of which track."""

    picture: Picture
    t: int
    by: Person | None
    purpose: Purpose | None
    as_transmitted: bool


class FolderStudy(Record, frozen=True):
    """Times are session µs, -1 = never. `by` None: a device brought it, or the server made it. `differs`: it names
    another patient, and `confirmed_by` said that it is meant. A study that was shared again after it was withdrawn has
    a second entry."""

    study: StudyId
    source: PictureSource
    patient: PicturePatient
    description: str
    date: str
    t: int
    by: Person | None
    differs: bool
    confirmed_t: int = NEVER
    confirmed_by: Person | None = None
    withdrawn_t: int = NEVER
    withdrawn_by: Person | None = None
    series: list[SharedSeries] = msgspec.field(default_factory=list)
    stills: list[FolderStill] = msgspec.field(default_factory=list)


def folder(events: Iterable[Event]) -> list[FolderStudy]:
    """In the order in which they were shared."""
    fold = _Fold()
    for event in events:
        fold.take(event)
    return fold.studies


class _Fold:
    def __init__(self) -> None:
        self.studies: list[FolderStudy] = []
        self._people: dict[ParticipantId, Person] = {}
        self._purposes: dict[TrackId, Purpose] = {}
        self._freezes: dict[str, look.FreezeAsked] = {}

    def take(self, event: Event) -> None:
        match event.body:
            case ev.Joined(participant=participant, person=person):
                self._people[participant] = person
            case ev.TrackAdded(track=track, purpose=purpose):
                self._purposes[track] = purpose
            case look.FreezeAsked():
                self._freezes[event.body.key] = event.body
            case look.Frozen():
                self._add_still(event.body, event.t)
            case _:
                self._take_study(event, self._people.get(ParticipantId(event.by)))

    def _take_study(self, event: Event, by: Person | None) -> None:
        match event.body:
            case look.StudyShared():
                self._share(event.body, event.t, by)
            case look.SeriesShared():
                self._add_series(event.body)
            case look.StudyConfirmed(study=study):
                self._change(study, confirmed_t=event.t, confirmed_by=by)
            case look.StudyWithdrawn(study=study):
                self._change(study, withdrawn_t=event.t, withdrawn_by=by)
            case _:
                pass

    def _share(self, body: look.StudyShared, t: int, by: Person | None) -> None:
        """Shared again while it is there, it keeps who brought it and when."""
        here = self._find(body.study)
        old = self.studies[here] if here is not None else None
        told = FolderStudy(
            study=body.study,
            source=body.source,
            patient=body.patient,
            description=body.description,
            date=body.date,
            t=old.t if old else t,
            by=old.by if old else by,
            differs=body.differs,
            confirmed_t=old.confirmed_t if old else NEVER,
            confirmed_by=old.confirmed_by if old else None,
            series=old.series if old else [],
            stills=old.stills if old else [],
        )
        if here is not None:
            self.studies[here] = told
        elif len(self.studies) < STUDIES_MOST:
            self.studies.append(told)

    def _add_series(self, body: look.SeriesShared) -> None:
        here = self._find(body.study)
        if here is None:
            return
        told = SharedSeries(
            series=body.series,
            modality=body.modality,
            description=body.description,
            number=body.number,
            instances=body.instances,
        )
        series = {one.series: one for one in self.studies[here].series} | {body.series: told}
        self._change(body.study, series=list(series.values()))

    def _add_still(self, body: look.Frozen, t: int) -> None:
        here = self._find(body.picture.study)
        if here is None:
            return
        asked = self._freezes.get(body.key)
        still = FolderStill(
            picture=body.picture,
            t=t,
            by=self._people.get(asked.participant) if asked else None,
            purpose=self._purposes.get(body.frame.track),
            as_transmitted=body.as_transmitted,
        )
        self._change(body.picture.study, stills=[*self.studies[here].stills, still])

    def _change(self, study: StudyId, **changes: object) -> None:
        here = self._find(study)
        if here is not None:
            self.studies[here] = replace(self.studies[here], **changes)

    def _find(self, study: StudyId) -> int | None:
        """Where it stands, if it is in the folder now."""
        return next((n for n, one in enumerate(self.studies) if one.study == study and one.withdrawn_t == NEVER), None)
