//! What the header writer writes is what the parser reads, in any buffer.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sefaw_core::rtp::{ExtensionForm, HeaderWriter, RtpHeader};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    room: u8,
    two_byte: bool,
    marker: bool,
    padded: bool,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    elements: Vec<(u8, &'a [u8])>,
}

fuzz_target!(|input: Input<'_>| {
    let form = if input.two_byte { ExtensionForm::TwoByte } else { ExtensionForm::OneByte };
    let mut buf = vec![0xEE; usize::from(input.room) * 4];
    let (marker, sequence, timestamp, ssrc) = (input.marker, input.sequence, input.timestamp, input.ssrc);
    let writer = HeaderWriter::new(&mut buf, input.payload_type, marker, sequence, timestamp, ssrc, form);
    let Some(mut writer) = writer else {
        assert!(input.room < 3);
        return;
    };
    if input.padded {
        writer.padded();
    }
    let written: Vec<_> = input.elements.into_iter().filter(|(id, value)| writer.extension(*id, value)).collect();
    let len = writer.finish();
    let header = RtpHeader::parse(&buf).expect("what was written can be read");
    assert_eq!((header.len, header.marker, header.padding), (len, marker, input.padded));
    assert_eq!((header.sequence, header.timestamp, header.ssrc), (sequence, timestamp, ssrc));
    assert!(header.extensions.iter(&buf).eq(written));
});
