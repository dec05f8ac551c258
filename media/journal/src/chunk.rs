//! A chunk: the entries of at most half a second, in the clear. Sans-IO: times are the session's, in microseconds.

use std::collections::BTreeMap;

use crate::entry::{self, Dropped, Entry, Kind, OVERHEAD, Reason, RunInfo};

/// A chunk ends when it is so old: what a crash can cost. Two of them, and the time that a disk takes to sync, fit into a
/// second, which is what a power cut can cost.
pub const MAX_AGE_US: u64 = 400_000;

/// A chunk ends before it becomes larger: what is encrypted at once.
pub const MAX_BYTES: usize = 256 * 1024;

const T0: usize = 8;

/// `t0 u64 LE · entry*`. The buffer is used again and again.
#[derive(Debug, Default)]
pub struct Chunk {
    bytes: Vec<u8>,
    t0: u64,
    last: u64,
}

impl Chunk {
    /// An empty chunk in this buffer.
    #[must_use]
    pub fn new(mut buffer: Vec<u8>, t0: u64) -> Chunk {
        buffer.clear();
        buffer.extend_from_slice(&t0.to_le_bytes());
        Chunk { bytes: buffer, t0, last: t0 }
    }

    #[must_use]
    pub fn t0(&self) -> u64 {
        self.t0
    }

    /// The time of the last entry.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.len() <= T0
    }

    /// The plaintext.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The buffer, to be used again.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// Is it too old at `t`, or too full for a body of so many bytes?
    #[must_use]
    pub fn is_full(&self, t: u64, body: usize) -> bool {
        t.saturating_sub(self.t0) >= MAX_AGE_US || self.bytes.len() + OVERHEAD + body > MAX_BYTES
    }

    pub fn run(&mut self, t: u64, run: u32, info: &RunInfo) {
        let json = serde_json::to_vec(info).unwrap_or_default();
        self.put(t, Kind::Run, u64::from(run), &json);
    }

    /// The packet as it is to be read: without padding, so without the bit that promises some (RFC 3550 5.1).
    #[inline]
    pub fn rtp(&mut self, t: u64, run: u32, packet: &[u8]) {
        self.put(t, Kind::Rtp, u64::from(run), packet);
        let start = self.bytes.len() - packet.len();
        if let Some(first) = self.bytes.get_mut(start) {
            *first &= !0x20;
        }
    }

    pub fn rtcp(&mut self, t: u64, peer: u64, packet: &[u8]) {
        self.put(t, Kind::Rtcp, peer, packet);
    }

    pub fn fast(&mut self, t: u64, sender: u16, message: &[u8]) {
        self.put(t, Kind::Fast, u64::from(sender), message);
    }

    pub fn dropped(&mut self, t: u64, dropped: Dropped) {
        let dt = self.dt(t);
        entry::put_dropped(&mut self.bytes, dt, dropped);
    }

    pub fn end(&mut self, t: u64, run: u32) {
        self.put(t, Kind::End, u64::from(run), &[]);
    }

    #[inline]
    fn put(&mut self, t: u64, kind: Kind, number: u64, rest: &[u8]) {
        let dt = self.dt(t);
        entry::put(&mut self.bytes, kind, dt, number, rest);
    }

    /// Time never goes back within a chunk.
    #[inline]
    fn dt(&mut self, t: u64) -> u64 {
        let dt = t.saturating_sub(self.last);
        self.last += dt;
        dt
    }
}

/// The entries of a plaintext with their times. `None` in place of an entry: the rest is none.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    t: u64,
}

impl<'a> Entries<'a> {
    /// `None`: not even a time.
    #[must_use]
    pub fn of(plaintext: &'a [u8]) -> Option<Entries<'a>> {
        let (t0, rest) = plaintext.split_first_chunk::<T0>()?;
        Some(Entries { rest, t: u64::from_le_bytes(*t0) })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Option<(u64, Entry<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let taken = entry::take(self.rest).and_then(|(dt, entry, rest)| Some((self.t.checked_add(dt)?, entry, rest)));
        let Some((t, entry, rest)) = taken else {
            self.rest = &[];
            return Some(None);
        };
        (self.t, self.rest) = (t, rest);
        Some(Some((t, entry)))
    }
}

/// What is not in the journal, by run and reason; what had been dropped before counts on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Losses(BTreeMap<(u32, Reason), (u64, u64)>);

impl Losses {
    /// The chunk is lost: count its packets. How many those are, without what it says was lost before.
    pub fn add_chunk(&mut self, plaintext: &[u8], reason: Reason) -> u64 {
        let mut lost = 0;
        for (_, entry) in Entries::of(plaintext).into_iter().flatten().flatten() {
            let (run, bytes) = match entry {
                Entry::Rtp { run, packet } => (run, packet),
                Entry::Rtcp { packet, .. } => (0, packet),
                Entry::Fast { message, .. } => (0, message),
                Entry::Dropped(Dropped { run, reason, packets, bytes }) => {
                    self.add(run, reason, packets, bytes);
                    continue;
                }
                Entry::Run { .. } | Entry::End { .. } | Entry::Unknown { .. } => continue,
            };
            self.add(run, reason, 1, bytes.len() as u64);
            lost += 1;
        }
        lost
    }

    fn add(&mut self, run: u32, reason: Reason, packets: u64, bytes: u64) {
        let sum = self.0.entry((run, reason)).or_default();
        *sum = (sum.0.saturating_add(packets), sum.1.saturating_add(bytes));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Dropped> {
        self.0.iter().map(|(&(run, reason), &(packets, bytes))| Dropped { run, reason, packets, bytes })
    }
}
