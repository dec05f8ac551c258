"""A consultation that looked at pydicom's own files: two people, marks of every shape, a View."""

from datetime import datetime, timedelta, timezone

from pydicom import Dataset, examples

from recordings.dicom import Occasion
from signalling.events import Patient
from signalling.generate.people import CONSULTATION, SPECIALIST, VILLAGE
from signalling.ids import InstanceId, ParticipantId, SeriesId, StudyId, TrackId
from signalling.looking import Area, FrameKey, Mark, Measure, Picture, PicturePatient, Point, Voi
from signalling.looking_state import Looking, MarkState, SharedStudy, ViewportState
from signalling.state import Presence, State
from signalling.vocabulary import LengthUnit, MeasureUnit, PictureSource, Sex, Shape

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 25, 22, 4, 5, 678_000, CHINA)
PATIENT = Patient(name="王小芳", sex=Sex.FEMALE, birth_year=1961, identifier="V-0042")
OCCASION = Occasion(CONSULTATION, PATIENT, AT - timedelta(minutes=5), VILLAGE, "1.2")
ONE, TWO = ParticipantId(1), ParticipantId(2)

CT: Dataset = examples.ct
CINE: Dataset = examples.ybr_color  # ultrasound, 30 frames
COLOUR: Dataset = examples.rgb_color


def picture(ds: Dataset, frame: int = 1) -> Picture:
    return Picture(
        study=StudyId(str(ds.StudyInstanceUID)),
        series=SeriesId(str(ds.SeriesInstanceUID)),
        instance=InstanceId(str(ds.SOPInstanceUID)),
        frame=frame,
    )


def at(x: float, y: float) -> Point:
    return Point(x=round(x * 1e8), y=round(y * 1e8))


SHAPES: dict[Shape, tuple[list[Point], str, Measure | None]] = {
    Shape.ARROW: ([at(0.1, 0.1), at(0.4, 0.4)], "", None),
    Shape.STROKE: ([at(0.1, 0.5), at(0.2, 0.6), at(0.3, 0.5)], "", None),
    Shape.BOX: ([at(0.5, 0.5), at(0.7, 0.8)], "结石?", None),
    Shape.ELLIPSE: ([at(0.2, 0.2), at(0.6, 0.4)], "", Measure(value=123_456, unit=MeasureUnit.MM2)),
    Shape.TEXT: ([at(0.9, 0.9)], "胆囊 gallbladder", None),
    Shape.LENGTH: ([at(0.25, 0.25), at(0.75, 0.25)], "", Measure(value=23_400, unit=MeasureUnit.MM)),
    Shape.ANGLE: ([at(0.3, 0.3), at(0.5, 0.5), at(0.7, 0.3)], "", Measure(value=90_000, unit=MeasureUnit.DEGREE)),
    Shape.CALIPER: ([at(0.4, 0.6), at(0.4, 0.9)], "", Measure(value=45_100, unit=MeasureUnit.CM_PER_S)),
}


def mark(shape: Shape, on: Picture, by: ParticipantId = ONE, key: str = "") -> MarkState:
    points, text, measure = SHAPES[shape]
    drawn = Mark(key=key or shape.value, shape=shape, points=points, picture=on, text=text, measure=measure)
    return MarkState(participant=by, t=1, mark=drawn)


def live_mark() -> MarkState:
    key = FrameKey(track=TrackId(3), rtp=77)
    return MarkState(participant=TWO, t=2, mark=Mark(key="live", shape=Shape.TEXT, points=[at(0, 0)], frame=key))


def shared(ds: Dataset) -> SharedStudy:
    return SharedStudy(
        study=StudyId(str(ds.StudyInstanceUID)),
        source=PictureSource.FOLDER,
        patient=PicturePatient(),
        description="",
        date="",
        differs=False,
        confirmed=False,
        by=1,
        t=1,
    )


AREA = Area(
    centre_x=40_000_000,
    centre_y=60_000_000,
    width=5_000_000,
    height=3_000_000,
    unit=LengthUnit.MM,
    rotation=9000,
    flip_horizontal=True,
)
VOI = Voi(centre=40_000, width=400_000, invert=True)


def looked(looking: Looking) -> State:
    seats = [
        Presence(participant=n, person=person, connected=False, microphone=False, camera=False, joined_t=0)
        for n, person in ((ONE, VILLAGE), (TWO, SPECIALIST))
    ]
    return State(patient=PATIENT, requester=VILLAGE, departed=seats, looking=looking)


def everything() -> State:
    """A CT in a View, a frame of a cine and a colour picture, all marked by both."""
    on = [picture(CT), picture(CINE, 7), picture(COLOUR)]
    drawn = [(shape, n, by) for shape in Shape for n in range(len(on)) for by in (ONE, TWO)]
    marks = [mark(shape, on[n], by, f"{shape.value}-{by}-{n}") for shape, n, by in drawn]
    viewports = [ViewportState(image=on[0], area=AREA, voi=VOI), ViewportState(image=on[2])]
    studies = [shared(ds) for ds in (CT, CINE, COLOUR)]
    return looked(Looking(studies=studies, rows=1, columns=2, viewports=viewports, marks=[*marks, live_mark()]))


def lookup() -> dict[Picture, Dataset]:
    return {picture(CT): CT, picture(CINE, 7): CINE, picture(COLOUR): COLOUR}
