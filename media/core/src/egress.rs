//! What goes out: one arena and the spans in it, so that forwarding allocates nothing per packet. The io shell sends
//! the spans after every batch and calls [`Egress::clear`].

use crate::route::Route;

/// A datagram in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub route: Route,
    pub start: u32,
    pub len: u32,
}

/// The largest datagram the plane writes: an Ethernet frame, with room for tunnels left to the sender of the media.
pub const MAX_DATAGRAM: usize = 1600;

const FIRST_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub struct Egress {
    /// The arena. Bytes beyond the spans are left over from earlier batches.
    pub bytes: Vec<u8>,
    pub spans: Vec<Span>,
    used: usize,
    limit: usize,
    /// Datagrams that found no room since the shard started.
    pub dropped: u64,
    /// Datagrams written since the shard started.
    pub written: u64,
}

impl Egress {
    #[must_use]
    pub fn new(limit: usize) -> Egress {
        let first = FIRST_BYTES.min(limit.max(MAX_DATAGRAM));
        Egress { bytes: vec![0; first], spans: Vec::with_capacity(1024), used: 0, limit, dropped: 0, written: 0 }
    }

    /// Room for one datagram of at most `size` bytes; give it back with [`Egress::commit`] or forget it.
    #[inline]
    pub fn room(&mut self, size: usize) -> Option<&mut [u8]> {
        if self.bytes.len() - self.used < size && !self.grow(size) {
            self.dropped += 1;
            return None;
        }
        self.bytes.get_mut(self.used..self.used + size)
    }

    /// The first `len` bytes of the last [`Egress::room`] are a datagram for `route`.
    #[inline]
    pub fn commit(&mut self, route: Route, len: usize) {
        self.spans.push(Span { route, start: self.used as u32, len: len as u32 });
        self.used += len;
        self.written += 1;
    }

    pub fn push(&mut self, route: Route, datagram: &[u8]) {
        if let Some(room) = self.room(datagram.len()) {
            room.copy_from_slice(datagram);
            self.commit(route, datagram.len());
        }
    }

    /// Everything has been sent.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.used = 0;
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The bytes of a span.
    #[must_use]
    pub fn datagram(&self, span: &Span) -> &[u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + span.len as usize).unwrap_or_default()
    }

    #[cold]
    fn grow(&mut self, size: usize) -> bool {
        let wanted = (self.bytes.len() * 2).max(self.used + size).min(self.limit);
        if wanted < self.used + size {
            return false;
        }
        self.bytes.resize(wanted, 0);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::Transport;

    fn route() -> Route {
        Route { transport: Transport::Udp, local: 0, remote: ([127, 0, 0, 1], 9).into() }
    }

    #[test]
    fn a_full_arena_drops_and_counts() {
        let mut egress = Egress::new(3000);
        for _ in 0..4 {
            egress.push(route(), &[7; 1000]);
        }
        assert_eq!((egress.spans.len(), egress.dropped), (3, 1));
        egress.clear();
        egress.push(route(), &[8; 1000]);
        assert_eq!(egress.datagram(&egress.spans[0].clone()), &[8; 1000]);
    }

    #[test]
    fn it_grows_to_its_limit() {
        let mut egress = Egress::new(4 << 20);
        for _ in 0..1000 {
            egress.push(route(), &[1; 1200]);
        }
        assert_eq!((egress.spans.len(), egress.dropped), (1000, 0));
    }
}
