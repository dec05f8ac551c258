//! An RTX packet turned back into its original, in place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_core::rtp::RtpHeader;
use sefaw_core::rtx::unwrap_in_place;

fuzz_target!(|packet: &[u8]| {
    let mut packet = packet.to_vec();
    let Ok(header) = RtpHeader::parse(&packet) else {
        return;
    };
    let before: Vec<_> = header.extensions.iter(&packet).map(|(id, value)| (id, value.to_vec())).collect();
    let Some(original) = unwrap_in_place(&mut packet, &header, 7, 96) else {
        return;
    };
    let bytes = &packet[original.range];
    assert_eq!(RtpHeader::parse(bytes), Ok(original.header));
    assert!(!original.header.payload(bytes).expect("padding was taken off").is_empty());
    let after: Vec<_> = original.header.extensions.iter(bytes).map(|(id, value)| (id, value.to_vec())).collect();
    assert_eq!(before, after);
});
