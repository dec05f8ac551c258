//! SRTP and SRTCP by strangers and by an authenticated peer: raw bytes, and real packets that are damaged, repeated and
//! out of order. What opens is what was sent, once.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sefaw_core::rtp::RtpHeader;
use sefaw_core::srtp::{Profile, SrtpKeys, SrtpReceiver, SrtpSender};
use std::collections::HashSet;

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    Raw(&'a [u8]),
    RawRtcp(&'a [u8]),
    Rtp { ssrc: u8, ahead: i16, payload: &'a [u8], flip: Option<(u16, u8)> },
    Rtcp { ssrc: u8, body: &'a [u8], flip: Option<(u16, u8)> },
}

struct World {
    sender: SrtpSender,
    receiver: SrtpReceiver,
    /// per SSRC
    index: [u64; 256],
    opened: HashSet<(u8, u64)>,
}

fuzz_target!(|input: (u8, Vec<Step<'_>>)| {
    let profiles = [Profile::AesCm128HmacSha1_80, Profile::AeadAes128Gcm, Profile::AeadAes256Gcm];
    let profile = profiles[usize::from(input.0) % 3];
    let keys = SrtpKeys::from_master(profile, &[7; 32][..profile.key_len()], &[8; 14][..profile.salt_len()]);
    let keys = keys.expect("lengths are the profile's");
    let mut world = World {
        sender: SrtpSender::new(&keys).expect("keys are good"),
        receiver: SrtpReceiver::new(&keys, 16).expect("keys are good"),
        index: [0; 256],
        opened: HashSet::new(),
    };
    for step in input.1 {
        world.take(step);
    }
});

impl World {
    fn take(&mut self, step: Step<'_>) {
        match step {
            Step::Raw(bytes) => assert!(self.open(&mut bytes.to_vec()).is_none(), "a forgery opened"),
            Step::RawRtcp(bytes) => assert!(self.receiver.unprotect_rtcp(&mut bytes.to_vec()).is_err()),
            Step::Rtp { ssrc, ahead, payload, flip } => self.rtp(ssrc, ahead, payload, flip),
            Step::Rtcp { ssrc, body, flip } => self.rtcp(ssrc, body, flip),
        }
    }

    fn open(&mut self, packet: &mut [u8]) -> Option<(RtpHeader, u64, usize)> {
        let header = RtpHeader::parse(packet).ok()?;
        let opened = self.receiver.unprotect_rtp(packet, &header).ok()?;
        Some((header, opened.index, opened.payload_len))
    }

    fn rtp(&mut self, ssrc: u8, ahead: i16, payload: &[u8], flip: Option<(u16, u8)>) {
        let index = self.index[usize::from(ssrc)].saturating_add_signed(i64::from(ahead));
        let mut packet = vec![0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, ssrc];
        packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
        packet.extend_from_slice(payload);
        packet.resize(12 + payload.len() + 16, 0);
        let total = self.sender.protect_rtp(&mut packet, 12, payload.len(), u32::from(ssrc), index);
        packet.truncate(total);
        if damage(&mut packet, flip) {
            assert!(self.open(&mut packet).is_none(), "a damaged packet opened");
        } else if let Some((_, got, len)) = self.open(&mut packet) {
            assert_eq!((got, &packet[12..12 + len]), (index, payload));
            assert!(self.opened.insert((ssrc, index)), "a replay opened");
            self.index[usize::from(ssrc)] = self.index[usize::from(ssrc)].max(index);
        }
    }

    fn rtcp(&mut self, ssrc: u8, body: &[u8], flip: Option<(u16, u8)>) {
        let mut packet = vec![0x80, 201, 0, 1, 0, 0, 0, ssrc];
        packet.extend_from_slice(body);
        let plain = packet.clone();
        self.sender.protect_rtcp(&mut packet).expect("long enough");
        let damaged = damage(&mut packet, flip);
        match self.receiver.unprotect_rtcp(&mut packet) {
            Ok(len) => assert!(!damaged && packet[..len] == plain),
            Err(error) => assert!(damaged || error.name() == "too_many_ssrcs", "{error}"),
        }
    }
}

fn damage(packet: &mut [u8], flip: Option<(u16, u8)>) -> bool {
    let Some((at, bit)) = flip else {
        return false;
    };
    let at = usize::from(at) % packet.len();
    packet[at] ^= 1 << (bit % 8);
    true
}
