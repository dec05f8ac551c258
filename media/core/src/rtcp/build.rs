//! Builds RTCP messages, appended to a caller's buffer; calling several in turn makes a compound packet.

use super::{ReportBlock, format, packet_type};

/// The count field has five bits.
const MAX_COUNT: usize = 31;

/// RFC 3550 6.4.1, without report blocks. `octets` = payload bytes.
pub fn sender_report(out: &mut Vec<u8>, ssrc: u32, ntp: u64, rtp_timestamp: u32, packets: u32, octets: u32) {
    let start = open(out, packet_type::SENDER_REPORT, 0);
    word(out, ssrc);
    out.extend_from_slice(&ntp.to_be_bytes());
    for value in [rtp_timestamp, packets, octets] {
        word(out, value);
    }
    close(out, start);
}

/// RFC 3550 6.4.2. At most 31 blocks fit; more are left out.
pub fn receiver_report(out: &mut Vec<u8>, ssrc: u32, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(MAX_COUNT)];
    let start = open(out, packet_type::RECEIVER_REPORT, blocks.len() as u8);
    word(out, ssrc);
    for block in blocks {
        block.write(out);
    }
    close(out, start);
}

/// RFC 3550 6.5: one chunk with a CNAME, cut to 255 bytes.
pub fn sdes_cname(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    const CNAME: u8 = 1;
    let name = &cname.as_bytes()[..cname.len().min(255)];
    let start = open(out, packet_type::SDES, 1);
    word(out, ssrc);
    out.extend_from_slice(&[CNAME, name.len() as u8]);
    out.extend_from_slice(name);
    // at least one zero ends the list of items, then up to the next word
    let end = start + (out.len() + 1 - start).next_multiple_of(4);
    out.resize(end, 0);
    close(out, start);
}

/// RFC 4585 6.2.1. `lost` is sorted (around the wrap too); nothing is written for an empty list.
pub fn nack(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, lost: &[u16]) {
    let Some((&first, rest)) = lost.split_first() else {
        return;
    };
    let start = feedback(out, packet_type::TRANSPORT_FEEDBACK, format::NACK, sender_ssrc, media_ssrc);
    let (mut base, mut following) = (first, 0u16);
    for &sequence in rest {
        match sequence.wrapping_sub(base) {
            0 => {}
            distance @ 1..=16 => following |= 1 << (distance - 1),
            _ => {
                pair(out, base, following);
                (base, following) = (sequence, 0);
            }
        }
    }
    pair(out, base, following);
    close(out, start);
}

/// RFC 4585 6.3.1.
pub fn pli(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32) {
    let start = feedback(out, packet_type::PAYLOAD_FEEDBACK, format::PLI, sender_ssrc, media_ssrc);
    close(out, start);
}

/// RFC 5104 4.3.1. `seq` grows with each new request, and stays the same in its repetitions.
pub fn fir(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, seq: u8) {
    let start = feedback(out, packet_type::PAYLOAD_FEEDBACK, format::FIR, sender_ssrc, 0);
    word(out, media_ssrc);
    out.extend_from_slice(&[seq, 0, 0, 0]);
    close(out, start);
}

/// draft-alvestrand-rmcat-remb-03 2.2. At most 255 SSRCs.
pub fn remb(out: &mut Vec<u8>, sender_ssrc: u32, bps: u64, ssrcs: &[u32]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(255)];
    let start = feedback(out, packet_type::PAYLOAD_FEEDBACK, format::APPLICATION, sender_ssrc, 0);
    out.extend_from_slice(b"REMB");
    // 18 bits of mantissa
    let exponent = 46u32.saturating_sub(bps.leading_zeros());
    let mantissa = (bps >> exponent) as u32;
    word(out, (ssrcs.len() as u32) << 24 | exponent << 18 | mantissa);
    for &ssrc in ssrcs {
        word(out, ssrc);
    }
    close(out, start);
}

/// RFC 3550 6.6. At most 31 SSRCs.
pub fn bye(out: &mut Vec<u8>, ssrcs: &[u32]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(MAX_COUNT)];
    let start = open(out, packet_type::BYE, ssrcs.len() as u8);
    for &ssrc in ssrcs {
        word(out, ssrc);
    }
    close(out, start);
}

/// The head of a feedback message (RFC 4585 6.1).
pub(crate) fn feedback(out: &mut Vec<u8>, kind: u8, format: u8, sender_ssrc: u32, media_ssrc: u32) -> usize {
    let start = open(out, kind, format);
    word(out, sender_ssrc);
    word(out, media_ssrc);
    start
}

fn open(out: &mut Vec<u8>, packet_type: u8, count: u8) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0x80 | count, packet_type, 0, 0]);
    start
}

/// Fill in the length: in words, less one.
pub(crate) fn close(out: &mut [u8], start: usize) {
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

fn word(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn pair(out: &mut Vec<u8>, first: u16, second: u16) {
    out.extend_from_slice(&first.to_be_bytes());
    out.extend_from_slice(&second.to_be_bytes());
}
