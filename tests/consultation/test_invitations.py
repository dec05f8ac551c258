"""A third participant: who may ask whom, how an invitation ends, and that whoever accepted may come and go."""

import pytest

from sefaw_rtc.consultation import Policy, Ring, StopRing
from signalling import events as ev
from signalling.generate.people import person
from signalling.vocabulary import CloseReason, DeclineReason, ErrorCode, Role, Status
from tests.consultation.world import (
    OBSERVER,
    OPERATOR,
    SECOND,
    SPECIALIST,
    THIRD,
    VILLAGE,
    close_reason,
    kinds,
    opened,
    refused,
    ringing,
)

PEOPLE = [person(letter, letter, Role.SPECIALIST) for letter in "abcde"]


def test_an_invitation_rings_and_says_who_asked() -> None:
    world, _caller, callee = opened()
    world.consultation.handle_invite(world.now, callee, SECOND)
    bodies, effects = world.drain()
    assert bodies == [ev.Invited(callee=SECOND, timeout_ms=30_000)]
    assert effects == [Ring(SECOND, 30_000)]
    (asked,) = world.state.invitations
    assert (asked.callee, asked.by) == (SECOND, callee)
    assert world.consultation.poll_timeout() == world.now + 30_000_000


def test_whoever_accepts_may_come_leave_and_come_again() -> None:
    world, caller, _callee = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.drain()
    world.consultation.handle_answer(world.now, SECOND.account)
    bodies, effects = world.drain()
    assert bodies == [ev.InvitationAccepted(callee=SECOND.account)]
    assert effects == [StopRing(SECOND.account, CloseReason.ANSWERED_ELSEWHERE)]
    assert (world.state.invitations, world.state.invited) == ([], [SECOND.account])
    third = world.join(SECOND)
    world.consultation.handle_leave(world.now, third)
    assert world.join(SECOND) == third
    assert world.state.status is Status.OPEN
    assert world.state.specialist == SPECIALIST, "the consultation stays whose it is"


def test_accepting_twice_is_once() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_answer(world.now, SECOND.account)
    world.drain()
    world.consultation.handle_answer(world.now, SECOND.account)
    assert world.drain() == ([], [])


def test_a_decline_is_told_with_its_reason_and_may_be_asked_again() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_decline(world.now, SECOND.account, DeclineReason.NOT_MY_FIELD, "try Zhou")
    bodies, _ = world.drain()
    assert bodies[-1] == ev.InvitationEnded(
        callee=SECOND.account, reason=CloseReason.DECLINED, decline=DeclineReason.NOT_MY_FIELD, text="try Zhou"
    )
    code = refused(lambda: world.consultation.handle_answer(world.now, SECOND.account))
    assert code is ErrorCode.OUT_OF_STATE, "not: somebody else has answered"
    world.consultation.handle_invite(world.now, caller, SECOND)
    assert [one.callee for one in world.state.invitations] == [SECOND]


def test_nobody_answers_an_invitation() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    bodies, effects = world.pass_time(30)
    assert ev.InvitationEnded(callee=SECOND.account, reason=CloseReason.NO_ANSWER) in bodies
    assert StopRing(SECOND.account, CloseReason.NO_ANSWER) in effects
    assert world.state.status is Status.OPEN


def test_the_invited_one_is_unreachable() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_callee_unreachable(world.now, SECOND.account)
    world.consultation.handle_callee_unreachable(world.now, SECOND.account)
    bodies, _ = world.drain()
    assert kinds(bodies) == ["Invited", "InvitationEnded"]


def test_either_side_takes_it_back() -> None:
    world, caller, callee = opened()
    world.consultation.handle_invite(world.now, callee, SECOND)
    world.consultation.handle_cancel_invitation(world.now, caller, SECOND.account)
    bodies, effects = world.drain()
    assert bodies[-1] == ev.InvitationEnded(callee=SECOND.account, reason=CloseReason.CANCELLED)
    assert StopRing(SECOND.account, CloseReason.CANCELLED) in effects
    gone = refused(lambda: world.consultation.handle_cancel_invitation(world.now, caller, SECOND.account))
    assert gone is ErrorCode.NOT_FOUND


def test_a_cancel_after_the_yes_is_too_late() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_answer(world.now, SECOND.account)
    late = refused(lambda: world.consultation.handle_cancel_invitation(world.now, caller, SECOND.account))
    assert late is ErrorCode.ALREADY_ANSWERED


def test_who_may_ask() -> None:
    world, caller, callee = opened()
    operator, observer = world.join(OPERATOR), world.join(OBSERVER)
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_answer(world.now, SECOND.account)
    second = world.join(SECOND)
    world.consultation.handle_invite(world.now, second, THIRD)  # every specialist in it
    for participant in (operator, observer):
        code = refused(lambda p=participant: world.consultation.handle_invite(world.now, p, PEOPLE[0]))
        assert code is ErrorCode.FORBIDDEN
    assert refused(lambda: world.consultation.handle_invite(world.now, 99, PEOPLE[0])) is ErrorCode.NOT_FOUND  # type: ignore[arg-type]
    assert {one.by for one in world.state.invitations} == {second}
    assert callee != second


def test_whoever_is_here_is_not_asked() -> None:
    world, caller, callee = opened()
    for here in (VILLAGE, SPECIALIST):
        code = refused(lambda p=here: world.consultation.handle_invite(world.now, caller, p))
        assert code is ErrorCode.CONFLICT
    world.consultation.handle_leave(world.now, callee)
    world.consultation.handle_invite(world.now, caller, SPECIALIST)  # but may be asked back
    assert world.state.invitations


def test_asking_twice_rings_once() -> None:
    world, caller, callee = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.drain()
    world.consultation.handle_invite(world.now, callee, SECOND)
    assert world.drain() == ([], [])


def test_only_so_many_at_once_and_only_so_often() -> None:
    world, caller, _ = opened(Policy(max_invitations=2, invitations_burst=3))
    for one in PEOPLE[:2]:
        world.consultation.handle_invite(world.now, caller, one)
    assert refused(lambda: world.consultation.handle_invite(world.now, caller, PEOPLE[2])) is ErrorCode.TOO_MANY
    world.consultation.handle_cancel_invitation(world.now, caller, PEOPLE[0].account)
    world.consultation.handle_invite(world.now, caller, PEOPLE[2])
    world.consultation.handle_cancel_invitation(world.now, caller, PEOPLE[2].account)
    assert refused(lambda: world.consultation.handle_invite(world.now, caller, PEOPLE[3])) is ErrorCode.TOO_MANY


def test_nobody_is_asked_in_before_the_answer() -> None:
    world = ringing()
    caller = world.join(VILLAGE)
    code = refused(lambda: world.consultation.handle_invite(world.now, caller, SECOND))
    assert code is ErrorCode.OUT_OF_STATE


def test_hanging_up_ends_what_rings_before_it_closes() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.drain()
    world.consultation.handle_hang_up(world.now, caller)
    bodies, effects = world.drain()
    assert kinds(bodies) == ["InvitationEnded", "Closing", "Left", "Left", "Closed"]
    assert StopRing(SECOND.account, CloseReason.HUNG_UP) in effects
    assert close_reason(world) is CloseReason.HUNG_UP
    late = refused(lambda: world.consultation.handle_answer(world.now, SECOND.account))
    assert late is ErrorCode.CONSULTATION_CLOSED
    for late_call in (
        lambda: world.consultation.handle_invite(world.now, caller, THIRD),
        lambda: world.consultation.handle_decline(world.now, SECOND.account, DeclineReason.BUSY),
    ):
        assert refused(late_call) is ErrorCode.CONSULTATION_CLOSED


def test_coming_in_by_another_way_is_a_yes() -> None:
    world, caller, callee = opened()
    world.consultation.handle_leave(world.now, callee)
    world.consultation.handle_invite(world.now, caller, SPECIALIST)
    world.join(SPECIALIST)
    bodies, _ = world.drain()
    assert kinds(bodies)[-2:] == ["Joined", "InvitationAccepted"]
    assert world.state.invitations == []


def test_after_a_restart_an_invitation_rings_anew() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.drain()
    world.pass_time(20)
    again = world.restart()
    bodies, effects = again.drain()
    assert ev.Invited(callee=SECOND, timeout_ms=30_000) in bodies
    assert Ring(SECOND, 30_000) in effects
    (asked,) = again.state.invitations
    assert (asked.by, asked.started_t) == (caller, again.now)
    again.consultation.handle_answer(again.now, SECOND.account)
    assert again.state.invited == [SECOND.account]


def test_after_a_restart_a_late_answer_is_still_told_the_truth() -> None:
    world, caller, _ = opened()
    world.consultation.handle_invite(world.now, caller, SECOND)
    world.consultation.handle_cancel_invitation(world.now, caller, SECOND.account)
    world.drain()
    again = world.restart()
    again.drain()
    assert SECOND.account in again.consultation.asked
    assert refused(lambda: again.consultation.handle_answer(again.now, SECOND.account)) is ErrorCode.OUT_OF_STATE


# ---- the same instant ---------------------------------------------------------------------------------------------


def test_the_answer_of_the_one_whose_ring_just_moved_on() -> None:
    world = ringing(SPECIALIST, SECOND)
    world.pass_time(30)
    late = refused(lambda: world.consultation.handle_answer(world.now, SPECIALIST.account))
    assert late is ErrorCode.OUT_OF_STATE
    world.consultation.handle_answer(world.now, SECOND.account)
    assert (
        refused(lambda: world.consultation.handle_answer(world.now, SPECIALIST.account)) is ErrorCode.ALREADY_ANSWERED
    )


def test_whoever_missed_the_ring_may_be_invited_into_the_same_call() -> None:
    world = ringing(SPECIALIST, SECOND)
    caller = world.join(VILLAGE)
    world.pass_time(30)
    world.consultation.handle_answer(world.now, SECOND.account)
    world.consultation.handle_invite(world.now, caller, SPECIALIST)
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    assert world.state.specialist == SECOND
    assert world.state.invited == [SPECIALIST.account]


@pytest.mark.parametrize("answer_first", [True, False])
def test_the_answer_and_the_hang_up_in_the_same_microsecond(answer_first: bool) -> None:
    world = ringing()
    caller = world.join(VILLAGE)
    now = world.now
    if answer_first:
        world.consultation.handle_answer(now, SPECIALIST.account)
        world.consultation.handle_hang_up(now, caller)
        assert close_reason(world) is CloseReason.HUNG_UP
        assert refused(lambda: world.join(SPECIALIST)) is ErrorCode.CONSULTATION_CLOSED
    else:
        world.consultation.handle_hang_up(now, caller)
        assert (
            refused(lambda: world.consultation.handle_answer(now, SPECIALIST.account)) is ErrorCode.CONSULTATION_CLOSED
        )
        assert close_reason(world) is CloseReason.CANCELLED
        assert StopRing(SPECIALIST.account, CloseReason.CANCELLED) in world.effects


def test_who_goes_off_call_is_not_rung_any_more_but_may_answer_what_rings() -> None:
    world = ringing(SPECIALIST, SECOND, THIRD)
    for account in (SECOND.account, SPECIALIST.account):
        world.consultation.handle_candidate_gone(world.now, account)
    world.pass_time(30)
    assert world.state.ring is not None
    assert world.state.ring.callee == THIRD


def test_who_is_on_duty_comes_before_those_who_wait() -> None:
    world = ringing(SPECIALIST, SECOND)
    world.consultation.handle_candidate(world.now, THIRD, first=True)
    world.pass_time(30)
    assert world.state.ring is not None
    assert (world.state.ring.callee, world.state.ring.following) == (THIRD, SECOND)
