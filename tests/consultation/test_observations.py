"""What the plane saw is in the log, changes no state, and cannot fill the log."""

from msgspec.structs import replace

from sefaw_rtc.consultation import Policy
from signalling import events as ev
from signalling.ids import ParticipantId, TrackId
from signalling.vocabulary import CloseReason, Step
from tests.consultation.world import opened


def test_it_is_written_and_changes_nothing_but_the_number() -> None:
    world, caller, _ = opened()
    before = world.state
    assert world.consultation.handle_observed(world.now, caller, Step.FIRST_PACKET, track=TrackId(3), value=-4)
    bodies, effects = world.drain()
    assert bodies == [ev.Observed(participant=caller, step=Step.FIRST_PACKET, track=TrackId(3), value=0)]
    assert effects == []
    assert world.state == replace(before, seq=before.seq + 1)


def test_a_line_that_flaps_does_not_fill_the_log() -> None:
    policy = Policy()
    world, caller, callee = opened(policy=policy)
    saw = world.consultation.handle_observed
    written = [saw(world.now, caller, Step.LOSS_BEGAN) for _ in range(3 * policy.observed_burst)]
    assert sum(written) == policy.observed_burst
    assert saw(world.now, callee, Step.LOSS_BEGAN), "the others have budgets of their own"
    assert saw(world.now, ParticipantId(0), Step.STORAGE_FAILED)
    world.pass_time(2)
    assert saw(world.now, caller, Step.LOSS_ENDED)


def test_after_the_end_nothing_is_written() -> None:
    world, caller, _ = opened()
    world.consultation.handle_end(world.now, CloseReason.HUNG_UP)
    world.drain()
    assert not world.consultation.handle_observed(world.now, caller, Step.MEDIA_ENDED)
