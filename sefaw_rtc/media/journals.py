"""The engine port's part about media journals: what is to be recorded, and what the disk made of it.

Part of `port.py`, which exports all of it.
"""

from enum import StrEnum

from sefaw_rtc.media.figures import RoomId
from signalling.record import Tagged


class Record(Tagged, frozen=True):
    """Write the room's packets to `folder` (docs/journal.md), which is made if it is not there. `key`: the
    consultation's data key, 32 bytes. `segment`, `run`: the first numbers; `zero_ns`: what CLOCK_MONOTONIC showed at
    session time 0 (it may be negative), `started_unix_us` the wall clock then. This and the three that follow are
    answered by `Recording` once it is true on disk. A room that records goes on as it does."""

    room: RoomId
    folder: str
    consultation: str
    key: bytes
    segment: int
    run: int
    started_unix_us: int
    zero_ns: int

    def __repr__(self) -> str:
        """Without the key."""
        return f"Record(room={self.room}, segment={self.segment}, run={self.run})"


class PauseRecording(Tagged, frozen=True):
    room: RoomId


class ResumeRecording(Tagged, frozen=True):
    room: RoomId


class StopRecording(Tagged, frozen=True):
    """`CloseRoom` does so too."""

    room: RoomId


RecordingCommand = Record | PauseRecording | ResumeRecording | StopRecording


class RecordingState(StrEnum):
    ON = "on"
    PAUSED = "paused"
    OFF = "off"


class TroubleReason(StrEnum):
    """Why packets are left out of a journal."""

    SLOW = "slow"  # the disk is slower than what comes
    FULL = "full"
    FAILED = "failed"  # read-only, broken, gone


class Recording(Tagged, frozen=True):
    """What is true of a journal, on disk. `segment`: the one that is written, or would be next; `run` likewise."""

    room: RoomId
    state: RecordingState
    segment: int
    run: int


class JournalTrouble(Tagged, frozen=True):
    """Packets begin to be left out of the journal: `packets` so far."""

    room: RoomId
    reason: TroubleReason
    packets: int


class JournalBack(Tagged, frozen=True):
    """It is over: what was left out, between these session times in µs. A pause or an end of recording ends it too."""

    room: RoomId
    reason: TroubleReason
    packets: int
    t_from: int
    t_to: int


JournalEvent = Recording | JournalTrouble | JournalBack
