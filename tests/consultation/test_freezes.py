"""A frame becomes a still: by its publisher, else by what was transmitted, else not; the heart keeps the time."""

from msgspec.structs import replace

from sefaw_rtc.consultation import GrabFrame, Policy
from signalling import looking as look
from signalling.vocabulary import CloseReason, ErrorCode, FreezeFault, Purpose
from tests.consultation.looking_world import OTHER, Call, picture, series, study
from tests.consultation.world import kinds


def freezing(policy: Policy | None = None) -> tuple[Call, look.FrameKey]:
    call = Call(policy)
    frame = call.probe()
    call.do("ask_freeze", call.specialist, "f", frame)
    return call, frame


def test_the_publishers_own_picture_is_shown_to_all() -> None:
    call, frame = freezing()
    call.do("give_lead", call.village, call.specialist)
    earlier = replace(frame, rtp=2990)
    bodies = call.do("frozen", "f", picture("1.1"), earlier, as_transmitted=False)
    assert bodies == [
        look.Frozen(key="f", picture=picture("1.1"), frame=earlier, as_transmitted=False),
        look.ViewChanged(epoch=2, viewport=0, image=picture("1.1")),
    ]
    assert call.do("frozen", "f", picture("1.1", 2), frame, as_transmitted=True) == []
    assert call.world.pass_time(60) == ([], [])


def test_without_an_answer_what_was_transmitted_is_taken_then_it_failed() -> None:
    call, frame = freezing()
    assert call.world.pass_time(2.9) == ([], [])
    assert call.world.pass_time(0.1) == ([], [GrabFrame("f", frame)])
    bodies, effects = call.world.pass_time(60)
    assert (bodies, effects) == ([look.FreezeFailed(key="f", fault=FreezeFault.NO_ANSWER)], [])
    assert call.do("freeze_failed", "f", FreezeFault.UNREADABLE) == []
    late = call.do("frozen", "f", picture("1.1"), frame, as_transmitted=True)  # better late than never
    assert kinds(late) == ["Frozen", "ViewChanged"]


def test_a_publisher_that_has_it_no_more_says_so() -> None:
    call, frame = freezing()
    assert call.no("decline_freeze", call.specialist, "f") is ErrorCode.FORBIDDEN
    assert call.no("decline_freeze", call.village, "g") is ErrorCode.NOT_FOUND
    call.heart.handle_decline_freeze(call.world.now, call.village, "f")
    assert call.world.drain() == ([], [GrabFrame("f", frame)])
    assert call.do("decline_freeze", call.village, "f") == []
    assert call.do("freeze_failed", "f", FreezeFault.FRAME_GONE) == [
        look.FreezeFailed(key="f", fault=FreezeFault.FRAME_GONE)
    ]


def test_an_encoder_is_not_waited_for() -> None:
    call, frame = freezing()
    call.heart.handle_no_publisher(call.world.now, "f")
    call.heart.handle_no_publisher(call.world.now, "nothing")
    assert call.world.drain() == ([], [GrabFrame("f", frame)])


def test_a_picture_that_is_being_uploaded_is_waited_for() -> None:
    call, frame = freezing()
    assert call.no("still_coming", call.specialist, "f") is ErrorCode.FORBIDDEN
    call.do("still_coming", call.village, "f")
    assert call.world.pass_time(29) == ([], [])
    assert call.world.pass_time(2) == ([], [GrabFrame("f", frame)])


def test_only_video_that_is_there_and_one_key_for_one_still() -> None:
    call, frame = freezing()
    assert call.no("ask_freeze", call.village, "g", replace(frame, track=99)) is ErrorCode.NOT_FOUND
    assert call.do("ask_freeze", call.specialist, "f", frame) == []
    assert call.no("ask_freeze", call.village, "f", frame) is ErrorCode.CONFLICT
    assert call.no("ask_freeze", call.specialist, "f", replace(frame, rtp=1)) is ErrorCode.CONFLICT
    face = call.probe(call.specialist, Purpose.FACE)
    call.do("ask_freeze", call.village, "g", face)
    wrong = replace(frame, track=face.track)
    assert call.no("frozen", "f", picture("1.1"), wrong, as_transmitted=True) is ErrorCode.MALFORMED
    assert call.no("frozen", "h", picture("1.1"), frame, as_transmitted=True) is ErrorCode.NOT_FOUND
    assert call.no("frozen", "f", picture("7.7"), frame, as_transmitted=True) is ErrorCode.NOT_FOUND


def test_a_still_of_another_patient_is_kept_but_not_opened() -> None:
    call, frame = freezing()
    call.do("share", call.village, study("2.2", OTHER), [series("2.2")])
    assert kinds(call.do("frozen", "f", picture("2.2"), frame, as_transmitted=False)) == ["Frozen"]


def test_stills_are_bounded() -> None:
    call, frame = freezing(Policy(max_open_freezes=1))
    assert call.no("ask_freeze", call.specialist, "g", frame) is ErrorCode.TOO_MANY
    call.do("freeze_failed", "f", FreezeFault.FRAME_GONE)
    call.do("ask_freeze", call.specialist, "g", frame)
    busy, frame = freezing(Policy(freezes_burst=1, freezes_per_s=1))
    assert busy.no("ask_freeze", busy.specialist, "g", frame) is ErrorCode.TOO_MANY


def test_closing_leaves_none_open() -> None:
    call, _ = freezing()
    call.world.consultation.handle_end(call.world.now, CloseReason.ENDED_BY_ADMINISTRATOR)
    bodies, _ = call.world.drain()
    assert kinds(bodies)[:2] == ["FreezeFailed", "Closing"]
    assert call.world.consultation.poll_timeout() is None


def test_a_restart_leaves_none_open() -> None:
    call, _ = freezing()
    again = call.world.restart()
    bodies, _ = again.drain()
    assert look.FreezeFailed(key="f", fault=FreezeFault.FRAME_GONE) in bodies
