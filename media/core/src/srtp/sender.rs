//! Protects what leaves (RFC 3711 3.3, 3.4).

use super::cipher::Cipher;
use super::derive::Protocol;
use super::rtcp_indices::RtcpIndices;
use super::{Profile, SrtpError, SrtpKeys};

/// One per peer.
pub struct SrtpSender {
    profile: Profile,
    rtp: Cipher,
    rtcp: Cipher,
    indices: RtcpIndices,
}

impl SrtpSender {
    /// # Errors
    /// [`SrtpError::Keys`] when the crypto library refuses the keys.
    pub fn new(keys: &SrtpKeys) -> Result<SrtpSender, SrtpError> {
        Ok(SrtpSender {
            profile: keys.profile(),
            rtp: Cipher::new(keys, Protocol::Rtp)?,
            rtcp: Cipher::new(keys, Protocol::Rtcp)?,
            indices: RtcpIndices::default(),
        })
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Encrypt and authenticate `buf[..header_len + payload_len]` in place. `buf` has room for
    /// [`Profile::rtp_overhead`] more bytes; `index` = rollover counter << 16 | sequence, owned by the caller and never
    /// used twice. Returns the total length; 0 when there is no room or the index is past 2^48 (send nothing then).
    #[inline]
    pub fn protect_rtp(&self, buf: &mut [u8], header_len: usize, payload_len: usize, ssrc: u32, index: u64) -> usize {
        let total = header_len + payload_len + self.profile.rtp_overhead();
        let Some(packet) = buf.get_mut(..total).filter(|_| index >> 48 == 0) else {
            return 0;
        };
        match self.rtp.seal_rtp(packet, header_len, ssrc, index) {
            Ok(()) => total,
            Err(_) => 0,
        }
    }

    /// Encrypt a compound RTCP packet in place and append tag and index. The index counts per sender SSRC (the first
    /// packet's) and never repeats.
    ///
    /// # Errors
    /// [`SrtpError::TooShort`] for less than a header, [`SrtpError::Exhausted`] after 2^31 packets.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let ssrc = super::rtcp_sender(packet)?;
        let index = self.indices.next(ssrc)?;
        self.rtcp.seal_rtcp(packet, ssrc, index)
    }
}
