//! One protocol and direction of a session, whatever the profile.

use super::cm::Cm;
use super::derive::Protocol;
use super::gcm::Gcm;
use super::rtcp_word::{WORD, split_word};
use super::{Profile, SrtpError, SrtpKeys};

pub(super) enum Cipher {
    Gcm(Gcm),
    /// boxed: a large key schedule, and rarely used
    Cm(Box<Cm>),
}

impl Cipher {
    pub fn new(keys: &SrtpKeys, protocol: Protocol) -> Result<Cipher, SrtpError> {
        match keys.profile() {
            Profile::AesCm128HmacSha1_80 => Cm::new(keys, protocol).map(|cm| Cipher::Cm(Box::new(cm))),
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => Gcm::new(keys, protocol).map(Cipher::Gcm),
        }
    }

    #[inline]
    pub fn seal_rtp(&self, buf: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm(cipher) => cipher.seal_rtp(buf, header_len, ssrc, index),
            Cipher::Cm(cipher) => cipher.seal_rtp(buf, header_len, ssrc, index),
        }
    }

    #[inline]
    pub fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Result<usize, SrtpError> {
        match self {
            Cipher::Gcm(cipher) => cipher.open_rtp(packet, header_len, ssrc, index),
            Cipher::Cm(cipher) => cipher.open_rtp(packet, header_len, ssrc, index),
        }
    }

    pub fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm(cipher) => cipher.seal_rtcp(packet, ssrc, index),
            Cipher::Cm(cipher) => cipher.seal_rtcp(packet, ssrc, index),
        }
    }

    pub fn open_rtcp(&self, packet: &mut [u8], ssrc: u32) -> Result<usize, SrtpError> {
        match self {
            Cipher::Gcm(cipher) => cipher.open_rtcp(packet, ssrc),
            Cipher::Cm(cipher) => cipher.open_rtcp(packet, ssrc),
        }
    }

    /// The index that an SRTCP packet claims; it is authenticated by `open_rtcp`.
    pub fn rtcp_index(&self, packet: &[u8]) -> Result<u32, SrtpError> {
        let behind = match self {
            Cipher::Gcm(_) => WORD,
            Cipher::Cm(_) => WORD + super::cm::TAG,
        };
        let at = packet.len().checked_sub(behind).ok_or(SrtpError::TooShort)?;
        split_word(packet, at).map(|(_, index)| index)
    }
}
