//! What a shard is told when it is made.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// A host candidate of our answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnouncedAddress {
    pub addr: SocketAddr,
    /// ICE-TCP, passive (RFC 6544), instead of UDP.
    pub tcp: bool,
}

#[derive(Debug, Clone)]
pub struct ShardConfig {
    pub shard: u16,
    pub candidates: Vec<AnnouncedAddress>,
    pub limits: Limits,
    /// Of the SSRCs and sequence numbers: give every shard and every start another one.
    pub seed: u64,
    /// An instant and the time since the Unix epoch at that instant: the core has no clock of its own.
    pub epoch: (Instant, Duration),
    /// What CLOCK_MONOTONIC showed at that instant, ns: the server's own clock, by which it says when a session began.
    pub monotonic_ns: i64,
}

impl ShardConfig {
    /// Time since the Unix epoch.
    #[must_use]
    pub fn wall(&self, now: Instant) -> Duration {
        let (instant, since_epoch) = self.epoch;
        since_epoch + now.saturating_duration_since(instant)
    }

    /// Session time in µs, of a session that began at this reading of CLOCK_MONOTONIC.
    #[must_use]
    #[inline]
    pub fn session(&self, now: Instant, zero_ns: i64) -> u64 {
        let since = i64::try_from(now.saturating_duration_since(self.epoch.0).as_nanos()).unwrap_or(i64::MAX);
        let ns = self.monotonic_ns.saturating_add(since).saturating_sub(zero_ns);
        ns.max(0).unsigned_abs() / 1000
    }
}

/// SplitMix64: SSRCs and first sequence numbers need to be unlikely to collide, not secret.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An SSRC: not 0 and not one of the small numbers that some stacks use for themselves.
    pub fn ssrc(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32 | 0x0001_0000
    }

    /// A first sequence number: so far below 65,536 that a receiver cannot take its rollover counter for 1.
    pub fn sequence(&mut self) -> u64 {
        1 + (self.next_u64() & 0x3fff)
    }
}
