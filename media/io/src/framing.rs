//! RFC 4571: packets on a byte stream, each after its length as a 16-bit number. Pure, bounded, never panics.

/// The largest packet we take, on UDP and on TCP alike: WebRTC stays below 1,500, so 2 KiB is generous.
pub const MAX_DATAGRAM: usize = 2048;

const PREFIX: usize = 2;
/// Four of the largest frames: one `read` brings several, and a connection never costs more than this.
const CAPACITY: usize = 4 * (PREFIX + MAX_DATAGRAM);

/// A frame announced more bytes than [`MAX_DATAGRAM`]. The stream cannot be followed any further: close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes is too long")]
pub struct FrameTooLong(pub usize);

/// Cuts a byte stream into frames, in a buffer of fixed size.
///
/// Read into [`space`](Self::space), say how much with [`filled`](Self::filled), then take frames until
/// [`next_frame`](Self::next_frame) has none; after that `space` is never empty.
#[derive(Debug)]
pub struct Deframer {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Default for Deframer {
    fn default() -> Self {
        Self { buffer: vec![0; CAPACITY].into_boxed_slice(), start: 0, end: 0 }
    }
}

impl Deframer {
    /// Where the next bytes of the stream go.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        &mut self.buffer[self.end..]
    }

    /// `count` bytes were put into `space`; more than it had are not believed.
    pub fn filled(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.buffer.len());
    }

    /// The next whole frame; empty ones are legal and mean nothing.
    pub fn next_frame(&mut self) -> Result<Option<&mut [u8]>, FrameTooLong> {
        while let Some(length) = self.announced() {
            if length > MAX_DATAGRAM {
                return Err(FrameTooLong(length));
            }
            let from = self.start + PREFIX;
            if self.end - from < length {
                return Ok(None);
            }
            self.start = from + length;
            if length > 0 {
                return Ok(Some(&mut self.buffer[from..from + length]));
            }
        }
        Ok(None)
    }

    fn announced(&self) -> Option<usize> {
        match self.buffer[self.start..self.end] {
            [high, low, ..] => Some(usize::from(u16::from_be_bytes([high, low]))),
            _ => None,
        }
    }
}

/// Append `packet` as a frame. What is longer than a frame can say is left out: false.
pub fn frame(out: &mut Vec<u8>, packet: &[u8]) -> bool {
    let Ok(length) = u16::try_from(packet.len()) else { return false };
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(packet);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(deframer: &mut Deframer, mut bytes: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), FrameTooLong> {
        while !bytes.is_empty() {
            let space = deframer.space();
            let count = space.len().min(bytes.len());
            space[..count].copy_from_slice(&bytes[..count]);
            deframer.filled(count);
            bytes = &bytes[count..];
            while let Some(frame) = deframer.next_frame()? {
                out.push(frame.to_vec());
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting_of_the_stream(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..=MAX_DATAGRAM), 0..20),
            cuts in prop::collection::vec(1usize..3000, 1..50),
        ) {
            let mut stream = Vec::new();
            for packet in &packets {
                prop_assert!(frame(&mut stream, packet));
            }
            let (mut deframer, mut got, mut rest, mut cut) = (Deframer::default(), Vec::new(), &stream[..], 0);
            while !rest.is_empty() {
                let (piece, tail) = rest.split_at(cuts[cut % cuts.len()].min(rest.len()));
                feed(&mut deframer, piece, &mut got).expect("no frame is too long");
                (rest, cut) = (tail, cut + 1);
            }
            let expected: Vec<Vec<u8>> = packets.into_iter().filter(|p| !p.is_empty()).collect();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn any_bytes_at_all_are_harmless(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..8)) {
            let mut deframer = Deframer::default();
            for piece in pieces {
                let mut got = Vec::new();
                if feed(&mut deframer, &piece, &mut got).is_err() {
                    break;
                }
                prop_assert!(!deframer.space().is_empty());
            }
        }
    }

    #[test]
    fn a_frame_longer_than_any_packet_of_ours_ends_the_stream() {
        let mut deframer = Deframer::default();
        let mut got = Vec::new();
        assert_eq!(feed(&mut deframer, &[0x08, 0x01, 0, 0], &mut got), Err(FrameTooLong(2049)));
        assert!(got.is_empty());
    }

    #[test]
    fn what_no_frame_can_hold_is_left_out() {
        let mut out = Vec::new();
        assert!(!frame(&mut out, &vec![0; 65_536]));
        assert!(out.is_empty());
    }
}
