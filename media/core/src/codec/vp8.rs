//! VP8 (RFC 7741).

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
