//! AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714).

use super::derive::{Protocol, SessionKeys};
use super::rtcp_word::{ENCRYPTED, WORD, split_word};
use super::{SrtpError, SrtpKeys};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub(super) const TAG: usize = 16;
/// The part of an RTCP packet that stays readable: its header and the sender's SSRC.
const RTCP_CLEAR: usize = 8;

pub(super) struct Gcm {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Gcm {
    pub fn new(master: &SrtpKeys, protocol: Protocol) -> Result<Gcm, SrtpError> {
        Gcm::from_session(&SessionKeys::derive(master, protocol)?)
    }

    pub fn from_session(keys: &SessionKeys) -> Result<Gcm, SrtpError> {
        let algorithm = if keys.encryption().len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        let key = UnboundKey::new(algorithm, keys.encryption()).map_err(|_| SrtpError::Keys)?;
        let mut salt = [0; 12];
        salt.copy_from_slice(&keys.salt[..12]);
        Ok(Gcm { key: LessSafeKey::new(key), salt })
    }

    /// `buf` = header, payload, room for the tag. RFC 7714 8.1: the whole header is additional data.
    #[inline]
    pub fn seal_rtp(&self, buf: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        let (header, rest) = buf.split_at_mut_checked(header_len).ok_or(SrtpError::TooShort)?;
        let (payload, tag) = rest.split_last_chunk_mut::<TAG>().ok_or(SrtpError::TooShort)?;
        let sealed = self
            .key
            .seal_in_place_separate_tag(self.rtp_nonce(ssrc, index), Aad::from(&*header), payload)
            .map_err(|_| SrtpError::Authentication)?;
        tag.copy_from_slice(sealed.as_ref());
        Ok(())
    }

    /// Returns the payload's length.
    #[inline]
    pub fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<usize, SrtpError> {
        let (header, body) = packet.split_at_mut_checked(header_len).ok_or(SrtpError::TooShort)?;
        self.key
            .open_in_place(self.rtp_nonce(ssrc, index), Aad::from(&*header), body)
            .map(|payload| payload.len())
            .map_err(|_| SrtpError::Authentication)
    }

    /// Appends tag and index word (RFC 7714 9.2).
    pub fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), SrtpError> {
        let word = (ENCRYPTED | index).to_be_bytes();
        let Some((clear, body)) = packet.split_first_chunk_mut::<RTCP_CLEAR>() else {
            return Err(SrtpError::TooShort);
        };
        let aad = Aad::from(rtcp_aad(clear, word));
        let tag = self
            .key
            .seal_in_place_separate_tag(self.rtcp_nonce(ssrc, index), aad, body)
            .map_err(|_| SrtpError::Authentication)?;
        packet.extend_from_slice(tag.as_ref());
        packet.extend_from_slice(&word);
        Ok(())
    }

    /// Returns the plain packet's length.
    pub fn open_rtcp(&self, packet: &mut [u8], ssrc: u32) -> Result<usize, SrtpError> {
        let (rest, index) = split_word(packet, packet.len().saturating_sub(WORD))?;
        let word = (ENCRYPTED | index).to_be_bytes();
        let (clear, body) = packet[..rest].split_first_chunk_mut::<RTCP_CLEAR>().ok_or(SrtpError::TooShort)?;
        self.key
            .open_in_place(self.rtcp_nonce(ssrc, index), Aad::from(rtcp_aad(clear, word)), body)
            .map(|plain| RTCP_CLEAR + plain.len())
            .map_err(|_| SrtpError::Authentication)
    }

    /// RFC 7714 8.1: 00 00 | SSRC | rollover counter | sequence number, XOR salt.
    #[inline]
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let value = u128::from(ssrc) << 48 | u128::from(index & 0xFFFF_FFFF_FFFF);
        self.nonce(value)
    }

    /// RFC 7714 9.1: 00 00 | SSRC | 00 00 | index, XOR salt.
    #[inline]
    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> Nonce {
        self.nonce(u128::from(ssrc) << 48 | u128::from(index))
    }

    #[inline]
    fn nonce(&self, value: u128) -> Nonce {
        let mut bytes = self.salt;
        for (byte, other) in bytes.iter_mut().zip(&value.to_be_bytes()[4..]) {
            *byte ^= other;
        }
        Nonce::assume_unique_for_key(bytes)
    }
}

/// RFC 7714 9.2: the clear part, then the word of E flag and index.
fn rtcp_aad(clear: &[u8; RTCP_CLEAR], word: [u8; WORD]) -> [u8; RTCP_CLEAR + WORD] {
    let mut aad = [0; RTCP_CLEAR + WORD];
    aad[..RTCP_CLEAR].copy_from_slice(clear);
    aad[RTCP_CLEAR..].copy_from_slice(&word);
    aad
}
