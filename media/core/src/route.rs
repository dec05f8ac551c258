//! Where datagrams come from and go to, and the table that finds a peer by it with one cheap hash.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use crate::port::Transport;

/// One way to a peer: the transport, the io shell's socket and the remote address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub transport: Transport,
    /// Index of the io shell's socket (UDP) or listener (TCP).
    pub local: u8,
    pub remote: SocketAddr,
}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.remote.ip() {
            IpAddr::V4(ip) => state.write_u32(ip.to_bits()),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                state.write_u64((bits >> 64) as u64);
                state.write_u64(bits as u64);
            }
        }
        let tcp = u32::from(self.transport == Transport::Tcp);
        state.write_u32(u32::from(self.remote.port()) | u32::from(self.local) << 16 | tcp << 24);
    }
}

/// Multiply-and-rotate over whole words. Not for keys a stranger may choose: routes enter the table only after the
/// STUN integrity check, a few for each peer.
#[derive(Default, Clone, Copy)]
pub struct WordHasher(u64);

impl WordHasher {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(Self::MIX);
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        // The table takes its bucket from the low bits; the product is best in the high ones.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.add(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }
}

pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<WordHasher>>;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn neighbouring_ports_spread() {
        let hasher = BuildHasherDefault::<WordHasher>::default();
        let buckets: HashSet<u64> = (0..4096u16)
            .map(|port| {
                let remote = SocketAddr::from(([127, 0, 0, 1], 30_000 + port));
                hasher.hash_one(Route { transport: Transport::Udp, local: 0, remote }) & 0xfff
            })
            .collect();
        assert!(buckets.len() > 2000, "{} of 4096 buckets", buckets.len());
    }

    #[test]
    fn transport_and_socket_are_part_of_the_route() {
        let remote = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut table = FastMap::default();
        table.insert(Route { transport: Transport::Udp, local: 0, remote }, 1);
        table.insert(Route { transport: Transport::Tcp, local: 0, remote }, 2);
        table.insert(Route { transport: Transport::Udp, local: 1, remote }, 3);
        assert_eq!(table.len(), 3);
    }
}
