"""The engine port's figures: what a shard says of itself once a second. Part of `port.py`, which exports all of it."""

import msgspec

from signalling.ids import TrackId
from signalling.record import Record, Tagged

RoomId = int
PeerId = int


class PeerStats(Record, frozen=True):
    peer: PeerId
    connected: bool
    tcp: bool
    rtt_ms: int
    up_loss: int
    up_kbps: int
    down_loss: int
    down_kbps: int
    jitter_ms: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    nacks_in: int
    nacks_out: int
    rtx_in: int
    rtx_out: int
    plis_in: int
    plis_out: int


class TrackStats(Record, frozen=True):
    room: RoomId
    track: TrackId
    codec: str
    packets: int
    bytes: int
    lost: int
    recovered: int
    keyframes: int
    frames: int
    jitter_ms: int
    audio_level: int
    subscribers: int


class JournalStats(Record, frozen=True):
    """Since the room's recording began: RTP and RTCP packets written, bytes of the files, packets left out, and the
    session time (µs) up to which everything is on the disk."""

    room: RoomId
    segment: int
    packets: int
    bytes: int
    dropped: int
    synced_t: int


class Stats(Tagged, frozen=True):
    shard: int
    rooms: int
    peers: list[PeerStats]
    tracks: list[TrackStats]
    counters: dict[str, int]
    journals: list[JournalStats] = msgspec.field(default_factory=list)
