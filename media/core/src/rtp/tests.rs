//! Headers and extensions: written and read back, hand-made vectors, arbitrary bytes.

use super::extensions::{abs_capture_time, abs_send_time, audio_level, text, transport_sequence};
use super::*;
use crate::hex::hex;
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn one_byte_extensions_with_csrcs_and_padding() {
    let packet = hex("b2e0ffff 00000001 deadbeef 00000001 00000002
         bede0003 10 41 00 22 010203 50 99 00 00 00
         aabb 02 02");
    let header = RtpHeader::parse(&packet).unwrap();
    assert_eq!((header.marker, header.padding, header.payload_type), (true, true, 0x60));
    assert_eq!((header.sequence, header.timestamp, header.ssrc, header.len), (0xFFFF, 1, 0xDEAD_BEEF, 36));
    assert_eq!(header.extensions.form(), Some(ExtensionForm::OneByte));
    let elements: Vec<_> = header.extensions.iter(&packet).collect();
    assert_eq!(elements, [(1, &b"\x41"[..]), (2, &[1, 2, 3]), (5, &[0x99])]);
    assert_eq!(header.extensions.find(&packet, 3), None);
    assert_eq!(header.payload(&packet).unwrap(), [0xAA, 0xBB]);
}

#[test]
fn two_byte_extensions() {
    let packet = hex("90600001 00000001 00000001 10050003 01 00 00 20 03 616263 00 ff 01 aa");
    let header = RtpHeader::parse(&packet).unwrap();
    assert_eq!(header.extensions.form(), Some(ExtensionForm::TwoByte));
    let elements: Vec<_> = header.extensions.iter(&packet).collect();
    assert_eq!(elements, [(1, &b""[..]), (32, b"abc"), (255, b"\xAA")]);
}

/// RFC 8285 4.2: id 15, and id 0 with a length, end the block. Other profiles' blocks are skipped.
#[test]
fn blocks_that_end_early() {
    for (block, expected) in [
        ("bede0002 10 aa f0 bb 20 cc 0000", vec![1]),
        ("bede0002 10 aa 01 bbbb 20 cc 00", vec![1]),
        ("bede0001 10 aa 27 bb", vec![1]),
        ("abcd0001 10 aa 20 bb", vec![]),
        ("bede0000", vec![]),
    ] {
        let packet = [hex("90600001 00000001 00000001"), hex(block)].concat();
        let header = RtpHeader::parse(&packet).unwrap();
        let ids: Vec<u8> = header.extensions.iter(&packet).map(|(id, _)| id).collect();
        assert_eq!((ids, header.len), (expected, packet.len()), "{block}");
    }
}

#[test]
fn refuses_what_is_cut_short() {
    for (bytes, error) in [
        ("", RtpError::TooShort),
        ("80600001 00000001 000000", RtpError::TooShort),
        ("00600001 00000001 00000001", RtpError::Version),
        ("81600001 00000001 00000001 0000", RtpError::TooShort),
        ("90600001 00000001 00000001 bede", RtpError::TooShort),
        ("90600001 00000001 00000001 bede0001 10aa", RtpError::TooShort),
    ] {
        assert_eq!(RtpHeader::parse(&hex(bytes)), Err(error), "{bytes}");
    }
    for payload in ["", "00", "aa03"] {
        let packet = [hex("a0600001 00000001 00000001"), hex(payload)].concat();
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(header.payload(&packet), Err(RtpError::Padding), "{payload}");
    }
}

#[test]
fn the_writer_refuses_what_does_not_fit() {
    let mut buf = [0; 20];
    assert!(HeaderWriter::new(&mut buf[..11], 96, false, 1, 1, 1, ExtensionForm::OneByte).is_none());
    let mut writer = HeaderWriter::new(&mut buf, 96, false, 1, 1, 1, ExtensionForm::OneByte).unwrap();
    assert!(!writer.extension(15, b"a") && !writer.extension(0, b"a") && !writer.extension(1, b""));
    assert!(!writer.extension(1, b"abcd"), "17 bytes are 20 when padded, but the block has a head too");
    assert!(writer.extension(1, b"abc"));
    assert!(!writer.extension(2, b"a"));
    assert_eq!(writer.finish(), 20);
    let mut writer = HeaderWriter::new(&mut buf, 96, false, 1, 1, 1, ExtensionForm::TwoByte).unwrap();
    assert!(!writer.extension(0, b"a") && !writer.extension(1, &[0; 256]));
    assert_eq!(writer.finish(), FIXED_HEADER);
}

#[test]
fn values() {
    assert_eq!(
        (audio_level(&[0x83]), audio_level(&[0x7F]), audio_level(&[])),
        (Some((true, 3)), Some((false, 127)), None)
    );
    assert_eq!(abs_send_time(Duration::from_millis(64_000 + 1_500)), [0x06, 0, 0]);
    assert_eq!(abs_send_time(Duration::from_nanos(63_999_999_999)), [0xFF, 0xFF, 0xFF]);
    assert_eq!((transport_sequence(&[1, 2]), transport_sequence(&[1])), (Some(258), None));
    assert_eq!((text(b"probe"), text(b""), text(b"a b"), text(&[0xFF])), (Some("probe"), None, None, None));
    assert_eq!(abs_capture_time(&[0, 0, 0, 0, 0, 0, 0, 9]), Some((9, None)));
    assert_eq!(abs_capture_time(&hex("0000000000000009 ffffffffffffffff")), Some((9, Some(-1))));
    assert_eq!(abs_capture_time(&[0; 7]), None);
}

fn any_elements(form: ExtensionForm) -> BoxedStrategy<Vec<(u8, Vec<u8>)>> {
    match form {
        ExtensionForm::OneByte => {
            prop::collection::vec((1u8..15, prop::collection::vec(any::<u8>(), 1..17)), 0..10).boxed()
        }
        ExtensionForm::TwoByte => {
            prop::collection::vec((1u8.., prop::collection::vec(any::<u8>(), 0..60)), 0..10).boxed()
        }
    }
}

fn any_form_and_elements() -> impl Strategy<Value = (ExtensionForm, Vec<(u8, Vec<u8>)>)> {
    prop_oneof![Just(ExtensionForm::OneByte), Just(ExtensionForm::TwoByte)]
        .prop_flat_map(|form| any_elements(form).prop_map(move |elements| (form, elements)))
}

proptest! {
    #[test]
    fn round_trip(
        marker: bool, padded: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
        (form, elements) in any_form_and_elements(), payload in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut buf = vec![0xEE; 1_000];
        let mut writer = HeaderWriter::new(&mut buf, payload_type, marker, sequence, timestamp, ssrc, form).unwrap();
        for (id, value) in &elements {
            prop_assert!(writer.extension(*id, value));
        }
        if padded {
            writer.padded();
        }
        let len = writer.finish();
        buf.truncate(len);
        buf.extend_from_slice(&payload);
        if padded {
            buf.extend_from_slice(&[0, 0, 3]);
        }
        let header = RtpHeader::parse(&buf).unwrap();
        let read: Vec<_> = header.extensions.iter(&buf).map(|(id, value)| (id, value.to_vec())).collect();
        prop_assert_eq!(read, elements);
        prop_assert_eq!((header.marker, header.padding, header.payload_type), (marker, padded, payload_type));
        prop_assert_eq!((header.sequence, header.timestamp, header.ssrc, header.len), (sequence, timestamp, ssrc, len));
        prop_assert_eq!(len % 4, 0);
        prop_assert_eq!(header.payload(&buf).unwrap(), &payload[..]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..120), profile in 0usize..3) {
        if bytes.len() > 16 {
            bytes[0] = bytes[0] & 0x1F | 0x90;
            let csrcs = usize::from(bytes[0] & 0x0F) * 4;
            if let Some(head) = bytes.get_mut(12 + csrcs..16 + csrcs) {
                head.copy_from_slice(&[[0xBE, 0xDE, 0, 4], [0x10, 0, 0, 5], [1, 2, 0, 1]][profile]);
            }
        }
        if let Ok(header) = RtpHeader::parse(&bytes) {
            prop_assert!(header.len <= bytes.len());
            let _ = header.payload(&bytes);
            prop_assert!(header.extensions.iter(&bytes).all(|(id, value)| id != 0 && value.len() < 256));
            // looked up against the wrong packet: nothing, or nonsense, but no panic
            let _ = header.extensions.iter(&bytes[..bytes.len() / 2]).count();
        }
    }
}
