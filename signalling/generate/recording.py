"""The log of recording: every event of the family, and those that end what never began."""

from signalling import events as ev
from signalling import recording as rec
from signalling.ids import ParticipantId
from signalling.recording_state import GAPS_KEPT
from signalling.vocabulary import CloseReason, ConsentEnd, ConsentGiver, ConsentKind, ConsentUse, GapReason

_ONE, _TWO = ParticipantId(1), ParticipantId(2)
_CLIP = "5" * 64


def recording() -> list[ev.Body]:
    """After an opening with participants 1 and 2."""
    spoken = rec.Consent(
        key="c1", how=ConsentKind.SPOKEN, giver=ConsentGiver.PATIENT, uses=[ConsentUse.CARE], proof=_CLIP
    )
    form = rec.Consent(
        key="c2",
        how=ConsentKind.SIGNED,
        giver=ConsentGiver.GUARDIAN,
        giver_name="赵大勇",
        uses=[ConsentUse.CARE, ConsentUse.QUALITY, ConsentUse.TEACHING],
        proof=_CLIP,
        until=1_890_000_000_000,
    )
    return [
        rec.RecordingResumed(participant=_ONE),  # never paused
        rec.RecordingStopped(),
        rec.ConsentTaken(participant=_ONE, consent=spoken, at=1_790_000_000_123),
        rec.RecordingStarted(),
        rec.RecordingPaused(participant=_TWO, reason=GapReason.PRIVATE),
        rec.RecordingPaused(participant=_TWO, reason=GapReason.ASKED),  # paused twice
        rec.RecordingResumed(participant=_ONE),
        rec.RecordingTroubled(reason=GapReason.FULL),
        rec.RecordingMissed(reason=GapReason.FULL, from_t=9_000_001, to_t=9_500_000, packets=412),
        *(rec.RecordingMissed(reason=GapReason.SLOW, from_t=n, to_t=n + 1) for n in range(GAPS_KEPT)),
        rec.ConsentTaken(participant=_ONE, consent=form, at=1_790_000_100_000),
        rec.RecordingPaused(participant=_ONE, reason=GapReason.OTHER),
        rec.ConsentEnded(participant=_ONE, reason=ConsentEnd.WITHDRAWN),
        rec.RecordingStopped(),
        rec.ConsentEnded(participant=ParticipantId(0), reason=ConsentEnd.EXPIRED),
        ev.Left(participant=_TWO, reason=CloseReason.LEFT),
    ]
