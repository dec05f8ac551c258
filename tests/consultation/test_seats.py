"""Coming, being cut off, coming back, leaving; who may end it, and when nobody is left."""

import pytest

from sefaw_rtc.consultation import CloseAll, CloseMedia, Policy, RemoveTrack
from signalling import events as ev
from signalling.generate.people import person
from signalling.ids import AccountId, ParticipantId
from signalling.vocabulary import CloseReason, ErrorCode, Role, Status
from tests.consultation.world import (
    OBSERVER,
    OPERATOR,
    SECOND,
    SPECIALIST,
    THIRD,
    VILLAGE,
    World,
    close_reason,
    demo,
    kinds,
    opened,
    refused,
    ringing,
    send,
)

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def somebody(number: int) -> ev.Person:
    watcher = person("a", f"Watcher {number}", Role.OBSERVER)
    return ev.Person(
        account=AccountId(BASE32[number // 32] + BASE32[number % 32] * 25),
        name=watcher.name,
        role=watcher.role,
        site=watcher.site,
        institution=watcher.institution,
    )


def test_numbers_are_given_in_order_and_kept() -> None:
    world, caller, callee = opened()
    assert (caller, callee, world.join(OPERATOR)) == (1, 2, 3)
    assert world.join(VILLAGE) == 1
    assert kinds(world.drain()[0]) == ["Joined", "Returned"]


def test_a_lost_connection_keeps_the_seat_for_its_time() -> None:
    world, caller, _ = opened()
    world.consultation.handle_publish(world.now, caller, *fields(send("1")))
    world.consultation.handle_connection_lost(world.now, caller)
    assert kinds(world.drain()[0]) == ["TrackAdded", "Disconnected"]
    assert world.pass_time(59.9) == ([], [])
    assert len(world.state.tracks) == 1
    bodies, effects = world.pass_time(0.2)
    assert kinds(bodies) == ["TrackRemoved", "Left", "LeadChanged"]
    assert CloseMedia(caller, CloseReason.ABANDONED) in effects
    assert world.state.status is Status.OPEN


def test_coming_back_in_time_is_as_if_nothing_happened() -> None:
    world, caller, _ = opened()
    world.consultation.handle_connection_lost(world.now, caller)
    world.pass_time(59)
    assert world.join(VILLAGE) == caller
    world.drain()
    assert world.pass_time(600) == ([], [])


def test_late_or_repeated_news_of_a_lost_connection_change_nothing() -> None:
    world, caller, _ = opened()
    for participant in (caller, caller, ParticipantId(77)):
        world.consultation.handle_connection_lost(world.now, participant)
    assert kinds(world.drain()[0]) == ["Disconnected"]


def test_neither_doctor_there_for_its_time_ends_it() -> None:
    world, caller, callee = opened()
    world.join(OBSERVER)
    for participant in (caller, callee):
        world.consultation.handle_connection_lost(world.now, participant)
    world.drain()
    bodies, _ = world.pass_time(119.9)
    assert kinds(bodies) == ["Left", "Left", "LeadChanged"]
    bodies, effects = world.pass_time(0.2)
    assert kinds(bodies) == ["Closing", "Left", "Closed"]
    assert effects[-1] == CloseAll(CloseReason.ABANDONED)


def test_one_doctor_coming_back_stops_that_clock() -> None:
    world, caller, callee = opened()
    for participant in (caller, callee):
        world.consultation.handle_connection_lost(world.now, participant)
    world.pass_time(110)
    world.join(SPECIALIST)  # the seat was given up, the number is the same
    assert world.state.participants[-1].participant == callee
    world.pass_time(300)
    assert world.state.status is Status.OPEN


def test_answered_but_nobody_comes() -> None:
    world = ringing()
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    world.pass_time(121)
    assert close_reason(world) is CloseReason.ABANDONED


def test_a_demo_is_never_abandoned() -> None:
    world = demo()
    caller = world.join(VILLAGE)
    world.consultation.handle_leave(world.now, caller)
    world.pass_time(100_000)
    assert world.state.status is Status.OPEN
    assert world.consultation.poll_timeout() is None


def test_leaving_goes_on_for_the_others_and_who_left_may_come_again() -> None:
    world, _, _ = opened()
    operator = world.join(OPERATOR)
    world.consultation.handle_publish(world.now, operator, *fields(send("0")))
    world.drain()
    world.consultation.handle_leave(world.now, operator)
    bodies, effects = world.drain()
    assert kinds(bodies) == ["TrackRemoved", "Left"]
    assert [type(e) for e in effects] == [RemoveTrack, CloseMedia]
    assert world.state.status is Status.OPEN
    assert world.join(OPERATOR) == operator
    assert kinds(world.drain()[0]) == ["Joined"]


def test_the_last_doctor_to_leave_ends_it() -> None:
    world, caller, callee = opened()
    world.consultation.handle_leave(world.now, callee)
    assert world.state.status is Status.OPEN
    world.consultation.handle_leave(world.now, caller)
    assert close_reason(world) is CloseReason.LEFT


def test_a_kept_seat_is_waited_for() -> None:
    world, caller, callee = opened()
    world.consultation.handle_connection_lost(world.now, caller)
    world.consultation.handle_leave(world.now, callee)
    assert world.state.status is Status.OPEN
    world.join(VILLAGE)
    world.pass_time(500)
    assert world.state.status is Status.OPEN


@pytest.mark.parametrize("ends", ["leave", "hang_up"])
def test_the_caller_going_while_it_rings_cancels(ends: str) -> None:
    world = ringing()
    caller = world.join(VILLAGE)
    getattr(world.consultation, f"handle_{ends}")(world.now, caller)
    assert close_reason(world) is CloseReason.CANCELLED


def test_the_caller_not_coming_back_while_it_rings_ends_it() -> None:
    world = ringing(SPECIALIST, SECOND, THIRD)
    caller = world.join(VILLAGE)
    world.consultation.handle_connection_lost(world.now, caller)
    bodies, _ = world.pass_time(61)
    assert kinds(bodies)[-4:] == ["RingEnded", "Closing", "Left", "Closed"]
    assert close_reason(world) is CloseReason.ABANDONED


def test_two_seats_given_up_at_the_same_instant_the_first_ends_it() -> None:
    world = ringing(SPECIALIST, SECOND, THIRD)
    lost = [world.join(VILLAGE), world.join(OPERATOR)]
    for participant in lost:
        world.consultation.handle_connection_lost(world.now, participant)
    world.drain()
    world.pass_time(61)
    assert close_reason(world) is CloseReason.ABANDONED


@pytest.mark.parametrize("who", [0, 1])
def test_either_doctor_hangs_up_for_all(who: int) -> None:
    world, *doctors = opened()
    world.join(OBSERVER)
    world.consultation.handle_hang_up(world.now, doctors[who])
    assert close_reason(world) is CloseReason.HUNG_UP
    assert {e.by for e in world.log if isinstance(e.body, ev.Closing | ev.Closed)} == {doctors[who]}


def test_others_cannot_hang_up_for_all() -> None:
    world, _, _ = opened()
    for person_ in (OBSERVER, OPERATOR, SECOND):
        number = world.join(person_)
        assert refused(lambda n=number: world.consultation.handle_hang_up(world.now, n)) is ErrorCode.FORBIDDEN
    assert world.state.status is Status.OPEN


def test_in_a_demo_the_specialist_hangs_up_too() -> None:
    world = demo()
    number = world.join(SPECIALIST)
    world.consultation.handle_hang_up(world.now, number)
    assert close_reason(world) is CloseReason.HUNG_UP


def test_the_room_is_full_but_never_for_the_two_doctors() -> None:
    world = ringing()
    for number in range(14):
        world.join(somebody(number))
    assert refused(lambda: world.join(somebody(14))) is ErrorCode.CONSULTATION_FULL
    world.join(VILLAGE)
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    assert refused(lambda: world.join(somebody(14))) is ErrorCode.CONSULTATION_FULL
    world.join(SPECIALIST)
    world.drain()
    assert len(world.state.participants) == 16


def test_coming_and_going_does_not_grow_without_bound() -> None:
    world = demo(Policy(keep_open=True, max_people=10))
    for number in range(8):
        world.consultation.handle_leave(world.now, world.join(somebody(number)))
    assert refused(lambda: world.join(somebody(8))) is ErrorCode.CONSULTATION_FULL
    assert world.join(somebody(3)) == 4
    world.join(VILLAGE)
    world.join(SPECIALIST)
    world.drain()


@pytest.mark.parametrize("call", ["join", "leave", "hang_up", "publish", "media", "chat", "unpublish"])
def test_nothing_is_decided_once_it_is_closed(call: str) -> None:
    world, caller, _ = opened()
    world.consultation.handle_end(world.now, CloseReason.ENDED_BY_ADMINISTRATOR)
    world.drain()
    assert refused(everything(world, caller)[call]) is ErrorCode.CONSULTATION_CLOSED
    assert world.drain() == ([], [])


@pytest.mark.parametrize("call", ["leave", "hang_up", "publish", "media", "chat", "unpublish"])
def test_who_is_not_there_can_do_nothing(call: str) -> None:
    world, _, _ = opened()
    assert refused(everything(world, ParticipantId(9))[call]) is ErrorCode.NOT_FOUND
    assert world.drain() == ([], [])


def everything(world: World, number: ParticipantId):
    heart, now = world.consultation, world.now
    return {
        "join": lambda: heart.handle_join(now, OBSERVER),
        "leave": lambda: heart.handle_leave(now, number),
        "hang_up": lambda: heart.handle_hang_up(now, number),
        "publish": lambda: heart.handle_publish(now, number, *fields(send("0"))),
        "unpublish": lambda: heart.handle_unpublish(now, number, 1),  # type: ignore[arg-type]
        "media": lambda: heart.handle_media_changed(now, number, microphone=True, camera=True),
        "chat": lambda: heart.handle_chat(now, number, "k", "x"),
    }


def fields(sent):
    return sent.mid, sent.kind, sent.purpose
