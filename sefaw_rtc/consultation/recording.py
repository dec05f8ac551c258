"""Recording: never without a consent, and never a gap without its reason.

The bedside takes the consent and may withdraw it; so may the patient. Both sides may pause and go on. What the journal
itself misses comes from the shell.
"""

from typing import Final

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.closing import stop_recording
from sefaw_rtc.consultation.effects import SetRecording
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import recording as rec
from signalling.ids import AccountId, ParticipantId
from signalling.recording_state import ConsentState
from signalling.vocabulary import (
    ConsentEnd,
    ConsentGiver,
    ConsentKind,
    ErrorCode,
    GapReason,
    RecordingStatus,
    Role,
)

US_PER_MS: Final = 1000
NOBODY: Final = ParticipantId(0)
OF_PEOPLE: Final = frozenset({GapReason.PRIVATE, GapReason.ASKED, GapReason.OTHER})


class Recording:
    """`now` in session µs, `at` in Unix ms of the same moment."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budget = Budgets(log.policy.consent_burst, log.policy.consent_per_s, "recording")

    # ---- consent ----------------------------------------------------------------------------------------------------

    def handle_consent(self, now: int, participant: ParticipantId, consent: rec.Consent, at: int) -> None:
        """The patient agreed: it goes on record, and recording begins if it was off. A pause stays one. The same key
        again is the same consent. Refused: forbidden, malformed, too_many, not_found, consultation_closed."""
        self._log.refuse_if_over()
        if not self._log.is_bedside(self._log.seat(participant).person):
            raise Refused(ErrorCode.FORBIDDEN, "the bedside takes the consent")
        held = self._held
        if held is not None and held.consent.key == consent.key:
            return
        lacks = _lacks(consent, at)
        if lacks:
            raise Refused(ErrorCode.MALFORMED, lacks)
        self._budget.spend(now, participant)
        self._log.write(now, rec.ConsentTaken(participant=participant, consent=consent, at=at), participant)
        if self._status() is RecordingStatus.OFF:
            self._log.write(now, rec.RecordingStarted(), participant)
            self._log.act(SetRecording(RecordingStatus.ON))

    def handle_withdraw(self, now: int, participant: ParticipantId) -> None:
        """It holds no longer. Refused: forbidden, out_of_state, not_found, consultation_closed."""
        self._log.refuse_if_over()
        person = self._log.seat(participant).person
        if not self._log.is_bedside(person) and person.role is not Role.PATIENT:
            raise Refused(ErrorCode.FORBIDDEN, "the bedside or the patient withdraws it")
        if self._held is None:
            raise Refused(ErrorCode.OUT_OF_STATE, "no consent")
        self._end_consent(now, participant, ConsentEnd.WITHDRAWN)

    def handle_withdraw_by(self, now: int, account: AccountId) -> None:
        """The same from outside the call, also after it closed: who may is `decide()`'s. Refused: out_of_state."""
        if self._held is None:
            raise Refused(ErrorCode.OUT_OF_STATE, "no consent")
        self._end_consent(now, ParticipantId(self._log.number_of(account)), ConsentEnd.WITHDRAWN)

    # ---- pause ------------------------------------------------------------------------------------------------------

    def handle_pause(self, now: int, participant: ParticipantId, reason: GapReason) -> None:
        """Leave out what follows. Refused: malformed, out_of_state, too_many, not_found, consultation_closed."""
        if reason not in OF_PEOPLE:
            raise Refused(ErrorCode.MALFORMED, "not a reason that people have")
        self._change(now, participant, RecordingStatus.ON)
        self._log.write(now, rec.RecordingPaused(participant=participant, reason=reason), participant)
        self._log.act(SetRecording(RecordingStatus.PAUSED))

    def handle_resume(self, now: int, participant: ParticipantId) -> None:
        """Go on. Refused: out_of_state, too_many, not_found, consultation_closed."""
        self._change(now, participant, RecordingStatus.PAUSED)
        self._log.write(now, rec.RecordingResumed(participant=participant), participant)
        self._log.act(SetRecording(RecordingStatus.ON))

    def _change(self, now: int, participant: ParticipantId, only_if: RecordingStatus) -> None:
        self._log.refuse_if_over()
        self._log.seat(participant)
        if self._status() is not only_if:
            raise Refused(ErrorCode.OUT_OF_STATE, f"recording is {self._status()}")
        self._budget.spend(now, participant)

    # ---- what the journal says --------------------------------------------------------------------------------------

    def handle_trouble(self, now: int, reason: GapReason) -> None:
        """The journal cannot take everything right now. Said once. Never refused."""
        if not self._log.is_over() and self._log.state.recording.trouble is not reason:
            self._log.write(now, rec.RecordingTroubled(reason=reason))

    def handle_missed(self, now: int, reason: GapReason, from_t: int, to_t: int, packets: int) -> None:
        """What it does not hold, now that it takes everything again. Never refused, but after the end."""
        if not self._log.is_over():
            self._log.write(now, rec.RecordingMissed(reason=reason, from_t=from_t, to_t=to_t, packets=packets))

    # ---- time -------------------------------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When the consent ends by itself, session µs."""
        held = self._held
        if held is None or held.consent.until == 0 or self._log.is_over():
            return None
        return held.t + (held.consent.until - held.at) * US_PER_MS

    def handle_timeout(self, now: int) -> None:
        due = self.deadline()
        if due is not None and due <= now:
            self._end_consent(now, NOBODY, ConsentEnd.EXPIRED)

    def come_back(self, now: int, last_t: int) -> None:
        """After a restart: nothing was journaled since the last event, which is said; then it goes on."""
        if self._status() is RecordingStatus.ON:
            missed = rec.RecordingMissed(reason=GapReason.RESTARTED, from_t=last_t, to_t=max(now, last_t))
            self._log.write(now, missed)
        self.handle_timeout(now)
        if self._status() is not RecordingStatus.OFF:
            self._log.act(SetRecording(self._status()))

    @property
    def _held(self) -> ConsentState | None:
        return self._log.state.recording.consent

    def _status(self) -> RecordingStatus:
        return self._log.state.recording.status

    def _end_consent(self, now: int, participant: ParticipantId, reason: ConsentEnd) -> None:
        self._log.write(now, rec.ConsentEnded(participant=participant, reason=reason), participant)
        stop_recording(self._log, now)


def _lacks(consent: rec.Consent, at: int) -> str:
    """What this kind of consent needs and does not have; "" = nothing."""
    if consent.how is ConsentKind.WITNESSED and not consent.witness.strip():
        return "no witness"
    if consent.how is not ConsentKind.WITNESSED and not consent.proof:
        return "no proof"
    if consent.giver is ConsentGiver.GUARDIAN and not consent.giver_name.strip():
        return "no guardian"
    if 0 < consent.until <= at:
        return "over already"
    return ""
