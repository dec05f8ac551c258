//! What clients publish: Opus-like packets every 20 ms, VP8 frames of three packets at 25 a second, each payload
//! carrying the track and frame it belongs to, so that a receiver can tell what it got.

use std::time::{Duration, Instant};

use str0m::media::Mid;
use str0m::rtp::{ExtensionValues, SeqNo};

use crate::port::Kind;

use super::World;

pub const PACKETS_PER_FRAME: u64 = 3;

pub struct Source {
    pub client: usize,
    pub mid: Mid,
    pub kind: Kind,
    pub track: u32,
    pub next: Instant,
    pub running: bool,
    /// Answers keyframe requests. Some encoders do not.
    pub obedient: bool,
    pub frame: u32,
    pub keyframes: Vec<(u32, Instant)>,
    pub timestamp: u32,
    sequence: u64,
    asked_seen: usize,
}

impl Source {
    pub fn new(now: Instant, client: usize, mid: Mid, kind: Kind, track: u32) -> Source {
        Source {
            client,
            mid,
            kind,
            track,
            next: now,
            running: true,
            obedient: true,
            frame: 0,
            keyframes: Vec::new(),
            timestamp: 1_000_000 * (track + 1),
            sequence: 65_000 + u64::from(track),
            asked_seen: 0,
        }
    }
}

/// What a payload says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub track: u32,
    pub frame: u32,
    pub part: u8,
    pub keyframe: bool,
}

pub fn stamp(kind: Kind, payload: &[u8]) -> Stamp {
    let body = if kind == Kind::Video { &payload[11..] } else { payload };
    let word = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
    Stamp { track: word(0), frame: word(4), part: body[8], keyframe: body[9] == 1 }
}

fn payload(kind: Kind, stamp: Stamp) -> Vec<u8> {
    let mut payload = Vec::new();
    if kind == Kind::Video {
        let first = stamp.part == 0;
        // Descriptor (S on the first packet), frame tag (bit 0 clear: keyframe), start code, size.
        payload.push(if first { 0x10 } else { 0x00 });
        payload.extend([u8::from(!stamp.keyframe), 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]);
    }
    payload.extend(stamp.track.to_be_bytes());
    payload.extend(stamp.frame.to_be_bytes());
    payload.extend([stamp.part, u8::from(stamp.keyframe)]);
    payload.resize(if kind == Kind::Video { 400 } else { 80 }, 0xab);
    payload
}

impl World {
    pub fn write_media(&mut self) {
        for at in 0..self.sources.len() {
            while self.sources[at].next <= self.now {
                self.write_frame(at);
            }
        }
    }

    fn write_frame(&mut self, at: usize) {
        let (now, source) = (self.now, &mut self.sources[at]);
        let client = &mut self.clients[source.client];
        let video = source.kind == Kind::Video;
        source.next += Duration::from_millis(if video { 40 } else { 20 });
        source.timestamp = source.timestamp.wrapping_add(if video { 3600 } else { 960 });
        if !source.running || !client.rtc.is_connected() {
            return;
        }
        let asked = client.keyframes_asked.iter().filter(|(mid, _)| *mid == source.mid).count();
        let keyframe = video && (source.frame == 0 || (source.obedient && asked > source.asked_seen));
        source.asked_seen = asked;
        if keyframe {
            source.keyframes.push((source.frame, now));
        }
        let parts = if video { PACKETS_PER_FRAME } else { 1 };
        let pt = client.rtc.media(source.mid).unwrap().remote_pts()[0];
        for part in 0..parts {
            let stamp = Stamp { track: source.track, frame: source.frame, part: part as u8, keyframe };
            let ext_vals = ExtensionValues {
                audio_level: (!video).then_some(-42),
                voice_activity: (!video).then_some(true),
                ..ExtensionValues::default()
            };
            let mut api = client.rtc.direct_api();
            let stream = api.stream_tx_by_mid(source.mid, None).expect("a sending stream");
            let seq_no = SeqNo::from(source.sequence);
            let write = str0m::rtp::RtpWrite::new(pt, seq_no, source.timestamp, now, payload(source.kind, stamp))
                .marker(part + 1 == parts)
                .ext_vals(ext_vals)
                .nackable(video);
            stream.write_rtp(write);
            source.sequence += 1;
            client.drain(now);
        }
        source.frame += 1;
    }
}
