//! What a publisher sends: VP8 frames of five packets thirty times a second, or Opus fifty times a second. The media is
//! only framed like the real thing; a time stamp rides inside, so that a viewer can tell how long it took.

use std::time::Duration;

use sefaw_core::rtcp::{build, ntp_from_unix};
use sefaw_core::rtp::extensions::abs_send_time;
use sefaw_core::rtp::{ExtensionForm, HeaderWriter};
use sefaw_core::serial::unwrap16;
use sefaw_core::srtp::SrtpSender;

use crate::net::Outbox;
use crate::sdp::{ExtensionIds, Kind, Line, OPUS, VP8, VP8_RTX};

const VIDEO_PAYLOAD: usize = 1100;
const VIDEO_PACKETS_PER_FRAME: usize = 5;
const AUDIO_PAYLOAD: usize = 100;
/// Behind the largest VP8 head (descriptor 4, frame tag 10) in any packet.
const STAMP_AT: usize = 16;
const HEAD: usize = STAMP_AT + 8;
/// Packets kept for NACKs: over three seconds of video.
const HISTORY: usize = 512;
/// Header with all extensions, payload, original sequence number and the longest SRTP tag.
const ROOM: usize = 64 + VIDEO_PAYLOAD + 2 + 16;
/// libwebrtc's first sequence numbers leave room below the wrap too.
const FIRST_INDEX: u64 = 1000;

/// All that differs between packets of a stream; the rest of the payload is a constant pattern.
#[derive(Clone, Copy, Default)]
struct Kept {
    index: u64,
    timestamp: u32,
    marker: bool,
    head: [u8; HEAD],
}

/// One published stream.
pub struct Source {
    kind: Kind,
    line: Line,
    mid: u8,
    extensions: ExtensionIds,
    next_index: u64,
    next_rtx_index: u64,
    timestamp: u32,
    picture: u16,
    keyframe_wanted: bool,
    history: Vec<Kept>,
    packets: u32,
    octets: u32,
}

/// Whom and what a packet is written with.
pub struct Writer<'a> {
    pub srtp: &'a SrtpSender,
    /// The transport-wide number, shared by all streams of the peer.
    pub transport_sequence: &'a mut u16,
    pub unix: Duration,
    pub outbox: &'a mut Outbox,
}

impl Source {
    /// `mid` is the number of its m-section.
    pub fn new(line: Line, mid: u8, extensions: ExtensionIds) -> Self {
        Self {
            kind: line.kind,
            line,
            mid,
            extensions,
            next_index: FIRST_INDEX,
            next_rtx_index: FIRST_INDEX,
            timestamp: line.ssrc.rotate_left(13),
            picture: (line.ssrc & 0x3fff) as u16,
            keyframe_wanted: true,
            history: vec![Kept::default(); if line.kind == Kind::Video { HISTORY } else { 0 }],
            packets: 0,
            octets: 0,
        }
    }

    pub fn ssrc(&self) -> u32 {
        self.line.ssrc
    }

    pub fn interval(&self) -> Duration {
        match self.kind {
            Kind::Audio => Duration::from_millis(20),
            Kind::Video => Duration::from_nanos(33_333_333),
        }
    }

    pub fn want_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// Write the packets of the next frame; returns how many.
    pub fn frame(&mut self, writer: &mut Writer<'_>) -> u64 {
        let count = match self.kind {
            Kind::Audio => 1,
            Kind::Video => VIDEO_PACKETS_PER_FRAME,
        };
        for position in 0..count {
            let kept = Kept {
                index: self.next_index,
                timestamp: self.timestamp,
                marker: self.kind == Kind::Video && position + 1 == count,
                head: self.head(position, writer.unix),
            };
            self.next_index += 1;
            self.packets = self.packets.wrapping_add(1);
            self.octets = self.octets.wrapping_add(self.payload_len() as u32);
            if let Some(slot) = self.history.get_mut(kept.index as usize % HISTORY) {
                *slot = kept;
            }
            self.write(writer, &kept, None);
        }
        self.keyframe_wanted = false;
        self.picture = (self.picture + 1) & 0x7fff;
        self.timestamp = self.timestamp.wrapping_add(match self.kind {
            Kind::Audio => 960,
            Kind::Video => 3000,
        });
        count as u64
    }

    /// Answer a NACK by RTX; false when the packet is too old.
    pub fn retransmit(&mut self, writer: &mut Writer<'_>, sequence: u16) -> bool {
        let index = unwrap16(self.next_index, sequence);
        let Some(kept) = self.history.get(index as usize % HISTORY).copied() else { return false };
        if kept.index != index {
            return false;
        }
        let rtx_index = self.next_rtx_index;
        self.next_rtx_index += 1;
        self.write(writer, &kept, Some(rtx_index));
        true
    }

    /// RFC 3550 6.4.1, appended.
    pub fn sender_report(&self, unix: Duration, out: &mut Vec<u8>) {
        build::sender_report(out, self.line.ssrc, ntp_from_unix(unix), self.timestamp, self.packets, self.octets);
    }

    fn payload_len(&self) -> usize {
        match self.kind {
            Kind::Audio => AUDIO_PAYLOAD,
            Kind::Video => VIDEO_PAYLOAD,
        }
    }

    fn head(&self, position: usize, unix: Duration) -> [u8; HEAD] {
        let mut head = [0x5a; HEAD];
        match self.kind {
            Kind::Audio => head[0] = 0xf8, // RFC 6716 3.1: CELT, full band, one 20 ms frame, mono
            Kind::Video => self.vp8_head(&mut head, position == 0),
        }
        head[STAMP_AT..].copy_from_slice(&(unix.as_nanos() as u64).to_be_bytes());
        head
    }

    /// RFC 7741 4.2 with a 15-bit picture id; in the first packet RFC 6386 9.1's frame tag.
    fn vp8_head(&self, head: &mut [u8; HEAD], first: bool) {
        let [high, low] = self.picture.to_be_bytes();
        head[..4].copy_from_slice(&[0x80 | u8::from(first) << 4, 0x80, 0x80 | high, low]);
        if !first {
            return;
        }
        head[4..7].copy_from_slice(&[0x10 | u8::from(!self.keyframe_wanted), 0x02, 0x00]);
        if self.keyframe_wanted {
            let (width, height) = (640_u16.to_le_bytes(), 480_u16.to_le_bytes());
            head[7..14].copy_from_slice(&[0x9d, 0x01, 0x2a, width[0], width[1], height[0], height[1]]);
        }
    }

    fn write(&self, writer: &mut Writer<'_>, kept: &Kept, rtx_index: Option<u64>) {
        let payload_type = match (self.kind, rtx_index) {
            (Kind::Audio, _) => OPUS,
            (Kind::Video, None) => VP8,
            (Kind::Video, Some(_)) => VP8_RTX,
        };
        let ssrc = if rtx_index.is_some() { self.line.rtx_ssrc } else { self.line.ssrc };
        let index = rtx_index.unwrap_or(kept.index);
        let sequence = *writer.transport_sequence;
        *writer.transport_sequence = sequence.wrapping_add(1);
        let (unix, srtp) = (writer.unix, writer.srtp);
        writer.outbox.push(ROOM, |buffer| {
            let form = ExtensionForm::OneByte;
            let Some(mut header) =
                HeaderWriter::new(buffer, payload_type, kept.marker, index as u16, kept.timestamp, ssrc, form)
            else {
                return 0;
            };
            self.extend(&mut header, sequence, unix);
            let header_len = header.finish();
            let payload_len = self.fill(&mut buffer[header_len..], kept, rtx_index.is_some());
            srtp.protect_rtp(buffer, header_len, payload_len, ssrc, index)
        });
    }

    fn extend(&self, header: &mut HeaderWriter<'_>, transport_sequence: u16, unix: Duration) {
        let ExtensionIds { mid, transport_cc, abs_send_time: send_time, audio_level } = self.extensions;
        let mut put = |id: u8, value: &[u8]| id != 0 && header.extension(id, value);
        put(mid, &[b'0' + self.mid]);
        put(transport_cc, &transport_sequence.to_be_bytes());
        put(send_time, &abs_send_time(unix));
        if self.kind == Kind::Audio {
            put(audio_level, &[0x80 | 30]); // voice at -30 dBov
        }
    }

    fn fill(&self, mut out: &mut [u8], kept: &Kept, rtx: bool) -> usize {
        let mut total = self.payload_len();
        if rtx {
            let (original, rest) = out.split_at_mut(2);
            original.copy_from_slice(&(kept.index as u16).to_be_bytes());
            out = rest;
            total += 2;
        }
        out[..HEAD].copy_from_slice(&kept.head);
        out[HEAD..self.payload_len()].fill(0xa5);
        total
    }
}

/// When the packet that carried this payload was made (Unix nanoseconds).
pub fn stamp(payload: &[u8]) -> Option<u64> {
    let bytes = payload.get(STAMP_AT..HEAD)?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sefaw_core::codec::vp8;
    use sefaw_core::rtp::RtpHeader;
    use sefaw_core::srtp::{Profile, SrtpKeys, SrtpReceiver};

    fn keys() -> SrtpKeys {
        SrtpKeys::from_master(Profile::AeadAes256Gcm, &[7; 32], &[3; 12]).unwrap()
    }

    fn video() -> Source {
        let line = Line { kind: Kind::Video, send: true, ssrc: 77, rtx_ssrc: 78 };
        Source::new(line, 1, ExtensionIds { mid: 4, transport_cc: 3, abs_send_time: 2, audio_level: 0 })
    }

    struct Bench {
        srtp: SrtpSender,
        receiver: SrtpReceiver,
        outbox: Outbox,
        sequence: u16,
    }

    impl Bench {
        fn new() -> Self {
            let receiver = SrtpReceiver::new(&keys(), 8).unwrap();
            Self { srtp: SrtpSender::new(&keys()).unwrap(), receiver, outbox: Outbox::default(), sequence: 0 }
        }

        fn run(&mut self, act: impl FnOnce(&mut Writer<'_>)) -> Vec<(RtpHeader, Vec<u8>)> {
            let unix = Duration::from_nanos(1_700_000_000_123_456_789);
            let Bench { srtp, outbox, sequence, .. } = self;
            act(&mut Writer { srtp, transport_sequence: sequence, unix, outbox });
            let packets = outbox.take();
            packets.into_iter().map(|packet| self.open(packet)).collect()
        }

        fn open(&mut self, mut packet: Vec<u8>) -> (RtpHeader, Vec<u8>) {
            let header = RtpHeader::parse(&packet).unwrap();
            let plain = self.receiver.unprotect_rtp(&mut packet, &header).unwrap();
            (header, packet[header.len..header.len + plain.payload_len].to_vec())
        }
    }

    #[test]
    fn a_frame_is_five_packets_that_start_with_a_keyframe() {
        let (mut bench, mut source) = (Bench::new(), video());
        let packets = bench.run(|writer| assert_eq!(source.frame(writer), 5));
        assert_eq!(packets.len(), 5);
        assert!(packets.iter().all(|(_, payload)| payload.len() == VIDEO_PAYLOAD));
        assert!(packets.iter().all(|(_, payload)| stamp(payload) == Some(1_700_000_000_123_456_789)));
        let starts: Vec<bool> = packets.iter().map(|(_, payload)| vp8::is_keyframe(payload)).collect();
        assert_eq!(starts, [true, false, false, false, false]);
        let markers: Vec<bool> = packets.iter().map(|(header, _)| header.marker).collect();
        assert_eq!(markers, [false, false, false, false, true]);
        let second = bench.run(|writer| assert_eq!(source.frame(writer), 5));
        assert!(!vp8::is_keyframe(&second[0].1));
        assert_eq!(second[0].0.timestamp.wrapping_sub(packets[0].0.timestamp), 3000);
        source.want_keyframe();
        let third = bench.run(|writer| assert_eq!(source.frame(writer), 5));
        assert!(vp8::is_keyframe(&third[0].1));
    }

    #[test]
    fn a_retransmission_repeats_the_payload_behind_its_number() {
        let (mut bench, mut source) = (Bench::new(), video());
        let packets = bench.run(|writer| assert_eq!(source.frame(writer), 5));
        let (header, payload) = &packets[2];
        let again = bench.run(|writer| assert!(source.retransmit(writer, header.sequence)));
        assert_eq!(again[0].0.ssrc, 78);
        assert_eq!(again[0].1[..2], header.sequence.to_be_bytes());
        assert_eq!(&again[0].1[2..], payload.as_slice());
        bench.run(|writer| assert!(!source.retransmit(writer, header.sequence.wrapping_sub(9))));
    }
}
