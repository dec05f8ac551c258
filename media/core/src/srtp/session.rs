//! Both directions under one master key, packet in, packet out. For tests against other implementations (the Python
//! binding exposes it); allocates, and is not used by the plane.

use super::{Profile, SrtpError, SrtpKeys, SrtpReceiver, SrtpSender};
use crate::rtp::RtpHeader;

/// Enough for any test.
const MAX_SSRCS: usize = 64;

/// See the module.
pub struct SrtpSession {
    sender: SrtpSender,
    receiver: SrtpReceiver,
}

impl SrtpSession {
    /// `key_and_salt`: master key, then master salt, as libsrtp takes them.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] when the length is not the profile's.
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Result<SrtpSession, SrtpError> {
        let (key, salt) = key_and_salt.split_at_checked(profile.key_len()).ok_or(SrtpError::Keys)?;
        let keys = SrtpKeys::from_master(profile, key, salt)?;
        Ok(SrtpSession { sender: SrtpSender::new(&keys)?, receiver: SrtpReceiver::new(&keys, MAX_SSRCS)? })
    }

    /// # Errors
    /// [`SrtpError::TooShort`] when it is no RTP packet; [`SrtpError::Exhausted`] when the index is past 2^48.
    pub fn protect(&self, packet: &[u8], index: u64) -> Result<Vec<u8>, SrtpError> {
        let header = RtpHeader::parse(packet).map_err(|_| SrtpError::TooShort)?;
        let mut buf = packet.to_vec();
        buf.resize(packet.len() + self.sender.profile().rtp_overhead(), 0);
        let total = self.sender.protect_rtp(&mut buf, header.len, packet.len() - header.len, header.ssrc, index);
        if total == 0 { Err(SrtpError::Exhausted) } else { Ok(buf) }
    }

    /// # Errors
    /// As [`SrtpReceiver::unprotect_rtp`].
    pub fn unprotect(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let header = RtpHeader::parse(packet).map_err(|_| SrtpError::TooShort)?;
        let mut buf = packet.to_vec();
        let plain = self.receiver.unprotect_rtp(&mut buf, &header)?;
        buf.truncate(header.len + plain.payload_len);
        Ok(buf)
    }

    /// # Errors
    /// As [`SrtpSender::protect_rtcp`].
    pub fn protect_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let mut buf = packet.to_vec();
        self.sender.protect_rtcp(&mut buf)?;
        Ok(buf)
    }

    /// # Errors
    /// As [`SrtpReceiver::unprotect_rtcp`].
    pub fn unprotect_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let mut buf = packet.to_vec();
        let len = self.receiver.unprotect_rtcp(&mut buf)?;
        buf.truncate(len);
        Ok(buf)
    }
}
