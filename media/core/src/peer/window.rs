//! Duplicates out: a packet may come by itself, late, and again by RTX.

/// Which indices have been forwarded: each at most once, since (SSRC, index) must never be encrypted twice.
#[derive(Debug)]
pub struct Window {
    highest: u64,
    started: bool,
    bits: [u64; WINDOW / 64],
}

/// Two seconds of video at a thousand packets a second; older packets are of no use.
const WINDOW: usize = 2048;

impl Default for Window {
    fn default() -> Window {
        Window { highest: 0, started: false, bits: [0; WINDOW / 64] }
    }
}

impl Window {
    #[inline]
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Take note of `index`. False if it was seen before or is too old to tell.
    #[inline]
    pub fn first_time(&mut self, index: u64) -> bool {
        if !self.started {
            (self.started, self.highest) = (true, index);
        }
        if index > self.highest {
            self.clear_between(index);
            self.highest = index;
        } else if self.highest - index >= WINDOW as u64 {
            return false;
        }
        let (word, bit) = ((index as usize % WINDOW) / 64, index % 64);
        let seen = self.bits[word] >> bit & 1 == 1;
        self.bits[word] |= 1 << bit;
        !seen
    }

    fn clear_between(&mut self, index: u64) {
        if index - self.highest >= WINDOW as u64 {
            self.bits = [0; WINDOW / 64];
            return;
        }
        for skipped in self.highest + 1..=index {
            self.bits[(skipped as usize % WINDOW) / 64] &= !(1 << (skipped % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_index_passes_twice(steps in prop::collection::vec(-3000i64..3000, 1..400)) {
            let (mut window, mut passed, mut at) = (Window::default(), HashSet::new(), 10_000i64);
            for step in steps {
                at = (at + step).max(0);
                if window.first_time(at as u64) {
                    prop_assert!(passed.insert(at));
                }
            }
        }

        #[test]
        fn everything_near_the_newest_passes_once(gaps in prop::collection::vec(1u64..200, 1..200)) {
            let (mut window, mut at) = (Window::default(), 5u64);
            window.first_time(at);
            for gap in gaps {
                let before = at;
                at += gap;
                prop_assert!(window.first_time(at));
                for skipped in before + 1..at {
                    prop_assert!(window.first_time(skipped));
                    prop_assert!(!window.first_time(skipped));
                }
            }
        }
    }
}
