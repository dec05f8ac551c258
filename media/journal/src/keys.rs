//! AES-256-GCM with a key for each file: HKDF-SHA256 (RFC 5869) of the consultation's data key and the file's salt. The
//! nonce is the record's number, which no key sees twice: a file that could not be written to its end is never
//! continued.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};

pub const TAG: usize = 16;
pub const SALT: usize = 32;
const INFO: &[u8] = b"sefaw journal v1 media";

/// A consultation's data key. Never shown.
#[derive(Clone, Copy)]
pub struct DataKey(pub [u8; 32]);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

/// The crypto library refused: no randomness, or not what was sealed under this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cipher refused")]
pub struct Refused;

/// The cipher of one file.
#[derive(Debug)]
pub struct Cipher {
    key: LessSafeKey,
    aad: [u8; 32],
}

impl Cipher {
    /// `first`: the payload of the file's first record, which every chunk is bound to.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn new(key: &DataKey, salt: &[u8; SALT], first: &[u8]) -> Result<Cipher, Refused> {
        let secret = Salt::new(HKDF_SHA256, salt).extract(&key.0);
        let okm = secret.expand(&[INFO], &AES_256_GCM).map_err(|_| Refused)?;
        let mut aad = [0; 32];
        aad.copy_from_slice(digest(&SHA256, first).as_ref());
        Ok(Cipher { key: LessSafeKey::new(UnboundKey::from(okm)), aad })
    }

    /// Encrypt in place; `buffer` = plaintext, then room for the tag.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn seal(&self, counter: u64, buffer: &mut [u8]) -> Result<(), Refused> {
        let (plain, tag) = buffer.split_last_chunk_mut::<TAG>().ok_or(Refused)?;
        let sealed =
            self.key.seal_in_place_separate_tag(nonce(counter), Aad::from(self.aad), plain).map_err(|_| Refused)?;
        tag.copy_from_slice(sealed.as_ref());
        Ok(())
    }

    /// Decrypt in place; how long the plaintext is, at the buffer's beginning.
    ///
    /// # Errors
    /// [`Refused`]; the buffer has nothing of use then.
    pub fn open_in_place(&self, counter: u64, sealed: &mut [u8]) -> Result<usize, Refused> {
        let plain = self.key.open_in_place(nonce(counter), Aad::from(self.aad), sealed).map_err(|_| Refused)?;
        Ok(plain.len())
    }

    /// The plaintext.
    ///
    /// # Errors
    /// [`Refused`]: another key, another file, another place in it, or changed.
    pub fn open(&self, counter: u64, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut buffer = sealed.to_vec();
        let length = self.open_in_place(counter, &mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// # Errors
/// [`Refused`]: no randomness.
pub fn fresh_salt() -> Result<[u8; SALT], Refused> {
    let mut salt = [0; SALT];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| Refused)?;
    Ok(salt)
}

/// Four zero bytes, then the counter, big-endian.
fn nonce(counter: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[4..].copy_from_slice(&counter.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}
