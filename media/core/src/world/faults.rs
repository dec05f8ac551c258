//! Networks that change, peers that vanish, code that panics.

use super::*;
use crate::port::{EndReason, Kind, RefuseCode};

/// When a client got media after `since`.
fn first_after(world: &World, at: usize, since: Instant) -> Option<Duration> {
    world.clients[at].got.iter().find(|got| got.at > since).map(|got| got.at - since)
}

#[test]
fn media_follows_a_nat_rebinding_within_a_second() {
    let mut world = World::call(80);
    world.run_ms(2000);
    let changed = world.now;
    world.clients[0].public = ([203, 0, 113, 1], 55_555).into();
    world.run_ms(3000);
    let since = changed + Duration::from_millis(40); // what was in flight does not count
    let back = first_after(&world, 0, since).expect("media toward the rebound client");
    assert!(back < Duration::from_secs(1), "{back:?}");
    let forth = first_after(&world, 1, since).expect("media from the rebound client");
    assert!(forth < Duration::from_secs(1), "{forth:?}");
    assert!(world.events.iter().any(|(_, event)| matches!(event, Event::PathChanged { peer: 1, .. })));
    assert_eq!(world.ended(0), None);
}

#[test]
fn a_watcher_is_followed_too() {
    let mut world = World::call(81);
    let c = world.join(&Plan::wire().only_receiving());
    world.assign(c, 1, Some(1));
    world.run_ms(2000);
    let changed = world.now;
    world.clients[c].public = ([203, 0, 113, 3], 44_444).into();
    world.run_ms(4000);
    let back = first_after(&world, c, changed + Duration::from_millis(40)).expect("media");
    assert!(back < Duration::from_millis(1500), "{back:?}");
}

#[test]
fn five_seconds_without_network_are_survived() {
    let mut world = World::call(82);
    world.run_ms(1000);
    world.clients[0].online = false;
    world.run_ms(5000);
    world.clients[0].online = true;
    let back = world.now;
    world.run_ms(3000);
    assert_eq!(world.ended(0), None);
    assert!(first_after(&world, 0, back).is_some() && first_after(&world, 1, back).is_some());
}

#[test]
fn a_vanished_peer_is_lost_after_the_silence() {
    let mut world = World::call(83);
    world.clients[0].online = false;
    world.run_ms(11_000);
    assert_eq!(world.ended(0), None);
    world.run_ms(2500);
    assert_eq!(world.ended(0), Some(EndReason::ConnectionLost));
    assert_eq!(world.ended(1), None);
}

/// The lines of a session description that begin so.
fn credentials(sdp: &str) -> String {
    let mut lines: Vec<&str> =
        sdp.lines().filter(|line| line.starts_with("a=ice-ufrag") || line.starts_with("a=ice-pwd")).collect();
    lines.truncate(2);
    lines.join("\r\n")
}

fn restart_by_fragment(world: &mut World, fragment: &str) -> String {
    world.command(Command::Restart { request: 900, peer: 1, fragment: fragment.to_owned() });
    match &world.events.last().unwrap().1 {
        Event::Restarted { request: 900, fragment } => fragment.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ice_restart_by_fragment_moves_the_media_and_keeps_the_keys() {
    let mut world = World::call(87);
    let fragment = credentials(&world.clients[0].offer_restart());
    let reply = restart_by_fragment(&mut world, &fragment);
    assert!(reply.contains("a=candidate:1 1 udp") && reply.contains("a=mid:"), "{reply}");
    assert_eq!(restart_by_fragment(&mut world, &fragment), reply, "a lost answer can be had again");
    assert_ne!(credentials(&reply), credentials(&world.clients[0].answer));
    // The old credentials serve until the first check under the new: nothing stops meanwhile.
    let before = world.clients[1].got.len();
    world.run_ms(500);
    assert!(world.clients[1].got.len() > before);
    let old = credentials(&world.clients[0].answer);
    let old: Vec<&str> = old.split("\r\n").collect();
    let (now, mut answer) = (credentials(&reply), world.clients[0].answer.clone());
    for (old, now) in old.iter().zip(now.split("\r\n")) {
        answer = answer.replace(old, now);
    }
    world.clients[0].public = ([203, 0, 113, 77], 50_077).into();
    world.clients[0].accept(&answer);
    let restarted = world.now;
    world.run_ms(3000);
    for at in 0..2 {
        assert!(first_after(&world, at, restarted + Duration::from_millis(500)).is_some());
        assert_eq!(world.ended(at), None);
    }
    let connected = world.events.iter().filter(|(_, event)| matches!(event, Event::Connected { .. })).count();
    assert_eq!(connected, 2, "no second handshake");
    assert!(world.shard.peers[0].as_ref().unwrap().previous.is_none(), "a check came under the new ones");
}

#[test]
fn a_restart_without_credentials_changes_nothing() {
    let mut world = World::call(88);
    for fragment in ["", "a=ice-ufrag:abcdef\r\n", "a=ice-ufrag:abcdef\r\na=ice-pwd:short\r\n"] {
        world.command(Command::Restart { request: 9, peer: 1, fragment: fragment.to_owned() });
        let refused = &world.events.last().unwrap().1;
        assert!(matches!(refused, Event::Refused { request: 9, code: RefuseCode::SdpMalformed, .. }), "{refused:?}");
    }
    assert!(world.shard.peers[0].as_ref().unwrap().previous.is_none());
}

#[test]
fn an_ice_restart_keeps_the_media_and_the_keys() {
    let mut world = World::call(84);
    world.run_ms(1000);
    let connected = world.events.iter().filter(|(_, event)| matches!(event, Event::Connected { .. })).count();
    world.restart_ice(0);
    let restarted = world.now;
    world.run_ms(3000);
    assert!(first_after(&world, 0, restarted + Duration::from_millis(500)).is_some());
    assert!(first_after(&world, 1, restarted + Duration::from_millis(500)).is_some());
    let after = world.events.iter().filter(|(_, event)| matches!(event, Event::Connected { .. })).count();
    assert_eq!(connected, after, "no second handshake");
    assert_eq!(world.ended(0), None);
    assert_eq!(world.shard.peers[0].as_ref().unwrap().previous.as_ref().map(|old| old.ufrag.len()), None);
}

#[test]
fn a_panic_ends_its_peer_and_nobody_else() {
    let mut world = World::call(85);
    let c = world.join(&Plan::wire().only_receiving());
    world.assign(c, 1, Some(1));
    world.run_ms(1000);
    world.shard.peers[1].as_mut().unwrap().provoked = true;
    world.run_ms(500);
    assert_eq!(world.ended(1), Some(EndReason::InternalError));
    let since = world.now;
    world.run_ms(1500);
    assert_eq!(world.stats().counters.panics, 1);
    assert_eq!((world.ended(0), world.ended(c)), (None, None));
    assert!(first_after(&world, c, since).is_some(), "the others go on");
}

#[test]
fn a_panic_while_writing_for_a_watcher_is_the_watchers() {
    let mut world = World::call(89);
    let c = world.join(&Plan { raw: true, ..Plan::wire() }.only_receiving());
    world.assign(c, 1, Some(1));
    world.run_ms(1000);
    world.clients[c].online = false;
    world.run_ms(50);
    world.shard.peers[c].as_mut().unwrap().provoked = true;
    world.run_ms(500);
    assert_eq!((world.ended(0), world.ended(1)), (None, None));
    assert_eq!(world.ended(c), Some(EndReason::InternalError));
}

#[test]
fn timers_do_not_pile_up() {
    let mut world = World::call(90);
    world.run_ms(20_000);
    assert!(world.shard.timers.len() < 100, "{}", world.shard.timers.len());
}

#[test]
fn a_publisher_that_restarts_its_encoder_is_shown_again() {
    let mut world = World::call(86);
    world.run_ms(1000);
    // Unpublished and published again under a new number, as after a device change.
    let (peer, mid) = (world.clients[0].id, world.clients[0].sends[1].0.to_string());
    world.command(Command::Unpublish { room: ROOM, track: 1 });
    world.command(Command::Publish { peer, mid, track: 77, rank: 0, keep: false, prompt: false });
    world.assign(1, 1, Some(77));
    let since = world.now;
    world.run_ms(1500);
    let mid = world.clients[1].receives[1].0;
    assert!(world.clients[1].got.iter().any(|got| got.mid == mid && got.at > since + Duration::from_millis(100)));
}

#[test]
fn everything_is_forgotten_when_everybody_left() {
    let mut world = World::call(87);
    for peer in [1, 2] {
        world.command(Command::Leave { peer, reason: String::new() });
    }
    let shard = &world.shard;
    assert!(shard.by_id.is_empty() && shard.routes.is_empty() && shard.ufrags.is_empty() && shard.rooms.is_empty());
    assert!(shard.peers.iter().all(Option::is_none) && shard.tracks.iter().all(Option::is_none));
    world.run_ms(2000);
    assert_eq!(world.stats().peers.len(), 0);
}

#[test]
fn silent_peers_cost_next_to_nothing() {
    let mut world = World::new(88);
    for _ in 0..20 {
        world.join(&Plan { sends: vec![Kind::Audio], ..Plan::wire() });
    }
    world.run_ms(2000);
    let before = world.events.len();
    let mut calls = 0;
    let end = world.now + Duration::from_secs(10);
    // Only the shard's own timers, as if nobody sent anything.
    while world.shard.poll_timeout() < end {
        world.now = world.shard.poll_timeout();
        world.shard.handle_timeout(world.now);
        calls += 1;
    }
    world.collect();
    assert!(world.events.len() > before);
    assert!(calls <= 10 + 20 * 6, "{calls} wake-ups in 10 s for 20 peers");
}
