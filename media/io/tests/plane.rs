//! The plane as its owner sees it: commands, events, panics, closing.

#![allow(clippy::unwrap_used)] // helpers of tests may fail

mod support;

use std::time::{Duration, Instant};

use sefaw_io::seam::{Command, EndReason, Event, PeerKind, RefuseCode};
use support::{event, order, start, tcp, udp, write_frame};

fn join(peer: u64, offer: &str) -> Command {
    let (kind, offer, pairs) = (PeerKind::Wire, offer.to_owned(), Vec::new());
    Command::Join { request: peer * 10, room: peer, peer, kind, offer, pairs, dtls13: false }
}

fn joined(plane: &sefaw_io::Plane, request: u64) -> String {
    event(plane, |event| match event {
        Event::Joined { request: answered, answer, .. } if *answered == request => Some(answer.clone()),
        _ => None,
    })
}

fn ended(plane: &sefaw_io::Plane, peer: u64) -> EndReason {
    event(plane, |event| match event {
        Event::Ended { peer: gone, reason, .. } if *gone == peer => Some(*reason),
        _ => None,
    })
}

#[test]
fn commands_reach_the_shard_of_their_room() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "shards": 2}"#);
    for peer in 1..=2 {
        plane.submit(join(peer, "")).unwrap();
        let port = plane.addresses()[(peer % 2) as usize].port();
        assert!(joined(&plane, peer * 10).contains(&port.to_string()));
    }
}

#[test]
fn slow_commands_are_all_carried_out() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    for peer in 1..=5 {
        plane.submit(join(peer, "slow")).unwrap();
    }
    joined(&plane, 50);
}

#[test]
fn announced_addresses_replace_the_bound_ones() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "announce": ["192.0.2.1:5000", "2001:db8::1"]}"#);
    plane.submit(join(1, "")).unwrap();
    let answer = joined(&plane, 10);
    assert!(answer.contains("192.0.2.1:5000") && answer.contains("[2001:db8::1]") && !answer.contains("127.0.0.1"));
}

#[test]
fn a_panic_at_a_datagram_ends_the_peers_of_the_shard_and_it_goes_on() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    plane.submit(join(1, "")).unwrap();
    joined(&plane, 10);
    let client = udp(plane.addresses()[0]);
    let mut stream = tcp(plane.addresses()[0]);
    write_frame(&mut stream, &[0, order::NOTHING]);
    client.send(&[0, order::PANIC]).unwrap();
    assert_eq!(ended(&plane, 1), EndReason::InternalError);
    assert!(support::is_closed(&mut stream));
    client.send(&[0, 0]).unwrap();
    assert_eq!(client.recv(&mut [0; 8]).unwrap(), 2);
}

#[test]
fn a_panic_at_a_request_refuses_it_and_the_next_is_answered() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    plane.submit(join(1, "panic")).unwrap();
    plane.submit(join(2, "")).unwrap();
    let code = event(&plane, |event| match event {
        Event::Refused { request: 10, code, .. } => Some(*code),
        _ => None,
    });
    assert_eq!(code, RefuseCode::Internal);
}

#[test]
fn closing_says_goodbye_and_is_quick() {
    let took: Vec<_> = (0..5).map(|_| took_to_close()).collect();
    // Whatever else the machine does, it does not do it each time.
    assert!(*took.iter().min().unwrap() < Duration::from_millis(500), "{took:?}");
}

fn took_to_close() -> Duration {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "shards": 2}"#);
    plane.submit(join(1, "")).unwrap();
    joined(&plane, 10);
    let before = Instant::now();
    plane.close();
    let took = before.elapsed();
    assert_eq!(ended(&plane, 1), EndReason::Closed);
    assert!(plane.submit(join(2, "")).is_err());
    plane.close();
    took
}
