//! Arrivals in, feedback messages out (3.1).

use super::chunks::{ChunkWriter, Status};
use crate::rtcp::{build, format, packet_type};
use crate::serial::unwrap16;
use std::time::{Duration, Instant};

/// Chromium's estimator works with anything from 50 to 200 ms; measured no difference in cost.
pub const INTERVAL: Duration = Duration::from_millis(50);
/// Feedback is due at once with so many unreported arrivals, which is as many as one message tells of.
const MAX_PER_MESSAGE: usize = 250;
/// Arrivals beyond these go unreported: nobody polls.
const MAX_ARRIVALS: usize = 1024;
/// A wider gap is a jump, not loss: the next message begins behind it.
const MAX_GAP: u64 = 1_000;
/// Statuses in one message: with [`MAX_PER_MESSAGE`] it stays below 1,000 bytes.
const MAX_STATUSES: u64 = 1_500;
/// Deltas count 250 µs; the reference time counts 256 of them.
const TICK_US: u128 = 250;
const TICKS_PER_REFERENCE: i64 = 256;

#[derive(Debug, Clone, Copy)]
struct Arrival {
    index: u64,
    /// since the recorder's start, in [`TICK_US`]
    tick: i64,
}

/// One per peer that negotiated transport-cc.
#[derive(Debug)]
pub struct TwccRecorder {
    start: Instant,
    highest: Option<u64>,
    /// unreported, in order of arrival; sorted by index while `draining`
    arrivals: Vec<Arrival>,
    oldest: Option<Instant>,
    draining: bool,
    /// all below has been reported, as received or lost
    reported: Option<u64>,
    feedback_count: u8,
}

impl TwccRecorder {
    /// `start` is the zero of the reference time.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        TwccRecorder {
            start,
            highest: None,
            arrivals: Vec::new(),
            oldest: None,
            draining: false,
            reported: None,
            feedback_count: 0,
        }
    }

    pub fn on_packet(&mut self, now: Instant, sequence: u16) {
        // A round of 2^16 in front leaves room for packets that come before the first.
        let index = self.highest.map_or(0x1_0000 | u64::from(sequence), |highest| unwrap16(highest, sequence));
        if self.arrivals.len() >= MAX_ARRIVALS {
            return;
        }
        self.highest = Some(self.highest.map_or(index, |highest| highest.max(index)));
        let tick = (now.saturating_duration_since(self.start).as_micros() / TICK_US) as i64;
        self.arrivals.push(Arrival { index, tick });
        // A caller that stopped polling early: what is left is to be sorted again.
        self.draining = false;
        self.oldest.get_or_insert(now);
    }

    /// When feedback is due: [`INTERVAL`] after the first unreported arrival, sooner when much has arrived.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let oldest = self.oldest?;
        Some(if self.arrivals.len() >= MAX_PER_MESSAGE { oldest } else { oldest + INTERVAL })
    }

    /// Append one feedback message to `out` if one is due. Call until `false`: much news takes several messages.
    pub fn poll(&mut self, now: Instant, sender_ssrc: u32, media_ssrc: u32, out: &mut Vec<u8>) -> bool {
        if !self.draining {
            if self.poll_timeout().is_none_or(|due| now < due) {
                return false;
            }
            self.arrivals.sort_by_key(|arrival| arrival.index);
            self.arrivals.dedup_by_key(|arrival| arrival.index);
            self.draining = true;
        }
        let Some(message) = self.next_message() else {
            self.draining = false;
            self.oldest = None;
            return false;
        };
        self.write(&message, sender_ssrc, media_ssrc, out);
        self.arrivals.drain(..message.arrivals);
        true
    }

    /// What the next message tells of: from where, and how many of the arrivals.
    fn next_message(&self) -> Option<Message> {
        let first = self.arrivals.first()?;
        let base = match self.reported {
            // what is missing since the last message is told now, unless it is a jump
            Some(reported) if first.index >= reported && first.index - reported <= MAX_GAP => reported,
            _ => first.index,
        };
        // Late packets are told of alone: a gap between them has been reported already.
        let late = self.reported.is_some_and(|reported| first.index < reported);
        let max_step = if late { 1 } else { MAX_GAP };
        let reference = first.tick.div_euclid(TICKS_PER_REFERENCE);
        let (mut index, mut tick, mut arrivals) = (first.index, reference * TICKS_PER_REFERENCE, 0);
        for arrival in self.arrivals.iter().take(MAX_PER_MESSAGE) {
            let fits = arrival.index - index <= max_step
                && arrival.index - base < MAX_STATUSES
                && i16::try_from(arrival.tick - tick).is_ok();
            if !fits {
                break;
            }
            (index, tick) = (arrival.index, arrival.tick);
            arrivals += 1;
        }
        Some(Message { base, reference, arrivals })
    }

    fn write(&mut self, message: &Message, sender_ssrc: u32, media_ssrc: u32, out: &mut Vec<u8>) {
        let arrivals = &self.arrivals[..message.arrivals];
        let Some(last) = arrivals.last() else {
            return;
        };
        let kind = packet_type::TRANSPORT_FEEDBACK;
        let start = build::feedback(out, kind, format::TRANSPORT_CC, sender_ssrc, media_ssrc);
        out.extend_from_slice(&(message.base as u16).to_be_bytes());
        out.extend_from_slice(&((last.index - message.base + 1) as u16).to_be_bytes());
        out.extend_from_slice(&(message.reference as u32).to_be_bytes()[1..]);
        out.push(self.feedback_count);
        write_chunks(out, message, arrivals);
        write_deltas(out, message, arrivals);
        let end = start + (out.len() - start).next_multiple_of(4);
        out.resize(end, 0);
        build::close(out, start);
        self.feedback_count = self.feedback_count.wrapping_add(1);
        self.reported = Some(self.reported.map_or(0, |reported| reported).max(last.index + 1));
    }
}

/// See `next_message`.
struct Message {
    base: u64,
    /// in 64 ms
    reference: i64,
    arrivals: usize,
}

/// Each arrival's distance from the one before it.
fn deltas(message: &Message, arrivals: &[Arrival]) -> impl Iterator<Item = i64> {
    let zero = message.reference * TICKS_PER_REFERENCE;
    let before = std::iter::once(zero).chain(arrivals.iter().map(|arrival| arrival.tick));
    arrivals.iter().zip(before).map(|(arrival, before)| arrival.tick - before)
}

fn write_chunks(out: &mut Vec<u8>, message: &Message, arrivals: &[Arrival]) {
    let mut chunks = ChunkWriter::new(out);
    let mut next = message.base;
    for (arrival, delta) in arrivals.iter().zip(deltas(message, arrivals)) {
        for _ in next..arrival.index {
            chunks.push(Status::Missing);
        }
        chunks.push(if u8::try_from(delta).is_ok() { Status::SmallDelta } else { Status::LargeDelta });
        next = arrival.index + 1;
    }
    chunks.finish();
}

fn write_deltas(out: &mut Vec<u8>, message: &Message, arrivals: &[Arrival]) {
    for delta in deltas(message, arrivals) {
        match u8::try_from(delta) {
            Ok(small) => out.push(small),
            Err(_) => out.extend_from_slice(&(delta as i16).to_be_bytes()),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
