//! RED (RFC 2198): a packet that repeats earlier ones. It passes as it is to whoever takes it; for others the newest
//! block is taken out.

/// The last header byte: no more follow, and the payload type of the newest block.
const LAST: usize = 1;
/// Any other header: a payload type, 14 bits of timestamp offset, 10 of length.
const HEADER: usize = 4;

/// The newest block: its payload type and its bytes. `None`: not RED.
#[must_use]
pub fn newest(payload: &[u8]) -> Option<(u8, &[u8])> {
    let (mut at, mut repeated) = (0, 0);
    loop {
        let first = *payload.get(at)?;
        if first & 0x80 == 0 {
            let block = payload.get(at + LAST + repeated..)?;
            return Some((first, block));
        }
        let header = payload.get(at..at + HEADER)?;
        repeated += usize::from(u16::from_be_bytes([header[2], header[3]]) & 0x3FF);
        at += HEADER;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(repeated: &[Vec<u8>], pt: u8, newest: &[u8]) -> Vec<u8> {
        let header = |block: &Vec<u8>| {
            let [high, low] = (block.len() as u16 & 0x3FF).to_be_bytes();
            [0x80 | pt, 0, high, low]
        };
        let headers: Vec<u8> = repeated.iter().flat_map(header).chain([pt]).collect();
        [headers, repeated.concat(), newest.to_vec()].concat()
    }

    proptest! {
        #[test]
        fn the_newest_block_is_found(
            repeated in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..4),
            pt in 0u8..128,
            last in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let payload = write(&repeated, pt, &last);
            prop_assert_eq!(newest(&payload), Some((pt, last.as_slice())));
        }

        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((pt, block)) = newest(&payload) {
                prop_assert!(pt < 128 && block.len() < payload.len());
            }
        }
    }
}
