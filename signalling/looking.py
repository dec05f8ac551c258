"""Looking at the same picture: what is shared, how it is shown, who leads, what is drawn and said of it.

Records and events of the family; `events.py` takes them into the log, `looking_fold.py` says what they mean. A View
says what is seen, never how a canvas shows it: everything here is in *image space*, in fixed point, so that two
languages hash the same state.

Fraction: 1e-8 of the picture's width (x, to the right) or height (y, downwards); 0 is the outer edge of the first
pixel.
Length: 1e-5 of the unit that stands beside it (mm, or px of the picture where it is not calibrated).
Grey: 1/1000 of the modality's unit (HU and the like: after the rescale or modality table of the instance).
"""

from typing import Annotated

from msgspec import Meta

from signalling.ids import InstanceUid, ParticipantRef, SeriesUid, StudyUid, TrackRef
from signalling.record import Record, Tagged
from signalling.vocabulary import (
    ColourMap,
    Cue,
    FreezeFault,
    LeadReason,
    LengthUnit,
    MachineControl,
    MeasureUnit,
    PictureSource,
    Shape,
    Showing,
    VoiFunction,
)

ClientKey = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,36}\Z")]  # a UUID of the client's, makes a retry harmless
MarkText = Annotated[str, Meta(max_length=200)]
DicomText = Annotated[str, Meta(max_length=64)]  # LO and PN components (DICOM PS3.5 6.2), shown as they are
DicomDate = Annotated[str, Meta(pattern=r"^([0-9]{8})?\Z")]  # DA, or nothing

Fraction = Annotated[int, Meta(ge=-2_000_000_000, le=2_000_000_000)]
Length = Annotated[int, Meta(ge=1, le=4_000_000_000)]
Grey = Annotated[int, Meta(ge=-2_000_000_000, le=2_000_000_000)]
GreyWidth = Annotated[int, Meta(ge=1, le=4_000_000_000)]
FrameNumber = Annotated[int, Meta(ge=1, le=1_000_000)]  # as DICOM counts, from 1
Viewport = Annotated[int, Meta(ge=0, le=3)]  # 2×2 at most, row by row
Epoch = Annotated[int, Meta(ge=1, le=65_535)]  # of the lead; the fast lane has 16 bits for it
FastCounter = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]  # of the fast lane's header
RtpTimestamp = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
InstanceCount = Annotated[int, Meta(ge=1, le=100_000)]


class FrameKey(Record, frozen=True):
    """The identity of a frame of live video, on every machine and in the archive."""

    track: TrackRef
    rtp: RtpTimestamp


class Picture(Record, frozen=True):
    """One frame of a DICOM instance."""

    study: StudyUid
    series: SeriesUid
    instance: InstanceUid
    frame: FrameNumber = 1


class Area(Record, frozen=True):
    """The part of the picture that the leader chose to see, and how it is turned. `centre_x`, `centre_y` (Fraction) is
    the middle of it, `width` and `height` (Length, `unit`) its size on the screen before turning the screen's way:
    along the screen's own axes. `rotation` in 1/100 degree clockwise, applied after the flips. Who follows fits this
    rectangle into its own canvas."""

    centre_x: Fraction
    centre_y: Fraction
    width: Length
    height: Length
    unit: LengthUnit
    rotation: Annotated[int, Meta(ge=0, le=35_999)] = 0
    flip_horizontal: bool = False
    flip_vertical: bool = False


class Voi(Record, frozen=True):
    """Values of interest (DICOM PS3.3 C.11.2) in Grey. `invert` is what is seen beyond what the instance's own
    photometric interpretation says: MONOCHROME1 alone is no inversion."""

    centre: Grey
    width: GreyWidth
    function: VoiFunction = VoiFunction.LINEAR
    invert: bool = False
    colour_map: ColourMap = ColourMap.GREY


class Cine(Record, frozen=True):
    """Playing or not. `rate` in 1/100 frame/s; `frame` is shown at the event's `t`, then the clock decides."""

    playing: bool
    rate: Annotated[int, Meta(ge=1, le=24_000)]
    frame: FrameNumber


class PicturePatient(Record, frozen=True):
    """The patient as the pictures name it."""

    name: DicomText = ""
    identifier: DicomText = ""
    birth_date: DicomDate = ""
    sex: Annotated[str, Meta(pattern=r"^[A-Z]?\Z")] = ""


class Point(Record, frozen=True):
    """A place in the picture."""

    x: Fraction
    y: Fraction


class Measure(Record, frozen=True):
    """What a caliper says: `value` in 1/1000 of the unit."""

    value: Annotated[int, Meta(ge=0, le=4_000_000_000_000)]
    unit: MeasureUnit


class Mark(Record, frozen=True):
    """Something drawn. Exactly one of `picture` and `frame` says on what. `key` is the author's own. A fading mark is
    looked at for FADES_US and then gone."""

    key: ClientKey
    shape: Shape
    points: Annotated[list[Point], Meta(min_length=1, max_length=512)]
    picture: Picture | None = None
    frame: FrameKey | None = None
    text: MarkText = ""
    measure: Measure | None = None
    fades: bool = False


# ---- events ---------------------------------------------------------------------------------------------------------


class StudyShared(Tagged, frozen=True):
    """A study is in the consultation's folder from here on. `differs`: its patient is not surely the consultation's,
    nor that of the other studies; nobody is shown it before somebody has answered (`StudyConfirmed`)."""

    study: StudyUid
    source: PictureSource
    patient: PicturePatient
    description: DicomText = ""
    date: DicomDate = ""
    differs: bool = False


class SeriesShared(Tagged, frozen=True):
    """A series of a shared study, or more of it than before. `instances`: how many there are now."""

    study: StudyUid
    series: SeriesUid
    modality: Annotated[str, Meta(max_length=16)]
    description: DicomText
    number: Annotated[int, Meta(ge=0, le=0x7FFF_FFFF)]
    instances: InstanceCount


class StudyConfirmed(Tagged, frozen=True):
    """Somebody (`by`) says that it is the same patient, or that it is meant."""

    study: StudyUid


class StudyWithdrawn(Tagged, frozen=True):
    """Out of the folder again; the archive keeps that it was there."""

    study: StudyUid


class LayoutChanged(Tagged, frozen=True):
    """How many viewports there are."""

    epoch: Epoch
    rows: Annotated[int, Meta(ge=1, le=2)]
    columns: Annotated[int, Meta(ge=1, le=2)]


class ViewChanged(Tagged, frozen=True):
    """The View of one viewport at rest. What is None stays as it is; another series (`image`) begins with its own
    defaults. `epoch` is that of the lead it was done under; `counter` that of the holder's last fast-lane message of
    this viewport before it: what is older no longer counts, what is newer still does. 0 = there was none."""

    epoch: Epoch
    viewport: Viewport
    image: Picture | None = None
    area: Area | None = None
    voi: Voi | None = None
    cine: Cine | None = None
    counter: FastCounter = 0


class LeadAsked(Tagged, frozen=True):
    """A participant would like to lead."""

    participant: ParticipantRef


class LeadChanged(Tagged, frozen=True):
    """Who leads from here on; 0 = nobody. Every change has a new epoch: what was on its way under an older one no
    longer counts."""

    holder: Annotated[int, Meta(ge=0, le=65_535)]
    epoch: Epoch
    reason: LeadReason


class ShowingChanged(Tagged, frozen=True):
    """Whether a participant sees what the leader shows. `behind`: pictures it has yet to load."""

    participant: ParticipantRef
    showing: Showing
    behind: Annotated[int, Meta(ge=0, le=100_000)] = 0


class MarkAdded(Tagged, frozen=True):
    """Drawn by a participant."""

    participant: ParticipantRef
    mark: Mark


class MarkRemoved(Tagged, frozen=True):
    """Taken back by its author."""

    participant: ParticipantRef
    key: ClientKey


class CueGiven(Tagged, frozen=True):
    """Where to move the probe, as told to who holds it."""

    participant: ParticipantRef
    cue: Cue


class MachineAsked(Tagged, frozen=True):
    """Something to do at the ultrasound machine is asked for; the operator does it or refuses."""

    participant: ParticipantRef
    key: ClientKey
    control: MachineControl


class MachineAnswered(Tagged, frozen=True):
    """The operator's answer."""

    key: ClientKey
    done: bool


class FreezeAsked(Tagged, frozen=True):
    """This frame of live video is to become a still."""

    participant: ParticipantRef
    key: ClientKey
    frame: FrameKey


class Frozen(Tagged, frozen=True):
    """The still is there. `as_transmitted`: decoded from what was sent, not the publisher's own picture. `frame` is
    the frame it really is: an earlier one where the asked one is gone."""

    key: ClientKey
    picture: Picture
    frame: FrameKey
    as_transmitted: bool


class FreezeFailed(Tagged, frozen=True):
    """There will be no still."""

    key: ClientKey
    fault: FreezeFault


Looked = (
    StudyShared
    | SeriesShared
    | StudyConfirmed
    | StudyWithdrawn
    | LayoutChanged
    | ViewChanged
    | LeadAsked
    | LeadChanged
    | ShowingChanged
    | MarkAdded
    | MarkRemoved
    | CueGiven
    | MachineAsked
    | MachineAnswered
    | FreezeAsked
    | Frozen
    | FreezeFailed
)
