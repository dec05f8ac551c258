//! H.264 (RFC 6184): single NAL units, STAP-A and FU-A, the modes that WebRTC uses.

const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const ACCESS_UNIT_DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// A NAL unit, or the first fragment of one.
#[derive(Debug, Clone, Copy)]
struct Unit<'a> {
    kind: u8,
    body: &'a [u8],
}

impl Unit<'_> {
    /// Of a slice: does it begin with the picture's first macroblock? `first_mb_in_slice` is an Exp-Golomb 0: one set bit.
    fn first_slice(self) -> bool {
        self.body.first().is_some_and(|byte| byte & 0x80 != 0)
    }

    fn begins_keyframe(self) -> bool {
        self.kind == SPS || (self.kind == IDR_SLICE && self.first_slice())
    }

    fn begins_frame(self) -> bool {
        match self.kind {
            SLICE | IDR_SLICE => self.first_slice(),
            kind => (SEI..=ACCESS_UNIT_DELIMITER).contains(&kind),
        }
    }
}

/// Does a keyframe begin in this packet? Its parameter sets and its first slice both say so; the first of a timestamp is
/// where it begins.
#[must_use]
pub fn is_keyframe(payload: &[u8]) -> bool {
    any_unit(payload, |unit| unit.begins_keyframe())
}

/// May a frame begin in this packet? (Parameter sets, delimiters and SEI stand before the first slice.)
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    any_unit(payload, |unit| unit.begins_frame())
}

fn any_unit(payload: &[u8], wanted: impl Fn(Unit<'_>) -> bool) -> bool {
    let Some((&head, body)) = payload.split_first() else {
        return false;
    };
    match head & 0x1F {
        STAP_A => aggregated(body).any(wanted),
        FU_A => first_fragment(body).is_some_and(wanted),
        kind => wanted(Unit { kind, body }),
    }
}

/// RFC 6184 5.7.1: units, each behind its 16-bit size.
fn aggregated(mut rest: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    std::iter::from_fn(move || {
        let (size, after) = rest.split_first_chunk::<2>()?;
        let (unit, next) = after.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        rest = next;
        let (&head, body) = unit.split_first()?;
        Some(Unit { kind: head & 0x1F, body })
    })
}

/// RFC 6184 5.8: the start bit, and the type of the fragmented unit.
fn first_fragment(body: &[u8]) -> Option<Unit<'_>> {
    let (&head, body) = body.split_first()?;
    (head & 0x80 != 0).then_some(Unit { kind: head & 0x1F, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn keyframes_in_every_packetisation() {
        for (payload, expected) in [
            ("65 88 84", true),                                 // IDR slice
            ("65 48 84", false),                                // a later slice of the same picture
            ("67 42 c0 1f", true),                              // SPS
            ("68 ce 3c 80", false),                             // PPS
            ("41 9a 24", false),                                // P slice
            ("78 0004 6742c01f 0004 68ce3c80 0002 6588", true), // STAP-A of SPS, PPS, IDR
            ("78 0002 0910 0003 658884", true),                 // STAP-A of delimiter, IDR
            ("78 0003 419a24", false),                          // STAP-A of a P slice
            ("78 0009 6742", false),                            // STAP-A cut short
            ("78 0000 0002 6588", false),                       // empty unit
            ("7c 85 88 84", true),                              // FU-A, start of IDR
            ("7c 05 88 84", false),                             // FU-A, middle
            ("7c 81 9a 24", false),                             // FU-A, start of P
            ("7c", false),
            ("", false),
        ] {
            assert_eq!(is_keyframe(&hex(payload)), expected, "{payload}");
        }
    }

    #[test]
    fn frames() {
        for (payload, expected) in [
            ("41 9a 24", true),
            ("41 1a 24", false),
            ("09 10", true),
            ("7c 81 9a", true),
            ("7c 41 9a", false),
            ("78 0003 419a24", true),
        ] {
            assert_eq!(starts_frame(&hex(payload)), expected, "{payload}");
        }
    }
}
