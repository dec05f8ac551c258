//! Session keys from master keys (RFC 3711 4.3; RFC 7714 11 for AEAD). The key derivation rate is 0: once per session.

use super::SrtpError;
use super::keys::{MAX_KEY, MAX_SALT, SrtpKeys};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

/// RFC 3711 4.3.2: the labels of the SRTP keys; SRTCP's are three more.
const ENCRYPTION: u8 = 0;
const AUTHENTICATION: u8 = 1;
const SALT: u8 = 2;

/// Which of the two protocols of a session the keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Rtp,
    Rtcp,
}

impl Protocol {
    fn first_label(self) -> u8 {
        match self {
            Protocol::Rtp => 0,
            Protocol::Rtcp => 3,
        }
    }
}

/// Length of the HMAC-SHA1 key (RFC 3711 5.2).
const AUTH_KEY: usize = 20;

/// The keys of one protocol and direction.
pub(super) struct SessionKeys {
    encryption: [u8; MAX_KEY],
    key_len: usize,
    pub authentication: [u8; AUTH_KEY],
    pub salt: [u8; MAX_SALT],
}

impl SessionKeys {
    pub fn derive(master: &SrtpKeys, protocol: Protocol) -> Result<SessionKeys, SrtpError> {
        let profile = master.profile();
        let label = protocol.first_label();
        let key_len = profile.key_len();
        let mut keys =
            SessionKeys { encryption: [0; MAX_KEY], key_len, authentication: [0; AUTH_KEY], salt: [0; MAX_SALT] };
        generate(master, label + ENCRYPTION, &mut keys.encryption[..key_len])?;
        generate(master, label + AUTHENTICATION, &mut keys.authentication)?;
        generate(master, label + SALT, &mut keys.salt[..profile.salt_len()])?;
        Ok(keys)
    }

    /// Keys that a test vector gives as they are.
    #[cfg(test)]
    pub fn given(encryption: &[u8], session_salt: &[u8]) -> SessionKeys {
        let mut keys = SessionKeys {
            encryption: [0; MAX_KEY],
            key_len: encryption.len(),
            authentication: [0; AUTH_KEY],
            salt: [0; MAX_SALT],
        };
        keys.encryption[..encryption.len()].copy_from_slice(encryption);
        keys.salt[..session_salt.len()].copy_from_slice(session_salt);
        keys
    }

    pub fn encryption(&self) -> &[u8] {
        &self.encryption[..self.key_len]
    }
}

/// The AES-CM generator (RFC 3711 4.3.3): the keystream whose counter block is `master salt XOR (label << 48)`, shifted
/// up by 16 bits.
fn generate(master: &SrtpKeys, label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
    let mut block = [0; 16];
    block[..MAX_SALT].copy_from_slice(&master.padded_salt());
    block[7] ^= label;
    out.fill(0);
    counter_mode(master.key())?
        .less_safe_encrypt(out, EncryptionContext::Iv128(FixedLength::from(block)))
        .map_err(|_| SrtpError::Keys)?;
    Ok(())
}

/// AES in counter mode with a 128- or 256-bit key.
pub(super) fn counter_mode(key: &[u8]) -> Result<EncryptingKey, SrtpError> {
    let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
    let key = UnboundCipherKey::new(algorithm, key).map_err(|_| SrtpError::Keys)?;
    EncryptingKey::ctr(key).map_err(|_| SrtpError::Keys)
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;
    use crate::hex::hex;

    /// RFC 3711 B.3.
    #[test]
    fn rfc3711_key_derivation() {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        let master = SrtpKeys::from_master(Profile::AesCm128HmacSha1_80, &key, &salt).unwrap();
        let keys = SessionKeys::derive(&master, Protocol::Rtp).unwrap();
        assert_eq!(keys.encryption(), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(keys.salt.to_vec(), hex("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(keys.authentication.to_vec(), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    /// RFC 3711 B.2: the keystream of AES-CM, 0xFF02 blocks long there; its first and last blocks here.
    #[test]
    fn rfc3711_counter_mode() {
        let key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
        let cipher = counter_mode(&key).unwrap();
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
        let mut stream = vec![0; 0xFF02 * 16];
        let _ = cipher.less_safe_encrypt(&mut stream, EncryptionContext::Iv128(FixedLength::from(iv))).unwrap();
        assert_eq!(stream[..16], hex("E03EAD0935C95E80E166B16DD92B4EB4"));
        assert_eq!(stream[0xFEFF * 16..][..16], hex("EC8CDF7398607CB0F2D21675EA9EA1E4"));
        assert_eq!(stream[0xFF00 * 16..][..16], hex("362B7C3C6773516318A077D7FC5073AE"));
        assert_eq!(stream[0xFF01 * 16..][..16], hex("6A2CC3787889374FBEB4C81B17BA6C44"));
    }
}
