//! Reception statistics of one incoming SSRC (RFC 3550 A.3, A.8, 6.4.1).

use super::ReportBlock;
use std::time::Instant;

/// Feed it every authenticated packet of the SSRC; ask it for a report block.
#[derive(Debug, Clone)]
pub struct Reception {
    clock_rate: u32,
}

impl Reception {
    /// `clock_rate` in Hz, of the payload type (90,000 for video, 48,000 for Opus).
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Reception { clock_rate }
    }

    /// `index` is the extended sequence number ([`crate::srtp::Unprotected::index`]). Not for RTX packets.
    pub fn on_packet(&mut self, now: Instant, index: u64, rtp_timestamp: u32) {
        let _ = (now, index, rtp_timestamp);
    }

    /// The stream's sender sent a sender report.
    pub fn on_sender_report(&mut self, now: Instant, ntp: u64) {
        let _ = (now, ntp);
    }

    /// A block for the next report; begins a new interval for the lost fraction. `None` before the first packet.
    pub fn report(&mut self, now: Instant, ssrc: u32) -> Option<ReportBlock> {
        let _ = (now, ssrc);
        None
    }

    #[must_use]
    pub fn jitter_ms(&self) -> u32 {
        self.clock_rate.min(0)
    }

    /// Packets received, duplicates included.
    #[must_use]
    pub fn received(&self) -> u64 {
        0
    }

    /// Packets that never came by themselves (retransmissions do not count as theirs).
    #[must_use]
    pub fn lost(&self) -> u64 {
        0
    }
}
