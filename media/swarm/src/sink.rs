//! What a viewer notes of each stream that it is sent: loss, delay, keyframes, and the reports that a browser makes.

use std::time::{Duration, Instant};

use sefaw_core::nack::{Arrival, NackQueue};
use sefaw_core::rtcp::{Reception, ReportBlock, build};

use crate::sdp::Kind;

/// Loopback; only sets how often a loss is asked for again.
const RTT: Duration = Duration::from_millis(10);

/// One received stream.
pub struct Sink {
    pub ssrc: u32,
    pub kind: Kind,
    reception: Reception,
    missing: NackQueue,
    newest: u64,
    pub count: Count,
}

/// Packets of a stream since the measured window began.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    first: Option<u64>,
    highest: u64,
    received: u64,
    pub recovered: u64,
}

impl Count {
    fn note(&mut self, index: u64) {
        let first = *self.first.get_or_insert(index);
        // A packet from before the window, reordered into it, belongs to neither.
        if index < first {
            return;
        }
        self.highest = self.highest.max(index);
        self.received += 1;
    }

    /// Packets that should have come by now and did not, by themselves.
    pub fn lost(&self) -> u64 {
        self.first.map_or(0, |first| (self.highest + 1 - first).saturating_sub(self.received))
    }
}

impl Sink {
    pub fn new(ssrc: u32, kind: Kind) -> Self {
        let clock_rate = match kind {
            Kind::Audio => 48_000,
            Kind::Video => 90_000,
        };
        Self {
            ssrc,
            kind,
            reception: Reception::new(clock_rate),
            missing: NackQueue::new(),
            newest: 0,
            count: Count::default(),
        }
    }

    pub fn on_packet(&mut self, now: Instant, index: u64, timestamp: u32) {
        self.reception.on_packet(now, index, timestamp);
        self.count.note(index);
        self.newest = self.newest.max(index);
        if self.kind == Kind::Video {
            self.missing.on_packet(now, index);
        }
    }

    /// A retransmission of the packet with this index.
    pub fn on_recovered(&mut self, now: Instant, index: u64) {
        if self.missing.on_packet(now, index) == Arrival::Recovered {
            self.count.recovered += 1;
        }
    }

    /// The nearest index to the newest packet's with these 16 bits.
    pub fn index_of(&self, sequence: u16) -> u64 {
        sefaw_core::serial::unwrap16(self.newest, sequence)
    }

    pub fn on_sender_report(&mut self, now: Instant, ntp: u64) {
        self.reception.on_sender_report(now, ntp);
    }

    pub fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        self.reception.report(now, self.ssrc)
    }

    /// Appends a NACK for what is missing; returns how many packets it asks for.
    pub fn nack(&mut self, now: Instant, sender_ssrc: u32, out: &mut Vec<u8>) -> u64 {
        let lost = self.missing.poll(now, RTT);
        build::nack(out, sender_ssrc, self.ssrc, lost);
        lost.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_lost_until_it_is_filled_in_time_or_recovered() {
        let now = Instant::now();
        let mut sink = Sink::new(5, Kind::Video);
        for index in [1000, 1001, 1004, 1003] {
            sink.on_packet(now, index, 0);
        }
        assert_eq!(sink.count.lost(), 1);
        sink.on_recovered(now, 1002);
        assert_eq!((sink.count.lost(), sink.count.recovered), (1, 1));
        sink.count = Count::default();
        assert_eq!(sink.count.lost(), 0);
        sink.on_packet(now, 1006, 0);
        sink.on_packet(now, 1005, 0);
        sink.on_packet(now, 1007, 0);
        assert_eq!(sink.count.lost(), 0);
    }
}
