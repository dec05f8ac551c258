"""Recording: the consent it needs, when it is on, and every gap in it with its reason.

Records and events of the family; `events.py` takes them into the log, `recording_fold.py` says what they mean. Media is
journaled only while a consent is on record: the log says from when to when, and why not.
"""

from typing import Annotated

from msgspec import Meta

from signalling.ids import AnyParticipantRef, Count, ParticipantRef
from signalling.looking import ClientKey
from signalling.record import Record, Tagged
from signalling.vocabulary import ConsentEnd, ConsentGiver, ConsentKind, ConsentUse, GapReason

PersonName = Annotated[str, Meta(max_length=80)]
ProofName = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]  # the SHA-256 of an attachment, or nothing
Uses = Annotated[list[ConsentUse], Meta(min_length=1, max_length=3)]


class Consent(Record, frozen=True):
    """What was agreed to. `giver_name`: the guardian's ("" = the patient itself, whom the log names already).
    `witness`: who was there (`witnessed`). `proof`: the clip of a spoken consent, the photograph of a signed form.
    `until`: Unix ms, 0 = until it is withdrawn."""

    key: ClientKey
    how: ConsentKind
    giver: ConsentGiver
    uses: Uses
    giver_name: PersonName = ""
    witness: PersonName = ""
    proof: ProofName = ""
    until: Count = 0


class ConsentTaken(Tagged, frozen=True):
    """The patient or the guardian agreed; `participant` took it. `at`: Unix ms. A later one takes the place of the
    former."""

    participant: ParticipantRef
    consent: Consent
    at: Count


class ConsentEnded(Tagged, frozen=True):
    """It holds no longer. `participant` 0: by itself."""

    participant: AnyParticipantRef
    reason: ConsentEnd


class RecordingStarted(Tagged, frozen=True):
    """From here on media is journaled."""


class RecordingPaused(Tagged, frozen=True):
    """From here on it is not: a gap that everybody sees, with its reason."""

    participant: ParticipantRef
    reason: GapReason


class RecordingResumed(Tagged, frozen=True):
    """From here on it is again."""

    participant: ParticipantRef


class RecordingStopped(Tagged, frozen=True):
    """No more of it: the consent ended, or the consultation."""


class RecordingTroubled(Tagged, frozen=True):
    """The journal cannot take everything: what is missing is counted, and said when it is over."""

    reason: GapReason


class RecordingMissed(Tagged, frozen=True):
    """What the journal does not hold: from and to in session µs. `packets` 0 = not known how many."""

    reason: GapReason
    from_t: Count
    to_t: Count
    packets: Count = 0


Recorded = (
    ConsentTaken
    | ConsentEnded
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingTroubled
    | RecordingMissed
)
