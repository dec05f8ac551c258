//! A segment: a file's first record in the clear, and its chunks sealed one after another. Sans-IO: bytes.

use serde::{Deserialize, Serialize};

use crate::frame;
use crate::keys::{Cipher, DataKey, Refused, SALT, TAG};

pub const KIND: &str = "media";
pub const VERSION: u32 = 1;

/// A segment is closed at this length, in time or bytes: what a damaged beginning can cost at most.
pub const MAX_AGE_US: u64 = 10_000_000;
pub const MAX_BYTES: u64 = 4 << 20;

/// The first record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHeader {
    pub kind: String,
    pub version: u32,
    pub consultation: String,
    pub segment: u32,
    /// 64 hex digits.
    pub salt: String,
    /// The wall clock at session time 0, µs since 1970.
    pub started_unix_us: i64,
    /// Session time at which the segment begins, µs.
    pub t: u64,
}

impl SegmentHeader {
    #[must_use]
    pub fn new(consultation: &str, segment: u32, salt: &[u8; SALT], started_unix_us: i64, t: u64) -> SegmentHeader {
        let (kind, consultation, salt) = (KIND.to_owned(), consultation.to_owned(), to_hex(salt));
        SegmentHeader { kind, version: VERSION, consultation, segment, salt, started_unix_us, t }
    }

    /// # Errors
    /// [`Refused`] if the salt is none.
    pub fn salt(&self) -> Result<[u8; SALT], Refused> {
        from_hex(&self.salt).ok_or(Refused)
    }
}

/// `media-000007.seg`
#[must_use]
pub fn file_name(segment: u32) -> String {
    format!("media-{segment:06}.seg")
}

/// Seals chunks in order. What it yields is written in that order or not at all.
#[derive(Debug)]
pub struct Sealer {
    cipher: Cipher,
    chunks: u64,
}

impl Sealer {
    /// And the beginning of the file, written to `out`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn begin(key: &DataKey, header: &SegmentHeader, out: &mut Vec<u8>) -> Result<Sealer, Refused> {
        let first = serde_json::to_vec(header).map_err(|_| Refused)?;
        let cipher = Cipher::new(key, &header.salt()?, &first)?;
        out.extend_from_slice(&frame::HEADER);
        let at = out.len();
        out.extend_from_slice(&[0; frame::FRAME]);
        out.extend_from_slice(&first);
        frame::seal(&mut out[at..]);
        Ok(Sealer { cipher, chunks: 0 })
    }

    /// Append the record of this chunk to `out`.
    ///
    /// # Errors
    /// [`Refused`]; the counter is used up all the same.
    pub fn seal(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let at = out.len();
        out.extend_from_slice(&[0; frame::FRAME]);
        out.extend_from_slice(plaintext);
        self.seal_in_place(out, at)
    }

    /// Make a record of what is in `out` from `at` on: room for a frame, then a plaintext.
    ///
    /// # Errors
    /// [`Refused`]; the plaintext is as it was, and the counter is used up all the same.
    pub fn seal_in_place(&mut self, out: &mut Vec<u8>, at: usize) -> Result<(), Refused> {
        let length = out.len();
        out.extend_from_slice(&[0; TAG]);
        let counter = self.chunks;
        self.chunks += 1;
        let sealed = out.get_mut(at + frame::FRAME..).ok_or(Refused).and_then(|room| self.cipher.seal(counter, room));
        if sealed.is_err() {
            out.truncate(length);
            return sealed;
        }
        frame::seal(&mut out[at..]);
        Ok(())
    }

    /// Take back the last record, which begins `out`: it is the room for its frame and the plaintext again.
    ///
    /// # Errors
    /// [`Refused`]: it is none.
    pub fn unseal(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        let counter = self.chunks.checked_sub(1).ok_or(Refused)?;
        let length = self.cipher.open_in_place(counter, out.get_mut(frame::FRAME..).ok_or(Refused)?)?;
        out.truncate(frame::FRAME + length);
        Ok(())
    }
}

#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[must_use]
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
