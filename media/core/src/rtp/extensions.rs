//! The header extensions that the plane knows: their URIs and the coding of those values that it reads or writes.

use std::time::Duration;

/// As they stand in `a=extmap`.
pub mod uri {
    /// RFC 9143
    pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
    /// RFC 8852
    pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    /// RFC 8852
    pub const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01
    pub const TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    pub const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    pub const ABS_CAPTURE_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
    /// RFC 6464
    pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    pub const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
    /// 3GPP TS 26.114
    pub const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";
}

/// RFC 6464: (voice activity, level in -dBov: 0 loud … 127 silent).
#[inline]
#[must_use]
pub fn audio_level(value: &[u8]) -> Option<(bool, u8)> {
    let first = *value.first()?;
    Some((first & 0x80 != 0, first & 0x7F))
}

/// 24 bits of seconds in 6.18 fixed point, wrapping every 64 s.
#[inline]
#[must_use]
pub fn abs_send_time(since_epoch: Duration) -> [u8; 3] {
    let seconds = since_epoch.as_secs() & 0x3F;
    let fraction = (u64::from(since_epoch.subsec_nanos()) << 18) / 1_000_000_000;
    let [_, high, middle, low] = ((seconds << 18 | fraction) as u32).to_be_bytes();
    [high, middle, low]
}

/// The transport-wide sequence number.
#[inline]
#[must_use]
pub fn transport_sequence(value: &[u8]) -> Option<u16> {
    value.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes))
}

/// A MID or RID: 1–16 visible ASCII characters are what real endpoints send (RFC 8852: alphanumeric).
#[inline]
#[must_use]
pub fn text(value: &[u8]) -> Option<&str> {
    let plain = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    if plain { std::str::from_utf8(value).ok() } else { None }
}

/// abs-capture-time: NTP 32.32 capture time and, when there, the sender's estimate of its clock offset (32.32).
#[inline]
#[must_use]
pub fn abs_capture_time(value: &[u8]) -> Option<(u64, Option<i64>)> {
    let (capture, rest) = value.split_first_chunk::<8>()?;
    let offset = rest.first_chunk::<8>().map(|bytes| i64::from_be_bytes(*bytes));
    Some((u64::from_be_bytes(*capture), offset))
}
