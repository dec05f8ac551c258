//! Payload descriptors of all video codecs; the first byte chooses nothing: every codec reads every payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_core::codec::{VideoCodec, red, vp8, vp9};

fuzz_target!(|payload: &[u8]| {
    for codec in [VideoCodec::Vp8, VideoCodec::H264, VideoCodec::Vp9, VideoCodec::Av1] {
        assert!(!codec.is_keyframe(payload) || codec.starts_frame(payload));
    }
    assert!(vp8::Descriptor::parse(payload).is_none_or(|descriptor| descriptor.len <= payload.len()));
    let _ = vp9::Descriptor::parse(payload);
    assert!(red::newest(payload).is_none_or(|(pt, block)| pt < 128 && block.len() < payload.len()));
});
