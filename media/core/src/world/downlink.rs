//! A weak link toward a client.

use std::time::{Duration, Instant};

/// A bottleneck with a queue in front of it; what finds the queue full is lost.
#[derive(Debug, Clone, Copy)]
pub struct Downlink {
    pub kbps: u64,
    pub queue: Duration,
    /// When the last packet in the queue will have passed.
    pub free: Instant,
}

impl Downlink {
    /// When a datagram that comes now has passed; `None`: lost.
    pub fn pass(&mut self, now: Instant, len: usize) -> Option<Instant> {
        let start = self.free.max(now);
        if start - now > self.queue {
            return None;
        }
        self.free = start + Duration::from_micros(len as u64 * 8000 / self.kbps);
        Some(self.free)
    }
}
