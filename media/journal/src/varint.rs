//! Unsigned LEB128: seven bits a byte, the lowest first; the high bit says that more follow.

/// Bytes of the largest.
pub const MAX: usize = 10;

pub fn put(out: &mut Vec<u8>, value: u64) {
    let mut bytes = ([0; MAX], 0);
    write(&mut bytes, value);
    out.extend_from_slice(bytes.0.get(..bytes.1).unwrap_or_default());
}

/// The same into bytes that are not a vector's, behind so many; what does not fit is left out.
#[inline]
pub(crate) fn write<const N: usize>((bytes, length): &mut ([u8; N], usize), mut value: u64) {
    loop {
        let more = value >= 0x80;
        if let Some(byte) = bytes.get_mut(*length) {
            *byte = (value as u8 & 0x7f) | (u8::from(more) << 7);
            *length += 1;
        }
        value >>= 7;
        if !more {
            return;
        }
    }
}

#[must_use]
pub fn size(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// The value and what follows it. `None`: cut off, or more than 64 bits.
#[must_use]
pub fn take(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(MAX).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if at == MAX - 1 && bits > 1 {
            return None;
        }
        value |= bits << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<u64>(), shift in 0..64u32, rest in any::<Vec<u8>>()) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            prop_assert_eq!(bytes.len(), size(value));
            let mut short = ([0; 1], 0);
            write(&mut short, value);
            prop_assert_eq!(&short.0[..short.1], &bytes[..1]);
            bytes.extend(&rest);
            prop_assert_eq!(take(&bytes), Some((value, &rest[..])));
        }

        #[test]
        fn any_bytes_are_a_value_or_none(bytes in any::<Vec<u8>>()) {
            if let Some((value, rest)) = take(&bytes) {
                prop_assert!(bytes.len() - rest.len() >= size(value));
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_too_large_is_none() {
        assert_eq!(take(&[]), None);
        assert_eq!(take(&[0x80]), None);
        assert_eq!(take(&[0xff; 10]), None);
        assert_eq!(take(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), None);
        assert_eq!(take(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Some((u64::MAX, &[][..])));
    }
}
