"""The state of a consultation as everybody sees it: what `fold.py` makes of the log, and what a snapshot carries."""

import msgspec

from signalling.events import Patient, Person
from signalling.ids import AccountId, Mid, ParticipantId, TrackId
from signalling.record import Record
from signalling.vocabulary import CloseReason, Kind, Purpose, Status, Urgency

CHAT_KEPT = 500  # messages in a snapshot: a long consultation's; older ones stay in the log


class Presence(Record, frozen=True):
    """One participant. `connected` False = the seat is kept for somebody who was cut off."""

    participant: ParticipantId
    person: Person
    connected: bool
    microphone: bool
    camera: bool
    joined_t: int


class TrackState(Record, frozen=True):
    track: TrackId
    participant: ParticipantId
    kind: Kind
    purpose: Purpose
    mid: Mid


class ChatLine(Record, frozen=True):
    seq: int
    t: int
    participant: ParticipantId
    key: str
    text: str


class Ring(Record, frozen=True):
    callee: Person
    started_t: int
    timeout_ms: int


class State(Record, frozen=True):
    """Fold of all events up to `seq`. Lists are in order of arrival, so the canonical form needs no sorting."""

    seq: int = 0
    status: Status = Status.REQUESTED
    requester: Person | None = None
    patient: Patient | None = None
    reason: str = ""
    urgency: Urgency = Urgency.ROUTINE
    ring: Ring | None = None
    refused: list[AccountId] = msgspec.field(default_factory=list)
    opened_t: int = -1
    closed_t: int = -1
    close_reason: CloseReason | None = None
    participants: list[Presence] = msgspec.field(default_factory=list)
    tracks: list[TrackState] = msgspec.field(default_factory=list)
    chat: list[ChatLine] = msgspec.field(default_factory=list)
    next_participant: int = 1
    next_track: int = 1
