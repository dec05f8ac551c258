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
