//! The fast lane: pointers and views, at most one per (sender, kind, lane) and 16 ms, the latest wins. What the leader
//! shows goes at once; where many point, their pointers go together, at most every 16 ms: a datagram each would cost
//! three times as much.
//!
//! A message begins with a fixed header (`docs/wire.md`), big endian: version u8 = 1, kind u8, lane u8, epoch u16,
//! counter u32, sender u16, which the plane fills in. It reads nothing behind it. The value at rest is an event on the
//! WebSocket; what is lost here is lost.

use std::time::{Duration, Instant};

use crate::port::PeerId;

pub const HEADER: usize = 11;
const SENDER: std::ops::Range<usize> = 9..11;
pub const VERSION: u8 = 1;

/// A datagram without fragmentation (`signalling/fast.py`).
pub const MAX_MESSAGE: usize = 1200;

/// Kinds that move what the leader shows: its alone, and only under the epoch of its lead.
const LEAD_KINDS: std::ops::Range<u8> = 2..16;

/// One display frame at 60 Hz: nobody sees more.
pub const COALESCE: Duration = Duration::from_millis(16);

/// (kind, lane) pairs of one sender: four viewports of three lead kinds, its pointer, and as many again.
const MAX_LANES: usize = 32;

/// Entries of a room: what sixteen people may have in use.
const MAX_ENTRIES: usize = 16 * MAX_LANES;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub kind: u8,
    pub lane: u8,
    pub epoch: u16,
    pub counter: u32,
}

impl Header {
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Header> {
        let (&[version, kind, lane, e0, e1, c0, c1, c2, c3, _, _], _) = message.split_first_chunk::<HEADER>()?;
        let (epoch, counter) = (u16::from_be_bytes([e0, e1]), u32::from_be_bytes([c0, c1, c2, c3]));
        (version == VERSION).then_some(Header { kind, lane, epoch, counter })
    }

    fn is_lead(self) -> bool {
        LEAD_KINDS.contains(&self.kind)
    }

    fn place(self) -> (u8, u8) {
        (self.kind, self.lane)
    }

    /// The channel is unordered: an older message may come after a newer one. A lead's messages are all of the lead
    /// that counts now ([`Rights::allow`]), so one of another epoch than before begins a lead.
    fn newer_than(self, other: Header) -> bool {
        let begins = self.is_lead() && self.epoch != other.epoch;
        begins || crate::serial::newer32(self.counter, other.counter)
    }
}

/// What a peer may send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights {
    /// The number others know it by; `None`: it may not send at all.
    pub sender: Option<u16>,
    /// The epoch of the lead that it holds; 0 = none.
    pub lead: u16,
}

impl Rights {
    #[must_use]
    pub fn allow(self, header: Header) -> bool {
        let leads = self.lead != 0 && header.epoch == self.lead;
        self.sender.is_some() && (leads || !header.is_lead())
    }
}

/// The message with its sender written in. Nobody speaks in another's name.
#[must_use]
pub fn sign(message: &[u8], sender: u16) -> Option<Vec<u8>> {
    let mut signed = message.to_vec();
    signed.get_mut(SENDER)?.copy_from_slice(&sender.to_be_bytes());
    Some(signed)
}

/// Whose message it is, once it is signed.
#[must_use]
pub fn sender(message: &[u8]) -> Option<u16> {
    let bytes = message.get(SENDER)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes))
}

struct Entry {
    from: PeerId,
    newest: Header,
    relayed: Option<Instant>,
    body: Option<Vec<u8>>,
}

impl Entry {
    /// What it follows: the last of its own, and, if the leader's picture does not hang on it, of all in the room.
    fn after(&self, gathered: Option<Instant>) -> Option<Instant> {
        if self.newest.is_lead() { self.relayed } else { self.relayed.max(gathered) }
    }

    fn is_due(&self, now: Instant, gathered: Option<Instant>) -> bool {
        let after = self.after(gathered);
        self.body.is_some() && after.is_none_or(|after| now.saturating_duration_since(after) >= COALESCE)
    }
}

/// A room's messages on their way.
#[derive(Default)]
pub struct FastLane {
    entries: Vec<Entry>,
    /// When pointers and the like went the last time.
    gathered: Option<Instant>,
}

impl FastLane {
    /// Take a message. False if it is stale, or of one kind and lane too many.
    pub fn put(&mut self, from: PeerId, header: Header, message: Vec<u8>) -> bool {
        let mine = |entry: &Entry| entry.from == from && entry.newest.place() == header.place();
        if let Some(entry) = self.entries.iter_mut().find(|entry| mine(entry)) {
            let newer = header.newer_than(entry.newest);
            if newer {
                (entry.newest, entry.body) = (header, Some(message));
            }
            return newer;
        }
        let full = self.entries.len() >= MAX_ENTRIES
            || self.entries.iter().filter(|entry| entry.from == from).count() >= MAX_LANES;
        if !full {
            self.entries.push(Entry { from, newest: header, relayed: None, body: Some(message) });
        }
        !full
    }

    /// When the next message is to go out.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        // A message that may go at once goes with the call that put it: only those wait that follow another.
        let waiting = self.entries.iter().filter(|entry| entry.body.is_some());
        waiting.filter_map(|entry| entry.after(self.gathered)).min().map(|after| after + COALESCE)
    }

    /// What is to be relayed now, and from whom.
    pub fn take(&mut self, now: Instant) -> Vec<(PeerId, Vec<u8>)> {
        let mut due = Vec::new();
        let gathered = self.gathered;
        for entry in self.entries.iter_mut().filter(|entry| entry.is_due(now, gathered)) {
            entry.relayed = Some(now);
            if !entry.newest.is_lead() {
                self.gathered = Some(now);
            }
            due.extend(entry.body.take().map(|body| (entry.from, body)));
        }
        due
    }

    /// What a sender may has changed: what waits and is no longer allowed does not go out.
    pub fn restrict(&mut self, from: PeerId, rights: Rights) {
        for entry in self.entries.iter_mut().filter(|entry| entry.from == from && !rights.allow(entry.newest)) {
            entry.body = None;
        }
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
        let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let mut word = [0; 4];
            word[1..=chunk.len()].copy_from_slice(chunk);
            let word = u32::from_be_bytes(word);
            let mut symbols = [18, 12, 6, 0].map(|shift| ALPHABET[(word >> shift) as usize & 63]);
            symbols[chunk.len() + 1..].fill(b'=');
            out.extend(symbols);
        }
        String::from_utf8(out).unwrap_or_default()
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
