//! A retransmission over a line that loses much is lost as easily as the packet was, and is asked for again only a round
//! trip later (100 ms from a browser that does not know it): a frozen picture. So it goes again, a little apart.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Longer than nearly all bursts of four at a call's packet rate; the third copy is still there before a picture freezes.
const APART: Duration = Duration::from_millis(30);

/// What waits at most, per peer: a tenth of a second of 480p lost as a whole.
const WAITING: usize = 64;

/// One packet of one slot, as it was when it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub slot: usize,
    pub track: u32,
    pub generation: u32,
    pub index: u64,
}

/// Repeated retransmissions that wait for their time, in order, and how many follow each.
#[derive(Debug, Default)]
pub struct Repeats(VecDeque<(Instant, Again, u8)>);

impl Repeats {
    /// After a retransmission that is to be repeated so many `times`.
    pub fn on_resent(&mut self, now: Instant, times: u8, packet: Again) {
        if times > 0 && self.0.len() < WAITING {
            self.0.push_back((now + APART, packet, times - 1));
        }
    }

    /// The next one whose time has come.
    pub fn poll(&mut self, now: Instant) -> Option<Again> {
        self.0.front().filter(|(at, ..)| *at <= now)?;
        let (_, packet, left) = self.0.pop_front()?;
        self.on_resent(now, left, packet);
        Some(packet)
    }

    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.front().map(|(at, ..)| *at)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a start for made-up times
mod tests {
    use super::*;

    const PACKET: Again = Again { slot: 1, track: 2, generation: 3, index: 4 };

    #[test]
    fn a_retransmission_is_repeated_as_often_as_wanted_a_little_apart() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        repeats.on_resent(now, 0, PACKET);
        assert_eq!(repeats.deadline(), None);
        repeats.on_resent(now, 2, PACKET);
        assert_eq!(repeats.poll(now), None);
        assert_eq!(repeats.deadline(), Some(now + APART));
        assert_eq!(repeats.poll(now + APART), Some(PACKET));
        assert_eq!(repeats.poll(now + APART), None);
        assert_eq!(repeats.poll(now + APART * 2), Some(PACKET));
        assert_eq!((repeats.poll(now + APART * 3), repeats.deadline()), (None, None));
    }

    #[test]
    fn what_waits_is_bounded() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        for _ in 0..1000 {
            repeats.on_resent(now, 1, PACKET);
        }
        let sent = std::iter::from_fn(|| repeats.poll(now + APART)).count();
        assert_eq!(sent, WAITING);
    }
}
