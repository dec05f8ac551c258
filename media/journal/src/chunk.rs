//! A chunk: the entries of at most half a second, in the clear. Sans-IO: times are the session's, in microseconds.

use std::collections::BTreeMap;

use crate::entry::{self, Dropped, Entry, Kind, OVERHEAD, Reason, RunInfo};
use crate::frame::FRAME;
use crate::keys::TAG;

/// A chunk ends when it is so old: what a crash can cost. Two of them, and the time that a disk takes to sync, fit into a
/// second, which is what a power cut can cost.
pub const MAX_AGE_US: u64 = 400_000;

/// A chunk ends before it becomes larger: what is encrypted at once.
pub const MAX_BYTES: usize = 256 * 1024;

const T0: usize = 8;

/// `t0 u64 LE · entry*`. The buffer is used again and again; what makes a record of it has its place there already.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Room for a frame, then the plaintext.
    record: Vec<u8>,
    t0: u64,
    last: u64,
    packets: u32,
    tells_of_runs: bool,
}

impl Chunk {
    /// An empty chunk in this buffer.
    #[must_use]
    pub fn new(mut buffer: Vec<u8>, t0: u64) -> Chunk {
        buffer.clear();
        // At once: a buffer that grows is copied each time. Memory that is never written to costs none.
        buffer.reserve(FRAME + MAX_BYTES + TAG);
        buffer.extend_from_slice(&[0; FRAME]);
        buffer.extend_from_slice(&t0.to_le_bytes());
        Chunk { record: buffer, t0, last: t0, packets: 0, tells_of_runs: false }
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
        self.bytes().len() <= T0
    }

    /// The plaintext.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.record.get(FRAME..).unwrap_or_default()
    }

    /// RTP and RTCP.
    #[must_use]
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// Does a run begin or end in it?
    #[must_use]
    pub fn tells_of_runs(&self) -> bool {
        self.tells_of_runs
    }

    /// Room for a frame and the plaintext, to be sealed in their place. No chunk any more until they are opened again.
    pub(crate) fn record(&mut self) -> &mut Vec<u8> {
        &mut self.record
    }

    /// Into memory of its own size; the buffer, to be used again.
    #[must_use]
    pub(crate) fn fit(&mut self) -> Vec<u8> {
        let mut fitting = Vec::with_capacity(self.record.len() + TAG);
        fitting.extend_from_slice(&self.record);
        std::mem::replace(&mut self.record, fitting)
    }

    /// The buffer, to be used again.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.record
    }

    /// Is it too old at `t`, or too full for a body of so many bytes?
    #[must_use]
    pub fn is_full(&self, t: u64, body: usize) -> bool {
        t.saturating_sub(self.t0) >= MAX_AGE_US || self.bytes().len() + OVERHEAD + body > MAX_BYTES
    }

    pub fn run(&mut self, t: u64, run: u32, info: &RunInfo) {
        let json = serde_json::to_vec(info).unwrap_or_default();
        self.put(t, Kind::Run, u64::from(run), &json);
        self.tells_of_runs = true;
    }

    /// The packet as it is to be read: without padding, so without the bit that promises some (RFC 3550 5.1).
    #[inline]
    pub fn rtp(&mut self, t: u64, run: u32, packet: &[u8]) {
        self.put(t, Kind::Rtp, u64::from(run), packet);
        let start = self.record.len() - packet.len();
        if let Some(first) = self.record.get_mut(start) {
            *first &= !0x20;
        }
        self.packets += 1;
    }

    pub fn rtcp(&mut self, t: u64, peer: u64, packet: &[u8]) {
        self.put(t, Kind::Rtcp, peer, packet);
        self.packets += 1;
    }

    pub fn fast(&mut self, t: u64, sender: u16, message: &[u8]) {
        self.put(t, Kind::Fast, u64::from(sender), message);
    }

    pub fn dropped(&mut self, t: u64, dropped: Dropped) {
        let dt = self.dt(t);
        entry::put_dropped(&mut self.record, dt, dropped);
    }

    pub fn end(&mut self, t: u64, run: u32) {
        self.put(t, Kind::End, u64::from(run), &[]);
        self.tells_of_runs = true;
    }

    #[inline]
    fn put(&mut self, t: u64, kind: Kind, number: u64, rest: &[u8]) {
        let dt = self.dt(t);
        entry::put(&mut self.record, kind, dt, number, rest);
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
