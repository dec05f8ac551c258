//! Datagrams that came before: a receiver throws them away as replays, and they must be the same to the byte.

use std::collections::VecDeque;

/// Datagrams remembered.
const LATELY: usize = 256;

#[derive(Default)]
pub struct Doubles {
    pub count: usize,
    lately: VecDeque<Vec<u8>>,
}

impl Doubles {
    pub fn keep(&mut self, datagram: &[u8]) {
        self.lately.push_back(datagram.to_vec());
        if self.lately.len() > LATELY {
            self.lately.pop_front();
        }
    }

    /// This one's index has come before.
    pub fn replayed(&mut self, datagram: &[u8]) {
        assert!(self.lately.iter().any(|before| before == datagram), "an index twice, other bytes");
        self.count += 1;
    }
}
