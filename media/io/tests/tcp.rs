//! ICE-TCP over loopback, with an echo for a core.

#![allow(clippy::unwrap_used)] // helpers of tests may fail

mod support;

use std::io::Write;

use sefaw_io::framing::frame;
use support::{is_closed, order, read_frame, route_closed, start, tcp, udp, write_frame};

#[test]
fn frames_echo_however_they_are_cut() {
    let plane = start(r#"{"bind": ["127.0.0.1:0", "[::1]:0"]}"#);
    for &server in plane.addresses() {
        let mut stream = tcp(server);
        stream.set_nodelay(true).unwrap();
        let packets = [vec![0; 1], vec![0; 1200], vec![0; 2048]];
        let mut bytes = Vec::new();
        for packet in &packets {
            frame(&mut bytes, packet);
        }
        for piece in bytes.chunks(7) {
            stream.write_all(piece).unwrap();
        }
        for packet in packets {
            assert_eq!(read_frame(&mut stream), packet);
        }
    }
}

#[test]
fn whoever_says_nothing_valid_is_closed_in_time() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "tcp": {"half_open_ms": 1500}}"#);
    let server = plane.addresses()[0];
    let (mut silent, mut unanswered, mut peer) = (tcp(server), tcp(server), tcp(server));
    write_frame(&mut unanswered, &[0, order::NOTHING]); // like a check with a wrong password
    write_frame(&mut peer, &[0, 0]);
    assert_eq!(read_frame(&mut peer), [0, 0]);
    assert!(is_closed(&mut silent));
    assert!(is_closed(&mut unanswered));
    route_closed(&plane, unanswered.local_addr().unwrap());
    write_frame(&mut peer, &[0, 0, 1]);
    assert_eq!(read_frame(&mut peer), [0, 0, 1]);
}

#[test]
fn whoever_does_not_begin_with_stun_is_closed_at_once() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    for nonsense in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0, 2, 22, 3], &[0xff; 64]] {
        let mut stream = tcp(plane.addresses()[0]);
        stream.write_all(nonsense).unwrap();
        assert!(is_closed(&mut stream));
    }
}

#[test]
fn a_slow_reader_is_dropped_and_nobody_else_notices() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "tcp": {"backlog": 65536}}"#);
    let server = plane.addresses()[0];
    let (mut slow, mut other) = (tcp(server), tcp(server));
    write_frame(&mut slow, &[0, order::FLOOD]); // ten megabytes that nobody reads
    route_closed(&plane, slow.local_addr().unwrap());
    write_frame(&mut other, &[0, 0, 3]);
    assert_eq!(read_frame(&mut other), [0, 0, 3]);
}

#[test]
fn a_patient_reader_gets_all_of_a_large_burst() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "tcp": {"backlog": 33554432}}"#);
    let mut stream = tcp(plane.addresses()[0]);
    write_frame(&mut stream, &[0, order::FLOOD]);
    for _ in 0..8000 {
        assert_eq!(read_frame(&mut stream), [7; 1200]);
    }
}

#[test]
fn too_many_from_one_address_are_refused_until_one_leaves() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "tcp": {"per_address": 2}}"#);
    let server = plane.addresses()[0];
    let (first, mut second, mut third) = (tcp(server), tcp(server), tcp(server));
    write_frame(&mut second, &[0, 0]);
    assert_eq!(read_frame(&mut second), [0, 0]);
    assert!(is_closed(&mut third));
    let gone = first.local_addr().unwrap();
    drop(first);
    route_closed(&plane, gone);
    let mut fourth = tcp(server);
    write_frame(&mut fourth, &[0, 0, 4]);
    assert_eq!(read_frame(&mut fourth), [0, 0, 4]);
}

#[test]
fn too_many_in_all_are_refused() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "tcp": {"connections": 1}}"#);
    let (_first, mut second) = (tcp(plane.addresses()[0]), tcp(plane.addresses()[0]));
    assert!(is_closed(&mut second));
}

#[test]
fn what_the_core_is_done_with_is_closed() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    let mut stream = tcp(plane.addresses()[0]);
    write_frame(&mut stream, &[0, order::CLOSE]);
    assert!(is_closed(&mut stream));
}

#[test]
fn udp_and_tcp_share_the_number() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    let (client, mut stream) = (udp(plane.addresses()[0]), tcp(plane.addresses()[0]));
    client.send(&[0, 0, 1]).unwrap();
    write_frame(&mut stream, &[0, 0, 2]);
    assert_eq!(client.recv(&mut [0; 16]).unwrap(), 3);
    assert_eq!(read_frame(&mut stream), [0, 0, 2]);
}
