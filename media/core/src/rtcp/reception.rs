//! Reception statistics of one incoming SSRC (RFC 3550 A.3, A.8, 6.4.1).

use super::ReportBlock;
use crate::serial::diff32;
use std::time::{Duration, Instant};

/// A jump further ahead is a restarted sender, not loss (RFC 3550 A.1, MAX_DROPOUT).
const MAX_DROPOUT: u64 = 3_000;

/// Feed it every authenticated packet of the SSRC; ask it for a report block.
#[derive(Debug, Clone)]
pub struct Reception {
    clock_rate: u32,
    sequence: Option<Sequence>,
    /// Lost before the last restart of the sequence.
    lost_before: u64,
    jitter: Jitter,
    /// NTP time of the last sender report and when it came.
    sender_report: Option<(u64, Instant)>,
    /// The worst loss (1/256) that receivers behind us reported, and when.
    onward: Option<(u8, Instant)>,
}

/// Browsers report on sound every five seconds: a milder report replaces a worse one after that, and what nobody repeats
/// is forgotten.
/// A quarter, in 1/256: Opus' redundancy helps against no more, and one bad listener shall not spoil the sound of all.
const ONWARD_MOST: u8 = 64;
const ONWARD_REPLACED: Duration = Duration::from_secs(4);
const ONWARD_FRESH: Duration = Duration::from_secs(12);

/// One unbroken run of sequence numbers.
#[derive(Debug, Clone, Copy)]
struct Sequence {
    base: u64,
    highest: u64,
    received: u64,
    /// at the last report
    expected_prior: u64,
    received_prior: u64,
}

impl Sequence {
    fn first(index: u64) -> Self {
        Sequence { base: index, highest: index, received: 1, expected_prior: 0, received_prior: 0 }
    }

    fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    fn lost(&self) -> i64 {
        self.expected().cast_signed() - self.received.cast_signed()
    }

    /// In 1/256 since the last call (RFC 3550 A.3).
    fn fraction_lost(&mut self) -> u8 {
        let expected = self.expected() - self.expected_prior;
        let received = self.received - self.received_prior;
        self.expected_prior = self.expected();
        self.received_prior = self.received;
        match expected.checked_sub(received) {
            None | Some(0) => 0,
            Some(lost) => (lost * 256 / expected).min(255) as u8,
        }
    }
}

impl Reception {
    /// `clock_rate` in Hz, of the payload type (90,000 for video, 48,000 for Opus).
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Reception {
            clock_rate: clock_rate.max(1),
            sequence: None,
            lost_before: 0,
            jitter: Jitter::default(),
            sender_report: None,
            onward: None,
        }
    }

    /// `index` is the extended sequence number ([`crate::srtp::Unprotected::index`]). Not for RTX packets.
    pub fn on_packet(&mut self, now: Instant, index: u64, rtp_timestamp: u32) {
        match &mut self.sequence {
            Some(run) if index <= run.highest.saturating_add(MAX_DROPOUT) => {
                run.received += 1;
                run.base = run.base.min(index); // the very first packet may have come out of order
                run.highest = run.highest.max(index);
            }
            _ => {
                self.lost_before = self.lost();
                self.sequence = Some(Sequence::first(index));
                self.jitter.restart();
            }
        }
        self.jitter.on_packet(now, rtp_timestamp, self.clock_rate);
    }

    /// The stream's sender sent a sender report.
    pub fn on_sender_report(&mut self, now: Instant, ntp: u64) {
        self.sender_report = Some((ntp, now));
    }

    /// A receiver behind us reported this loss (1/256): the worst one counts while it is fresh.
    pub fn on_onward_loss(&mut self, now: Instant, lost: u8) {
        let lost = lost.min(ONWARD_MOST);
        let stale = |at: Instant| now.saturating_duration_since(at) >= ONWARD_REPLACED;
        if self.onward.is_none_or(|(worst, at)| lost >= worst || stale(at)) {
            self.onward = Some((lost, now));
        }
    }

    fn onward_loss(&self, now: Instant) -> u8 {
        self.onward.filter(|(_, at)| now.saturating_duration_since(*at) < ONWARD_FRESH).map_or(0, |(lost, _)| lost)
    }

    /// A block for the next report; begins a new interval for the lost fraction. `None` before the first packet.
    pub fn report(&mut self, now: Instant, ssrc: u32) -> Option<ReportBlock> {
        let onward = self.onward_loss(now);
        let run = self.sequence.as_mut()?;
        let lost = run.lost().saturating_add_unsigned(self.lost_before);
        let (ntp, delay) = match self.sender_report {
            Some((ntp, at)) => ((ntp >> 16) as u32, now.saturating_duration_since(at)),
            None => (0, Duration::ZERO),
        };
        Some(ReportBlock {
            ssrc,
            fraction_lost: run.fraction_lost().max(onward),
            cumulative_lost: lost.clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest_sequence: run.highest as u32,
            jitter: self.jitter.units(),
            last_sender_report: ntp,
            delay_since_last_sender_report: (delay.as_nanos() * 65_536 / 1_000_000_000).min(0xFFFF_FFFF) as u32,
        })
    }

    #[must_use]
    pub fn jitter_ms(&self) -> u32 {
        (u64::from(self.jitter.units()) * 1_000 / u64::from(self.clock_rate)) as u32
    }

    /// Packets received, late ones included, since the sender last restarted.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.sequence.map_or(0, |run| run.received)
    }

    /// Packets that never came by themselves (a retransmission does not count).
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost_before + self.sequence.map_or(0, |run| run.lost().max(0).cast_unsigned())
    }
}

/// Interarrival jitter (RFC 3550 A.8).
#[derive(Debug, Clone, Default)]
struct Jitter {
    /// arrival and RTP timestamp of the previous packet
    last: Option<(Instant, u32)>,
    /// in 1/16 of a clock unit
    estimate: u64,
}

impl Jitter {
    fn restart(&mut self) {
        self.last = None;
    }

    fn on_packet(&mut self, now: Instant, timestamp: u32, clock_rate: u32) {
        if let Some((before, previous)) = self.last {
            if previous == timestamp {
                return; // another packet of the same frame: it says nothing about the network's rhythm
            }
            let waited = now.saturating_duration_since(before).as_micros() as i64;
            let transit =
                waited.saturating_mul(i64::from(clock_rate)) / 1_000_000 - i64::from(diff32(timestamp, previous));
            // a stopped or reset clock is no jitter: at most a second of it
            let distance = transit.unsigned_abs().min(u64::from(clock_rate));
            self.estimate = self.estimate + distance - ((self.estimate + 8) >> 4);
        }
        self.last = Some((now, timestamp));
    }

    fn units(&self) -> u32 {
        (self.estimate >> 4) as u32
    }
}
