//! Every bound of the plane, with its reason. Reaching one gives a typed refusal or a counted drop, never growth.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of one shard. `Default` suits one small server; `sefaw_rtc/config.py` may lower or raise them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Peers on one shard: memory (about 150 KiB each while media flows).
    pub peers_per_shard: usize,
    /// Peers in one room: fan-out, and so the time one packet takes.
    pub peers_per_room: usize,
    /// Tracks one peer may publish: a ring each.
    pub tracks_per_peer: usize,
    /// m-sections of an offer: each costs an answer section and a slot.
    pub sections_per_peer: usize,
    /// Bytes of an offer: the wire allows 64 KiB.
    pub sdp_bytes: usize,
    /// Incoming SSRCs of a peer at a time, with their statistics; the longest unheard makes room.
    /// (A published video track keeps at most 1,024 packets and one second for retransmissions: 1.5 MB.)
    pub ssrcs_per_peer: usize,
    /// SSRCs whose replay windows a peer's SRTP session keeps for good (forgetting one would allow replays): enough for
    /// a long call in which cameras are changed, few enough to scan.
    pub srtp_contexts: usize,
    /// Candidates in an offer or a trickle fragment. We never check them; a flood of them is a sign of abuse.
    pub candidates: usize,
    /// Addresses that may be bound to one peer at a time (interfaces × families × transports).
    pub routes_per_peer: usize,
    /// Packets replayed from the last keyframe to a new viewer: a burst a weak link can still take.
    pub replay_packets: usize,
    /// Largest state message.
    pub message_bytes: usize,
    /// Fast-lane messages of one sender in a second: a leader's at 30 Hz are 4 viewports × 3 kinds and its pointer, 390.
    pub fast_per_second: u32,
    /// Messages of one sender in a second beyond which it is closed as a flood.
    pub flood_per_second: u32,
    /// Bytes waiting in a peer's data channels; more is dropped (fast) or ends the peer (state).
    pub channel_backlog: usize,
    /// The egress arena between two flushes; what does not fit is dropped and counted.
    pub egress_bytes: usize,
    /// No authenticated packet for so long: the connection is lost.
    pub silence_ms: u64,
    /// Not connected so long after the join: the network is blocked.
    pub connect_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            peers_per_shard: 2000,
            peers_per_room: 200,
            tracks_per_peer: 8,
            sections_per_peer: 64,
            sdp_bytes: 64 * 1024,
            ssrcs_per_peer: 48,
            srtp_contexts: 512,
            candidates: 64,
            routes_per_peer: 8,
            replay_packets: 256,
            message_bytes: 16 * 1024,
            fast_per_second: 480,
            flood_per_second: 2000,
            channel_backlog: 256 * 1024,
            egress_bytes: 32 << 20,
            silence_ms: 12_000,
            connect_ms: 15_000,
        }
    }
}

impl Limits {
    #[must_use]
    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.silence_ms)
    }

    #[must_use]
    pub fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }
}
