//! A peer: a participant's media half, one PeerConnection. Split by concern:
//! `receive` what it publishes · `send` what it watches · `feedback` what we tell it of its sending · `session` its SRTP
//! keys · `liveness` whether it is still there.

mod feedback;
mod liveness;
mod receive;
mod send;
mod session;
mod window;

use std::time::{Duration, Instant};

use str0m::IceCreds;

pub use feedback::Feedback;
pub use liveness::{Liveness, Verdict};
pub use receive::{Arrived, Receive, Refusal};
pub use send::{Carried, Outgoing, Send};
pub use session::Session;

use crate::connection::Connection;
use crate::fast::{Rate, Rights};
use crate::path::Path;
use crate::port::{PeerId, PeerKind, RoomId};
use crate::timers::PeerKey;

/// Until a round trip has been measured.
pub const ASSUMED_RTT: Duration = Duration::from_millis(100);

/// Cumulative figures of one peer.
#[derive(Debug, Default, Clone)]
pub struct PeerCounters {
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
    /// Bytes at the last `Stats`, for the momentary rates.
    pub bytes_in_before: u64,
    pub bytes_out_before: u64,
    /// Received and lost packets of its tracks at the last `Stats`.
    pub arrivals_before: (u64, u64),
}

pub struct Peer {
    pub key: PeerKey,
    pub id: PeerId,
    pub room: RoomId,
    pub kind: PeerKind,
    pub connection: Connection,
    pub credentials: IceCreds,
    /// The client's user fragment, to tell a restart from a trickled candidate.
    pub remote_ufrag: Option<String>,
    /// Valid beside the new ones after an ICE restart, until the first check under those.
    pub previous: Option<IceCreds>,
    pub path: Path,
    pub session: Option<Session>,
    pub receive: Receive,
    pub send: Send,
    pub feedback: Feedback,
    pub liveness: Liveness,
    pub rate: Rate,
    /// Binding requests.
    pub checks: Rate,
    /// What it may send on the data channels.
    pub rights: Rights,
    pub rtt: Option<Duration>,
    pub counters: PeerCounters,
    /// The timer entry that counts; others in the heap are stale.
    pub scheduled: Option<Instant>,
    #[cfg(test)]
    pub provoked: bool,
}

impl Peer {
    #[must_use]
    pub fn rtt(&self) -> Duration {
        self.rtt.unwrap_or(ASSUMED_RTT)
    }

    /// When this peer needs a call, leaving out what its tracks need.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        let mut at = self.connection.deadline().min(self.liveness.deadline());
        if self.session.is_some() && self.path.active().is_some() {
            at = self.feedback.deadline(&self.receive, self.rtt()).map_or(at, |due| at.min(due));
        }
        self.send.deadline().map_or(at, |due| at.min(due))
    }

    /// Test only: panic at the next datagram if told to.
    #[cfg(test)]
    #[allow(clippy::panic)]
    pub fn provoke(&self) {
        if self.provoked {
            panic!("provoked");
        }
    }
}
