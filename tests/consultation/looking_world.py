"""What the tests of looking together share: a call with pictures in its folder and a probe."""

from collections.abc import Callable

from sefaw_rtc.consultation import Policy
from sefaw_rtc.consultation.looking import Looking
from signalling import looking as look
from signalling.ids import InstanceId, ParticipantId, SeriesId, StudyId, TrackId
from signalling.vocabulary import ErrorCode, Kind, PictureSource, Purpose, Shape
from tests.consultation.world import opened, refused, send

SAME = look.PicturePatient(name="ZHAO^NV=赵^女", identifier="QS-0042", birth_date="19610203", sex="F")
OTHER = look.PicturePatient(name="Doe^Jane", identifier="ZZ-1")


def study(uid: str, patient: look.PicturePatient = SAME, description: str = "") -> look.StudyShared:
    return look.StudyShared(study=StudyId(uid), source=PictureSource.FOLDER, patient=patient, description=description)


def series(of: str, uid: str = "", instances: int = 10) -> look.SeriesShared:
    return look.SeriesShared(
        study=StudyId(of), series=SeriesId(uid or f"{of}.1"), modality="CT", description="", number=1,
        instances=instances,
    )  # fmt: skip


def picture(of: str, number: int = 1) -> look.Picture:
    return look.Picture(study=StudyId(of), series=SeriesId(f"{of}.1"), instance=InstanceId(f"{of}.1.{number}"))


def mark(key: str = "m", **changes: object) -> look.Mark:
    point = look.Point(x=0, y=0)
    whole = {"key": key, "shape": Shape.ARROW, "points": [point, point], "picture": picture("1.1")}
    return look.Mark(**(whole | changes))  # type: ignore[arg-type]


class Call:
    """An open call with study 1.1 in its folder. `do("handle", who, ...)` acts; `no(...)` is the code of a refusal."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.world, self.village, self.specialist = opened(policy)
        self.do("share", self.village, study("1.1"), [series("1.1")])

    @property
    def heart(self) -> Looking:
        return self.world.consultation.looking

    @property
    def looking(self):
        return self.world.state.looking

    @property
    def epoch(self) -> int:
        return self.looking.lead.epoch

    def do(self, call: str, *arguments: object, **named: object) -> list[object]:
        """The bodies of the events that follow."""
        self._handle(call)(self.world.now, *arguments, **named)
        return list(self.world.drain()[0])

    def no(self, call: str, *arguments: object, **named: object) -> ErrorCode:
        before = self.world.state
        code = refused(lambda: self._handle(call)(self.world.now, *arguments, **named))
        assert self.world.state is before, "refused, but changed"
        return code

    def probe(self, publisher: ParticipantId | None = None, purpose: Purpose = Purpose.PROBE) -> look.FrameKey:
        """A frame of a new probe track."""
        mid = send("9", Kind.VIDEO, purpose)
        who = publisher or self.village
        track = self.world.consultation.handle_publish(self.world.now, who, mid.mid, mid.kind, mid.purpose)
        self.world.drain()
        return look.FrameKey(track=TrackId(track), rtp=3000)

    def _handle(self, call: str) -> Callable[..., object]:
        found: Callable[..., object] = getattr(self.heart, f"handle_{call}")
        return found
