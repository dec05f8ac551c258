//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1): reading. The
//! writing side is [`crate::twcc`].

use super::RtcpError;

/// Base sequence number, count, reference time, feedback count.
const HEADER: usize = 8;
/// The unit of deltas.
const DELTA_US: i64 = 250;
/// The unit of the reference time.
const REFERENCE_US: i64 = 64_000;

/// One feedback message.
#[derive(Debug, Clone)]
pub struct Feedback<'a> {
    pub sender_ssrc: u32,
    pub media_ssrc: u32,
    pub base_sequence: u16,
    /// how many sequence numbers it speaks of
    pub count: u16,
    /// in 64 ms, 24 bit signed, arbitrary zero
    pub reference_time: i32,
    /// counts feedback messages, wrapping
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(sender_ssrc: u32, media_ssrc: u32, control: &'a [u8]) -> Result<Feedback<'a>, RtcpError> {
        let (head, body) = control.split_first_chunk::<HEADER>().ok_or(RtcpError::TooShort)?;
        let count = u16::from_be_bytes([head[2], head[3]]);
        let mut statuses = 0;
        let mut chunks = 0;
        while statuses < u32::from(count) {
            let chunk = body.get(chunks..).and_then(<[u8]>::first_chunk::<2>).ok_or(RtcpError::Malformed)?;
            statuses += Chunk::parse(*chunk).len();
            chunks += 2;
        }
        Ok(Feedback {
            sender_ssrc,
            media_ssrc,
            base_sequence: u16::from_be_bytes([head[0], head[1]]),
            count,
            reference_time: (u32::from_be_bytes([head[4], head[5], head[6], 0])).cast_signed() >> 8,
            feedback_count: head[7],
            chunks: &body[..chunks],
            deltas: &body[chunks..],
        })
    }

    /// (sequence number, arrival in µs on the receiver's arbitrary clock; `None` = not received), in order. Ends early
    /// when deltas are missing.
    #[must_use]
    pub fn packets(&self) -> FeedbackIter<'a> {
        FeedbackIter {
            chunks: self.chunks,
            deltas: self.deltas,
            chunk: Chunk::Run { status: 0, len: 0 },
            sequence: self.base_sequence,
            left: self.count,
            clock: i64::from(self.reference_time) * REFERENCE_US,
        }
    }
}

/// A packet status chunk; what is left of it.
#[derive(Debug, Clone, Copy)]
enum Chunk {
    /// 3.1.3: `len` times the same status
    Run { status: u8, len: u32 },
    /// 3.1.4: `len` statuses of `width` bits, from the top of `bits`
    Vector { bits: u16, width: u32, len: u32 },
}

impl Chunk {
    fn parse(bytes: [u8; 2]) -> Chunk {
        let word = u16::from_be_bytes(bytes);
        match word >> 14 {
            0 | 1 => Chunk::Run { status: (word >> 13 & 3) as u8, len: u32::from(word & 0x1FFF) },
            2 => Chunk::Vector { bits: word << 2, width: 1, len: 14 },
            _ => Chunk::Vector { bits: word << 2, width: 2, len: 7 },
        }
    }

    fn len(self) -> u32 {
        match self {
            Chunk::Run { len, .. } | Chunk::Vector { len, .. } => len,
        }
    }

    fn next(&mut self) -> Option<u8> {
        match self {
            Chunk::Run { len: 0, .. } | Chunk::Vector { len: 0, .. } => None,
            Chunk::Run { status, len } => {
                *len -= 1;
                Some(*status)
            }
            Chunk::Vector { bits, width, len } => {
                *len -= 1;
                let status = *bits >> (16 - *width);
                *bits <<= *width;
                Some(status as u8)
            }
        }
    }
}

/// See [`Feedback::packets`].
#[derive(Debug, Clone)]
pub struct FeedbackIter<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    chunk: Chunk,
    sequence: u16,
    left: u16,
    clock: i64,
}

impl FeedbackIter<'_> {
    fn status(&mut self) -> Option<u8> {
        loop {
            if let Some(status) = self.chunk.next() {
                return Some(status);
            }
            let (chunk, rest) = self.chunks.split_first_chunk::<2>()?;
            self.chunks = rest;
            self.chunk = Chunk::parse(*chunk);
        }
    }

    fn small_delta(&mut self) -> Option<i64> {
        let (&delta, rest) = self.deltas.split_first()?;
        self.deltas = rest;
        Some(i64::from(delta))
    }

    fn large_delta(&mut self) -> Option<i64> {
        let (delta, rest) = self.deltas.split_first_chunk::<2>()?;
        self.deltas = rest;
        Some(i64::from(i16::from_be_bytes(*delta)))
    }
}

impl Iterator for FeedbackIter<'_> {
    type Item = (u16, Option<i64>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let delta = match self.status()? {
            0 => None,
            1 => Some(self.small_delta()?),
            // 3 is reserved; libwebrtc never writes it
            2 => Some(self.large_delta()?),
            _ => return None,
        };
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.clock += delta.unwrap_or_default() * DELTA_US;
        Some((sequence, delta.map(|_| self.clock)))
    }
}
