//! Media from an address nobody has proven yet: a NAT gave a peer another port in the middle of a call. Browsers check
//! their path only every 2.5 s; an SRTP packet that authenticates and is no replay proves more than a check would, so
//! the path follows it at once.

use std::time::{Duration, Instant};

use crate::route::Route;

use super::Shard;

/// Guesses at whose packet it is cost a decryption each; strangers may send what they like.
const GUESSES: u32 = 64;
const PER: Duration = Duration::from_millis(100);

/// Peers tried for one packet.
const CANDIDATES: usize = 8;

/// The old path must have been silent so long: a copy that overtakes its original on another way moves nothing.
const SILENT: Duration = Duration::from_millis(100);

/// Guesses left in the running interval.
#[derive(Debug, Default)]
pub struct Guesses {
    since: Option<Instant>,
    used: u32,
}

impl Guesses {
    fn spend(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= PER) {
            (self.since, self.used) = (Some(now), 0);
        }
        self.used += 1;
        self.used <= GUESSES
    }
}

impl Shard {
    #[cold]
    pub(super) fn stray(&mut self, now: Instant, route: Route, datagram: &[u8], rtcp: bool) {
        let at = if rtcp { 4 } else { 8 };
        let Some(ssrc) = datagram.get(at..).and_then(|rest| rest.first_chunk::<4>()) else {
            self.counters.malformed += 1;
            return;
        };
        for index in self.suspects(now, route, u32::from_be_bytes(*ssrc)) {
            if !self.guesses.spend(now) {
                break;
            }
            // A failed decryption leaves the bytes useless: each guess gets its own.
            let mut copy = datagram.to_vec();
            self.blame = Some(index);
            let authentic =
                if rtcp { self.rtcp(now, index, route, &mut copy) } else { self.rtp(now, index, route, &mut copy) };
            if authentic {
                if let Some(bound) = self.peer_mut(index).map(|peer| peer.path.rebind(now, route)) {
                    self.bound(now, index, route, bound);
                }
                return;
            }
        }
        self.counters.unroutable += 1;
    }

    /// Whose could it be? Who sends this SSRC, else whoever was at the same IP address until now.
    fn suspects(&self, now: Instant, route: Route, ssrc: u32) -> Vec<u32> {
        let waiting =
            self.peers.iter().flatten().filter(|peer| {
                peer.session.is_some() && peer.path.active().is_some() && peer.path.silence(now) >= SILENT
            });
        let (mut by_ssrc, mut by_address) = (Vec::new(), Vec::new());
        for peer in waiting {
            if peer.receive.streams.iter().any(|stream| stream.ssrc == ssrc) {
                by_ssrc.push(peer.key.index);
            } else if peer.path.active().is_some_and(|active| active.remote.ip() == route.remote.ip()) {
                by_address.push(peer.key.index);
            }
        }
        by_ssrc.append(&mut by_address);
        by_ssrc.truncate(CANDIDATES);
        by_ssrc
    }
}
