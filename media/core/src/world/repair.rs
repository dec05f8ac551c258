//! Loss: retransmissions on both legs, keyframe requests coalesced, encoders that do not listen.

use std::collections::BTreeSet;

use super::media::stamp;
use super::*;
use crate::port::{Kind, Notice};
use crate::rtp::RtpHeader;

/// Share of the packets between first and last that arrived, in 1/1000.
fn complete(world: &World, at: usize) -> u64 {
    let distinct: BTreeSet<(u32, u8)> = world.clients[at]
        .slot(1)
        .map(|got| stamp(Kind::Video, &got.payload))
        .map(|stamp| (stamp.frame, stamp.part))
        .collect();
    let (first, last) = (distinct.first().unwrap().0, distinct.last().unwrap().0);
    distinct.len() as u64 * 1000 / (u64::from(last - first + 1) * 3)
}

#[test]
fn loss_toward_us_is_repaired() {
    let mut world = World::call(40);
    world.loss_up = 50;
    world.run_ms(6000);
    world.loss_up = 0;
    world.run_ms(500);
    let peers = &world.stats().peers;
    assert!(peers[0].nacks_out > 10 && peers[0].rtx_in > 10, "{:?}", peers[0]);
    assert!(complete(&world, 1) >= 995, "{}", complete(&world, 1));
}

#[test]
fn loss_toward_the_subscriber_is_repaired() {
    let mut world = World::call(41);
    world.loss_down = 50;
    world.run_ms(6000);
    world.loss_down = 0;
    world.run_ms(500);
    let peers = &world.stats().peers;
    assert!(peers[1].nacks_in > 10 && peers[1].rtx_out > 10, "{:?}", peers[1]);
    assert!(complete(&world, 1) >= 990, "{}", complete(&world, 1));
    assert!(peers[1].down_loss >= 0);
}

#[test]
fn nothing_is_forwarded_twice_even_under_loss() {
    let mut world = World::call(42);
    (world.loss_up, world.loss_down) = (80, 80);
    world.run_ms(5000);
    let sequences: Vec<(u32, u64)> = world.clients[1].slot(1).map(|got| (got.ssrc, got.sequence)).collect();
    let distinct: BTreeSet<(u32, u64)> = sequences.iter().copied().collect();
    assert!(sequences.len() > 200);
    assert_eq!(sequences.len(), distinct.len());
}

/// A watcher that tells what arrives and asks for nothing, over a line that loses this much and so many of its
/// reports. Returns the share of the
/// picture's and of the sound's packets that it got, in 1/1000.
fn told_only(seed: u64, per_mille: u64, up: u64) -> (World, u64, u64) {
    let mut world = World::new(seed);
    let a = world.join(&whip());
    let b = world.join(&Plan { raw: true, ..Plan::wire() }.only_receiving());
    for (slot, track) in world.publish_all(a).into_iter().enumerate() {
        world.assign(b, slot, Some(track));
    }
    (world.loss_down, world.loss_up, world.lossy) = (per_mille, up, Some(b));
    world.run_ms(4000);
    let from = (world.sources[0].frame, world.sources[1].frame);
    world.run_ms(20_000);
    let until = (world.sources[0].frame, world.sources[1].frame);
    world.run_ms(500);
    let sound = got(&world, Kind::Audio, from.0..until.0);
    let picture = got(&world, Kind::Video, from.1..until.1);
    (world, picture, sound)
}

fn got(world: &World, kind: Kind, frames: std::ops::Range<u32>) -> u64 {
    let mid = world.clients[1].receives[usize::from(kind == Kind::Video)].0.to_string();
    let (len, parts) = if kind == Kind::Video { (400, 3) } else { (80, 1) };
    let stamps: BTreeSet<(u32, u8)> = (world.clients[1].packets.iter())
        .filter(|packet| RtpHeader::parse(packet).unwrap().extensions.find(packet, 4) == Some(mid.as_bytes()))
        // A retransmission's payload has two bytes in front.
        .map(|packet| stamp(kind, &packet[packet.len() - len..]))
        .map(|stamp| (stamp.frame, stamp.part))
        .filter(|(frame, _)| frames.contains(frame))
        .collect();
    stamps.len() as u64 * 1000 / (frames.len() as u64 * parts)
}

#[test]
fn what_a_link_lost_goes_again_unasked() {
    for (seed, per_mille) in [(46, 30), (47, 100)] {
        let (world, picture, _) = told_only(seed, per_mille, 0);
        assert!(picture >= 998, "{picture} of 1000 at {per_mille}");
        let peer = &world.stats().peers[1];
        assert_eq!(peer.nacks_in, 0);
        let resent = peer.rtx_out * 1000 / (25 * 3 * 24);
        assert!(resent <= per_mille * 45 / 10, "{resent} of 1000 packets, mostly needed once");
    }
}

#[test]
fn what_lost_reports_spoke_of_goes_again_too() {
    let (_, picture, _) = told_only(51, 100, 200);
    assert!(picture >= 995, "{picture} of 1000");
}

#[test]
fn sound_goes_again_byte_for_byte_where_it_is_lost_and_only_there() {
    let (world, _, sound) = told_only(48, 100, 0);
    assert!(sound >= 994, "{sound} of 1000");
    assert!(world.clients[1].doubles.count > 500, "{}", world.clients[1].doubles.count);
    let (world, picture, sound) = told_only(49, 0, 0);
    assert_eq!((picture, sound, world.clients[1].doubles.count), (1000, 1000, 0));
    assert_eq!(world.stats().peers[1].rtx_out, 0);
}

#[test]
fn a_full_line_is_not_filled_with_repair() {
    let (mut world, ..) = told_only(50, 0, 0);
    let queue = Duration::from_millis(500);
    world.clients[1].downlink = Some(Downlink { kbps: 200, queue, free: world.now });
    world.run_ms(1500); // until the queue stands
    let before = (world.stats().peers[1].rtx_out, world.clients[1].doubles.count);
    world.run_ms(1500);
    let after = (world.stats().peers[1].rtx_out, world.clients[1].doubles.count);
    assert!(after.0 - before.0 <= 3 && after.1 - before.1 <= 3, "{before:?} {after:?}");
}

#[test]
fn keyframe_requests_are_coalesced() {
    let mut world = World::call(43);
    let viewers: Vec<usize> = (0..5).map(|_| world.join(&Plan::wire().only_receiving())).collect();
    for viewer in &viewers {
        world.assign(*viewer, 1, Some(1));
    }
    world.run_ms(2000);
    let before = world.clients[0].keyframes_asked.len();
    for _ in 0..10 {
        for viewer in &viewers {
            world.clients[*viewer].ask_for_keyframe(1);
            let now = world.now;
            world.clients[*viewer].drain(now);
        }
        world.run_ms(50);
    }
    let asked = world.clients[0].keyframes_asked.len() - before;
    assert!((1..=3).contains(&asked), "{asked} requests for 50 within 500 ms");
}

#[test]
fn an_encoder_that_ignores_requests_is_told_on() {
    let mut world = World::new(44);
    let a = world.join(&whip());
    let tracks = world.publish_all(a);
    for source in &mut world.sources {
        source.obedient = false;
    }
    world.run_ms(2000);
    let b = world.join(&Plan::wire().only_receiving());
    world.assign(b, 1, Some(tracks[1]));
    world.run_ms(20_000);
    let said = |world: &World, wanted: Notice| {
        world
            .events
            .iter()
            .filter(|(_, event)| matches!(event, Event::Track { notice, .. } if *notice == wanted))
            .count()
    };
    assert_eq!(said(&world, Notice::NoKeyframes), 1);
    let asked = world.clients[a].keyframes_asked.len();
    assert!((6..=10).contains(&asked), "{asked} requests in 20 s");
    let live_before = said(&world, Notice::Live);
    for source in &mut world.sources {
        source.obedient = true;
    }
    world.run_ms(6000);
    assert!(world.clients[b].slot(1).count() > 10, "it shows once one comes");
    assert_eq!(said(&world, Notice::Live), live_before + 1, "and the notice is taken back");
}

#[test]
fn transport_feedback_reaches_the_publisher() {
    let mut world = World::call(45);
    world.run_ms(2000);
    let sent = world.stats().counters.rtcp_out;
    assert!(sent > 40, "{sent}");
    let quiet = world.stats().counters.rtcp_out;
    for source in &mut world.sources {
        source.running = false;
    }
    world.run_ms(3000);
    let before = world.stats().counters.rtcp_out;
    world.run_ms(3000);
    assert!(before >= quiet);
    // The clients go on reporting twice a second on four streams, and that is carried through.
    let reports = 4 * 2 * 3;
    assert!(world.stats().counters.rtcp_out - before <= reports, "nothing to say, nothing said");
}
