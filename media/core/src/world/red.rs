//! Redundant audio (RED) and silence suppression (DTX): what a voice encoder does to get through is passed on as it is.

use super::raw::{Made, pair_of};
use super::*;
use crate::port::Notice;
use crate::rtp::{ExtensionForm, RtpHeader};

/// RED and Opus payload types of the publisher's audio section, as the answer says them.
fn payload_types(world: &World, client: usize) -> (Option<u8>, u8) {
    let map = |name: &str| {
        let lines = world.clients[client].answer.lines();
        let mut found = lines.filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '));
        found.find(|(_, codec)| codec.starts_with(name)).and_then(|(pt, _)| pt.parse().ok())
    };
    (map("red/"), map("opus/").expect("opus"))
}

/// A repeated block and the newest one.
fn red(pt: u8, n: u8) -> Vec<u8> {
    let mut payload = vec![0x80 | pt, 0x0f, 0x00, 3, pt];
    payload.extend([n - 1; 3]);
    payload.extend([n; 5]);
    payload
}

fn speak(world: &mut World, pt: u8, at: u64, timestamp: u32, payload: &[u8]) {
    let form = ExtensionForm::OneByte;
    let made = Made { pt, ssrc: 0x2222_0000, index: at, timestamp, form, transport: at as u16 };
    made.send(world, 0, &[], payload);
    world.run_ms(20);
}

fn heard(world: &World) -> Vec<(u8, Vec<u8>)> {
    let read = |packet: &Vec<u8>| {
        let header = RtpHeader::parse(packet).unwrap();
        (header.payload_type, packet[header.len..].to_vec())
    };
    world.clients[1].packets.iter().map(read).collect()
}

#[test]
fn red_passes_byte_for_byte() {
    let watcher = Plan { red: true, ..Plan::wire() }.only_receiving();
    let mut world = pair_of(400, &Plan { red: true, ..whip() }, &watcher);
    let (pt, opus) = payload_types(&world, 0);
    let pt = pt.expect("the answer takes RED");
    for n in 1..6u8 {
        speak(&mut world, pt, u64::from(n), u32::from(n) * 960, &red(opus, n));
    }
    // Between them a plain one, as encoders do where repeating does not pay.
    speak(&mut world, opus, 6, 6 * 960, b"plain");
    let expected: Vec<(u8, Vec<u8>)> =
        (1..6u8).map(|n| (pt, red(opus, n))).chain([(opus, b"plain".to_vec())]).collect();
    assert_eq!(heard(&world), expected);
    let ssrcs: Vec<u32> =
        world.clients[1].packets.iter().map(|packet| RtpHeader::parse(packet).unwrap().ssrc).collect();
    assert!(ssrcs.windows(2).all(|pair| pair[0] == pair[1]), "one stream: {ssrcs:?}");
}

#[test]
fn who_takes_no_red_gets_the_newest_block() {
    let mut world = pair_of(401, &Plan { red: true, ..whip() }, &Plan::wire().only_receiving());
    let ((pt, opus), (none, theirs)) = (payload_types(&world, 0), payload_types(&world, 1));
    assert_eq!(none, None);
    for n in 1..6u8 {
        speak(&mut world, pt.expect("RED"), u64::from(n), u32::from(n) * 960, &red(opus, n));
    }
    speak(&mut world, pt.expect("RED"), 6, 6 * 960, &[0x80]); // no RED at all
    let expected: Vec<(u8, Vec<u8>)> = (1..6u8).map(|n| (theirs, vec![n; 5])).collect();
    assert_eq!(heard(&world), expected);
}

#[test]
fn the_silence_of_dtx_is_neither_loss_nor_an_end() {
    let mut world = pair_of(402, &whip(), &Plan::wire().only_receiving());
    let (_, opus) = payload_types(&world, 0);
    let (mut at, mut timestamp) = (0, 0u32);
    // Opus DTX: a packet every 400 ms while nobody speaks; numbers go on, time jumps.
    for _ in 0..10 {
        for _ in 0..5 {
            (at, timestamp) = (at + 1, timestamp + 960);
            speak(&mut world, opus, at, timestamp, b"voice");
        }
        for _ in 0..5 {
            (at, timestamp) = (at + 1, timestamp + 20 * 960);
            speak(&mut world, opus, at, timestamp, b"dtx");
            world.run_ms(380);
        }
    }
    assert_eq!(heard(&world).len(), 100);
    let sequences: Vec<u16> =
        world.clients[1].packets.iter().map(|packet| RtpHeader::parse(packet).unwrap().sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    let stats = world.stats();
    assert_eq!((stats.tracks[0].lost, stats.peers[0].nacks_out, stats.peers[0].up_loss.max(0)), (0, 0, 0));
    let silent = |event: &Event| matches!(event, Event::Track { notice: Notice::Silent, track: 0, .. });
    assert!(!world.events.iter().any(|(_, event)| silent(event)));
}
