//! AES_CM_128_HMAC_SHA1_80 (RFC 3711 4.1.1, 4.2.1): encrypt, then authenticate. For encoders that know nothing better.

use super::derive::{Protocol, SessionKeys, counter_mode};
use super::rtcp_word::{ENCRYPTED, WORD, split_word};
use super::{SrtpError, SrtpKeys};
use aws_lc_rs::cipher::{EncryptingKey, EncryptionContext};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

/// HMAC-SHA1 cut to 80 bits.
pub(super) const TAG: usize = 10;
const RTCP_CLEAR: usize = 8;

pub(super) struct Cm {
    cipher: EncryptingKey,
    auth: hmac::Key,
    salt: [u8; 14],
}

impl Cm {
    pub fn new(master: &SrtpKeys, protocol: Protocol) -> Result<Cm, SrtpError> {
        let keys = SessionKeys::derive(master, protocol)?;
        Ok(Cm {
            cipher: counter_mode(keys.encryption())?,
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.authentication),
            salt: keys.salt,
        })
    }

    /// `buf` = header, payload, room for the tag.
    #[inline]
    pub fn seal_rtp(&self, buf: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        let (message, tag) = buf.split_last_chunk_mut::<TAG>().ok_or(SrtpError::TooShort)?;
        let payload = message.get_mut(header_len..).ok_or(SrtpError::TooShort)?;
        self.crypt(payload, ssrc, index)?;
        tag.copy_from_slice(&self.rtp_tag(message, index));
        Ok(())
    }

    /// Returns the payload's length.
    #[inline]
    pub fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<usize, SrtpError> {
        let (message, tag) = packet.split_last_chunk_mut::<TAG>().ok_or(SrtpError::TooShort)?;
        if message.len() < header_len {
            return Err(SrtpError::TooShort);
        }
        verify_slices_are_equal(&self.rtp_tag(message, index), tag).map_err(|_| SrtpError::Authentication)?;
        let payload = &mut message[header_len..];
        self.crypt(payload, ssrc, index)?;
        Ok(payload.len())
    }

    /// Appends index word and tag.
    pub fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), SrtpError> {
        let body = packet.get_mut(RTCP_CLEAR..).ok_or(SrtpError::TooShort)?;
        self.crypt(body, ssrc, u64::from(index))?;
        packet.extend_from_slice(&(ENCRYPTED | index).to_be_bytes());
        let tag = hmac::sign(&self.auth, packet);
        packet.extend_from_slice(&tag.as_ref()[..TAG]);
        Ok(())
    }

    /// Returns the plain packet's length.
    pub fn open_rtcp(&self, packet: &mut [u8], ssrc: u32) -> Result<usize, SrtpError> {
        let (message, tag) = packet.split_last_chunk_mut::<TAG>().ok_or(SrtpError::TooShort)?;
        let (end, index) = split_word(message, message.len().saturating_sub(WORD))?;
        let expected = hmac::sign(&self.auth, message);
        verify_slices_are_equal(&expected.as_ref()[..TAG], tag).map_err(|_| SrtpError::Authentication)?;
        let body = message.get_mut(RTCP_CLEAR..end).ok_or(SrtpError::TooShort)?;
        self.crypt(body, ssrc, u64::from(index))?;
        Ok(end)
    }

    /// Over the packet and its rollover counter (RFC 3711 4.2).
    #[inline]
    fn rtp_tag(&self, message: &[u8], index: u64) -> [u8; TAG] {
        let mut context = hmac::Context::with_key(&self.auth);
        context.update(message);
        context.update(&((index >> 16) as u32).to_be_bytes());
        let mut tag = [0; TAG];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG]);
        tag
    }

    /// RFC 3711 4.1.1: counter block = (salt << 16) XOR (SSRC << 64) XOR (index << 16).
    #[inline]
    fn crypt(&self, data: &mut [u8], ssrc: u32, index: u64) -> Result<(), SrtpError> {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&self.salt);
        let mask = u128::from(ssrc) << 64 | u128::from(index & 0xFFFF_FFFF_FFFF) << 16;
        let block = (u128::from_be_bytes(block) ^ mask).to_be_bytes();
        self.cipher
            .less_safe_encrypt(data, EncryptionContext::Iv128(FixedLength::from(block)))
            .map(|_| ())
            .map_err(|_| SrtpError::Authentication)
    }
}
