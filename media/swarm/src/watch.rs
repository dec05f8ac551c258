//! A viewer's way of an RTP packet: authenticate, find its stream, note what it tells.

use std::time::Instant;

use sefaw_core::codec::vp8;
use sefaw_core::rtp::RtpHeader;
use sefaw_core::rtp::extensions::transport_sequence;
use sefaw_core::rtx::original_sequence;
use sefaw_core::srtp::SrtpReceiver;

use crate::sdp::{Kind, Line, OPUS, VP8, VP8_RTX};
use crate::sink::Sink;
use crate::source;
use crate::tally::Tally;

/// An authenticated packet; its payload lies behind `header.len` in the datagram.
pub struct Packet {
    pub header: RtpHeader,
    pub index: u64,
    payload_end: usize,
}

impl Packet {
    pub fn transport_sequence(&self, datagram: &[u8], id: u8) -> Option<u16> {
        if id == 0 {
            return None;
        }
        transport_sequence(self.header.extensions.find(datagram, id)?)
    }
}

pub fn open(receive: &mut SrtpReceiver, datagram: &mut [u8], tally: &mut Tally) -> Option<Packet> {
    let Ok(header) = RtpHeader::parse(datagram) else {
        tally.foreign += 1;
        return None;
    };
    let Ok(plain) = receive.unprotect_rtp(datagram, &header) else {
        tally.refused += 1;
        return None;
    };
    Some(Packet { header, index: plain.index, payload_end: header.len + plain.payload_len })
}

/// The m-section of a packet. Every offer here has at most one of each kind.
pub fn line_of(header: &RtpHeader, lines: &[Line]) -> Option<usize> {
    let kind = if header.payload_type == OPUS { Kind::Audio } else { Kind::Video };
    lines.iter().position(|line| line.kind == kind)
}

pub fn note(sinks: &mut Vec<Sink>, now: Instant, at_ns: u64, packet: &Packet, datagram: &[u8], tally: &mut Tally) {
    let Some(plain) = datagram.get(..packet.payload_end) else { return };
    let Ok(payload) = packet.header.payload(plain) else { return };
    match packet.header.payload_type {
        VP8 | OPUS => media(sinks, now, at_ns, packet, payload, tally),
        VP8_RTX => retransmission(sinks, now, payload, tally),
        _ => tally.unknown_payload += 1,
    }
}

fn media(sinks: &mut Vec<Sink>, now: Instant, at_ns: u64, packet: &Packet, payload: &[u8], tally: &mut Tally) {
    let header = &packet.header;
    let kind = if header.payload_type == OPUS { Kind::Audio } else { Kind::Video };
    let sink = match sinks.iter().position(|sink| sink.ssrc == header.ssrc) {
        Some(index) => &mut sinks[index],
        None => {
            sinks.push(Sink::new(header.ssrc, kind));
            let last = sinks.len() - 1;
            &mut sinks[last]
        }
    };
    sink.on_packet(now, packet.index, header.timestamp);
    tally.received += 1;
    tally.received_bytes += payload.len() as u64;
    if kind == Kind::Video && vp8::is_keyframe(payload) {
        tally.keyframes += 1;
    }
    if let Some(delay) = source::stamp(payload).and_then(|stamp| at_ns.checked_sub(stamp)) {
        tally.delay.0.add(delay);
    }
}

fn retransmission(sinks: &mut [Sink], now: Instant, payload: &[u8], tally: &mut Tally) {
    tally.received_rtx += 1;
    let Some(sequence) = original_sequence(payload) else { return };
    if let Some(sink) = sinks.iter_mut().find(|sink| sink.kind == Kind::Video) {
        let index = sink.index_of(sequence);
        sink.on_recovered(now, index);
    }
}
