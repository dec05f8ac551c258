//! Packets of our own making, byte by byte: what is rewritten per leg, and what an authenticated peer cannot do to us.

use super::*;
use crate::rtcp::build;
use crate::rtp::{ExtensionForm, HeaderWriter, RtpHeader};

/// Ids of an ordinary client and of one with odd ids (`client.rs`).
mod ids {
    pub const LEVEL: u8 = 1;
    pub const TRANSPORT: u8 = 3;
    pub const MID: u8 = 4;
    pub const CAPTURE: u8 = 9;
    pub const DELAY: u8 = 12;
    pub const ORIENTATION: u8 = 13;
    pub const ODD_MID: u8 = 14;
    pub const ODD_TRANSPORT: u8 = 13;
    pub const ODD_SENT: u8 = 11;
    pub const ODD_CAPTURE: u8 = 8;
    pub const ODD_LEVEL: u8 = 7;
    pub const ODD_DELAY: u8 = 6;
    pub const ODD_ORIENTATION: u8 = 5;
}

const KEYFRAME: [u8; 11] = [0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];

/// A raw publisher of audio and video, and a raw watcher with other ids, connected, tracks assigned.
fn pair(seed: u64) -> World {
    pair_of(seed, &whip(), &Plan { odd_ids: true, ..Plan::wire() }.only_receiving())
}

pub fn pair_of(seed: u64, sender: &Plan, watcher: &Plan) -> World {
    let mut world = World::new(seed);
    let a = world.join(&Plan { raw: true, ..sender.clone() });
    let b = world.join(&Plan { raw: true, ..watcher.clone() });
    for (position, (mid, _)) in world.clients[a].sends.clone().iter().enumerate() {
        world.command(Command::Publish {
            peer: 1,
            mid: mid.to_string(),
            track: position as u32,
            rank: 0,
            keep: false,
            prompt: false,
        });
        world.assign(b, position, Some(position as u32));
    }
    world.run_ms(500);
    assert!(world.clients[a].session.is_some() && world.clients[b].session.is_some());
    world
}

/// What a publisher's packet is to be.
pub struct Made {
    pub pt: u8,
    pub ssrc: u32,
    pub index: u64,
    pub timestamp: u32,
    pub form: ExtensionForm,
    pub transport: u16,
}

impl Made {
    fn video(world: &World, index: u64) -> Made {
        let pt = *world.clients[0].rtc.media(world.clients[0].sends[1].0).unwrap().remote_pts()[0];
        Made { pt, ssrc: 0x1111_0000, index, timestamp: 90_000, form: ExtensionForm::OneByte, transport: index as u16 }
    }

    pub fn send(&self, world: &mut World, section: usize, extra: &[(u8, &[u8])], payload: &[u8]) {
        let client = &mut world.clients[0];
        let mid = client.sends[section].0.to_string();
        let mut buf = [0; 200];
        let (sequence, form) = (self.index as u16, self.form);
        let mut writer = HeaderWriter::new(&mut buf, self.pt, true, sequence, self.timestamp, self.ssrc, form).unwrap();
        assert!(writer.extension(ids::MID, mid.as_bytes()));
        assert!(writer.extension(ids::TRANSPORT, &self.transport.to_be_bytes()));
        for (id, value) in extra {
            assert!(writer.extension(*id, value));
        }
        let len = writer.finish();
        client.send_rtp(&buf[..len], payload, self.ssrc, self.index);
    }
}

fn find(packet: &[u8], id: u8) -> Option<Vec<u8>> {
    RtpHeader::parse(packet).unwrap().extensions.find(packet, id).map(<[u8]>::to_vec)
}

#[test]
fn extensions_are_carried_under_the_receivers_ids() {
    let mut world = pair(200);
    let capture = [7; 16];
    let extra: [(u8, &[u8]); 3] = [(ids::CAPTURE, &capture), (ids::DELAY, &[1, 2, 3]), (ids::ORIENTATION, &[2])];
    for index in 0..3 {
        Made::video(&world, index).send(&mut world, 1, &extra, &KEYFRAME);
    }
    world.run_ms(100);
    let mid = world.clients[1].receives[1].0.to_string();
    let packets = world.clients[1].packets.clone();
    assert_eq!(packets.len(), 3);
    for (count, packet) in packets.iter().enumerate() {
        let header = RtpHeader::parse(packet).unwrap();
        assert_eq!((header.timestamp, header.marker), (90_000, true));
        assert_eq!(find(packet, ids::ODD_MID), Some(mid.as_bytes().to_vec()));
        assert_eq!(find(packet, ids::ODD_TRANSPORT), Some((count as u16).to_be_bytes().to_vec()));
        assert_eq!(find(packet, ids::ODD_SENT).map(|sent| sent.len()), Some(3));
        assert_eq!(find(packet, ids::ODD_CAPTURE), Some(capture.to_vec()));
        assert_eq!(find(packet, ids::ODD_DELAY), Some(vec![1, 2, 3]));
        assert_eq!(find(packet, ids::ODD_ORIENTATION), Some(vec![2]));
        assert_eq!(&packet[header.len..], &KEYFRAME);
    }
}

#[test]
fn a_prompt_track_is_to_be_shown_at_once_unless_its_publisher_says_otherwise() {
    let mut world = pair(208);
    let mid = world.clients[0].sends[1].0.to_string();
    world.command(Command::Publish { peer: 1, mid, track: 9, rank: 0, keep: false, prompt: true });
    world.assign(1, 1, Some(9));
    for (index, extra) in [&[][..], &[(ids::DELAY, &[1, 2, 3][..])], &[]].into_iter().enumerate() {
        Made::video(&world, index as u64).send(&mut world, 1, extra, &KEYFRAME);
    }
    world.run_ms(100);
    let delays: Vec<_> = world.clients[1].packets.iter().map(|packet| find(packet, ids::ODD_DELAY)).collect();
    assert_eq!(delays, [Some(vec![0, 0, 10]), Some(vec![1, 2, 3]), Some(vec![0, 0, 10])]);
}

#[test]
fn audio_levels_pass_and_two_byte_headers_are_read() {
    let mut world = pair(201);
    let pt = *world.clients[0].rtc.media(world.clients[0].sends[0].0).unwrap().remote_pts()[0];
    for index in 0..3 {
        let form = if index == 1 { ExtensionForm::TwoByte } else { ExtensionForm::OneByte };
        let made = Made { pt, ssrc: 0x2222_0000, index, timestamp: 960, form, transport: index as u16 };
        made.send(&mut world, 0, &[(ids::LEVEL, &[0x80 | 33])], b"opus");
    }
    world.run_ms(100);
    let levels: Vec<_> = world.clients[1].packets.iter().map(|packet| find(packet, ids::ODD_LEVEL)).collect();
    assert_eq!(levels, vec![Some(vec![0x80 | 33]); 3]);
}

#[test]
fn a_nack_is_answered_once_by_rtx_with_mid() {
    let mut world = pair(202);
    for index in 0..5 {
        Made::video(&world, index).send(&mut world, 1, &[], &KEYFRAME);
    }
    world.run_ms(50);
    let packets = std::mem::take(&mut world.clients[1].packets);
    let header = RtpHeader::parse(&packets[2]).unwrap();
    for _ in 0..3 {
        let mut nack = Vec::new();
        build::receiver_report(&mut nack, 1, &[]);
        build::nack(&mut nack, 1, header.ssrc, &[header.sequence]);
        world.clients[1].send_rtcp(nack);
    }
    world.run_ms(60);
    let resent = &world.clients[1].packets;
    assert_eq!(resent.len(), 1, "once in a round trip");
    let rtx = RtpHeader::parse(&resent[0]).unwrap();
    assert_ne!((rtx.ssrc, rtx.payload_type), (header.ssrc, header.payload_type));
    assert_eq!(resent[0][rtx.len..rtx.len + 2], header.sequence.to_be_bytes());
    assert_eq!(&resent[0][rtx.len + 2..], &KEYFRAME);
    assert_eq!(rtx.timestamp, header.timestamp);
    let mid = world.clients[1].receives[1].0.to_string();
    assert_eq!(find(&resent[0], ids::ODD_MID), Some(mid.as_bytes().to_vec()));
    assert_eq!(find(&resent[0], ids::ODD_TRANSPORT), Some(5u16.to_be_bytes().to_vec()), "counted with the rest");
}

#[test]
fn sequence_numbers_start_low_and_wrap_into_the_rollover_counter() {
    let mut world = pair(203);
    // The publisher's own wrap, and ours later: the raw receiver would refuse a wrong rollover counter.
    for step in 0..70_000u64 {
        let made = Made { transport: step as u16, ..Made::video(&world, 65_000 + step) };
        made.send(&mut world, 1, &[], if step == 0 { &KEYFRAME } else { &[0x10, 1, 0, 0, 1] });
        if step % 500 == 499 {
            world.run_ms(40);
            assert!(world.clients[1].packets.len() >= 450, "{} at {step}", world.clients[1].packets.len());
            if step == 499 {
                let first = RtpHeader::parse(&world.clients[1].packets[0]).unwrap();
                assert!(first.sequence < 0x8000);
            }
            world.clients[1].packets.clear();
        }
    }
}

#[test]
fn transport_wide_jumps_do_no_harm() {
    let mut world = pair(204);
    for (index, transport) in [0, 1, 40_001, 2, 65_535, 0, 30_000, 40_001].into_iter().enumerate() {
        Made { transport, ..Made::video(&world, index as u64) }.send(&mut world, 1, &[], &KEYFRAME);
        world.run_ms(60);
    }
    for index in 8..20_000u64 {
        let transport = world.dice.next_u64() as u16;
        Made { transport, ..Made::video(&world, index) }.send(&mut world, 1, &[], &KEYFRAME);
        if index % 100 == 0 {
            world.run_ms(20);
        }
    }
    world.run_ms(1000);
    assert_eq!((world.ended(0), world.stats().counters.panics), (None, 0));
    let largest = world.clients[0].reports.iter().map(Vec::len).max().unwrap();
    assert!(largest <= 1500, "{largest}");
}

#[test]
fn authenticated_garbage_ends_nobody_else_and_stays_bounded() {
    let mut world = pair(205);
    for round in 0..20_000u64 {
        let len = (world.dice.next_u64() % 200) as usize;
        let mut body: Vec<u8> = (0..len).map(|_| world.dice.next_u64() as u8).collect();
        let ssrc = (world.dice.next_u64() % 2000) as u32;
        if round % 3 == 0 {
            let kind = 200 + (world.dice.next_u64() % 8) as u8;
            let mut packet = vec![0x80 | (world.dice.next_u64() % 32) as u8, kind, 0, (len / 4 + 1) as u8];
            packet.extend(ssrc.to_be_bytes());
            body.truncate(len / 4 * 4);
            packet.append(&mut body);
            world.clients[0].send_rtcp(packet);
        } else {
            let pt = world.dice.next_u64() as u8 & 0x7f;
            let index = world.dice.next_u64() & 0xffff;
            let made = Made { pt, ssrc, index, ..Made::video(&world, 0) };
            // Payload types that look like RTCP would be taken for it.
            if !(64..96).contains(&pt) {
                made.send(&mut world, (round % 2) as usize, &[], &body);
            }
        }
        if round % 200 == 0 {
            world.run_ms(10);
        }
    }
    world.run_ms(2000);
    assert_eq!((world.ended(0), world.ended(1), world.stats().counters.panics), (None, None, 0));
    let limits = Limits::default();
    let receive = &world.shard.peers[0].as_ref().unwrap().receive;
    assert!(receive.streams.len() <= limits.ssrcs_per_peer);
    assert!(world.stats().counters.srtp_refused > 0, "too many SSRCs are refused");
}

#[test]
fn another_ssrc_takes_over_a_silent_one_and_brings_a_new_one() {
    let mut world = pair(206);
    Made::video(&world, 10).send(&mut world, 1, &[], &KEYFRAME);
    world.run_ms(100);
    Made { ssrc: 0x3333_0000, ..Made::video(&world, 900) }.send(&mut world, 1, &[], &KEYFRAME);
    world.run_ms(100);
    assert_eq!(world.clients[1].packets.len(), 1, "while the first is there it is the track");
    world.run_ms(1000);
    Made { ssrc: 0x3333_0000, ..Made::video(&world, 901) }.send(&mut world, 1, &[], &KEYFRAME);
    world.run_ms(100);
    let ssrcs: Vec<u32> =
        world.clients[1].packets.iter().map(|packet| RtpHeader::parse(packet).unwrap().ssrc).collect();
    assert_eq!(ssrcs.len(), 2);
    assert_ne!(ssrcs[0], ssrcs[1], "another time base, another SSRC");
}

#[test]
fn padding_is_not_forwarded() {
    let mut world = pair(207);
    Made::video(&world, 0).send(&mut world, 1, &[], &KEYFRAME);
    let (mut buf, made) = ([0; 64], Made::video(&world, 1));
    let mid = world.clients[0].sends[1].0.to_string();
    let mut writer = HeaderWriter::new(&mut buf, made.pt, false, 1, 90_000, made.ssrc, ExtensionForm::OneByte).unwrap();
    writer.padded();
    writer.extension(ids::MID, mid.as_bytes());
    let len = writer.finish();
    world.clients[0].send_rtp(&buf[..len], &[9, 9, 0, 0, 0, 4], made.ssrc, 1);
    world.run_ms(100);
    let last = world.clients[1].packets.last().unwrap();
    let header = RtpHeader::parse(last).unwrap();
    assert_eq!((world.clients[1].packets.len(), header.padding, &last[header.len..]), (2, false, &[9, 9][..]));
}
