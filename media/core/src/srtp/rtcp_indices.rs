//! The SRTCP index of every sender SSRC of ours (RFC 3711 3.2.1): counted per SSRC, never reset, bounded in memory.

use super::SrtpError;
use super::rtcp_word::MAX_INDEX;

/// A slot that switches tracks takes a new SSRC each time; this many are counted one by one.
const MAX_COUNTED: usize = 256;

/// An SSRC that is not in the table starts at `floor`, which lies above every index of those that were dropped from it:
/// a pair of SSRC and index is never used twice, even if a dropped one comes back.
#[derive(Debug, Default)]
pub(super) struct RtcpIndices {
    /// (SSRC, next index), oldest first
    counted: Vec<(u32, u32)>,
    floor: u32,
}

impl RtcpIndices {
    pub fn next(&mut self, ssrc: u32) -> Result<u32, SrtpError> {
        let at = match self.counted.iter().position(|(known, _)| *known == ssrc) {
            Some(at) => at,
            None => self.insert(ssrc),
        };
        let next = &mut self.counted[at].1;
        if *next > MAX_INDEX {
            return Err(SrtpError::Exhausted);
        }
        *next += 1;
        Ok(*next - 1)
    }

    fn insert(&mut self, ssrc: u32) -> usize {
        if self.counted.len() >= MAX_COUNTED {
            let (_, next) = self.counted.remove(0);
            self.floor = self.floor.max(next);
        }
        self.counted.push((ssrc, self.floor));
        self.counted.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn counts_from_zero_per_ssrc() {
        let mut indices = RtcpIndices::default();
        assert_eq!([1, 1, 2, 1].map(|ssrc| indices.next(ssrc).unwrap()), [0, 1, 0, 2]);
    }

    #[test]
    fn ends_at_the_last_index() {
        let mut indices = RtcpIndices { counted: vec![(7, MAX_INDEX)], floor: 0 };
        assert_eq!(indices.next(7), Ok(MAX_INDEX));
        assert_eq!(indices.next(7), Err(SrtpError::Exhausted));
    }

    proptest! {
        #[test]
        fn never_twice(ssrcs in prop::collection::vec(0u32..600, 1..3_000)) {
            let mut indices = RtcpIndices::default();
            let mut used = HashSet::new();
            for ssrc in ssrcs {
                prop_assert!(used.insert((ssrc, indices.next(ssrc).unwrap())));
                prop_assert!(indices.counted.len() <= MAX_COUNTED);
            }
        }
    }
}
