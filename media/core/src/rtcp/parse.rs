//! Reads a compound packet (RFC 3550 6.1; reduced size, RFC 5506, too). Borrowed and lazy: nothing is allocated, each
//! message is checked when it is reached.

use super::report::BLOCK;
use super::{Feedback, FirIter, NackIter, ReportBlocks, RtcpError, SenderReport, SsrcIter, format, packet_type};

/// Version, padding flag and count; packet type; length.
const HEADER: usize = 4;

/// One message of a compound packet.
#[derive(Debug, Clone)]
pub enum Rtcp<'a> {
    SenderReport {
        report: SenderReport,
        blocks: ReportBlocks<'a>,
    },
    ReceiverReport {
        sender_ssrc: u32,
        blocks: ReportBlocks<'a>,
    },
    /// Source descriptions; nothing here needs their contents.
    Sdes,
    Bye {
        ssrcs: SsrcIter<'a>,
    },
    Nack {
        sender_ssrc: u32,
        media_ssrc: u32,
        lost: NackIter<'a>,
    },
    Pli {
        sender_ssrc: u32,
        media_ssrc: u32,
    },
    Fir {
        sender_ssrc: u32,
        entries: FirIter<'a>,
    },
    Remb {
        sender_ssrc: u32,
        bps: u64,
        ssrcs: SsrcIter<'a>,
    },
    TransportCc(Feedback<'a>),
    /// Well-formed, but nothing that the plane acts on.
    Other {
        packet_type: u8,
        format: u8,
    },
}

/// The messages of a decrypted compound packet, in order. The first error ends the iteration.
#[must_use]
pub fn parse(compound: &[u8]) -> Compound<'_> {
    Compound { rest: compound }
}

/// See [`parse`].
#[derive(Debug, Clone)]
pub struct Compound<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Compound<'a> {
    type Item = Result<Rtcp<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let message = self.split().and_then(|message| message.read());
        if message.is_err() {
            self.rest = &[];
        }
        Some(message)
    }
}

impl<'a> Compound<'a> {
    /// Cut off one message by its length field.
    fn split(&mut self) -> Result<Message<'a>, RtcpError> {
        let (&[first, packet_type, high, low], after) =
            self.rest.split_first_chunk::<HEADER>().ok_or(RtcpError::TooShort)?;
        if first >> 6 != 2 {
            return Err(RtcpError::Version);
        }
        let len = usize::from(u16::from_be_bytes([high, low])) * 4;
        let (body, rest) = after.split_at_checked(len).ok_or(RtcpError::TooShort)?;
        self.rest = rest;
        let padding = if first & 0x20 == 0 { 0 } else { padding(body)? };
        Ok(Message { packet_type, count: first & 0x1F, body: &body[..len - padding] })
    }
}

/// RFC 3550 6.4.1: the last byte counts the padding, itself included. A multiple of four, it says, but libwebrtc fills up
/// the last word of transport-wide feedback by it: three of four such messages have one to three bytes.
fn padding(body: &[u8]) -> Result<usize, RtcpError> {
    match body.last() {
        Some(&count) if count != 0 && usize::from(count) <= body.len() => Ok(usize::from(count)),
        _ => Err(RtcpError::Padding),
    }
}

struct Message<'a> {
    packet_type: u8,
    /// or the feedback format
    count: u8,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(&self) -> Result<Rtcp<'a>, RtcpError> {
        match self.packet_type {
            packet_type::SENDER_REPORT => self.sender_report(),
            packet_type::RECEIVER_REPORT => self.receiver_report(),
            packet_type::SDES => Ok(Rtcp::Sdes),
            packet_type::BYE => self.bye(),
            packet_type::TRANSPORT_FEEDBACK | packet_type::PAYLOAD_FEEDBACK => self.feedback(),
            _ => Ok(self.other()),
        }
    }

    fn sender_report(&self) -> Result<Rtcp<'a>, RtcpError> {
        let (info, rest) = self.body.split_first_chunk::<24>().ok_or(RtcpError::TooShort)?;
        let word = |at: usize| u32::from_be_bytes([info[at], info[at + 1], info[at + 2], info[at + 3]]);
        let report = SenderReport {
            ssrc: word(0),
            ntp: u64::from(word(4)) << 32 | u64::from(word(8)),
            rtp_timestamp: word(12),
            packets: word(16),
            octets: word(20),
        };
        Ok(Rtcp::SenderReport { report, blocks: self.blocks(rest)? })
    }

    fn receiver_report(&self) -> Result<Rtcp<'a>, RtcpError> {
        let (sender_ssrc, rest) = word(self.body)?;
        Ok(Rtcp::ReceiverReport { sender_ssrc, blocks: self.blocks(rest)? })
    }

    /// Profile-specific extensions may follow the blocks; they are not read.
    fn blocks(&self, rest: &'a [u8]) -> Result<ReportBlocks<'a>, RtcpError> {
        let bytes = rest.get(..usize::from(self.count) * BLOCK).ok_or(RtcpError::Malformed)?;
        Ok(ReportBlocks { bytes })
    }

    fn bye(&self) -> Result<Rtcp<'a>, RtcpError> {
        let bytes = self.body.get(..usize::from(self.count) * 4).ok_or(RtcpError::Malformed)?;
        Ok(Rtcp::Bye { ssrcs: SsrcIter { bytes } })
    }

    /// RFC 4585 6.1: sender and media SSRC, then the format's own.
    fn feedback(&self) -> Result<Rtcp<'a>, RtcpError> {
        let (sender_ssrc, rest) = word(self.body)?;
        let (media_ssrc, control) = word(rest)?;
        match (self.packet_type, self.count) {
            (packet_type::TRANSPORT_FEEDBACK, format::NACK) => {
                Ok(Rtcp::Nack { sender_ssrc, media_ssrc, lost: NackIter::new(control) })
            }
            (packet_type::TRANSPORT_FEEDBACK, format::TRANSPORT_CC) => {
                Feedback::parse(sender_ssrc, media_ssrc, control).map(Rtcp::TransportCc)
            }
            (packet_type::PAYLOAD_FEEDBACK, format::PLI) => Ok(Rtcp::Pli { sender_ssrc, media_ssrc }),
            (packet_type::PAYLOAD_FEEDBACK, format::FIR) => {
                Ok(Rtcp::Fir { sender_ssrc, entries: FirIter { bytes: control } })
            }
            (packet_type::PAYLOAD_FEEDBACK, format::APPLICATION) => match control.strip_prefix(b"REMB") {
                Some(estimate) => remb(sender_ssrc, estimate),
                None => Ok(self.other()),
            },
            _ => Ok(self.other()),
        }
    }

    fn other(&self) -> Rtcp<'a> {
        Rtcp::Other { packet_type: self.packet_type, format: self.count }
    }
}

/// draft-alvestrand-rmcat-remb-03 2.2: number of SSRCs, 6 bits of exponent, 18 of mantissa.
fn remb(sender_ssrc: u32, estimate: &[u8]) -> Result<Rtcp<'_>, RtcpError> {
    let (&[count, high, middle, low], rest) = estimate.split_first_chunk::<4>().ok_or(RtcpError::TooShort)?;
    let bytes = rest.get(..usize::from(count) * 4).ok_or(RtcpError::Malformed)?;
    let mantissa = u64::from(u32::from_be_bytes([0, high & 0x03, middle, low]));
    let exponent = u32::from(high >> 2);
    let bps = if exponent > mantissa.leading_zeros() { u64::MAX } else { mantissa << exponent };
    Ok(Rtcp::Remb { sender_ssrc, bps, ssrcs: SsrcIter { bytes } })
}

fn word(bytes: &[u8]) -> Result<(u32, &[u8]), RtcpError> {
    let (word, rest) = bytes.split_first_chunk::<4>().ok_or(RtcpError::TooShort)?;
    Ok((u32::from_be_bytes(*word), rest))
}
