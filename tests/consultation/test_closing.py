"""The closing order: the same whatever ends it, once, and finished after a crash in its middle."""

import re
from pathlib import Path

import pytest

from sefaw_rtc.consultation import CloseAll, CloseMedia, Consultation, Policy, RemoveTrack, Ring, StopRing
from sefaw_rtc.consultation.closing import close
from sefaw_rtc.consultation.log import Log
from signalling import events as ev
from signalling.vocabulary import CloseReason, Status
from tests.consultation.world import (
    CONSULTATION,
    OBSERVER,
    SECOND,
    SPECIALIST,
    VILLAGE,
    World,
    close_reason,
    demo,
    kinds,
    opened,
    ringing,
    send,
)

CLOSING_MD = Path(__file__).resolve().parents[2] / "docs" / "closing.md"


def full() -> World:
    world, caller, callee = opened()
    world.join(OBSERVER)
    for who in (caller, callee):
        world.consultation.handle_sends(world.now, who, [send("0"), send("1")])
    world.drain()
    world.effects.clear()
    return world


@pytest.mark.parametrize("reason", CloseReason)
def test_the_order_is_the_same_for_every_reason(reason: CloseReason) -> None:
    world = full()
    world.consultation.handle_end(world.now, reason)
    bodies, effects = world.drain()
    assert kinds(bodies) == ["Closing", *["TrackRemoved"] * 4, *["Left"] * 3, "Closed"]
    assert {b.reason for b in bodies} == {reason}  # type: ignore[union-attr]
    assert [type(e) for e in effects] == [RemoveTrack] * 4 + [CloseMedia] * 3 + [CloseAll]
    assert not world.state.participants
    assert not world.state.tracks
    assert len(world.state.departed) == 3


def test_a_ring_ends_first() -> None:
    world = ringing()
    world.consultation.handle_end(1, CloseReason.ENDED_BY_ADMINISTRATOR)
    bodies, effects = world.drain()
    assert kinds(bodies) == ["RingEnded", "Closing", "Closed"]
    assert effects == [
        StopRing(SPECIALIST.account, CloseReason.ENDED_BY_ADMINISTRATOR),
        CloseAll(CloseReason.ENDED_BY_ADMINISTRATOR),
    ]


def test_ending_twice_is_once_and_the_first_reason_stands() -> None:
    world = full()
    world.consultation.handle_end(world.now, CloseReason.HUNG_UP)
    world.drain()
    world.consultation.handle_end(world.now, CloseReason.INTERNAL_ERROR)
    world.consultation.handle_timeout(world.now + 10**12)
    assert world.drain() == ([], [])
    assert close_reason(world) is CloseReason.HUNG_UP
    assert world.consultation.poll_timeout() is None


def test_a_closing_that_had_begun_keeps_its_reason() -> None:
    closing = ev.Closing(reason=CloseReason.HUNG_UP)
    log = Log(Policy(), [*ringing().log, ev.Event(seq=3, t=1, by=0, body=closing)])
    close(log, 2, CloseReason.INTERNAL_ERROR)
    assert [event.body for event in log.events] == [ev.Closed(reason=CloseReason.HUNG_UP)]


def test_a_crash_anywhere_in_the_closing_order_is_made_good() -> None:
    world = full()
    before = len(world.log)
    world.consultation.handle_end(world.now, CloseReason.HUNG_UP)
    world.drain()
    whole = world.log
    for cut in range(before + 1, len(whole)):
        again = World(Consultation.replay(CONSULTATION, whole[:cut], Policy(), world.now, [SPECIALIST]), whole[:cut])
        assert kinds([e.body for e in again.log]) == kinds([e.body for e in whole])
        assert close_reason(again) is CloseReason.HUNG_UP


def test_a_closed_log_is_only_read() -> None:
    world = full()
    world.consultation.handle_end(world.now, CloseReason.LEFT)
    world.drain()
    again = world.restart()
    assert again.drain() == ([], [])
    assert again.consultation.poll_timeout() is None


def test_after_a_restart_an_open_consultation_waits_for_its_people() -> None:
    world = full()
    world.now += 3_000_000
    again = world.restart()
    bodies, _ = again.drain()
    assert kinds(bodies) == [*["TrackRemoved"] * 4, *["Disconnected"] * 3]
    assert again.state.status is Status.OPEN
    assert again.join(VILLAGE) == 1
    assert kinds(again.drain()[0]) == ["Returned"]
    bodies, _ = again.pass_time(61)
    assert kinds(bodies) == ["Left", "Left"]
    again.pass_time(1000)
    assert again.state.status is Status.OPEN


def test_after_a_restart_nobody_comes() -> None:
    again = full().restart()
    again.pass_time(121)
    assert close_reason(again) is CloseReason.ABANDONED


def test_seats_that_were_disconnected_before_the_restart_are_kept_from_the_restart_on() -> None:
    world, caller, _ = opened()
    world.consultation.handle_connection_lost(world.now, caller)
    world.drain()
    world.pass_time(50)
    again = world.restart()
    again.pass_time(55)
    assert len(again.state.participants) == 2


def test_a_ring_rings_anew_after_a_restart_and_the_others_follow() -> None:
    world = ringing()
    world.pass_time(10)
    again = world.restart([SPECIALIST, SECOND])
    bodies, effects = again.drain()
    assert kinds(bodies) == ["Rang"]
    assert effects == [Ring(SPECIALIST, 30_000)]
    assert again.state.ring is not None
    assert again.state.ring.following == SECOND
    again.pass_time(61)
    assert close_reason(again) is CloseReason.NO_ANSWER


def test_a_request_that_never_rang_ends_after_a_restart_without_candidates() -> None:
    world = ringing()
    only_request = world.log[:1]
    again = World(Consultation.replay(CONSULTATION, only_request, Policy(), 5, []), only_request)
    assert close_reason(again) is CloseReason.NOBODY_ON_CALL


def test_whoever_was_rung_in_vain_is_not_rung_again_after_a_restart() -> None:
    world = ringing()
    world.pass_time(31)
    again = world.restart([SPECIALIST, SECOND])
    again.pass_time(31)
    assert close_reason(again) is CloseReason.NO_ANSWER
    rung = [e.body.callee for e in again.log if isinstance(e.body, ev.Rang)]
    assert rung == [SPECIALIST, SECOND, SECOND]


def test_the_specialist_keeps_its_rights_over_a_restart() -> None:
    again = full().restart()
    again.consultation.handle_hang_up(again.now, again.join(SPECIALIST))
    assert close_reason(again) is CloseReason.HUNG_UP


def test_a_demo_survives_a_restart() -> None:
    world = demo()
    world.join(VILLAGE)
    world.drain()
    again = world.restart(policy=Policy(keep_open=True))
    again.pass_time(10_000)
    assert again.state.status is Status.OPEN
    assert again.join(VILLAGE) == 1
    again.drain()


def test_every_reason_is_explained() -> None:
    listed = CLOSING_MD.read_text("utf-8").split("## All the reasons")[1]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", listed, re.MULTILINE)) == {reason.value for reason in CloseReason}
