//! Builds RTCP messages, appended to a caller's buffer; calling several in turn makes a compound packet.

use super::ReportBlock;

/// RFC 3550 6.4.1, without report blocks. `octets` = payload bytes.
pub fn sender_report(out: &mut Vec<u8>, ssrc: u32, ntp: u64, rtp_timestamp: u32, packets: u32, octets: u32) {
    let _ = (out, ssrc, ntp, rtp_timestamp, packets, octets);
}

/// RFC 3550 6.4.2. At most 31 blocks fit; more are left out.
pub fn receiver_report(out: &mut Vec<u8>, ssrc: u32, blocks: &[ReportBlock]) {
    let _ = (out, ssrc, blocks);
}

/// RFC 3550 6.5: one chunk with a CNAME of at most 255 bytes.
pub fn sdes_cname(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let _ = (out, ssrc, cname);
}

/// RFC 4585 6.2.1. `lost` is sorted (around the wrap too); nothing is written for an empty list.
pub fn nack(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, lost: &[u16]) {
    let _ = (out, sender_ssrc, media_ssrc, lost);
}

/// RFC 4585 6.3.1.
pub fn pli(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32) {
    let _ = (out, sender_ssrc, media_ssrc);
}

/// RFC 5104 4.3.1. `seq` grows with each new request, and stays the same in its repetitions.
pub fn fir(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, seq: u8) {
    let _ = (out, sender_ssrc, media_ssrc, seq);
}

/// draft-alvestrand-rmcat-remb-03 2.2. At most 255 SSRCs.
pub fn remb(out: &mut Vec<u8>, sender_ssrc: u32, bps: u64, ssrcs: &[u32]) {
    let _ = (out, sender_ssrc, bps, ssrcs);
}

/// RFC 3550 6.6. At most 31 SSRCs.
pub fn bye(out: &mut Vec<u8>, ssrcs: &[u32]) {
    let _ = (out, ssrcs);
}
