//! What is missing from an incoming stream, and when to ask for it (RFC 4585 6.2.1). Pure: takes the time, yields
//! sequence numbers.

use std::time::{Duration, Instant};

/// More than this missing at once is an outage: asking would make it worse, a keyframe mends it.
const MAX_MISSING: usize = 512;
/// Playout is past a packet that is this late.
const MAX_AGE: Duration = Duration::from_secs(1);
const MAX_TRIES: u8 = 10;
/// Reordering on real paths is mostly shorter than this; asking sooner fetches packets that are on their way.
const REORDER_WAIT: Duration = Duration::from_millis(5);
/// Ask again after a round trip and a quarter, but never more often than this.
const MIN_RETRY: Duration = Duration::from_millis(20);

/// What a packet was to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The newest so far.
    New,
    /// It had been missing.
    Recovered,
    /// Neither: a duplicate, or given up before it came.
    Late,
}

/// Missing packets of one SSRC.
#[derive(Debug, Default)]
pub struct NackQueue {
    highest: Option<u64>,
    /// by index, ascending
    missing: Vec<Missing>,
    /// the answer of `poll`; kept for its memory
    due: Vec<u16>,
    given_up: u64,
}

#[derive(Debug, Clone, Copy)]
struct Missing {
    index: u64,
    since: Instant,
    asked: Option<Instant>,
    tries: u8,
}

impl Missing {
    fn due(&self, retry: Duration) -> Instant {
        self.asked.map_or(self.since + REORDER_WAIT, |asked| asked + retry)
    }
}

fn retry_after(rtt: Duration) -> Duration {
    MIN_RETRY.max(rtt + rtt / 4)
}

impl NackQueue {
    #[must_use]
    pub fn new() -> Self {
        NackQueue::default()
    }

    /// A packet arrived, by itself or by RTX (`index` of the original then). A large jump forgets what was missing.
    pub fn on_packet(&mut self, now: Instant, index: u64) -> Arrival {
        let Some(highest) = self.highest else {
            self.highest = Some(index);
            return Arrival::New;
        };
        if index > highest {
            self.note_gap(now, highest + 1, index);
            self.highest = Some(index);
            return Arrival::New;
        }
        match self.missing.binary_search_by_key(&index, |missing| missing.index) {
            Ok(at) => {
                self.missing.remove(at);
                Arrival::Recovered
            }
            Err(_) => Arrival::Late,
        }
    }

    fn note_gap(&mut self, now: Instant, from: u64, to: u64) {
        if from == to {
            return;
        }
        if to - from > (MAX_MISSING - self.missing.len()) as u64 {
            self.given_up += self.missing.len() as u64 + (to - from);
            self.missing.clear();
            return;
        }
        self.missing.extend((from..to).map(|index| Missing { index, since: now, asked: None, tries: 0 }));
    }

    /// The sequence numbers to ask for now, oldest first; each again after about a round trip, until it is given up.
    pub fn poll(&mut self, now: Instant, rtt: Duration) -> &[u16] {
        self.due.clear();
        let retry = retry_after(rtt);
        let before = self.missing.len();
        let due = &mut self.due;
        self.missing.retain_mut(|missing| {
            if now < missing.due(retry) {
                return true;
            }
            if missing.tries >= MAX_TRIES || now.saturating_duration_since(missing.since) > MAX_AGE {
                return false;
            }
            missing.tries += 1;
            missing.asked = Some(now);
            due.push(missing.index as u16);
            true
        });
        self.given_up += (before - self.missing.len()) as u64;
        &self.due
    }

    /// When [`NackQueue::poll`] next has something to do.
    #[must_use]
    pub fn poll_timeout(&self, rtt: Duration) -> Option<Instant> {
        let retry = retry_after(rtt);
        self.missing.iter().map(|missing| missing.due(retry)).min()
    }

    /// Forget everything missing (a keyframe makes it needless).
    pub fn clear(&mut self) {
        self.missing.clear();
    }

    /// Packets given up so far.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const RTT: Duration = Duration::from_millis(40);

    #[allow(clippy::disallowed_methods, reason = "an arbitrary zero")]
    fn start() -> Instant {
        Instant::now()
    }

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn asks_after_the_reorder_wait_and_again_after_a_round_trip() {
        let (zero, mut queue) = (start(), NackQueue::new());
        for index in [65_533, 65_534, 65_538] {
            assert_eq!(queue.on_packet(zero, index), Arrival::New);
        }
        assert_eq!(queue.poll(zero + ms(4), RTT), [0u16; 0]);
        assert_eq!(queue.poll_timeout(RTT), Some(zero + ms(5)));
        assert_eq!(queue.poll(zero + ms(5), RTT), [65_535, 0, 1]);
        assert_eq!(queue.on_packet(zero + ms(6), 65_536), Arrival::Recovered);
        assert_eq!(queue.on_packet(zero + ms(6), 65_536), Arrival::Late);
        assert_eq!(queue.poll(zero + ms(54), RTT), [0u16; 0]);
        assert_eq!(queue.poll(zero + ms(55), RTT), [65_535, 1]);
    }

    #[test]
    fn gives_up_by_tries_and_by_age() {
        for (rtt, expected) in [(ms(1), usize::from(MAX_TRIES)), (ms(400), 2)] {
            let (zero, mut queue) = (start(), NackQueue::new());
            queue.on_packet(zero, 1);
            queue.on_packet(zero, 3);
            let asked = (0..300).filter(|step| !queue.poll(zero + ms(step * 5), rtt).is_empty()).count();
            assert_eq!((asked, queue.given_up(), queue.poll_timeout(rtt)), (expected, 1, None), "{rtt:?}");
        }
    }

    #[test]
    fn a_jump_forgets() {
        let (zero, mut queue) = (start(), NackQueue::new());
        for index in [1, 3, 40_001] {
            queue.on_packet(zero, index);
        }
        assert_eq!(queue.poll(zero + ms(100), RTT), [0u16; 0]);
        assert_eq!((queue.given_up(), queue.missing.capacity() <= MAX_MISSING), (39_998, true));
    }

    proptest! {
        /// Asks for exactly what is missing between the first and the newest packet, whatever the order.
        #[test]
        fn exactly_what_is_missing(first in 0u64..200_000, offsets in prop::collection::vec(0u64..300, 1..200)) {
            let (zero, mut queue) = (start(), NackQueue::new());
            queue.on_packet(zero, first);
            let mut seen = BTreeSet::from([first]);
            for offset in offsets {
                queue.on_packet(zero, first + offset);
                seen.insert(first + offset);
            }
            let newest = *seen.last().unwrap();
            let missing: Vec<u16> = (first..newest).filter(|index| !seen.contains(index)).map(|index| index as u16).collect();
            prop_assert_eq!(queue.poll(zero + ms(50), RTT), missing);
        }

        #[test]
        fn bounded_whatever_comes(indices in prop::collection::vec(any::<u64>(), 0..100), step in 0u64..50) {
            let (zero, mut queue) = (start(), NackQueue::new());
            for (n, index) in indices.into_iter().enumerate() {
                let now = zero + ms(n as u64 * step);
                queue.on_packet(now, index);
                prop_assert!(queue.poll(now, RTT).len() <= MAX_MISSING);
            }
        }
    }
}
