//! What is missing from an incoming stream, and when to ask for it (RFC 4585 6.2.1). Pure: takes the time, yields
//! sequence numbers.

use std::time::{Duration, Instant};

/// What a packet was to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The newest so far.
    New,
    /// It had been missing.
    Recovered,
    /// Neither: a duplicate, or given up before it came.
    Late,
}

/// Missing packets of one SSRC.
#[derive(Debug)]
pub struct NackQueue {
    due: Vec<u16>,
}

impl Default for NackQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl NackQueue {
    #[must_use]
    pub fn new() -> Self {
        NackQueue { due: Vec::new() }
    }

    /// A packet arrived, by itself or by RTX (`index` of the original then). A large jump forgets what was missing.
    pub fn on_packet(&mut self, now: Instant, index: u64) -> Arrival {
        let _ = (now, index);
        Arrival::New
    }

    /// The sequence numbers to ask for now, oldest first; each again after about a round trip, until it is given up.
    pub fn poll(&mut self, now: Instant, rtt: Duration) -> &[u16] {
        let _ = (now, rtt);
        &self.due
    }

    /// When [`NackQueue::poll`] next has something to say.
    #[must_use]
    pub fn poll_timeout(&self, rtt: Duration) -> Option<Instant> {
        let _ = rtt;
        None
    }

    /// Forget everything missing (a keyframe makes it needless).
    pub fn clear(&mut self) {
        self.due.clear();
    }

    /// Packets given up so far.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        0
    }
}
