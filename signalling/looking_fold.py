"""The fold of looking together: what an event of `looking.py` makes of a `Looking`. Total, as `fold.py` is. An event
that names a study, a viewport, a mark or a request that is not there changes nothing."""

from msgspec.structs import replace

from signalling import looking as ev
from signalling.ids import ParticipantId
from signalling.looking_state import (
    FADES_US,
    FREEZES_KEPT,
    MARKS_KEPT,
    CueState,
    FreezeState,
    Lead,
    Looking,
    MachineRequest,
    MarkState,
    SharedSeries,
    SharedStudy,
    ShowingState,
    ViewportState,
)


def fold_looking(s: Looking, body: ev.Looked, t: int, by: int) -> Looking:
    """The state after `body`, an event of participant `by` (0 = the server) at `t` (session µs)."""
    match body:
        case ev.StudyShared():
            return _share(s, body, t, by)
        case ev.SeriesShared():
            studies = [_with_series(one, body) if one.study == body.study else one for one in s.studies]
            return replace(s, studies=studies)
        case ev.StudyConfirmed(study=study):
            return replace(s, studies=[replace(o, confirmed=True) if o.study == study else o for o in s.studies])
        case ev.StudyWithdrawn(study=study):
            return _withdraw(s, study)
        case ev.LayoutChanged(rows=rows, columns=columns):
            kept = s.viewports[: rows * columns]
            more = [ViewportState()] * (rows * columns - len(kept))
            return replace(s, rows=rows, columns=columns, viewports=[*kept, *more])
        case ev.ViewChanged():
            return _change_view(s, body, t)
        case _:
            return _fold_people(s, body, t)


def leave_looking(s: Looking, participant: ParticipantId) -> Looking:
    """A participant left: what it asked for and what it saw are no longer news. Its marks stay."""
    asking = [one for one in s.lead.asking if one != participant]
    showing = [one for one in s.showing if one.participant != participant]
    requests = [one for one in s.requests if one.participant != participant]
    return replace(s, lead=replace(s.lead, asking=asking), showing=showing, requests=requests)


# ---- pictures -------------------------------------------------------------------------------------------------------


def _share(s: Looking, body: ev.StudyShared, t: int, by: int) -> Looking:
    """Shared again it keeps its place, its series and its answer."""
    old = next((one for one in s.studies if one.study == body.study), None)
    shared = SharedStudy(
        study=body.study,
        source=body.source,
        patient=body.patient,
        description=body.description,
        date=body.date,
        differs=body.differs,
        confirmed=old.confirmed if old else False,
        by=old.by if old else by,
        t=old.t if old else t,
        series=old.series if old else [],
    )
    if old is None:
        return replace(s, studies=[*s.studies, shared])
    return replace(s, studies=[shared if one.study == body.study else one for one in s.studies])


def _with_series(study: SharedStudy, body: ev.SeriesShared) -> SharedStudy:
    series = SharedSeries(
        series=body.series,
        modality=body.modality,
        description=body.description,
        number=body.number,
        instances=body.instances,
    )
    if any(one.series == body.series for one in study.series):
        return replace(study, series=[series if one.series == body.series else one for one in study.series])
    return replace(study, series=[*study.series, series])


def _withdraw(s: Looking, study: str) -> Looking:
    """Out of the folder, off the viewports, and its marks with it."""
    viewports = [ViewportState() if one.image and one.image.study == study else one for one in s.viewports]
    marks = [one for one in s.marks if not (one.mark.picture and one.mark.picture.study == study)]
    return replace(s, studies=[one for one in s.studies if one.study != study], viewports=viewports, marks=marks)


def _change_view(s: Looking, body: ev.ViewChanged, t: int) -> Looking:
    if body.viewport >= len(s.viewports):
        return s
    old = s.viewports[body.viewport]
    if body.image is not None and (old.image is None or old.image.series != body.image.series):
        old = ViewportState()
    new = ViewportState(
        image=body.image or old.image,
        area=body.area or old.area,
        voi=body.voi or old.voi,
        cine=body.cine or old.cine,
        cine_t=t if body.cine else old.cine_t,
    )
    return replace(s, viewports=[new if n == body.viewport else one for n, one in enumerate(s.viewports)])


# ---- people, marks, the probe ---------------------------------------------------------------------------------------


def _fold_people(s: Looking, body: ev.Looked, t: int) -> Looking:
    match body:
        case ev.LeadAsked(participant=participant):
            asking = s.lead.asking if participant in s.lead.asking else [*s.lead.asking, participant]
            return replace(s, lead=replace(s.lead, asking=asking))
        case ev.LeadChanged(holder=holder, epoch=epoch):
            return replace(s, lead=Lead(holder=holder, epoch=epoch, asking=_without(s, holder)))
        case ev.ShowingChanged(participant=participant, showing=showing, behind=behind):
            others = [one for one in s.showing if one.participant != participant]
            mine = ShowingState(participant=participant, showing=showing, behind=behind)
            return replace(s, showing=[*others, mine])
        case ev.MarkAdded(participant=participant, mark=mark):
            return _add_mark(s, participant, mark, t)
        case ev.MarkRemoved(participant=participant, key=key):
            marks = [one for one in s.marks if (one.participant, one.mark.key) != (participant, key)]
            return replace(s, marks=marks)
        case ev.CueGiven(participant=participant, cue=cue):
            return replace(s, cue=CueState(participant=participant, t=t, cue=cue))
        case _:
            return _fold_requests(s, body, t)


def _without(s: Looking, holder: int) -> list[ParticipantId]:
    return [one for one in s.lead.asking if one != holder]


def _add_mark(s: Looking, participant: ParticipantId, mark: ev.Mark, t: int) -> Looking:
    """The same key again is the same mark. Whatever has faded goes on this occasion: the clock is the log's."""
    here = [one for one in s.marks if not (one.mark.fades and t - one.t > FADES_US)]
    if any((one.participant, one.mark.key) == (participant, mark.key) for one in here):
        return s
    return replace(s, marks=[*here, MarkState(participant=participant, t=t, mark=mark)][-MARKS_KEPT:])


def _fold_requests(s: Looking, body: ev.Looked, t: int) -> Looking:
    match body:
        case ev.MachineAsked(participant=participant, key=key, control=control):
            others = [one for one in s.requests if one.key != key]
            asked = MachineRequest(participant=participant, key=key, t=t, control=control)
            return replace(s, requests=[*others, asked])
        case ev.MachineAnswered(key=key):
            return replace(s, requests=[one for one in s.requests if one.key != key])
        case ev.FreezeAsked(participant=participant, key=key, frame=frame):
            before = [one for one in s.freezes if one.key != key]
            wanted = FreezeState(participant=participant, key=key, t=t, frame=frame)
            return replace(s, freezes=[*before, wanted][-FREEZES_KEPT:])
        case ev.Frozen(key=key, picture=picture, frame=frame, as_transmitted=as_transmitted):
            still = {"picture": picture, "frame": frame, "as_transmitted": as_transmitted}
            return replace(s, freezes=[replace(o, **still) if o.key == key else o for o in s.freezes])
        case ev.FreezeFailed(key=key, fault=fault):
            return replace(s, freezes=[replace(o, fault=fault) if o.key == key else o for o in s.freezes])
        case _:
            return s
