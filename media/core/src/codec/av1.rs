//! AV1 (the AOM RTP payload format 1.0).

/// Does a keyframe begin in this packet?
#[must_use]
pub fn is_keyframe(payload: &[u8]) -> bool {
    let _ = payload;
    false
}

/// Does a frame begin in this packet?
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    let _ = payload;
    false
}
