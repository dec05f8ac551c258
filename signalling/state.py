"""The state of a consultation as everybody sees it: what `fold.py` makes of the log, and what a snapshot carries."""

import msgspec

from signalling.events import Attachment, Grant, Opinion, Patient, Person
from signalling.ids import AccountId, Mid, ParticipantId, TrackId
from signalling.looking_state import Looking
from signalling.record import Record
from signalling.recording_state import Recording
from signalling.vocabulary import CloseReason, Kind, Purpose, Status, Urgency

GRANTS_KEPT = 100  # in a state: those that were taken back go first; all stay in the log
CHAT_KEPT = 500  # messages in a snapshot: a long consultation's; older ones stay in the log


class Presence(Record, frozen=True):
    """One participant. `connected` False = the seat is kept for somebody who was cut off. `left_t` -1 = is here."""

    participant: ParticipantId
    person: Person
    connected: bool
    microphone: bool
    camera: bool
    joined_t: int
    left_t: int = -1


class TrackState(Record, frozen=True):
    """One published source."""

    track: TrackId
    participant: ParticipantId
    kind: Kind
    purpose: Purpose
    mid: Mid


class ChatLine(Record, frozen=True):
    """One line of chat; `seq` is that of its event."""

    seq: int
    t: int
    participant: ParticipantId
    key: str
    text: str
    attachment: Attachment | None = None


class Ring(Record, frozen=True):
    """Who is being rung now, since when, and who would be next."""

    callee: Person
    started_t: int
    timeout_ms: int
    following: Person | None = None


class Invitation(Record, frozen=True):
    """Somebody who is asked to join right now, since when, and which participant asked (0 = gone)."""

    callee: Person
    by: int
    started_t: int
    timeout_ms: int


class Acknowledgement(Record, frozen=True):
    """Who read an opinion, and when (Unix ms)."""

    person: Person
    at: int


class SignedOpinion(Record, frozen=True):
    """A signed opinion or addendum, and who has acknowledged it. `t` is when its event was written (session µs),
    `at` what was signed (Unix ms)."""

    number: int
    amends: int
    opinion: Opinion
    signer: Person
    t: int
    at: int
    key: str
    signature: str
    acknowledged: list[Acknowledgement] = msgspec.field(default_factory=list)


class GrantState(Record, frozen=True):
    """Who gave it, when (session µs; `at` Unix ms), and when it was taken back (Unix ms, 0 = never)."""

    grant: Grant
    giver: Person
    t: int
    at: int
    revoked_at: int = 0


class State(Record, frozen=True):
    """Fold of all events up to `seq`. Lists are in order of arrival, so the canonical form needs no sorting.
    `specialist` is who answered; `refused` whom it was rung in vain; `invitations` who is being asked to join,
    `invited` who accepted and may join; `departed` who was here and left, so that a chat line keeps its writer and a
    summary its people; `grants` whom it was opened to; `looking` all of looking together, `recording` what is kept of
    it. Times are µs on the session clock, -1 = not yet."""

    seq: int = 0
    status: Status = Status.REQUESTED
    requester: Person | None = None
    patient: Patient | None = None
    reason: str = ""
    urgency: Urgency = Urgency.ROUTINE
    department: str = ""
    ring: Ring | None = None
    specialist: Person | None = None
    refused: list[AccountId] = msgspec.field(default_factory=list)
    invitations: list[Invitation] = msgspec.field(default_factory=list)
    invited: list[AccountId] = msgspec.field(default_factory=list)
    opened_t: int = -1
    closed_t: int = -1
    close_reason: CloseReason | None = None
    close_text: str = ""
    participants: list[Presence] = msgspec.field(default_factory=list)
    departed: list[Presence] = msgspec.field(default_factory=list)
    tracks: list[TrackState] = msgspec.field(default_factory=list)
    chat: list[ChatLine] = msgspec.field(default_factory=list)
    opinions: list[SignedOpinion] = msgspec.field(default_factory=list)
    grants: list[GrantState] = msgspec.field(default_factory=list)
    looking: Looking = Looking()
    recording: Recording = Recording()
    next_participant: int = 1
    next_track: int = 1
