"""Marks, cues, and what is asked for at the machine."""

import pytest
from msgspec.structs import replace

from sefaw_rtc.consultation import Policy
from sefaw_rtc.consultation.marks import POINTS
from signalling import looking as look
from signalling.ids import TrackId
from signalling.vocabulary import CloseReason, Cue, ErrorCode, Kind, MachineControl, Purpose, Shape
from tests.consultation.looking_world import OTHER, Call, mark, picture, series, study
from tests.consultation.world import OPERATOR, SECOND

POINT = look.Point(x=-1, y=200_000_000)


def test_every_shape_has_its_number_of_points() -> None:
    assert set(POINTS) == set(Shape)
    call = Call(Policy(marks_burst=1000))
    for shape, (least, most) in POINTS.items():
        for count in (1, 2, 3, 512):
            drawn = mark(f"{shape}-{count}", shape=shape, points=[POINT] * count)
            if least <= count <= most:
                call.do("mark", call.village, drawn)
            else:
                assert call.no("mark", call.village, drawn) is ErrorCode.MALFORMED


def test_a_mark_is_on_one_thing_that_is_there() -> None:
    call = Call()
    frame = call.probe()
    assert call.no("mark", call.village, mark(frame=frame)) is ErrorCode.MALFORMED
    assert call.no("mark", call.village, mark(picture=None)) is ErrorCode.MALFORMED
    assert call.no("mark", call.village, mark(picture=picture("9.9"))) is ErrorCode.NOT_FOUND
    gone = replace(frame, track=TrackId(99))
    assert call.no("mark", call.village, mark(picture=None, frame=gone)) is ErrorCode.NOT_FOUND
    voice = call.world.consultation.handle_publish(call.world.now, call.village, "8", Kind.AUDIO, Purpose.PROBE)
    call.world.drain()
    sound = replace(frame, track=voice)
    assert call.no("mark", call.village, mark(picture=None, frame=sound)) is ErrorCode.NOT_FOUND
    call.do("mark", call.specialist, mark(picture=None, frame=frame))
    call.do("share", call.village, study("2.2", OTHER), [series("2.2")])
    assert call.no("mark", call.village, mark(picture=picture("2.2"))) is ErrorCode.PATIENT_UNCONFIRMED


def test_the_same_key_is_the_same_mark_and_only_its_author_takes_it_back() -> None:
    call = Call()
    assert len(call.do("mark", call.village, mark())) == 1
    assert call.do("mark", call.village, mark()) == []
    assert len(call.do("mark", call.specialist, mark())) == 1  # another author's key
    assert call.no("remove_mark", call.specialist, "nothing") is ErrorCode.NOT_FOUND
    call.do("remove_mark", call.specialist, "m")
    assert [one.participant for one in call.looking.marks] == [call.village]
    assert call.no("remove_mark", call.specialist, "m") is ErrorCode.NOT_FOUND


def test_marks_stay_when_their_author_leaves() -> None:
    call = Call()
    call.do("mark", call.specialist, mark())
    call.world.consultation.handle_leave(call.world.now, call.specialist)
    assert len(call.looking.marks) == 1


@pytest.mark.parametrize(
    ("policy", "call_name", "arguments"),
    [
        (Policy(marks_burst=1, marks_per_s=1), "mark", lambda n: (mark(f"k{n}"),)),
        (Policy(cues_burst=1, cues_per_s=1), "cue", lambda n: (Cue.FAN,)),
        (Policy(asks_burst=1, asks_per_s=1), "ask_machine", lambda n: (f"k{n}", MachineControl.FREEZE)),
        (Policy(max_requests=1), "ask_machine", lambda n: (f"k{n}", MachineControl.FREEZE)),
    ],
)
def test_each_is_bounded_for_each_participant(policy: Policy, call_name: str, arguments: object) -> None:
    call = Call(policy)
    call.do(call_name, call.specialist, *arguments(1))  # type: ignore[operator]
    assert call.no(call_name, call.specialist, *arguments(2)) is ErrorCode.TOO_MANY  # type: ignore[operator]
    if policy.max_requests > 1:
        call.do(call_name, call.village, *arguments(3))  # type: ignore[operator]


def test_the_bedside_answers_what_is_asked_of_the_machine() -> None:
    call = Call()
    call.do("ask_machine", call.specialist, "a", MachineControl.DEPTH_MORE)
    assert call.do("ask_machine", call.specialist, "a", MachineControl.DEPTH_MORE) == []
    second = call.world.join(SECOND)
    call.world.drain()
    assert call.no("ask_machine", second, "a", MachineControl.GAIN_LESS) is ErrorCode.CONFLICT
    assert call.no("answer_machine", call.specialist, "a", done=True) is ErrorCode.FORBIDDEN
    assert call.no("answer_machine", call.village, "b", done=True) is ErrorCode.NOT_FOUND
    operator = call.world.join(OPERATOR)
    call.world.drain()
    assert call.do("answer_machine", operator, "a", done=False) == [look.MachineAnswered(key="a", done=False)]
    assert call.no("answer_machine", operator, "a", done=False) is ErrorCode.NOT_FOUND


def test_nothing_is_said_after_the_end() -> None:
    call = Call()
    call.world.consultation.handle_end(call.world.now, CloseReason.ENDED_BY_ADMINISTRATOR)
    call.world.drain()
    for name, arguments in (("cue", (Cue.HOLD,)), ("mark", (mark(),)), ("remove_mark", ("m",))):
        assert call.no(name, call.village, *arguments) is ErrorCode.CONSULTATION_CLOSED
