//! Loss: retransmissions on both legs, keyframe requests coalesced, encoders that do not listen.

use std::collections::BTreeSet;

use super::media::stamp;
use super::*;
use crate::port::{Kind, Notice};

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
