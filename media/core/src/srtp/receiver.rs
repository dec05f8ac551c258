//! Authenticates and decrypts what arrives (RFC 3711 3.3, 3.4).

use super::cipher::Cipher;
use super::derive::Protocol;
use super::streams::Streams;
use super::{Profile, SrtpError, SrtpKeys};
use crate::rtp::RtpHeader;
use crate::serial::unwrap16;

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
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Streams,
    rtcp_streams: Streams,
}

impl SrtpReceiver {
    /// At most `max_ssrcs` RTP SSRCs and as many RTCP senders are remembered.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] when the crypto library refuses the keys.
    pub fn new(keys: &SrtpKeys, max_ssrcs: usize) -> Result<SrtpReceiver, SrtpError> {
        Ok(SrtpReceiver {
            profile: keys.profile(),
            rtp: Cipher::new(keys, Protocol::Rtp)?,
            rtcp: Cipher::new(keys, Protocol::Rtcp)?,
            rtp_streams: Streams::new(max_ssrcs),
            rtcp_streams: Streams::new(max_ssrcs),
        })
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
        if packet.len() < header.len + self.profile.rtp_overhead() {
            return Err(SrtpError::TooShort);
        }
        let ssrc = header.ssrc;
        let index = match self.rtp_streams.highest(ssrc) {
            Some(highest) => unwrap16(highest, header.sequence),
            None => u64::from(header.sequence),
        };
        if index >> 48 != 0 {
            return Err(SrtpError::Exhausted);
        }
        let place = self.rtp_streams.check(ssrc, index)?;
        let payload_len = self.rtp.open_rtp(packet, header.len, ssrc, index)?;
        self.rtp_streams.accept(place, ssrc, index);
        Ok(Unprotected { payload_len, index })
    }

    /// Check and decrypt a compound RTCP packet in place; returns its plain length.
    ///
    /// # Errors
    /// As [`SrtpReceiver::unprotect_rtp`].
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = super::rtcp_sender(packet)?;
        let index = u64::from(self.rtcp.rtcp_index(packet)?);
        let place = self.rtcp_streams.check(ssrc, index)?;
        let len = self.rtcp.open_rtcp(packet, ssrc)?;
        self.rtcp_streams.accept(place, ssrc, index);
        Ok(len)
    }
}
