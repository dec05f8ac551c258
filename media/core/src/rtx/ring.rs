//! The last second of one published stream, shared by all its subscribers: answers their NACKs and replays what came
//! since the last keyframe. Lazily grown, bounded in packets and in age.

use crate::rtp::RtpHeader;
use std::time::{Duration, Instant};

/// A second of video at a few Mbit/s; 1.5 MB at most.
const MAX_PACKETS: usize = 1024;
/// Nobody can use an older packet: playout is past it.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A kept packet, decrypted.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    pub index: u64,
    pub received: Instant,
    pub header: RtpHeader,
    /// header and payload, without RTP padding or SRTP tag
    pub bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header.len..).unwrap_or_default()
    }
}

/// One per published stream.
#[derive(Debug, Default)]
pub struct Ring {
    slots: Vec<u8>,
}

impl Ring {
    #[must_use]
    pub fn new() -> Self {
        Ring::default()
    }

    /// Keep a packet. `index` is its extended sequence number; late packets find their place.
    pub fn push(&mut self, now: Instant, index: u64, header: &RtpHeader, bytes: &[u8]) {
        let _ = (now, index, header, bytes, MAX_PACKETS, MAX_AGE);
    }

    /// `None`: never seen, too old, or overwritten.
    #[must_use]
    pub fn get(&self, now: Instant, index: u64) -> Option<Packet<'_>> {
        let _ = (now, index, &self.slots);
        None
    }

    /// By what a NACK names: the packet nearest to the newest one with these 16 bits.
    #[must_use]
    pub fn find(&self, now: Instant, sequence: u16) -> Option<Packet<'_>> {
        let _ = (now, sequence);
        None
    }

    /// What is there of `index..=newest`, in order. Ages are the caller's business.
    pub fn iter_from(&self, index: u64) -> impl Iterator<Item = Packet<'_>> {
        let _ = index;
        std::iter::empty()
    }

    /// The newest index so far.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        None
    }

    /// The bytes that it holds on to.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.slots.capacity()
    }
}
