//! RTP headers, extension blocks and the values in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_core::rtp::RtpHeader;
use sefaw_core::rtp::extensions::{abs_capture_time, audio_level, text, transport_sequence};

fuzz_target!(|packet: &[u8]| {
    let Ok(header) = RtpHeader::parse(packet) else {
        return;
    };
    assert!(header.len <= packet.len());
    if let Ok(payload) = header.payload(packet) {
        assert!(header.len + payload.len() <= packet.len());
    }
    let mut elements = 0;
    for (id, value) in header.extensions.iter(packet) {
        elements += 1;
        assert!(id != 0 && header.extensions.find(packet, id).is_some());
        let _ = (audio_level(value), text(value), transport_sequence(value), abs_capture_time(value));
    }
    assert!(elements * 2 <= packet.len());
    // positions of one packet, looked up in a shorter one
    let _ = header.extensions.iter(&packet[..packet.len() / 2]).count();
});
