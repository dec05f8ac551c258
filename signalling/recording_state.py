"""What everybody sees of the recording: part of the consultation's `State`."""

import msgspec

from signalling.ids import ParticipantId
from signalling.record import Record
from signalling.recording import Consent
from signalling.vocabulary import GapReason, RecordingStatus

GAPS_KEPT = 200  # in a state: more than anybody reads; older ones stay in the log


class ConsentState(Record, frozen=True):
    """The consent that holds: who took it, when (session µs; `at` Unix ms)."""

    participant: ParticipantId
    t: int
    at: int
    consent: Consent


class Gap(Record, frozen=True):
    """What the recording does not hold, in session µs. `to_t` -1 = it goes on."""

    reason: GapReason
    from_t: int
    to_t: int = -1
    packets: int = 0


class Recording(Record, frozen=True):
    """`status` since `since_t` (-1 = never on). `trouble`: the journal cannot take everything right now."""

    status: RecordingStatus = RecordingStatus.OFF
    since_t: int = -1
    consent: ConsentState | None = None
    trouble: GapReason | None = None
    gaps: list[Gap] = msgspec.field(default_factory=list)
