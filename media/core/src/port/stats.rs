//! Figures, once a second.

use serde::{Deserialize, Serialize};

use super::{PeerId, RoomId, TrackId};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    pub shard: u16,
    pub rooms: u32,
    pub peers: Vec<PeerStats>,
    pub tracks: Vec<TrackStats>,
    pub journals: Vec<JournalStats>,
    pub counters: Counters,
}

/// Cumulative since the peer joined, but for the momentary figures. Loss in 1/1000; -1 = not known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PeerStats {
    pub peer: PeerId,
    pub connected: bool,
    pub tcp: bool,
    pub rtt_ms: i32,
    pub up_loss: i32,
    pub up_kbps: u32,
    pub down_loss: i32,
    pub down_kbps: u32,
    pub jitter_ms: i32,
    pub packets_in: u64,
    pub packets_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub nacks_in: u64,
    pub nacks_out: u64,
    pub rtx_in: u64,
    pub rtx_out: u64,
    pub plis_in: u64,
    pub plis_out: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackStats {
    pub room: RoomId,
    pub track: TrackId,
    pub codec: String,
    pub packets: u64,
    pub bytes: u64,
    pub lost: u64,
    pub recovered: u64,
    pub keyframes: u64,
    pub frames: u64,
    pub jitter_ms: i32,
    /// Mean of the second, -dBov (0 loud … 127 silent), RFC 6464; -1 = not known.
    pub audio_level: i32,
    pub subscribers: u32,
}

/// Cumulative since the room's recording began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStats {
    pub room: RoomId,
    /// The one being written.
    pub segment: u32,
    /// RTP and RTCP packets written.
    pub packets: u64,
    /// Of the files.
    pub bytes: u64,
    /// Packets left out.
    pub dropped: u64,
    /// Everything up to this session time is on the disk, µs.
    pub synced_t: u64,
}

/// Cumulative since the shard started; names become metrics `sefaw_media_<name>_total`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub datagrams_in: u64,
    pub datagrams_out: u64,
    pub rtp_in: u64,
    pub rtp_forwarded: u64,
    pub rtcp_in: u64,
    pub rtcp_out: u64,
    pub rtx_out: u64,
    pub unroutable: u64,
    pub srtp_refused: u64,
    pub srtp_replayed: u64,
    pub malformed: u64,
    pub egress_dropped: u64,
    pub panics: u64,
    pub wakeups: u64,
    pub receive_calls: u64,
    pub send_calls: u64,
    pub tcp_connections: u64,
    pub tcp_refused: u64,
    /// Data-channel messages that came.
    pub fast_in: u64,
    /// Handed to a receiver's channel.
    pub fast_relayed: u64,
    /// From one who may not, of a lead that is not its own, or too many.
    pub fast_refused: u64,
    /// Overtaken by a newer one.
    pub fast_stale: u64,
    /// Packets copied for a journal.
    pub journal_packets: u64,
    /// Of them, those that the disk did not take.
    pub journal_dropped: u64,
}
