//! Authenticates and decrypts what arrives (RFC 3711 3.3, 3.4).

use super::{Profile, SrtpError, SrtpKeys};
use crate::rtp::RtpHeader;

/// A packet that authenticated: its payload is now plain, in place, right after the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unprotected {
    /// RTP padding included; see [`RtpHeader::payload`].
    pub payload_len: usize,
    /// Rollover counter << 16 | sequence number.
    pub index: u64,
}

/// One per peer: rollover counters and replay windows of all its SSRCs.
pub struct SrtpReceiver {
    profile: Profile,
    max_ssrcs: usize,
}

impl SrtpReceiver {
    /// At most `max_ssrcs` RTP SSRCs and as many RTCP senders are remembered.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] when the crypto library refuses the keys.
    pub fn new(keys: &SrtpKeys, max_ssrcs: usize) -> Result<SrtpReceiver, SrtpError> {
        Ok(SrtpReceiver { profile: keys.profile(), max_ssrcs })
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Check and decrypt in place. `header` is what [`RtpHeader::parse`] read from this packet.
    ///
    /// # Errors
    /// [`SrtpError`]; no state has changed then, and the bytes of the packet are not to be used.
    #[inline]
    pub fn unprotect_rtp(&mut self, packet: &mut [u8], header: &RtpHeader) -> Result<Unprotected, SrtpError> {
        let _ = (packet, header, self.max_ssrcs);
        Err(SrtpError::Authentication)
    }

    /// Check and decrypt a compound RTCP packet in place; returns its plain length.
    ///
    /// # Errors
    /// As [`SrtpReceiver::unprotect_rtp`].
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let _ = packet;
        Err(SrtpError::Authentication)
    }
}
