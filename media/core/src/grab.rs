//! The exact frame that was transmitted: the packets from a keyframe up to and including the frame with one timestamp,
//! so that whoever asks can decode what every viewer saw.

use crate::port::{Blob, RefuseCode};
use crate::rtx::Packet;
use crate::serial::diff32;

/// A picture of another moment is not what was asked for: a second, in RTP ticks (video counts at 90 kHz, RFC 3551).
const FURTHEST: i32 = 90_000;

/// A packet of a video stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    pub index: u64,
    pub timestamp: u32,
    /// The last of its frame (RFC 7741 4.1, RFC 6184 5.1).
    pub marker: bool,
    pub payload: &'a [u8],
}

impl<'a> From<Packet<'a>> for Piece<'a> {
    fn from(packet: Packet<'a>) -> Piece<'a> {
        let (timestamp, marker) = (packet.header.timestamp, packet.header.marker);
        Piece { index: packet.index, timestamp, marker, payload: packet.payload() }
    }
}

/// The answer: the frame it really is, and what a decoder needs for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Grabbed {
    pub timestamp: u32,
    pub packets: Vec<(u32, Blob)>,
}

/// `pieces`: in order, from a keyframe's first packet on. The frame with this timestamp, or the nearest earlier one
/// whose every packet since the keyframe is there.
///
/// # Errors
/// `NotKept`: there is none within a second before it.
pub fn grab<'a>(pieces: impl Iterator<Item = Piece<'a>>, wanted: u32) -> Result<Grabbed, RefuseCode> {
    let (mut packets, mut complete) = (Vec::new(), 0);
    let mut last: Option<Piece<'_>> = None;
    for piece in pieces {
        // A gap: what comes after it may be decoded from a picture that nobody saw.
        if last.is_some_and(|last| piece.index != last.index.wrapping_add(1)) {
            break;
        }
        // A frame without its marker is whole where another follows.
        if last.is_some_and(|last| last.timestamp != piece.timestamp) {
            complete = packets.len();
        }
        if diff32(piece.timestamp, wanted) > 0 {
            break;
        }
        packets.push((piece.timestamp, Blob(piece.payload.to_vec())));
        if piece.marker {
            complete = packets.len();
        }
        last = Some(piece);
    }
    packets.truncate(complete);
    let found = packets.last().map(|(timestamp, _)| *timestamp);
    let near = found.filter(|timestamp| diff32(wanted, *timestamp) <= FURTHEST);
    near.map(|timestamp| Grabbed { timestamp, packets }).ok_or(RefuseCode::NotKept)
}
