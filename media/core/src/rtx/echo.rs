//! Sound is not asked for again (browsers do not negotiate it) and cannot wait for a round trip. Over a line that loses,
//! each packet of it goes again with the next ones: the same bytes, ciphertext and all, so that a receiver that has it
//! throws the double away as a replay (RFC 3711 3.3.2). No timer: the next packet is the clock.

/// Packets kept: the one before, and the one three before, because losses come in bursts.
const KEPT: usize = 3;

/// Which of them go again, the nearest first.
const DISTANCES: [usize; 2] = [1, KEPT];

/// A pause (DTX) later a packet is of no use: three times Opus' 20 ms, and some jitter. In 2^-18 s.
const STALE: u32 = (1 << 18) / 10;

/// abs-send-time counts in 24 bits.
const MASK: u32 = (1 << 24) - 1;

/// Of one slot: its last packets as they left. Holds nothing, and copies nothing, until the line is bad.
#[derive(Debug, Default)]
pub struct Echo {
    /// The packet sent as the n-th lies at n mod [`KEPT`].
    kept: [(u32, Vec<u8>); KEPT],
    count: usize,
}

impl Echo {
    /// A datagram left at this abs-send-time.
    pub fn sent(&mut self, at: [u8; 3], datagram: &[u8]) {
        let (kept_at, kept) = &mut self.kept[self.count % KEPT];
        *kept_at = ticks(at);
        kept.clear();
        kept.extend_from_slice(datagram);
        self.count += 1;
    }

    /// What goes again before the datagram that leaves now: `times` of the last ones, not too old.
    pub fn due(&self, at: [u8; 3], times: usize) -> impl Iterator<Item = &[u8]> {
        let fresh = move |(sent, datagram): &&(u32, Vec<u8>)| {
            !datagram.is_empty() && ticks(at).wrapping_sub(*sent) & MASK <= STALE
        };
        let back = DISTANCES.iter().take(times).filter_map(|back| self.count.checked_sub(*back));
        back.map(|nth| &self.kept[nth % KEPT]).filter(fresh).map(|(_, datagram)| datagram.as_slice())
    }

    /// The line is good, or shows another track.
    pub fn forget(&mut self) {
        if self.count > 0 {
            *self = Echo::default();
        }
    }
}

fn ticks(at: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, at[0], at[1], at[2]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::extensions::abs_send_time;
    use std::time::Duration;

    /// What goes again with each of some packets, sent at these ms.
    fn echoes(times: usize, sent: &[u64]) -> Vec<Vec<u8>> {
        let mut echo = Echo::default();
        let at = |ms| abs_send_time(Duration::from_millis(63_990 + ms));
        let mut told = Vec::new();
        for (number, ms) in sent.iter().enumerate() {
            told.push(echo.due(at(*ms), times).map(|datagram| datagram[0]).collect());
            echo.sent(at(*ms), &[number as u8; 5]);
        }
        told
    }

    #[test]
    fn each_packet_goes_again_with_later_ones_across_the_wrap() {
        assert_eq!(echoes(1, &[0, 20, 40]), [vec![], vec![0], vec![1]]);
        let both = [vec![], vec![0], vec![1], vec![2, 0], vec![3, 1], vec![4, 2]];
        assert_eq!(echoes(2, &[0, 20, 40, 60, 80, 100]), both);
        assert_eq!(echoes(0, &[0, 20]), [vec![], vec![] as Vec<u8>]);
    }

    #[test]
    fn after_a_pause_nothing_old_goes() {
        assert_eq!(echoes(2, &[0, 20, 40, 440, 460]), [vec![], vec![0], vec![1], vec![], vec![3]]);
    }

    #[test]
    fn forgotten_is_gone() {
        let mut echo = Echo::default();
        echo.sent([0; 3], b"sound");
        echo.forget();
        assert_eq!(echo.due([0; 3], 2).count(), 0);
    }
}
