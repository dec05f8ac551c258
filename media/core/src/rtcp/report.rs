//! Sender and receiver reports (RFC 3550 6.4).

/// Bytes of a report block.
pub(super) const BLOCK: usize = 24;

/// The sender information of a sender report (RFC 3550 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    pub ssrc: u32,
    /// 32.32 seconds since 1900, by the sender's clock
    pub ntp: u64,
    /// the same instant on the stream's RTP clock
    pub rtp_timestamp: u32,
    pub packets: u32,
    /// payload bytes
    pub octets: u32,
}

/// What a receiver says of one stream (RFC 3550 6.4.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// in 1/256, since the last report
    pub fraction_lost: u8,
    /// 24 bit signed; counts packets that a retransmission brought back, so it is no measure of quality
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// in units of the RTP clock
    pub jitter: u32,
    /// middle 32 bits of the last sender report's NTP time; 0 = none yet
    pub last_sender_report: u32,
    /// in 1/65536 s
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    pub(super) fn parse(bytes: &[u8; BLOCK]) -> ReportBlock {
        let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        ReportBlock {
            ssrc: word(0),
            fraction_lost: bytes[4],
            cumulative_lost: (word(4) << 8).cast_signed() >> 8,
            highest_sequence: word(8),
            jitter: word(12),
            last_sender_report: word(16),
            delay_since_last_sender_report: word(20),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7F_FFFF).cast_unsigned() & 0xFF_FFFF;
        for word in [
            self.ssrc,
            u32::from(self.fraction_lost) << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last_sender_report,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

/// The report blocks of a packet.
#[derive(Debug, Clone)]
pub struct ReportBlocks<'a> {
    pub(super) bytes: &'a [u8],
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.bytes.split_first_chunk::<BLOCK>()?;
        self.bytes = rest;
        Some(ReportBlock::parse(block))
    }
}
