//! The RTX payload (RFC 4588 4): two bytes of original sequence number, then the original payload.

use crate::rtp::RtpHeader;
use std::ops::Range;

/// Bytes of the original sequence number in front of the payload.
pub const OSN_LEN: usize = 2;

/// An incoming RTX packet turned back into the packet that it repeats.
#[derive(Debug, Clone)]
pub struct Unwrapped {
    /// of the original packet: its sequence number, SSRC and payload type
    pub header: RtpHeader,
    /// where the original packet now lies in the buffer, without padding
    pub range: Range<usize>,
}

/// The original sequence number that an RTX payload starts with.
#[inline]
#[must_use]
pub fn original_sequence(payload: &[u8]) -> Option<u16> {
    payload.first_chunk::<OSN_LEN>().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Make the original packet out of a decrypted RTX packet, in place: the header moves two bytes up over the original
/// sequence number. `None` for padding probes (no payload) and malformed packets.
pub fn unwrap_in_place(packet: &mut [u8], header: &RtpHeader, ssrc: u32, payload_type: u8) -> Option<Unwrapped> {
    let payload = header.payload(packet).ok()?;
    let sequence = original_sequence(payload)?;
    if payload.len() == OSN_LEN {
        return None;
    }
    let end = header.len + payload.len();
    packet.copy_within(..header.len, OSN_LEN);
    let fixed = packet.get_mut(OSN_LEN..)?.first_chunk_mut::<12>()?;
    fixed[0] &= !0x20; // the range leaves the padding out
    fixed[1] = (fixed[1] & 0x80) | (payload_type & 0x7F);
    fixed[2..4].copy_from_slice(&sequence.to_be_bytes());
    fixed[8..12].copy_from_slice(&ssrc.to_be_bytes());
    // Positions in the header count from its first byte, so they hold for the moved packet too.
    let header = RtpHeader { sequence, ssrc, payload_type: payload_type & 0x7F, padding: false, ..*header };
    Some(Unwrapped { header, range: OSN_LEN..end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::{ExtensionForm, HeaderWriter};
    use proptest::prelude::*;

    fn rtx(osn: u16, payload: &[u8], padding: u8) -> Vec<u8> {
        let mut buf = vec![0; 64];
        let mut writer = HeaderWriter::new(&mut buf, 97, true, 7, 1_000, 2, ExtensionForm::OneByte).unwrap();
        assert!(writer.extension(4, b"probe"));
        if padding > 0 {
            writer.padded();
        }
        let len = writer.finish();
        buf.truncate(len);
        buf.extend_from_slice(&osn.to_be_bytes());
        buf.extend_from_slice(payload);
        buf.extend((0..padding).map(|_| padding));
        buf
    }

    #[test]
    fn padding_probes_are_nothing() {
        for mut packet in [rtx(1, b"", 0), rtx(1, b"", 200)] {
            let header = RtpHeader::parse(&packet).unwrap();
            assert!(unwrap_in_place(&mut packet, &header, 1, 96).is_none());
        }
        let mut only_padding = rtx(1, b"", 0);
        only_padding.truncate(only_padding.len() - 2);
        let header = RtpHeader::parse(&only_padding).unwrap();
        assert!(unwrap_in_place(&mut only_padding, &header, 1, 96).is_none());
    }

    proptest! {
        #[test]
        fn the_original_comes_back(osn: u16, payload in prop::collection::vec(any::<u8>(), 1..200), padding in 0u8..20) {
            let mut packet = rtx(osn, &payload, padding);
            let header = RtpHeader::parse(&packet).unwrap();
            let got = unwrap_in_place(&mut packet, &header, 0xABCD, 96).unwrap();
            let original = &packet[got.range];
            prop_assert_eq!(RtpHeader::parse(original).unwrap(), got.header);
            prop_assert_eq!((got.header.sequence, got.header.ssrc, got.header.payload_type), (osn, 0xABCD, 96));
            prop_assert_eq!((got.header.timestamp, got.header.marker), (1_000, true));
            prop_assert_eq!(got.header.payload(original).unwrap(), &payload[..]);
            prop_assert_eq!(got.header.extensions.find(original, 4), Some(&b"probe"[..]));
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 12..80)) {
            bytes[0] = bytes[0] & 0x3F | 0x80;
            let header = RtpHeader::parse(&bytes);
            if let Some(got) = header.ok().and_then(|header| unwrap_in_place(&mut bytes, &header, 1, 2)) {
                prop_assert_eq!(RtpHeader::parse(&bytes[got.range]), Ok(got.header));
            }
        }
    }
}
