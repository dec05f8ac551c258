//! AV1 (RTP Payload Format for AV1 1.0, 4.4): the aggregation header.

/// A sequence header OBU begins every keyframe's temporal unit.
const SEQUENCE_HEADER: u8 = 1;

/// Does a keyframe begin in this packet? N says so; senders that leave N out still begin with the sequence header.
#[must_use]
pub fn is_keyframe(payload: &[u8]) -> bool {
    let Some((&head, rest)) = payload.split_first() else {
        return false;
    };
    let (continues, elements, new_sequence) = (head & 0x80 != 0, head >> 4 & 3, head & 0x08 != 0);
    !continues && (new_sequence || first_unit(rest, elements) == Some(SEQUENCE_HEADER))
}

/// May a frame begin in this packet? (It does not begin with the rest of an OBU.)
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    payload.first().is_some_and(|head| head & 0x80 == 0)
}

/// The type of the first OBU: behind its length, unless it is the packet's only element (W = 1).
fn first_unit(rest: &[u8], elements: u8) -> Option<u8> {
    let body = if elements == 1 { rest } else { &rest[leb128_len(rest)..] };
    body.first().map(|header| header >> 3 & 0x0F)
}

/// Bytes of a LEB128 number, at most 8 (AV1 4.10.5).
fn leb128_len(bytes: &[u8]) -> usize {
    let more = bytes.iter().take(7).take_while(|byte| **byte & 0x80 != 0).count();
    (more + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn keyframes() {
        for (payload, keyframe, frame) in [
            ("18 0a0b0000", true, true),   // N, one element
            ("28 0b 0a0b", true, true),    // N, two elements
            ("98 0a0b", false, false),     // N, but the rest of an OBU
            ("10 0a0b", true, true),       // no N, a sequence header
            ("20 02 0a0b 32", true, true), // no N, the first of two is one
            ("00 8002 0a0b", true, true),  // a length of two bytes
            ("10 32ff", false, true),      // a frame
            ("10", false, true),
            ("00 ffffffffffffffffff", false, true),
            ("", false, false),
        ] {
            assert_eq!((is_keyframe(&hex(payload)), starts_frame(&hex(payload))), (keyframe, frame), "{payload}");
        }
    }
}
