//! NTP time (RFC 3550 4) and the round trip that report blocks let one compute (RFC 3550 6.4.1).

use super::ReportBlock;
use std::time::Duration;

/// Seconds from 1900 to 1970.
const NTP_UNIX_OFFSET: u64 = 2_208_988_800;

/// 32.32 fixed-point seconds since 1900.
#[must_use]
pub fn ntp_from_unix(since_unix_epoch: Duration) -> u64 {
    let seconds = since_unix_epoch.as_secs().wrapping_add(NTP_UNIX_OFFSET) & 0xFFFF_FFFF;
    let fraction = (u64::from(since_unix_epoch.subsec_nanos()) << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

/// Round trip by a report block about a stream of ours, received at `now` (the clock of our sender reports). `None`
/// when the other side has not yet seen a sender report, or the figures make no sense.
#[must_use]
pub fn round_trip(now_ntp: u64, block: &ReportBlock) -> Option<Duration> {
    if block.last_sender_report == 0 {
        return None;
    }
    let middle = (now_ntp >> 16) as u32;
    let trip = middle.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay_since_last_sender_report);
    // A negative trip (clock granularity) or more than half the range is noise.
    if trip >= 0x8000_0000 {
        return None;
    }
    Some(Duration::from_nanos((u64::from(trip) * 1_000_000_000) >> 16))
}
