//! Data channels: rights, coalescing, the reliable lane, and peers without channels.

use super::*;
use crate::fast::base64;
use crate::port::EndReason;

/// A pointer is anybody's; the others are the leader's, whose epoch here is 1.
fn message(kind: u8, counter: u32, body: &[u8]) -> Vec<u8> {
    on_lane(kind, 0, u16::from(kind > 1), counter, body)
}

fn on_lane(kind: u8, lane: u8, epoch: u16, counter: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, kind, lane];
    bytes.extend(epoch.to_be_bytes());
    bytes.extend(counter.to_be_bytes());
    // What a client writes there is overwritten: every test here speaks as number 5.
    bytes.extend(5u16.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn may_send(peer: u64, lead: u16) -> Command {
    Command::FastRights { peer, send: true, sender: 5, lead }
}

fn say(world: &mut World, at: usize, messages: &[Vec<u8>]) {
    for data in messages {
        world.clients[at].send_message(true, data);
        let now = world.now;
        world.clients[at].drain(now);
    }
    world.run_ms(100);
}

fn fast_got(world: &World, at: usize) -> Vec<Vec<u8>> {
    let fast = world.clients[at].channels.unwrap().0;
    world.clients[at].messages.iter().filter(|(id, _)| *id == fast).map(|(_, data)| data.clone()).collect()
}

#[test]
fn nobody_may_send_by_default() {
    let mut world = World::call(60);
    world.clients[0].send_message(true, &message(1, 1, b"x"));
    world.run_ms(200);
    assert!(fast_got(&world, 1).is_empty());
}

#[test]
fn the_latest_of_a_burst_arrives() {
    let mut world = World::call(61);
    world.command(may_send(1, 0));
    for counter in 0..20 {
        let mut forged = message(1, counter, b"pointer");
        forged[9] = 0xff;
        world.clients[0].send_message(true, &forged);
        let now = world.now;
        world.clients[0].drain(now);
        world.run_ms(2);
    }
    world.run_ms(200);
    let got = fast_got(&world, 1);
    assert!((2..=6).contains(&got.len()), "{} of 20 in 40 ms", got.len());
    assert_eq!(got.last(), Some(&message(1, 19, b"pointer")));
    assert!(fast_got(&world, 0).is_empty(), "never back to the sender");
}

#[test]
fn state_messages_all_arrive_in_order_under_loss() {
    let mut world = World::call(62);
    world.command(may_send(1, 0));
    (world.loss_up, world.loss_down) = (50, 50);
    let sent: Vec<Vec<u8>> = (0..30).map(|counter| message(16, counter, &[7; 300])).collect();
    for data in &sent {
        world.clients[0].send_message(false, data);
        let now = world.now;
        world.clients[0].drain(now);
        world.run_ms(20);
    }
    world.run_ms(8000);
    let state = world.clients[1].channels.unwrap().1;
    let got: Vec<_> =
        world.clients[1].messages.iter().filter(|(id, _)| *id == state).map(|(_, data)| data.clone()).collect();
    assert_eq!(got, sent);
}

#[test]
fn a_peer_without_channels_gets_an_event() {
    let mut world = World::call(63);
    let c = world.join(&Plan { channels: false, ..Plan::wire() });
    world.run_ms(500);
    world.command(may_send(1, 0));
    world.clients[0].send_message(true, &message(1, 1, b"here"));
    world.run_ms(200);
    let expected = base64::encode(&message(1, 1, b"here"));
    let id = world.clients[c].id;
    let told = world
        .events
        .iter()
        .any(|(_, event)| matches!(event, Event::FastFor { peer, from: 1, body } if *peer == id && *body == expected));
    assert!(told);
    world.command(may_send(id, 0));
    world.command(Command::Fast { peer: id, body: base64::encode(&message(1, 1, b"from ws")) });
    world.run_ms(200);
    assert_eq!(fast_got(&world, 0), [message(1, 1, b"from ws")]);
}

#[test]
fn a_flood_ends_its_sender_only() {
    let mut world = World::with_limits(64, Limits { flood_per_second: 200, ..Limits::default() });
    for _ in 0..2 {
        world.join(&Plan::wire());
    }
    world.run_ms(1000);
    for counter in 0..400 {
        if world.ended(0).is_some() {
            break;
        }
        world.clients[0].send_message(true, &message(1, counter, b""));
        let now = world.now;
        world.clients[0].drain(now);
        world.run_ms(1);
    }
    world.run_ms(200);
    assert_eq!(world.ended(0), Some(EndReason::TooSlow));
    assert_eq!(world.ended(1), None);
}

#[test]
fn only_the_leader_moves_the_picture() {
    let mut world = World::call(65);
    world.command(may_send(1, 0));
    world.command(may_send(2, 7));
    let before = world.stats().counters.fast_refused;
    let lead = |kind, counter| on_lane(kind, 0, 7, counter, b"");
    say(&mut world, 0, &(2..16).map(|kind| lead(kind, 1)).collect::<Vec<_>>());
    assert!(fast_got(&world, 1).is_empty(), "not the leader, under the leader's epoch");
    say(&mut world, 1, &[lead(2, 1), on_lane(2, 0, 6, 2, b"stale"), on_lane(2, 0, 0, 3, b"none"), lead(3, 1)]);
    assert_eq!(fast_got(&world, 0), [lead(2, 1), lead(3, 1)]);
    say(&mut world, 0, &[message(1, 1, b""), on_lane(16, 0, 0, 1, b"")]);
    assert_eq!(fast_got(&world, 1), [message(1, 1, b""), on_lane(16, 0, 0, 1, b"")], "a pointer is anybody's");
    world.run_ms(1000);
    let counters = &world.stats().counters;
    assert_eq!((counters.fast_refused - before, counters.fast_in, counters.fast_relayed), (16, 20, 4));
}

#[test]
fn the_lead_changes_while_a_picture_is_dragged() {
    let mut world = World::call(66);
    let drag = |epoch, counter| on_lane(2, 0, epoch, counter, b"");
    world.command(may_send(1, 1));
    world.command(may_send(2, 0));
    for counter in 0..20 {
        if counter == 10 {
            world.command(may_send(1, 0));
            world.command(may_send(2, 2));
        }
        for (at, epoch) in [(0, 1), (1, 2)] {
            world.clients[at].send_message(true, &drag(epoch, counter));
        }
        world.run_ms(33);
    }
    let (of_old, of_new) = (fast_got(&world, 1), fast_got(&world, 0));
    assert!(of_old.len() >= 9 && of_old.iter().all(|got| *got <= drag(1, 10)), "{of_old:?}");
    assert!(of_new.len() >= 9 && of_new.iter().all(|got| *got >= drag(2, 9)), "{of_new:?}");
    world.command(may_send(2, 0));
    world.command(may_send(1, 3));
    say(&mut world, 0, &[drag(3, 0)]);
    assert_eq!(fast_got(&world, 1).last(), Some(&drag(3, 0)), "counters begin anew with a lead");
}

#[test]
fn viewports_do_not_hinder_each_other() {
    let mut world = World::call(67);
    world.command(may_send(1, 1));
    let all: Vec<Vec<u8>> = (0..4).flat_map(|lane| (2..5).map(move |kind| on_lane(kind, lane, 1, 1, b""))).collect();
    say(&mut world, 0, &all);
    let mut got = fast_got(&world, 1);
    got.sort();
    let mut wanted = all;
    wanted.sort();
    assert_eq!(got, wanted);
}

#[test]
fn a_leader_of_four_viewports_is_not_too_fast() {
    let mut world = World::call(68);
    world.command(may_send(1, 1));
    for tick in 0..60 {
        for lane in 0..4 {
            for kind in 2..5 {
                world.clients[0].send_message(true, &on_lane(kind, lane, 1, tick, b""));
            }
        }
        world.clients[0].send_message(true, &message(1, tick, b""));
        world.run_ms(33);
    }
    world.run_ms(1000);
    let counters = &world.stats().counters;
    assert_eq!((counters.fast_in, counters.fast_refused, counters.fast_stale), (780, 0, 0));
    assert!(world.ended(0).is_none());
}

#[test]
fn too_many_a_second_are_dropped_and_counted() {
    let limits = Limits { fast_per_second: 50, ..Limits::default() };
    let mut world = World::with_limits(69, limits);
    for _ in 0..2 {
        world.join(&Plan::wire());
    }
    world.run_ms(1000);
    world.command(may_send(1, 0));
    for counter in 0..200 {
        world.clients[0].send_message(true, &message(1, counter, b""));
        world.run_ms(4);
    }
    world.run_ms(1200);
    assert!(world.ended(0).is_none());
    let counters = &world.stats().counters;
    assert_eq!((counters.fast_in, counters.fast_refused), (200, 150));
}

#[test]
fn many_pointers_share_datagrams() {
    let mut world = World::new(70);
    for _ in 0..8 {
        let at = world.join(&Plan::wire().only_data());
        world.command(may_send(at as u64 + 1, 0));
    }
    world.run_ms(2000);
    let before = world.stats().counters.clone();
    for counter in 0..60 {
        for at in 0..8 {
            world.clients[at].send_message(true, &message(1, counter, b"x and y"));
            world.run_ms(4);
        }
    }
    world.run_ms(1200);
    let after = world.stats().counters.clone();
    let (relayed, datagrams) = (after.fast_relayed - before.fast_relayed, after.datagrams_out - before.datagrams_out);
    assert!(relayed > 8 * 7 * 55, "{relayed}");
    assert!(datagrams * 2 < relayed, "{datagrams} for {relayed}, acknowledgements and checks among them");
}
