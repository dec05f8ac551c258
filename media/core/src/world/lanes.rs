//! Data channels: rights, coalescing, the reliable lane, and peers without channels.

use super::*;
use crate::fast::base64;
use crate::port::EndReason;

fn message(kind: u8, counter: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, kind, 0, 0];
    bytes.extend(counter.to_be_bytes());
    // What a client writes there is overwritten: every test here speaks as number 5.
    bytes.extend(5u16.to_be_bytes());
    bytes.extend(body);
    bytes
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
    world.command(Command::FastRights { peer: 1, send: true, sender: 5 });
    for counter in 0..20 {
        let mut forged = message(1, counter, b"pointer");
        forged[8] = 0xff;
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
    world.command(Command::FastRights { peer: 1, send: true, sender: 5 });
    (world.loss_up, world.loss_down) = (50, 50);
    let sent: Vec<Vec<u8>> = (0..30).map(|counter| message(9, counter, &[7; 300])).collect();
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
    world.command(Command::FastRights { peer: 1, send: true, sender: 5 });
    world.clients[0].send_message(true, &message(2, 1, b"view"));
    world.run_ms(200);
    let expected = base64::encode(&message(2, 1, b"view"));
    let id = world.clients[c].id;
    let told = world
        .events
        .iter()
        .any(|(_, event)| matches!(event, Event::FastFor { peer, from: 1, body } if *peer == id && *body == expected));
    assert!(told);
    world.command(Command::FastRights { peer: id, send: true, sender: 5 });
    world.command(Command::Fast { peer: id, body: base64::encode(&message(2, 1, b"from ws")) });
    world.run_ms(200);
    assert_eq!(fast_got(&world, 0), [message(2, 1, b"from ws")]);
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
