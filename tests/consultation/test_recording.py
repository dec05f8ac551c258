"""Recording: never without a consent, never a gap without its reason."""

import pytest
from msgspec.structs import replace

from sefaw_rtc.consultation import Policy, SetRecording
from signalling import recording as rec
from signalling.ids import ParticipantId
from signalling.vocabulary import (
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    ErrorCode,
    GapReason,
    RecordingStatus,
    Role,
)
from tests.consultation.world import OBSERVER, OPERATOR, THIRD, World, kinds, opened, refused, ringing

AT = 1_790_000_000_000
CONSENT = rec.Consent(
    key="c", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="Nurse", uses=[ConsentUse.CARE]
)
ON, PAUSED, OFF = (SetRecording(status) for status in (RecordingStatus.ON, RecordingStatus.PAUSED, RecordingStatus.OFF))


def recorded(
    policy: Policy | None = None, consent: rec.Consent = CONSENT
) -> tuple[World, ParticipantId, ParticipantId]:
    world, village, specialist = opened(policy)
    world.consultation.recording.handle_consent(world.now, village, consent, AT)
    return world, village, specialist


def test_a_consent_begins_the_recording_and_the_end_ends_it() -> None:
    world, village, _specialist = recorded()
    bodies, effects = world.drain()
    assert (kinds(bodies), effects) == (["ConsentTaken", "RecordingStarted"], [ON])
    world.consultation.handle_hang_up(world.now, village)
    bodies, effects = world.drain()
    assert kinds(bodies)[:2] == ["Closing", "RecordingStopped"]
    assert effects[0] == OFF
    assert world.state.recording.consent is not None, "who agreed stays on record"


def test_without_consent_nothing_is_recorded() -> None:
    world, village, _specialist = opened()
    heart = world.consultation.recording
    assert refused(lambda: heart.handle_pause(world.now, village, GapReason.PRIVATE)) is ErrorCode.OUT_OF_STATE
    assert refused(lambda: heart.handle_resume(world.now, village)) is ErrorCode.OUT_OF_STATE
    assert refused(lambda: heart.handle_withdraw(world.now, village)) is ErrorCode.OUT_OF_STATE
    world.consultation.handle_hang_up(world.now, village)
    bodies, effects = world.drain()
    assert not [body for body in bodies if isinstance(body, rec.Recorded)]
    assert not [effect for effect in effects if isinstance(effect, SetRecording)]


@pytest.mark.parametrize(
    "lacking",
    [
        replace(CONSENT, witness=" "),
        replace(CONSENT, how=ConsentKind.SPOKEN),
        replace(CONSENT, how=ConsentKind.SIGNED, witness="Nurse"),
        replace(CONSENT, giver=ConsentGiver.GUARDIAN),
        replace(CONSENT, until=AT),
    ],
)
def test_a_consent_that_lacks_something_is_none(lacking: rec.Consent) -> None:
    world, village, _specialist = opened()
    heart = world.consultation.recording
    assert refused(lambda: heart.handle_consent(world.now, village, lacking, AT)) is ErrorCode.MALFORMED
    assert world.state.recording.status is RecordingStatus.OFF


def test_only_the_bedside_takes_it_and_the_patient_may_withdraw_it() -> None:
    world, _village, specialist = opened()
    heart = world.consultation.recording
    assert refused(lambda: heart.handle_consent(world.now, specialist, CONSENT, AT)) is ErrorCode.FORBIDDEN
    operator = world.join(OPERATOR)
    patient = world.join(replace(THIRD, role=Role.PATIENT))
    heart.handle_consent(world.now, operator, CONSENT, AT)
    assert refused(lambda: heart.handle_withdraw(world.now, specialist)) is ErrorCode.FORBIDDEN
    heart.handle_withdraw(world.now, patient)
    bodies, effects = world.drain()
    assert kinds(bodies)[-2:] == ["ConsentEnded", "RecordingStopped"]
    assert effects[-1] == OFF
    assert world.state.recording.consent is None


def test_the_same_key_is_the_same_consent_and_another_takes_its_place() -> None:
    world, village, _specialist = recorded()
    heart = world.consultation.recording
    world.drain()
    heart.handle_consent(world.now, village, CONSENT, AT + 1)
    assert world.drain() == ([], [])
    wider = replace(CONSENT, key="d", uses=[ConsentUse.CARE, ConsentUse.QUALITY])
    heart.handle_consent(world.now, village, wider, AT + 2)
    assert kinds(world.drain()[0]) == ["ConsentTaken"], "it goes on, nothing begins anew"
    assert world.state.recording.consent is not None
    assert world.state.recording.consent.consent == wider


def test_a_pause_is_a_gap_with_its_reason() -> None:
    world, village, specialist = recorded()
    heart = world.consultation.recording
    world.pass_time(5)
    assert refused(lambda: heart.handle_pause(world.now, village, GapReason.FULL)) is ErrorCode.MALFORMED
    heart.handle_pause(world.now, specialist, GapReason.PRIVATE)
    assert world.drain()[1][-1] == PAUSED
    assert refused(lambda: heart.handle_pause(world.now, village, GapReason.ASKED)) is ErrorCode.OUT_OF_STATE
    begun = world.now
    world.pass_time(7)
    heart.handle_resume(world.now, village)
    assert world.drain()[1] == [ON]
    (gap,) = world.state.recording.gaps
    assert (gap.reason, gap.from_t, gap.to_t) == (GapReason.PRIVATE, begun, begun + 7_000_000)


def test_a_new_consent_does_not_end_a_pause() -> None:
    world, village, _specialist = recorded()
    heart = world.consultation.recording
    heart.handle_pause(world.now, village, GapReason.ASKED)
    heart.handle_consent(world.now, village, replace(CONSENT, key="d"), AT)
    assert world.state.recording.status is RecordingStatus.PAUSED


def test_it_ends_by_itself_at_its_time() -> None:
    world, _village, _specialist = recorded(consent=replace(CONSENT, until=AT + 90_000))
    world.drain()
    assert world.pass_time(89.9) == ([], [])
    bodies, effects = world.pass_time(0.2)
    assert kinds(bodies) == ["ConsentEnded", "RecordingStopped"]
    assert effects == [OFF]


def test_what_the_journal_misses_is_said_once_and_counted() -> None:
    world, _village, _specialist = recorded()
    heart = world.consultation.recording
    world.drain()
    heart.handle_trouble(world.now, GapReason.FULL)
    heart.handle_trouble(world.now, GapReason.FULL)
    assert world.state.recording.trouble is GapReason.FULL
    heart.handle_missed(world.now, GapReason.FULL, 1, 2, 300)
    assert kinds(world.drain()[0]) == ["RecordingTroubled", "RecordingMissed"]
    assert world.state.recording.trouble is None
    (gap,) = world.state.recording.gaps
    assert (gap.from_t, gap.to_t, gap.packets) == (1, 2, 300), "counted, it takes the guess's place"


def test_a_trouble_that_lasts_to_the_end_is_a_gap_to_the_end() -> None:
    world, village, _specialist = recorded()
    world.pass_time(5)
    world.consultation.recording.handle_trouble(world.now, GapReason.FULL)
    begun = world.now
    world.pass_time(4)
    world.consultation.handle_hang_up(world.now, village)
    world.drain()
    (gap,) = world.state.recording.gaps
    assert (gap.reason, gap.from_t, gap.to_t) == (GapReason.FULL, begun, begun + 4_000_000)


def test_after_a_restart_it_goes_on_and_says_what_it_missed() -> None:
    world, village, _specialist = recorded()
    world.pass_time(3)
    world.drain()
    last = world.log[-1].t
    world.now += 20_000_000
    again = world.restart()
    bodies, effects = again.drain()
    (missed,) = [body for body in bodies if isinstance(body, rec.RecordingMissed)]
    assert (missed.reason, missed.from_t, missed.to_t) == (GapReason.RESTARTED, last, again.now)
    assert effects[0] == ON
    again.consultation.recording.handle_pause(again.now, village, GapReason.OTHER)
    again.drain()
    assert again.restart().drain()[1][0] == PAUSED


def test_a_consent_that_ran_out_while_the_server_was_away_records_nothing_more() -> None:
    world, _village, _specialist = recorded(consent=replace(CONSENT, until=AT + 5_000))
    world.drain()
    world.now += 20_000_000
    again = world.restart()
    bodies, effects = again.drain()
    assert kinds(bodies)[:3] == ["RecordingMissed", "ConsentEnded", "RecordingStopped"], "and what is missing is said"
    assert ON not in effects


def test_it_may_begin_while_it_rings_and_ends_with_a_ring_in_vain() -> None:
    world = ringing()
    village = world.join(world.state.requester)
    world.consultation.recording.handle_consent(world.now, village, CONSENT, AT)
    world.pass_time(300)
    assert world.state.recording.status is RecordingStatus.OFF
    assert (
        refused(lambda: world.consultation.recording.handle_consent(world.now, village, CONSENT, AT))
        is ErrorCode.CONSULTATION_CLOSED
    )


def test_nobody_fills_the_log_with_pauses() -> None:
    world, village, _specialist = recorded(Policy(consent_burst=3))
    heart = world.consultation.recording
    heart.handle_pause(world.now, village, GapReason.ASKED)
    heart.handle_resume(world.now, village)
    assert refused(lambda: heart.handle_pause(world.now, village, GapReason.ASKED)) is ErrorCode.TOO_MANY


def test_an_outsider_takes_nothing() -> None:
    world, _village, _specialist = opened()
    watcher = world.join(OBSERVER)
    heart = world.consultation.recording
    assert refused(lambda: heart.handle_consent(world.now, watcher, CONSENT, AT)) is ErrorCode.FORBIDDEN
    assert refused(lambda: heart.handle_withdraw(world.now, ParticipantId(77))) is ErrorCode.NOT_FOUND
    assert world.state.recording.status is RecordingStatus.OFF


def test_a_consent_is_withdrawn_after_the_call_too() -> None:
    world, village, _ = recorded()
    account = world.state.participants[0].person.account
    world.consultation.handle_hang_up(world.now, village)
    world.drain()
    world.consultation.recording.handle_withdraw_by(world.now, account)
    assert kinds(world.drain()[0]) == ["ConsentEnded"]
    assert world.state.recording.consent is None
    assert refused(lambda: world.consultation.recording.handle_withdraw_by(world.now, account)) == (
        ErrorCode.OUT_OF_STATE
    )


def test_withdrawn_from_outside_it_stops_the_recording() -> None:
    world, _village, _ = recorded()
    world.drain()
    world.consultation.recording.handle_withdraw_by(world.now, world.state.participants[0].person.account)
    bodies, effects = world.drain()
    assert (kinds(bodies), effects) == (["ConsentEnded", "RecordingStopped"], [OFF])
