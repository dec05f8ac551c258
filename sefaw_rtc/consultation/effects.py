"""What a consultation wants done outside: the shell carries these out after it has logged and sent the events."""

from dataclasses import dataclass

from signalling.events import Person
from signalling.ids import AccountId, Mid, ParticipantId, TrackId
from signalling.looking import FrameKey
from signalling.vocabulary import CloseReason, Kind, Purpose, RecordingStatus


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring this specialist, on every connection it has. `timeout_ms`: what it is told; the heart keeps the time."""

    callee: Person
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class StopRing:
    """Stop ringing this account: answered, declined, timed out, cancelled."""

    callee: AccountId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class AddTrack:
    """What arrives on this m-section of the participant is this track: tell the plane, then assign slots."""

    participant: ParticipantId
    mid: Mid
    track: TrackId
    kind: Kind
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class RemoveTrack:
    """Take the track out of the plane, then assign slots."""

    participant: ParticipantId
    track: TrackId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class CloseMedia:
    """This participant is out: close its media and, after a `goodbye`, its connections."""

    participant: ParticipantId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class CloseAll:
    """The consultation is closed: close the room in the plane and the log."""

    reason: CloseReason


@dataclass(frozen=True, slots=True)
class MoveLead:
    """Somebody else leads, or nobody: tell the plane who may move what is shown, and under which epoch."""


@dataclass(frozen=True, slots=True)
class GrabFrame:
    """The publisher has no picture of its own for this still: take the frame from what was transmitted, then
    `handle_frozen` or `handle_freeze_failed`."""

    key: str
    frame: FrameKey


@dataclass(frozen=True, slots=True)
class SetRecording:
    """Journal the media of the room from here on, or not."""

    status: RecordingStatus


Effect = Ring | StopRing | AddTrack | RemoveTrack | CloseMedia | CloseAll | MoveLead | GrabFrame | SetRecording
