//! The framing of every file of the archive, as `recordings/framing.py` has it:
//!
//! ```text
//! file   = "SEFAWREC" · version u16 = 1 · reserved u16 = 0 · record*
//! record = length u32 · crc u32 · payload       (little-endian; crc = CRC-32C over length and payload)
//! ```

pub const HEADER: [u8; 12] = *b"SEFAWREC\x01\x00\x00\x00";

/// Of a payload.
pub const MAX_RECORD: usize = 1024 * 1024;

/// Before a payload: its length and its checksum.
pub const FRAME: usize = 8;

/// Fill in the frame of `record` = room for it, then the payload.
pub fn seal(record: &mut [u8]) {
    let Some((frame, payload)) = record.split_first_chunk_mut::<FRAME>() else { return };
    let length = (payload.len() as u32).to_le_bytes();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&length), payload).to_le_bytes();
    *frame = [length[0], length[1], length[2], length[3], crc[0], crc[1], crc[2], crc[3]];
}

/// What stands at some place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    Record(&'a [u8]),
    /// So many bytes, the frame counted, that are not what was written.
    Damaged(usize),
    /// Not to its end.
    Torn,
    /// A length that no writer writes.
    BadLength,
}

/// The record that begins with these bytes.
#[must_use]
pub fn read(bytes: &[u8]) -> Found<'_> {
    let Some((frame, rest)) = bytes.split_first_chunk::<FRAME>() else { return Found::Torn };
    let [l0, l1, l2, l3, crc @ ..] = *frame;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if !(1..=MAX_RECORD).contains(&length) {
        return Found::BadLength;
    }
    let Some(payload) = rest.get(..length) else { return Found::Torn };
    let actual = crc32c::crc32c_append(crc32c::crc32c(&frame[..4]), payload);
    if actual == u32::from_le_bytes(crc) { Found::Record(payload) } else { Found::Damaged(FRAME + length) }
}
