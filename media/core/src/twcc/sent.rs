//! What left under which transport-wide number, so that a receiver's feedback says what its link carries: how much
//! arrived, which packets did not, and how long it waited on the way.

use crate::rtcp::Feedback;

/// Numbers remembered: over three seconds of a picture and a voice, and feedback comes every 50 to 100 ms. A power of two.
const REMEMBERED: usize = 1024;

/// abs-send-time counts 2^-18 s in 24 bits: 64 s.
const CYCLE: i64 = 1 << 24;
/// After a pause of half a cycle nobody knows which cycle it is.
const PAUSE_US: i64 = 32_000_000;

/// The packet that a transport-wide number stood for, as a NACK would name it; of a retransmission, the original.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Named {
    pub ssrc: u32,
    pub sequence: u16,
    /// Its transport-wide number, at this sending.
    pub transport: u16,
    /// The receiver said so; else nobody knows, and most of the like did arrive.
    pub surely_lost: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    named: Named,
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
    /// Feedback has spoken of what lies before.
    told: Option<u16>,
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

    /// The packet that (SSRC, sequence number) name left under [`SentLog::next`], `len` bytes long, at this abs-send-time.
    #[inline]
    pub fn sent(&mut self, (ssrc, sequence): (u32, u16), at: [u8; 3], len: usize) {
        if self.entries.is_empty() {
            self.entries = vec![Sent::default(); REMEMBERED];
        }
        let at = u32::from_be_bytes([0, at[0], at[1], at[2]]);
        let named = Named { ssrc, sequence, transport: self.next, surely_lost: false };
        let entry = Sent { named, len: len.min(usize::from(u16::MAX)) as u16, at };
        if let Some(place) = self.entries.get_mut(usize::from(self.next) % REMEMBERED) {
            *place = entry;
        }
        self.next = self.next.wrapping_add(1);
    }

    /// Each packet counts once, whatever is said of it later. A message may name 65,535 numbers: no more are looked at
    /// than can be known. `missing` gets those that did not arrive though a later one did.
    #[must_use]
    pub fn measure(&mut self, feedback: &Feedback<'_>, missing: &mut Vec<Named>) -> Measured {
        let mut measured = Measured::default();
        let mut open = missing.len();
        self.passed_over(feedback, missing);
        for (sequence, arrival) in feedback.packets().take(REMEMBERED) {
            let Some(Sent { named, len, at }) = self.take(sequence) else { continue };
            let Some(arrival) = arrival else {
                measured.lost += 1;
                missing.push(Named { surely_lost: true, ..named });
                continue;
            };
            open = missing.len();
            measured.arrived += 1;
            measured.bytes += u64::from(len);
            let wait = self.wait.of(at, arrival);
            measured.wait_us = Some(measured.wait_us.map_or(wait, |shortest| shortest.min(wait)));
        }
        missing.truncate(open);
        measured
    }

    /// A message was lost on its way to us: whether what it spoke of arrived is not known, and will not be told again.
    fn passed_over(&mut self, feedback: &Feedback<'_>, missing: &mut Vec<Named>) {
        let told = self.told.get_or_insert(feedback.base_sequence);
        let end = feedback.base_sequence.wrapping_add(feedback.count);
        if !crate::serial::newer16(*told, end) {
            self.give_up(feedback.base_sequence, missing);
            self.told = Some(end);
        }
    }

    /// Nothing will be told any more of what left before this number.
    pub fn give_up(&mut self, before: u16, missing: &mut Vec<Named>) {
        let Some(told) = self.told else { return };
        let gap = before.wrapping_sub(told);
        if usize::from(gap) < REMEMBERED {
            let unheard = (0..gap).filter_map(|offset| self.take(told.wrapping_add(offset)));
            missing.extend(unheard.map(|sent| sent.named));
            self.told = Some(before);
        }
    }

    fn take(&mut self, sequence: u16) -> Option<Sent> {
        let known = self.entries.get_mut(usize::from(sequence) % REMEMBERED);
        known.filter(|sent| sent.named.transport == sequence && sent.len > 0).map(std::mem::take)
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
            log.sent((1, n as u16), abs_send_time(Duration::from_millis(n * 10)), 1000);
            if let Some(delay) = delay(n) {
                recorder.on_packet(zero + Duration::from_millis(n * 10 + delay), sequence);
            }
        }
        let mut packet = Vec::new();
        recorder.poll(zero + Duration::from_secs(3600), 1, 2, &mut packet);
        let mut measured = Measured::default();
        for message in parse(&packet) {
            if let Ok(Rtcp::TransportCc(feedback)) = message {
                measured = log.measure(&feedback, &mut Vec::new());
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

    /// What a message misses that speaks of so many packets from this number on, all arrived but for these.
    fn missing(log: &mut SentLog, base: u16, count: u16, lost: &[u16]) -> Vec<u16> {
        let mut bytes = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        bytes.extend([base.to_be_bytes(), count.to_be_bytes(), [0, 0], [0, 0]].concat());
        for number in base..base + count {
            // A run of one.
            bytes.extend(if lost.contains(&number) { [0, 1] } else { [0x20, 1] });
        }
        bytes.extend((0..count).filter(|offset| !lost.contains(&(base + offset))).map(|_| 4));
        let padding = 4 - bytes.len() % 4;
        bytes.extend((0..padding).map(|_| padding as u8));
        bytes[0] |= 0x20;
        bytes[3] = (bytes.len() / 4 - 1) as u8;
        let mut missing = Vec::new();
        for message in parse(&bytes) {
            let Ok(Rtcp::TransportCc(feedback)) = message else { panic!("{message:?}") };
            let _ = log.measure(&feedback, &mut missing);
        }
        missing.into_iter().map(|named| named.sequence).collect()
    }

    #[test]
    #[allow(clippy::panic)]
    fn what_did_not_arrive_is_named_once_and_so_is_what_lost_feedback_spoke_of() {
        let mut log = SentLog::default();
        (0..50).for_each(|n| log.sent((1, 1000 + n), [0, 0, n as u8], 1000));
        assert_eq!(missing(&mut log, 0, 10, &[3, 9]), [1003], "nothing came after the last one: it may be on its way");
        assert_eq!(missing(&mut log, 0, 10, &[3]), [] as [u16; 0]);
        assert_eq!(missing(&mut log, 13, 7, &[]), [1010, 1011, 1012]);
        assert_eq!(missing(&mut log, 10, 3, &[]), [] as [u16; 0], "late, and named already");
        assert_eq!(missing(&mut log, 20, 5, &[22]), [1022]);
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
            assert_eq!(empty.measure(&feedback, &mut Vec::new()), Measured::default());
            assert_eq!(log.measure(&feedback, &mut Vec::new()), Measured::default(), "spoken of already");
        }
    }
}
