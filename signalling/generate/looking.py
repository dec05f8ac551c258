"""The log of looking together: every event of the family, and those that name what is not there."""

from signalling import events as ev
from signalling import looking as look
from signalling.generate.people import CT, SLICE, STUDY
from signalling.ids import ParticipantId, SeriesId, StudyId, TrackId
from signalling.vocabulary import (
    CloseReason,
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

_ONE, _TWO = ParticipantId(1), ParticipantId(2)
_OTHER = StudyId("1.2.3")
_FRAME = look.FrameKey(track=TrackId(5), rtp=4_294_967_295)
_STILL = look.Picture(study=_OTHER, series=SeriesId("1.2.3.4"), instance=SLICE.instance)
_AREA = look.Area(centre_x=50_000_000, centre_y=-3, width=16_000_000, height=12_000_000, unit=LengthUnit.MM)


def looking() -> list[ev.Body]:
    """After an opening with participants 1 and 2, and a probe that is track 5."""
    return [*_folder(), *_views(), *_marks(), *_probe(), ev.Left(participant=_TWO, reason=CloseReason.LEFT)]


def _folder() -> list[ev.Body]:
    patient = look.PicturePatient(name="赵^女", identifier="QS-0042", birth_date="19610203", sex="F")
    series = look.SeriesShared(study=STUDY, series=CT, modality="CT", description="腹部 5mm", number=2, instances=40)
    return [
        look.StudyShared(
            study=STUDY, source=PictureSource.FOLDER, patient=patient, description="腹部", date="20261125"
        ),
        series,
        look.SeriesShared(study=STUDY, series=CT, modality="CT", description="腹部 5mm", number=2, instances=120),
        look.StudyShared(study=_OTHER, source=PictureSource.PACS, patient=look.PicturePatient(), differs=True),
        look.StudyConfirmed(study=_OTHER),
        look.StudyShared(study=_OTHER, source=PictureSource.FOLDER, patient=patient, differs=True),
        look.SeriesShared(
            study=StudyId("9.9"), series=CT, modality="CT", description="", number=0, instances=1
        ),  # not there
    ]


def _views() -> list[ev.Body]:
    voi = look.Voi(
        centre=-600_000, width=1_500_000, function=VoiFunction.SIGMOID, invert=True, colour_map=ColourMap.HOT_IRON
    )
    return [
        look.LeadChanged(holder=1, epoch=1, reason=LeadReason.BEGAN),
        look.LayoutChanged(epoch=1, rows=2, columns=2),
        look.ViewChanged(epoch=1, viewport=3, image=SLICE, area=_AREA, voi=voi),
        look.LayoutChanged(epoch=1, rows=1, columns=2),
        look.ViewChanged(epoch=1, viewport=0, image=SLICE, area=_AREA, voi=voi, counter=41),
        look.LeadAsked(participant=_TWO),
        look.LeadAsked(participant=_TWO),
        look.LeadChanged(holder=2, epoch=2, reason=LeadReason.GRANTED),
        look.LeadAsked(participant=_ONE),
        look.ViewChanged(epoch=2, viewport=0, area=look.Area(
            centre_x=1, centre_y=2, width=3, height=4, unit=LengthUnit.PX, rotation=27_000, flip_vertical=True)),
        look.ViewChanged(epoch=2, viewport=1, image=_STILL, cine=look.Cine(playing=True, rate=2_997, frame=3)),
        look.ViewChanged(epoch=2, viewport=3, voi=voi),  # not there any more
        look.ShowingChanged(participant=_ONE, showing=Showing.LOADING, behind=119),
        look.ShowingChanged(participant=_TWO, showing=Showing.SHOWN),
        look.ShowingChanged(participant=_ONE, showing=Showing.CPU_ONLY),
    ]  # fmt: skip


def _marks() -> list[ev.Body]:
    corner = [look.Point(x=0, y=100_000_000)]
    length = look.Mark(key="a", shape=Shape.LENGTH, points=[*corner, *corner], picture=SLICE, text="胆囊壁",
                       measure=look.Measure(value=5_120, unit=MeasureUnit.MM))  # fmt: skip
    return [
        look.MarkAdded(participant=_TWO, mark=length),
        look.MarkAdded(participant=_TWO, mark=length),
        look.MarkAdded(participant=_ONE, mark=look.Mark(key="a", shape=Shape.TEXT, points=corner, picture=_STILL)),
        look.MarkAdded(
            participant=_ONE, mark=look.Mark(key="b", shape=Shape.TEXT, points=corner, frame=_FRAME, fades=True)
        ),
        look.MarkRemoved(participant=_TWO, key="b"),  # not its author
        look.CueGiven(participant=_TWO, cue=Cue.FAN),
        look.CueGiven(participant=_TWO, cue=Cue.TILT_LEFT),
        *(look.MarkAdded(participant=_TWO, mark=look.Mark(key=f"k{n}", shape=Shape.TEXT, points=corner, frame=_FRAME))
          for n in range(8)),
        look.MarkRemoved(participant=_TWO, key="k3"),
    ]  # fmt: skip


def _probe() -> list[ev.Body]:
    return [
        look.MachineAsked(participant=_TWO, key="m1", control=MachineControl.DEPTH_MORE),
        look.MachineAsked(participant=_TWO, key="m2", control=MachineControl.FREEZE),
        look.MachineAnswered(key="m1", done=False),
        look.FreezeAsked(participant=_TWO, key="f1", frame=_FRAME),
        look.FreezeAsked(participant=_ONE, key="f2", frame=_FRAME),
        look.Frozen(key="f1", picture=_STILL, frame=_FRAME, as_transmitted=True),
        look.FreezeFailed(key="f2", fault=FreezeFault.NO_ANSWER),
        look.Frozen(key="f3", picture=_STILL, frame=_FRAME, as_transmitted=False),  # never asked
        look.StudyWithdrawn(study=_OTHER),
    ]
