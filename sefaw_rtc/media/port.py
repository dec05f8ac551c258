"""The engine port: what the server may ask of the media plane, and what it hears from it.

The twin of `media/core/src/port.rs`; both are held together by `tests/golden/engine_port.json`. Ids are numbers the
server gives out: rooms and peers for the life of the process, tracks within their room. Nothing here runs per packet.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from sefaw_rtc.media.figures import JournalStats, PeerId, PeerStats, RoomId, Stats, TrackStats
from sefaw_rtc.media.journals import (
    JournalBack,
    JournalEvent,
    JournalTrouble,
    PauseRecording,
    Record,
    Recording,
    RecordingCommand,
    RecordingState,
    ResumeRecording,
    StopRecording,
    TroubleReason,
)
from signalling.ids import Mid, TrackId
from signalling.record import Record as Plain
from signalling.record import Tagged
from signalling.vocabulary import Kind, Notice, Transport

__all__ = [
    "Assign",
    "ChannelsOpen",
    "CloseRoom",
    "Command",
    "Connected",
    "Direction",
    "Done",
    "EndReason",
    "Ended",
    "Event",
    "Fast",
    "FastFor",
    "FastRights",
    "FirstKeyframe",
    "FirstPacket",
    "Grab",
    "Grabbed",
    "IceConnected",
    "Join",
    "Joined",
    "JournalBack",
    "JournalEvent",
    "JournalStats",
    "JournalTrouble",
    "Leave",
    "MediaEngine",
    "MediaLine",
    "Offer",
    "PathChanged",
    "PauseRecording",
    "PeerEvent",
    "PeerId",
    "PeerKind",
    "PeerStats",
    "Publish",
    "Record",
    "Recording",
    "RecordingCommand",
    "RecordingState",
    "RefuseCode",
    "Refused",
    "Reply",
    "Restart",
    "Restarted",
    "ResumeRecording",
    "RoomId",
    "Shown",
    "Stats",
    "StopRecording",
    "Track",
    "TrackEvent",
    "TrackStats",
    "Trickle",
    "TroubleReason",
    "Unpublish",
    "VideoResumed",
    "VideoSuspended",
]


class PeerKind(StrEnum):
    WIRE = "wire"
    WHIP = "whip"
    WHEP = "whep"


class RefuseCode(StrEnum):
    SDP_MALFORMED = "sdp_malformed"
    NO_COMMON_CODEC = "no_common_codec"
    TOO_MANY = "too_many"
    UNKNOWN_PEER = "unknown_peer"
    UNKNOWN_TRACK = "unknown_track"
    NOT_KEPT = "not_kept"
    INTERNAL = "internal"


class EndReason(StrEnum):
    CLOSED = "closed"
    LEFT = "left"
    CONNECTION_LOST = "connection_lost"
    NETWORK_BLOCKED = "network_blocked"
    SECURITY_FAILED = "security_failed"
    TOO_SLOW = "too_slow"
    PROTOCOL_VIOLATION = "protocol_violation"
    INTERNAL_ERROR = "internal_error"


class Direction(StrEnum):
    IN = "in"  # the peer sends
    OUT = "out"  # the peer receives
    INACTIVE = "inactive"


class MediaLine(Plain, frozen=True):
    mid: Mid
    kind: Kind
    direction: Direction


# ---- commands ---------------------------------------------------------------------------------------------------


class Join(Tagged, frozen=True):
    request: int
    room: RoomId
    peer: PeerId
    kind: PeerKind
    offer: str
    pairs: list[tuple[Mid, int]]
    dtls13: bool


class Offer(Tagged, frozen=True):
    request: int
    peer: PeerId
    offer: str
    pairs: list[tuple[Mid, int]]


class Trickle(Tagged, frozen=True):
    request: int
    peer: PeerId
    fragment: str


class Restart(Tagged, frozen=True):
    """An ICE restart by fragment (RFC 9725 4.3); the same again gets the same answer."""

    request: int
    peer: PeerId
    fragment: str


class Publish(Tagged, frozen=True):
    """`rank`: where a link is too weak for all pictures, the highest is given up first. `keep`: what has come since the
    last keyframe is kept for `Grab`. `prompt`: whoever watches it wants each picture as soon as it can be had,
    rather than evenly."""

    peer: PeerId
    mid: Mid
    track: TrackId
    rank: int
    keep: bool = False
    prompt: bool = False


class Unpublish(Tagged, frozen=True):
    room: RoomId
    track: TrackId


class Assign(Tagged, frozen=True):
    peer: PeerId
    mid: Mid
    track: TrackId | None


class FastRights(Tagged, frozen=True):
    """Who may send on the fast lane. `sender`: its participant's number, written into every message it sends. `lead`:
    the epoch of the lead that it holds, 0 = none."""

    peer: PeerId
    send: bool
    sender: int
    lead: int = 0


class Fast(Tagged, frozen=True):
    peer: PeerId
    body: str


class Grab(Tagged, frozen=True):
    """The frame with this RTP timestamp as it was transmitted. A track that is not kept answers only for a second, and
    only if a keyframe lies in it."""

    request: int
    room: RoomId
    track: TrackId
    rtp: int


class Leave(Tagged, frozen=True):
    peer: PeerId
    reason: str


class CloseRoom(Tagged, frozen=True):
    room: RoomId
    reason: str


Command = (
    Join
    | Offer
    | Trickle
    | Restart
    | Publish
    | Unpublish
    | Assign
    | FastRights
    | Fast
    | Grab
    | Leave
    | CloseRoom
    | RecordingCommand
)

# ---- events -----------------------------------------------------------------------------------------------------


class Joined(Tagged, frozen=True):
    request: int
    peer: PeerId
    answer: str
    media: list[MediaLine]


class Refused(Tagged, frozen=True):
    request: int
    code: RefuseCode
    detail: str


class Done(Tagged, frozen=True):
    request: int


class Restarted(Tagged, frozen=True):
    """Our new ICE credentials; the old ones serve until the first check under these."""

    request: int
    fragment: str


class Grabbed(Tagged, frozen=True):
    """The frame `rtp` (the one asked for, or the nearest earlier one that is whole): all packets from the last keyframe
    on up to its end, in order, each with its frame's timestamp; payloads as RTP carries them."""

    request: int
    codec: str
    rtp: int
    packets: list[tuple[int, bytes]]


class IceConnected(Tagged, frozen=True):
    """The first authenticated check has come: there is a way to the peer. `ms` since the join command."""

    peer: PeerId
    transport: Transport
    ms: int


class Connected(Tagged, frozen=True):
    peer: PeerId
    transport: Transport
    dtls: str
    srtp: str
    ms: int


class PathChanged(Tagged, frozen=True):
    peer: PeerId
    transport: Transport


class ChannelsOpen(Tagged, frozen=True):
    peer: PeerId


class Track(Tagged, frozen=True):
    room: RoomId
    track: TrackId
    notice: Notice
    peer: PeerId | None


class FirstPacket(Tagged, frozen=True):
    """`ms` since the track was published."""

    room: RoomId
    track: TrackId
    ms: int


class FirstKeyframe(Tagged, frozen=True):
    """`ms` since the track was published."""

    room: RoomId
    track: TrackId
    ms: int


class Shown(Tagged, frozen=True):
    peer: PeerId
    mid: Mid
    track: TrackId
    ms: int


class VideoSuspended(Tagged, frozen=True):
    """The link to this peer carried no more than `kbps`: a picture or all of them wait, so that the sound goes on."""

    peer: PeerId
    kbps: int


class VideoResumed(Tagged, frozen=True):
    """A picture is tried again."""

    peer: PeerId
    kbps: int


class FastFor(Tagged, frozen=True):
    peer: PeerId
    sender: PeerId = msgspec.field(name="from")
    body: str


class Ended(Tagged, frozen=True):
    peer: PeerId
    reason: EndReason
    detail: str


PeerEvent = (
    IceConnected | Connected | PathChanged | ChannelsOpen | Shown | VideoSuspended | VideoResumed | FastFor | Ended
)
TrackEvent = Track | FirstPacket | FirstKeyframe
Reply = Joined | Done | Restarted | Grabbed
Event = Reply | Refused | PeerEvent | TrackEvent | JournalEvent | Stats


class MediaEngine(Protocol):
    """The plane as the server sees it. No method blocks; answers and news come through `listen`."""

    @property
    def addresses(self) -> Sequence[str]:
        """The media addresses, `host:port`, one per shard and family."""

    def submit(self, command: Command) -> None:
        """Hand a command down. Commands are carried out in order."""

    def listen(self, handler: Callable[[Event], None]) -> None:
        """Give every event to `handler`, on the loop, in order. Set once, before the first command."""

    async def close(self) -> None:
        """Stop the plane: peers get their close-notify, threads end."""
