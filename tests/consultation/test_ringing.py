"""One specialist at a time, the next when this one cannot, and the first word counts."""

from sefaw_rtc.consultation import Consultation, Policy, Ring, StopRing
from signalling import events as ev
from signalling.vocabulary import CloseReason, DeclineReason, ErrorCode, Status
from tests.consultation.world import (
    CONSULTATION,
    OBSERVER,
    REQUEST,
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


def test_a_request_rings_the_first_and_says_who_is_next() -> None:
    world = ringing()
    assert kinds([e.body for e in world.log]) == ["Requested", "Rang"]
    assert world.state.ring is not None
    assert (world.state.ring.callee, world.state.ring.following) == (SPECIALIST, SECOND)
    assert world.effects == [Ring(SPECIALIST, 30_000)]
    assert world.consultation.poll_timeout() == 30_000_000


def test_nobody_on_call_makes_no_consultation() -> None:
    assert refused(lambda: Consultation.request(CONSULTATION, REQUEST, [], Policy())) is ErrorCode.NOBODY_ON_CALL
    alone = [VILLAGE]  # nobody is rung by oneself
    assert refused(lambda: Consultation.request(CONSULTATION, REQUEST, alone, Policy())) is ErrorCode.NOBODY_ON_CALL


def test_an_answer_opens() -> None:
    world = ringing()
    world.now = 5_000_000
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    bodies, effects = world.drain()
    assert bodies == [ev.Answered(callee=SPECIALIST)]
    assert effects == [StopRing(SPECIALIST.account, CloseReason.ANSWERED_ELSEWHERE)]
    assert (world.state.status, world.state.specialist, world.state.opened_t) == (Status.OPEN, SPECIALIST, 5_000_000)


def test_answering_twice_is_once() -> None:
    world, _, _ = opened()
    world.consultation.handle_answer(world.now, SPECIALIST.account)
    assert world.drain() == ([], [])


def test_two_answers_at_once_the_first_wins() -> None:
    world = ringing()
    world.pass_time(30)
    world.consultation.handle_answer(world.now, SECOND.account)
    late = refused(lambda: world.consultation.handle_answer(world.now, SPECIALIST.account))
    assert late is ErrorCode.ALREADY_ANSWERED
    assert world.state.specialist == SECOND


def test_an_answer_to_a_ring_that_is_over_or_never_was() -> None:
    world = ringing()
    world.pass_time(30)
    for account in (SPECIALIST.account, THIRD.account):
        assert refused(lambda a=account: world.consultation.handle_answer(world.now, a)) is ErrorCode.OUT_OF_STATE


def test_a_decline_rings_the_next_and_is_told_with_its_reason() -> None:
    world = ringing()
    world.consultation.handle_decline(1, SPECIALIST.account, DeclineReason.NOT_MY_FIELD, "try cardiology")
    bodies, effects = world.drain()
    assert kinds(bodies) == ["RingEnded", "Rang"]
    assert bodies[0] == ev.RingEnded(
        callee=SPECIALIST.account,
        reason=CloseReason.DECLINED,
        decline=DeclineReason.NOT_MY_FIELD,
        text="try cardiology",
    )
    assert effects == [StopRing(SPECIALIST.account, CloseReason.DECLINED), Ring(SECOND, 30_000)]


def test_all_decline() -> None:
    world = ringing()
    for callee in (SPECIALIST, SECOND):
        world.consultation.handle_decline(1, callee.account, DeclineReason.BUSY)
    assert close_reason(world) is CloseReason.DECLINED


def test_all_unreachable() -> None:
    world = ringing()
    for callee in (SPECIALIST, SECOND):
        world.consultation.handle_callee_unreachable(1, callee.account)
    assert close_reason(world) is CloseReason.NOBODY_ON_CALL


def test_one_declines_one_does_not_answer() -> None:
    world = ringing()
    world.consultation.handle_decline(1, SPECIALIST.account, DeclineReason.BUSY)
    world.pass_time(31)
    assert close_reason(world) is CloseReason.NO_ANSWER


def test_who_waits_and_goes_off_call_is_not_rung() -> None:
    world = ringing(SPECIALIST, SECOND, THIRD)
    world.consultation.handle_callee_unreachable(1, SECOND.account)
    assert world.drain() == ([ev.FollowingChanged(following=THIRD)], [])
    world.pass_time(30)
    assert world.state.ring is not None
    assert world.state.ring.callee == THIRD


def test_who_comes_on_call_while_it_rings_is_rung_last_and_once() -> None:
    world = ringing()
    for person in (THIRD, THIRD, SPECIALIST, VILLAGE):
        world.consultation.handle_candidate(world.now, person)
    rung = [SPECIALIST.account, SECOND.account, THIRD.account]
    bodies, _ = world.pass_time(119)
    assert [b.callee for b in bodies if isinstance(b, ev.RingEnded)] == rung
    assert close_reason(world) is CloseReason.NO_ANSWER


def test_whoever_waits_reads_who_is_next_as_it_is_now() -> None:
    world = ringing(SPECIALIST)

    def following() -> ev.Person | None:
        return world.state.ring.following if world.state.ring else None

    assert following() is None
    world.consultation.handle_candidate(1, SECOND)
    assert following() == SECOND
    world.consultation.handle_candidate(2, THIRD, first=True)
    assert following() == THIRD
    world.consultation.handle_candidate_gone(3, THIRD.account)
    assert following() == SECOND
    world.consultation.handle_candidate_gone(4, SECOND.account)
    world.consultation.handle_candidate_gone(5, SECOND.account)
    bodies, _ = world.drain()
    assert bodies == [ev.FollowingChanged(following=one) for one in (SECOND, THIRD, SECOND, None)]


def test_the_total_time_ends_it_with_others_still_waiting() -> None:
    world = ringing(SPECIALIST, SECOND, THIRD, policy=Policy(total_ring_us=45_000_000))
    bodies, _ = world.pass_time(45)
    rings = [e.body.timeout_ms for e in world.log if isinstance(e.body, ev.Rang)]
    assert rings == [30_000, 15_000]
    assert kinds(bodies)[-3:] == ["RingEnded", "Closing", "Closed"]
    assert close_reason(world) is CloseReason.NO_ANSWER


def test_a_late_decline_after_the_total_time_is_no_answer() -> None:
    world = ringing(SPECIALIST, SECOND, policy=Policy(total_ring_us=45_000_000))
    world.consultation.handle_decline(45_000_000, SPECIALIST.account, DeclineReason.BUSY)
    assert close_reason(world) is CloseReason.NO_ANSWER


def test_cancel_then_answer() -> None:
    world = ringing()
    world.consultation.handle_cancel(7, VILLAGE.account)
    bodies, effects = world.drain()
    assert kinds(bodies) == ["RingEnded", "Closing", "Closed"]
    assert StopRing(SPECIALIST.account, CloseReason.CANCELLED) in effects
    code = refused(lambda: world.consultation.handle_answer(7, SPECIALIST.account))
    assert code is ErrorCode.CONSULTATION_CLOSED
    assert close_reason(world) is CloseReason.CANCELLED


def test_answer_then_cancel() -> None:
    world = ringing()
    world.consultation.handle_answer(7, SPECIALIST.account)
    assert refused(lambda: world.consultation.handle_cancel(7, VILLAGE.account)) is ErrorCode.ALREADY_ANSWERED
    assert world.state.status is Status.OPEN


def test_only_the_requester_cancels_and_once() -> None:
    world = ringing()
    assert refused(lambda: world.consultation.handle_cancel(1, OBSERVER.account)) is ErrorCode.FORBIDDEN
    world.consultation.handle_cancel(1, VILLAGE.account)
    assert refused(lambda: world.consultation.handle_cancel(1, VILLAGE.account)) is ErrorCode.CONSULTATION_CLOSED


def test_a_timeout_too_early_does_nothing() -> None:
    world = ringing()
    world.consultation.handle_timeout(29_999_999)
    assert world.drain() == ([], [])
