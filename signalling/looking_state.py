"""What everybody sees of looking together: part of the consultation's `State`."""

import msgspec

from signalling.ids import ParticipantId, SeriesId, StudyId
from signalling.looking import Area, Cine, FrameKey, Mark, Picture, PicturePatient, Voi
from signalling.record import Record
from signalling.vocabulary import Cue, FreezeFault, MachineControl, PictureSource, Showing

MARKS_KEPT = 300  # in a state: more than anybody can tell apart; older ones stay in the log
FREEZES_KEPT = 100
FADES_US = 8_000_000  # a fading mark is looked at this long after its event


class SharedSeries(Record, frozen=True):
    """A series in the folder, as far as it has come."""

    series: SeriesId
    modality: str
    description: str
    number: int
    instances: int


class SharedStudy(Record, frozen=True):
    """A study in the consultation's folder: by whom and when (session µs). While `differs` and not `confirmed`
    nobody is shown it."""

    study: StudyId
    source: PictureSource
    patient: PicturePatient
    description: str
    date: str
    differs: bool
    confirmed: bool
    by: int
    t: int
    series: list[SharedSeries] = msgspec.field(default_factory=list)


class ViewportState(Record, frozen=True):
    """One viewport at rest. None: the picture's own default (whole picture, its own window, not playing). `cine_t`:
    session µs at which `cine` began."""

    image: Picture | None = None
    area: Area | None = None
    voi: Voi | None = None
    cine: Cine | None = None
    cine_t: int = 0


class Lead(Record, frozen=True):
    """Who leads (0 = nobody), the epoch of it, and who asks to lead, in order."""

    holder: int = 0
    epoch: int = 0
    asking: list[ParticipantId] = msgspec.field(default_factory=list)


class ShowingState(Record, frozen=True):
    """What one participant sees of what the leader shows."""

    participant: ParticipantId
    showing: Showing
    behind: int


class MarkState(Record, frozen=True):
    """One mark that is there."""

    participant: ParticipantId
    t: int
    mark: Mark


class CueState(Record, frozen=True):
    """The last cue."""

    participant: ParticipantId
    t: int
    cue: Cue


class MachineRequest(Record, frozen=True):
    """Asked, and not answered yet."""

    participant: ParticipantId
    key: str
    t: int
    control: MachineControl


class FreezeState(Record, frozen=True):
    """A frame asked to become a still, and what became of it."""

    participant: ParticipantId
    key: str
    t: int
    frame: FrameKey
    picture: Picture | None = None
    as_transmitted: bool = False
    fault: FreezeFault | None = None


class Looking(Record, frozen=True):
    """All of it. `viewports` are rows × columns, row by row. Lists are in order of arrival."""

    studies: list[SharedStudy] = msgspec.field(default_factory=list)
    rows: int = 1
    columns: int = 1
    viewports: list[ViewportState] = msgspec.field(default_factory=lambda: [ViewportState()])
    lead: Lead = Lead()
    showing: list[ShowingState] = msgspec.field(default_factory=list)
    marks: list[MarkState] = msgspec.field(default_factory=list)
    cue: CueState | None = None
    requests: list[MachineRequest] = msgspec.field(default_factory=list)
    freezes: list[FreezeState] = msgspec.field(default_factory=list)
