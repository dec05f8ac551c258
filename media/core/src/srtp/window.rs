//! A replay window (RFC 3711 3.3.2): which of the last indices have been seen.

/// Far more than the 64 that the RFC asks for: a second of video may come back late by plain resending.
const WORDS: usize = 16;
const BITS: u64 = WORDS as u64 * 64;

/// One SSRC's window. `check` before authentication, `accept` after it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    highest: u64,
    /// index i at bit i mod [`BITS`]
    seen: [u64; WORDS],
}

impl Window {
    /// The window of a stream whose first authenticated packet has this index.
    pub fn first(index: u64) -> Window {
        let mut window = Window { highest: index, seen: [0; WORDS] };
        window.mark(index);
        window
    }

    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Is this index new, and not too old to tell?
    #[inline]
    pub fn check(&self, index: u64) -> bool {
        if index > self.highest {
            return true;
        }
        self.highest - index < BITS && self.seen[word(index)] & bit(index) == 0
    }

    #[inline]
    pub fn accept(&mut self, index: u64) {
        if index > self.highest {
            self.advance(index);
        }
        self.mark(index);
    }

    fn advance(&mut self, index: u64) {
        if index - self.highest >= BITS {
            self.seen = [0; WORDS];
        } else {
            for skipped in self.highest + 1..=index {
                self.seen[word(skipped)] &= !bit(skipped);
            }
        }
        self.highest = index;
    }

    #[inline]
    fn mark(&mut self, index: u64) {
        self.seen[word(index)] |= bit(index);
    }
}

#[inline]
fn word(index: u64) -> usize {
    (index % BITS / 64) as usize
}

#[inline]
fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        /// Against a set that never forgets: nothing is accepted twice, everything new inside the window is.
        #[test]
        fn like_a_set(start in 0u64..5_000, steps in prop::collection::vec(-1_500i64..1_500, 1..400)) {
            let mut window = Window::first(start);
            let mut seen = HashSet::from([start]);
            let mut highest = start;
            for step in steps {
                let index = highest.saturating_add_signed(step);
                let in_window = index > highest || highest - index < BITS;
                prop_assert_eq!(window.check(index), in_window && !seen.contains(&index));
                if window.check(index) {
                    window.accept(index);
                    seen.insert(index);
                    highest = highest.max(index);
                }
                prop_assert_eq!(window.highest(), highest);
            }
        }
    }
}
