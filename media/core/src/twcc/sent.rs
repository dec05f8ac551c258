//! What left under which transport-wide number, so that a receiver's feedback says what its link carries: how much
//! arrived, how much did not, and how long it waited on the way.

use crate::rtcp::Feedback;

/// Numbers remembered: over three seconds of a picture and a voice, and feedback comes every 50 to 100 ms. A power of two.
const REMEMBERED: usize = 1024;

/// abs-send-time counts 2^-18 s in 24 bits: 64 s.
const CYCLE: i64 = 1 << 24;
/// After a pause of half a cycle nobody knows which cycle it is.
const PAUSE_US: i64 = 32_000_000;

#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    sequence: u16,
    /// Bytes; 0 = unused, or spoken of already.
    len: u16,
    /// abs-send-time of its leaving.
    at: u32,
}

/// What one feedback message told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    pub arrived: u32,
    pub lost: u32,
    /// Of what arrived.
    pub bytes: u64,
    /// The shortest wait of a packet in queues on the way, beyond the shortest ever seen lately; `None` = nothing arrived.
    pub wait_us: Option<u64>,
}

/// One per peer that watches. Empty until the first numbered packet.
#[derive(Debug, Default)]
pub struct SentLog {
    next: u16,
    entries: Vec<Sent>,
    wait: Wait,
}

impl SentLog {
    /// The number of the next packet.
    #[inline]
    #[must_use]
    pub fn next(&self) -> u16 {
        self.next
    }

    /// A packet left under [`SentLog::next`], `len` bytes long, at this abs-send-time.
    #[inline]
    pub fn sent(&mut self, at: [u8; 3], len: usize) {
        if self.entries.is_empty() {
            self.entries = vec![Sent::default(); REMEMBERED];
        }
        let at = u32::from_be_bytes([0, at[0], at[1], at[2]]);
        let entry = Sent { sequence: self.next, len: len.min(usize::from(u16::MAX)) as u16, at };
        if let Some(place) = self.entries.get_mut(usize::from(self.next) % REMEMBERED) {
            *place = entry;
        }
        self.next = self.next.wrapping_add(1);
    }

    /// Each packet counts once, whatever is said of it later. A message may name 65,535 numbers: no more are looked at
    /// than can be known.
    #[must_use]
    pub fn measure(&mut self, feedback: &Feedback<'_>) -> Measured {
        let mut measured = Measured::default();
        for (sequence, arrival) in feedback.packets().take(REMEMBERED) {
            let known = self.entries.get_mut(usize::from(sequence) % REMEMBERED);
            let Some(sent) = known.filter(|sent| sent.sequence == sequence && sent.len > 0) else { continue };
            let Sent { len, at, .. } = std::mem::take(sent);
            let Some(arrival) = arrival else {
                measured.lost += 1;
                continue;
            };
            measured.arrived += 1;
            measured.bytes += u64::from(len);
            let wait = self.wait.of(at, arrival);
            measured.wait_us = Some(measured.wait_us.map_or(wait, |shortest| shortest.min(wait)));
        }
        measured
    }
}

/// How long packets wait on the way, from two clocks that do not know each other: differences of differences, and the
/// least of them as zero. The least is forgotten after a while, because clocks drift.
#[derive(Debug, Default)]
struct Wait {
    last: Option<(u32, i64)>,
    /// Arrival minus departure since the first packet, µs.
    total: i64,
    /// The least of this span and of the one before.
    least: (i64, i64),
    /// Arrival at which this span began.
    since: i64,
}

/// 100 ppm of drift make 6 ms in it.
const SPAN_US: i64 = 60_000_000;

impl Wait {
    fn of(&mut self, at: u32, arrival: i64) -> u64 {
        let near = |(_, before): &(u32, i64)| (arrival - before).abs() < PAUSE_US;
        let Some((at_before, arrival_before)) = self.last.replace((at, arrival)).filter(near) else {
            *self = Wait { last: self.last, since: arrival, ..Wait::default() };
            return 0;
        };
        let ticks = (i64::from(at) - i64::from(at_before)).rem_euclid(CYCLE);
        // More than half a cycle is a step back: packets that overtook each other.
        let ticks = if ticks > CYCLE / 2 { ticks - CYCLE } else { ticks };
        let departed = (ticks * 1_000_000) >> 18;
        self.total += (arrival - arrival_before) - departed;
        if (arrival - self.since).abs() > SPAN_US {
            (self.since, self.least) = (arrival, (self.total, self.least.0));
        }
        self.least.0 = self.least.0.min(self.total);
        (self.total - self.least.0.min(self.least.1)).unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{Rtcp, parse};
    use crate::rtp::extensions::abs_send_time;
    use crate::twcc::TwccRecorder;
    use std::time::{Duration, Instant};

    /// Send packets of 1,000 bytes every 10 ms, each arriving after `delay(n)` ms or never; what the feedback tells.
    fn measure(log: &mut SentLog, from: u64, count: u64, delay: impl Fn(u64) -> Option<u64>) -> Measured {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        let mut recorder = TwccRecorder::new(zero);
        for n in from..from + count {
            let sequence = log.next();
            log.sent(abs_send_time(Duration::from_millis(n * 10)), 1000);
            if let Some(delay) = delay(n) {
                recorder.on_packet(zero + Duration::from_millis(n * 10 + delay), sequence);
            }
        }
        let mut packet = Vec::new();
        recorder.poll(zero + Duration::from_secs(3600), 1, 2, &mut packet);
        let mut measured = Measured::default();
        for message in parse(&packet) {
            if let Ok(Rtcp::TransportCc(feedback)) = message {
                measured = log.measure(&feedback);
            }
        }
        measured
    }

    #[test]
    fn arrivals_losses_and_waits_are_told() {
        let mut log = SentLog::default();
        let even = measure(&mut log, 0, 50, |_| Some(30));
        assert_eq!((even.arrived, even.lost, even.bytes), (50, 0, 50_000));
        assert!(even.wait_us.unwrap_or(9999) < 500, "{even:?}");
        let some = measure(&mut log, 50, 50, |n| (n % 5 != 0).then_some(30));
        assert_eq!((some.arrived, some.lost), (40, 9), "the first lost one lies before the feedback's first");
    }

    #[test]
    fn a_standing_queue_is_seen_and_a_jumping_packet_is_not() {
        let mut log = SentLog::default();
        let _ = measure(&mut log, 0, 20, |_| Some(30));
        let standing = measure(&mut log, 20, 20, |_| Some(830));
        assert!(standing.wait_us.is_some_and(|wait| (795_000..805_000).contains(&wait)), "{standing:?}");
        let jumping = measure(&mut log, 40, 20, |n| Some(if n % 2 == 0 { 30 } else { 400 }));
        assert!(jumping.wait_us.is_some_and(|wait| wait < 5_000), "{jumping:?}");
    }

    #[test]
    fn a_pause_of_any_length_is_no_queue() {
        let mut log = SentLog::default();
        for from in [0, 2_000, 9_000, 16_000] {
            let told = measure(&mut log, from, 20, |_| Some(30));
            assert!(told.wait_us.is_some_and(|wait| wait < 1_000), "after {from}: {told:?}");
        }
    }

    #[test]
    fn repeated_or_foreign_feedback_counts_nothing() {
        let mut log = SentLog::default();
        let _ = measure(&mut log, 0, 20, |_| Some(30));
        log.next = 0;
        let mut other = SentLog { next: 5000, ..SentLog::default() };
        log.next = 20;
        let foreign = measure(&mut other, 0, 20, |_| Some(30));
        assert_eq!(foreign.arrived, 20);
        let mut empty = SentLog::default();
        let zero = {
            #[allow(clippy::disallowed_methods)] // the zero of a test
            Instant::now()
        };
        let mut recorder = TwccRecorder::new(zero);
        (0..20).for_each(|sequence| recorder.on_packet(zero, sequence));
        let mut packet = Vec::new();
        recorder.poll(zero + Duration::from_secs(1), 1, 2, &mut packet);
        for message in parse(&packet) {
            let Ok(Rtcp::TransportCc(feedback)) = message else { continue };
            assert_eq!(empty.measure(&feedback), Measured::default());
            assert_eq!(log.measure(&feedback), Measured::default(), "spoken of already");
        }
    }
}
