//! Reading a segment: whatever the bytes, the result is what was written up to some place, and what of it is damaged.
//! Used by tests and the fuzz target; the seal and the verifier have readers of their own, which share no code with
//! this one but the golden files (`tests/golden/journal_v1`).

use crate::chunk::Entries;
use crate::frame::{self, Found};
use crate::keys::{Cipher, DataKey};
use crate::segment::{KIND, SegmentHeader, VERSION};

/// Why nothing of a file can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("no file of the archive")]
    Framing,
    #[error("its first record is damaged or not there")]
    FirstRecord,
    #[error("not a media segment of this version")]
    Kind,
}

/// What is wrong with a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Its checksum: the disk gave back other bytes than were written.
    Checksum,
    /// Its tag: another key, or changed by somebody who knew how to make a checksum.
    Tag,
    /// It was sealed so, and is not as the format has it.
    Format,
}

/// One record after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where its frame begins in the file.
    pub offset: usize,
    /// The plaintext; its entries are [`Entries::of`] it.
    pub plaintext: Result<Vec<u8>, Damage>,
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Clean,
    /// In the middle of a record: written last, not to its end.
    Torn,
    /// By a length that no writer writes.
    BadLength,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub header: SegmentHeader,
    pub records: Vec<Record>,
    pub ending: Ending,
    /// Up to here the file is records.
    pub length: usize,
}

/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8], key: &DataKey) -> Result<Segment, Unreadable> {
    let body = bytes.strip_prefix(&frame::HEADER[..]).ok_or(Unreadable::Framing)?;
    let Found::Record(first) = frame::read(body) else { return Err(Unreadable::FirstRecord) };
    let header: SegmentHeader = serde_json::from_slice(first).map_err(|_| Unreadable::Kind)?;
    if header.kind != KIND || header.version != VERSION {
        return Err(Unreadable::Kind);
    }
    let salt = header.salt().map_err(|_| Unreadable::Kind)?;
    let cipher = Cipher::new(key, &salt, first).map_err(|_| Unreadable::Kind)?;
    let mut segment = Segment { header, records: Vec::new(), ending: Ending::Clean, length: 0 };
    let mut at = frame::HEADER.len() + frame::FRAME + first.len();
    while at < bytes.len() {
        let (plaintext, length) = match frame::read(&bytes[at..]) {
            Found::Record(sealed) => {
                let counter = segment.records.len() as u64;
                (open(&cipher, counter, sealed), frame::FRAME + sealed.len())
            }
            // The chunks behind it have numbers of their own: one flipped bit costs one chunk.
            Found::Damaged(length) => (Err(Damage::Checksum), length),
            Found::Torn => {
                segment.ending = Ending::Torn;
                break;
            }
            Found::BadLength => {
                segment.ending = Ending::BadLength;
                break;
            }
        };
        segment.records.push(Record { offset: at, plaintext });
        at += length;
    }
    segment.length = at;
    Ok(segment)
}

fn open(cipher: &Cipher, counter: u64, sealed: &[u8]) -> Result<Vec<u8>, Damage> {
    let plaintext = cipher.open(counter, sealed).map_err(|_| Damage::Tag)?;
    let entries = Entries::of(&plaintext).ok_or(Damage::Format)?;
    if entries.into_iter().any(|entry| entry.is_none()) {
        return Err(Damage::Format);
    }
    Ok(plaintext)
}
