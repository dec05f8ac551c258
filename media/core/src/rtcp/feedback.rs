//! Feedback messages as iterators over their bytes: generic NACK (RFC 4585 6.2.1), FIR (RFC 5104 4.3.1), SSRC lists.

/// The lost sequence numbers of a NACK, in order.
#[derive(Debug, Clone)]
pub struct NackIter<'a> {
    bytes: &'a [u8],
    base: u16,
    /// bit 0 = `base` itself
    pending: u32,
}

impl<'a> NackIter<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        NackIter { bytes, base: 0, pending: 0 }
    }
}

impl Iterator for NackIter<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if self.pending == 0 {
            let (&[a, b, c, d], rest) = self.bytes.split_first_chunk::<4>()?;
            self.bytes = rest;
            self.base = u16::from_be_bytes([a, b]);
            self.pending = u32::from(u16::from_be_bytes([c, d])) << 1 | 1;
        }
        let offset = self.pending.trailing_zeros();
        self.pending &= self.pending - 1;
        Some(self.base.wrapping_add(offset as u16))
    }
}

/// One request of a FIR: the stream, and a number that is the same in repetitions of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirEntry {
    pub media_ssrc: u32,
    pub seq: u8,
}

/// The requests of a FIR.
#[derive(Debug, Clone)]
pub struct FirIter<'a> {
    pub(super) bytes: &'a [u8],
}

impl Iterator for FirIter<'_> {
    type Item = FirEntry;

    fn next(&mut self) -> Option<FirEntry> {
        let (&[a, b, c, d, seq, _, _, _], rest) = self.bytes.split_first_chunk::<8>()?;
        self.bytes = rest;
        Some(FirEntry { media_ssrc: u32::from_be_bytes([a, b, c, d]), seq })
    }
}

/// A list of SSRCs.
#[derive(Debug, Clone)]
pub struct SsrcIter<'a> {
    pub(super) bytes: &'a [u8],
}

impl Iterator for SsrcIter<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (word, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        Some(u32::from_be_bytes(*word))
    }
}
