//! What the swarm counts. Cleared when the measured window begins.

use serde::Serialize;

use crate::histogram::Histogram;

#[derive(Default, Serialize)]
pub struct Tally {
    /// Media packets that publishers wrote.
    pub sent: u64,
    /// Media packets that viewers authenticated: what the server forwarded.
    pub received: u64,
    pub received_bytes: u64,
    pub received_rtx: u64,
    pub keyframes: u64,
    pub keyframe_requests: u64,
    /// Packets asked for again by viewers, and packets that publishers sent again.
    pub nacked: u64,
    pub retransmitted: u64,
    pub transport_feedback: u64,
    pub rtcp_sent: u64,
    pub rtcp_received: u64,
    pub rtcp_refused: u64,
    pub rtcp_malformed: u64,
    pub refused: u64,
    pub before_keys: u64,
    pub unknown_payload: u64,
    pub foreign: u64,
    /// From the publisher's stamp to the kernel's receive time at the viewer.
    #[serde(skip)]
    pub delay: Delay,
    /// How late frames left, by their own timetable.
    #[serde(skip)]
    pub lateness: Delay,
}

pub struct Delay(pub Histogram);

impl Default for Delay {
    fn default() -> Self {
        Self(Histogram::new())
    }
}
