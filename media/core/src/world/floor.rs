//! Weak downlinks: the pictures go, the sound stays whole, and the pictures come back.

use super::*;
use crate::port::Notice;
use crate::rtp::RtpHeader;

const MID_ID: u8 = 4;

/// A publisher of sound, a face and a probe (ranks as the server gives them) and a watcher, connected for two seconds.
/// A picture is 240 kbit/s here, the sound 40 and some.
fn watched(seed: u64) -> World {
    use crate::port::Kind::{Audio, Video};
    let mut world = World::new(seed);
    let kinds = vec![Audio, Video, Video];
    let a = world.join(&Plan { sends: kinds.clone(), ..whip() });
    let b = world.join(&Plan { receives: kinds, raw: true, ..Plan::wire() }.only_receiving());
    for (slot, track) in world.publish_all(a).into_iter().enumerate() {
        let (peer, mid) = (world.clients[a].id, world.clients[a].sends[slot].0.to_string());
        // Again, elsewhere and back: this time with its rank.
        world.command(Command::Publish { peer, mid: mid.clone(), track: 99, rank: 0, keep: false, prompt: false });
        world.command(Command::Publish {
            peer,
            mid,
            track,
            rank: if slot == 1 { 3 } else { 0 },
            keep: false,
            prompt: false,
        });
        world.assign(b, slot, Some(track));
    }
    world.run_ms(2000);
    assert!(frames(&world, 1, 0) > 20 && frames(&world, 2, 0) > 20);
    world
}

/// Packets that reached the watcher's slot since `from` ms.
fn frames(world: &World, slot: usize, from: u64) -> usize {
    let from = world.start + Duration::from_millis(from);
    let watcher = &world.clients[1];
    let mid = watcher.receives[slot].0.to_string();
    let of_slot = |packet: &[u8]| {
        let header = RtpHeader::parse(packet).unwrap();
        header.extensions.find(packet, MID_ID) == Some(mid.as_bytes())
    };
    watcher.packets.iter().zip(&watcher.came).filter(|(packet, at)| **at >= from && of_slot(packet)).count()
}

fn ms(world: &World) -> u64 {
    (world.now - world.start).as_millis() as u64
}

fn squeeze(world: &mut World, kbps: u64, queue_ms: u64) {
    let queue = Duration::from_millis(queue_ms);
    world.clients[1].downlink = Some(Downlink { kbps, queue, free: world.now });
}

/// (ms, suspended?, kbit/s)
fn changes(world: &World) -> Vec<(u64, bool, u32)> {
    let told = |(at, event): &(Instant, Event)| match event {
        Event::VideoSuspended { peer: 2, kbps } => Some(((*at - world.start).as_millis() as u64, true, *kbps)),
        Event::VideoResumed { peer: 2, kbps } => Some(((*at - world.start).as_millis() as u64, false, *kbps)),
        _ => None,
    };
    world.events.iter().filter_map(told).collect()
}

fn notices(world: &World) -> Vec<(u32, Notice)> {
    let told = |(_, event): &(Instant, Event)| match event {
        Event::Track { track, notice, peer: Some(2), .. } => Some((*track, *notice)),
        _ => None,
    };
    world.events.iter().filter_map(told).collect()
}

#[test]
fn at_the_floor_all_pictures_go_and_the_sound_is_whole() {
    let mut world = watched(300);
    squeeze(&mut world, 90, 400);
    world.run_ms(4000);
    let seen = changes(&world);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let (at, suspended, kbps) = seen[0];
    assert!(suspended && (3_500..5_000).contains(&at), "{seen:?}");
    assert!((60..100).contains(&kbps), "{kbps} of 90 kbit/s");
    assert_eq!(notices(&world), [(1, Notice::Suspended), (2, Notice::Suspended)]);
    let from = ms(&world);
    world.run_ms(5000);
    assert_eq!((frames(&world, 1, from), frames(&world, 2, from)), (0, 0));
    // Every 20 ms one; the clocks' grain may hide one at either end.
    assert!(frames(&world, 0, from) >= 249, "{}", frames(&world, 0, from));
}

#[test]
fn the_face_goes_first_where_the_probe_still_fits() {
    let mut world = watched(301);
    squeeze(&mut world, 330, 200);
    world.run_ms(8000);
    assert_eq!(notices(&world), [(1, Notice::Suspended)]);
    let from = ms(&world);
    world.run_ms(1000);
    assert_eq!(frames(&world, 1, from), 0);
    assert!(frames(&world, 2, from) > 70, "{}", frames(&world, 2, from));
    assert!(frames(&world, 0, from) >= 49);
}

#[test]
fn a_mended_link_gets_its_pictures_back_the_probe_first() {
    let mut world = watched(302);
    squeeze(&mut world, 90, 400);
    world.run_ms(6000);
    world.clients[1].downlink = None;
    world.run_ms(30_000);
    let seen = changes(&world);
    assert_eq!(seen.iter().map(|change| change.1).collect::<Vec<_>>(), [true, false, false], "{seen:?}");
    assert!(seen[1].0 - seen[0].0 >= 10_000 && seen[2].0 - seen[1].0 >= 10_000, "{seen:?}");
    assert_eq!(notices(&world)[2..], [(2, Notice::Live), (1, Notice::Live)]);
    let from = ms(&world);
    world.run_ms(1000);
    assert!(frames(&world, 1, from) > 70 && frames(&world, 2, from) > 70);
    let keyframes = world.sources[2].keyframes.len();
    assert!(keyframes >= 2, "asked for one when it came back");
}

#[test]
fn on_a_link_that_stays_weak_the_sound_is_whole_most_of_the_time() {
    let mut world = watched(303);
    squeeze(&mut world, 90, 400);
    world.run_ms(10_000);
    let from = ms(&world);
    world.run_ms(120_000);
    let share = frames(&world, 0, from) * 1000 / 6000;
    assert!(share >= 950, "{share} of 1000 voice packets; {:?}", changes(&world));
    let suspensions = changes(&world).iter().filter(|change| change.1).count();
    assert!((2..=6).contains(&suspensions), "{:?}", changes(&world));
}

#[test]
fn a_deep_queue_is_seen_before_anything_is_lost() {
    let mut world = watched(304);
    squeeze(&mut world, 90, 60_000);
    world.run_ms(7000);
    assert!(changes(&world).first().is_some_and(|change| change.1 && change.0 < 7_000), "{:?}", changes(&world));
}

#[test]
fn ten_per_cent_of_random_loss_suspends_nothing() {
    let mut world = watched(305);
    world.loss_down = 100;
    world.run_ms(30_000);
    assert_eq!(changes(&world), []);
}

#[test]
fn a_track_that_comes_while_pictures_are_suspended_waits_too() {
    let mut world = watched(306);
    squeeze(&mut world, 90, 400);
    world.run_ms(6000);
    let told = notices(&world).len();
    world.assign(1, 1, None);
    world.assign(1, 1, Some(2));
    let from = ms(&world);
    world.run_ms(2000);
    assert_eq!(frames(&world, 1, from), 0);
    assert_eq!(notices(&world)[told..], [(2, Notice::Suspended)]);
}

/// What a page shows under a name must be what the slot was given to: nothing, while that waits.
#[test]
fn a_slot_given_to_a_picture_that_must_wait_shows_the_former_one_no_more() {
    let mut world = watched(307);
    squeeze(&mut world, 330, 200);
    world.run_ms(8000);
    assert_eq!(notices(&world), [(1, Notice::Suspended)]);
    world.assign(1, 1, None);
    world.assign(1, 2, Some(1));
    world.run_ms(1000);
    let from = ms(&world);
    world.run_ms(1000);
    assert_eq!(frames(&world, 2, from), 0);
    world.assign(1, 2, Some(2));
    world.run_ms(1000);
    let from = ms(&world);
    world.run_ms(1000);
    assert!(frames(&world, 2, from) > 70, "the probe fits and comes back");
}
