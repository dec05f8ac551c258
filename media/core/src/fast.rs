//! The fast lane: pointers and views, at most one per (sender, kind) and 16 ms, the latest wins.
//!
//! A message begins with a fixed header (`docs/wire.md`), big endian: version u8 = 1, kind u8, epoch u16, counter u32,
//! sender u16, which the plane fills in. It reads nothing behind it. The value at rest is an event on the WebSocket; what is lost here is lost.

use std::time::{Duration, Instant};

use crate::port::PeerId;

pub const HEADER: usize = 10;
const SENDER: std::ops::Range<usize> = 8..10;
pub const VERSION: u8 = 1;

/// One display frame at 60 Hz: nobody sees more.
pub const COALESCE: Duration = Duration::from_millis(16);

/// Kinds in flight per room; a sender that invents more is out of line.
const MAX_PENDING: usize = 256;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub kind: u8,
    pub epoch: u16,
    pub counter: u32,
}

impl Header {
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Header> {
        let (&[version, kind, e0, e1, c0, c1, c2, c3, _, _], _) = message.split_first_chunk::<HEADER>()?;
        let (epoch, counter) = (u16::from_be_bytes([e0, e1]), u32::from_be_bytes([c0, c1, c2, c3]));
        (version == VERSION).then_some(Header { kind, epoch, counter })
    }

    /// The lane is unordered: an older message may come after a newer one.
    fn newer_than(self, other: Header) -> bool {
        let epoch = crate::serial::newer16(self.epoch, other.epoch);
        epoch || (self.epoch == other.epoch && crate::serial::newer32(self.counter, other.counter))
    }
}

/// The message with its sender written in; `None` if it has no header. Nobody speaks in another's name.
#[must_use]
pub fn sign(message: &[u8], sender: u16) -> Option<Vec<u8>> {
    Header::parse(message)?;
    let mut signed = message.to_vec();
    signed.get_mut(SENDER)?.copy_from_slice(&sender.to_be_bytes());
    Some(signed)
}

struct Entry {
    from: PeerId,
    newest: Header,
    relayed: Option<Instant>,
    body: Option<Vec<u8>>,
}

/// A room's messages on their way.
#[derive(Default)]
pub struct FastLane {
    entries: Vec<Entry>,
}

impl FastLane {
    /// Take a message. False if it is malformed, stale, or one kind too many.
    pub fn put(&mut self, from: PeerId, message: &[u8]) -> bool {
        let Some(header) = Header::parse(message) else { return false };
        let full = self.entries.len() >= MAX_PENDING;
        let known = self.entries.iter_mut().find(|entry| entry.from == from && entry.newest.kind == header.kind);
        match known {
            Some(entry) if header.newer_than(entry.newest) => {
                (entry.newest, entry.body) = (header, Some(message.to_vec()));
                true
            }
            Some(_) => false,
            None if !full => {
                self.entries.push(Entry { from, newest: header, relayed: None, body: Some(message.to_vec()) });
                true
            }
            None => false,
        }
    }

    /// When the next message is to go out.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        // A message that may go at once goes with the call that put it: only those wait that follow another.
        let waiting = self.entries.iter().filter(|entry| entry.body.is_some());
        waiting.filter_map(|entry| entry.relayed.map(|last| last + COALESCE)).min()
    }

    /// A message to relay now, and from whom.
    pub fn poll(&mut self, now: Instant) -> Option<(PeerId, Vec<u8>)> {
        let ready = |entry: &&mut Entry| {
            entry.body.is_some() && entry.relayed.is_none_or(|last| now.saturating_duration_since(last) >= COALESCE)
        };
        let entry = self.entries.iter_mut().find(ready)?;
        entry.relayed = Some(now);
        entry.body.take().map(|body| (entry.from, body))
    }

    /// A sender is gone; its counters start anew if it comes back.
    pub fn forget(&mut self, from: PeerId) {
        self.entries.retain(|entry| entry.from != from);
    }
}

/// Messages of one sender in the running second.
#[derive(Debug, Default)]
pub struct Rate {
    since: Option<Instant>,
    count: u32,
}

impl Rate {
    /// Count one more; how many there were in this second.
    pub fn count(&mut self, now: Instant) -> u32 {
        let fresh = self.since.is_none_or(|since| now.saturating_duration_since(since) >= Duration::from_secs(1));
        if fresh {
            (self.since, self.count) = (Some(now), 0);
        }
        self.count += 1;
        self.count
    }
}

/// Base64 as Python writes it (RFC 4648 4), for messages that travel by WebSocket.
pub mod base64 {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for index in 0..4 {
                let symbol = ALPHABET[(word >> (18 - 6 * index)) as usize & 63];
                out.push(if index <= chunk.len() { char::from(symbol) } else { '=' });
            }
        }
        out
    }

    #[must_use]
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let text = text.as_bytes();
        if !text.len().is_multiple_of(4) {
            return None;
        }
        let body = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
        let mut out = Vec::with_capacity(body.len() * 3 / 4);
        for chunk in body.chunks(4) {
            let mut word = 0u32;
            for symbol in chunk {
                word = word << 6 | ALPHABET.iter().position(|known| known == symbol)? as u32;
            }
            let bytes = (word << (6 * (4 - chunk.len()))).to_be_bytes();
            out.extend_from_slice(&bytes[1..chunk.len()]);
        }
        Some(out)
    }
}

#[cfg(test)]
#[path = "fast_tests.rs"]
mod tests;
