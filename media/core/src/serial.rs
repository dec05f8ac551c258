//! Sequence-number and timestamp arithmetic, once for the whole plane: half-range comparison (RFC 1982) and the
//! unwrapping of 16-bit sequence numbers into extended indices (RFC 3711 3.3.1).

/// Is `a` newer than `b`? Exactly half a range apart counts as newer one way only: the larger number.
#[inline]
#[must_use]
pub fn newer16(a: u16, b: u16) -> bool {
    let ahead = a.wrapping_sub(b);
    ahead != 0 && (ahead < 0x8000 || (ahead == 0x8000 && a > b))
}

/// Is `a` newer than `b`? See [`newer16`].
#[inline]
#[must_use]
pub fn newer32(a: u32, b: u32) -> bool {
    let ahead = a.wrapping_sub(b);
    ahead != 0 && (ahead < 0x8000_0000 || (ahead == 0x8000_0000 && a > b))
}

/// `a - b` on the circle: positive when `a` is newer.
#[inline]
#[must_use]
pub fn diff32(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

/// The extended index with these low 16 bits that lies nearest to `highest`, never below 0.
#[inline]
#[must_use]
pub fn unwrap16(highest: u64, seq: u16) -> u64 {
    let ahead = i64::from(seq.wrapping_sub(highest as u16).cast_signed());
    highest.checked_add_signed(ahead).unwrap_or(u64::from(seq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn around_the_wrap() {
        assert!(newer16(0, 65_535) && newer16(5, 65_000) && !newer16(65_535, 0) && !newer16(7, 7));
        assert!(newer32(0, u32::MAX) && !newer32(u32::MAX, 0) && !newer32(7, 7));
        assert_eq!((diff32(0, u32::MAX), diff32(u32::MAX, 0)), (1, -1));
        assert_eq!(unwrap16(65_535, 0), 65_536);
        assert_eq!(unwrap16(65_536, 65_535), 65_535);
        assert_eq!(unwrap16(3, 65_534), 65_534, "never below 0");
    }

    proptest! {
        #[test]
        fn newer_is_antisymmetric(a: u16, b: u16, c: u32, d: u32) {
            prop_assert_eq!(newer16(a, b), a != b && !newer16(b, a));
            prop_assert_eq!(newer32(c, d), c != d && !newer32(d, c));
        }

        #[test]
        fn newer_within_half_a_range(a: u16, ahead in 1u16..0x8000, b: u32, further in 1u32..0x8000_0000) {
            prop_assert!(newer16(a.wrapping_add(ahead), a));
            prop_assert!(newer32(b.wrapping_add(further), b));
            prop_assert_eq!(i64::from(diff32(b.wrapping_add(further), b)), i64::from(further));
        }

        #[test]
        fn unwrap_finds_the_nearest(highest in 0u64..1 << 40, offset in -0x8000i64..0x8000) {
            if let Some(index) = highest.checked_add_signed(offset) {
                prop_assert_eq!(unwrap16(highest, index as u16), index);
            }
        }

        #[test]
        fn unwrap_keeps_the_low_bits(highest: u64, seq: u16) {
            let index = unwrap16(highest, seq);
            prop_assert_eq!(index as u16, seq);
            prop_assert!(index.abs_diff(highest) <= 0x1_0000);
        }
    }
}
