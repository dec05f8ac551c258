//! The word that SRTCP adds: the E flag and the 31-bit index (RFC 3711 3.4).

use super::SrtpError;

pub(super) const WORD: usize = 4;
/// The E flag.
pub(super) const ENCRYPTED: u32 = 1 << 31;
/// Index numbers end here; no packet may follow under the same key.
pub(super) const MAX_INDEX: u32 = ENCRYPTED - 1;

/// Read the word at `at`: (the same `at`, index).
pub(super) fn split_word(packet: &[u8], at: usize) -> Result<(usize, u32), SrtpError> {
    let bytes = packet.get(at..).and_then(<[u8]>::first_chunk::<WORD>).ok_or(SrtpError::TooShort)?;
    let word = u32::from_be_bytes(*bytes);
    if word & ENCRYPTED == 0 { Err(SrtpError::NotEncrypted) } else { Ok((at, word & MAX_INDEX)) }
}
