//! UDP over loopback, with an echo for a core.

#![allow(clippy::unwrap_used)] // helpers of tests may fail

mod support;

use std::net::SocketAddr;

use support::{burst_sizes, order, start, udp};

fn echoes(server: SocketAddr) {
    let client = udp(server);
    let mut buffer = [0; 2048];
    for length in [1, 2, 1200, 2048] {
        let sent = vec![0; length];
        client.send(&sent).unwrap();
        let count = client.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..count], sent);
    }
}

#[test]
fn both_families_echo() {
    let plane = start(r#"{"bind": ["127.0.0.1:0", "[::1]:0"]}"#);
    assert_eq!(plane.addresses().len(), 2);
    plane.addresses().iter().copied().for_each(echoes);
}

#[test]
fn every_shard_echoes() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"], "shards": 2}"#);
    assert_eq!(plane.addresses()[1].port(), plane.addresses()[0].port() + 1);
    plane.addresses().iter().copied().for_each(echoes);
}

#[test]
fn empty_and_oversized_datagrams_are_nothing_special() {
    let plane = start(r#"{"bind": ["127.0.0.1:0"]}"#);
    let client = udp(plane.addresses()[0]);
    client.send(&[]).unwrap();
    client.send(&[0; 2049]).unwrap();
    client.send(&[0, 0, 9]).unwrap();
    let mut buffer = [0; 4096];
    assert_eq!(client.recv(&mut buffer).unwrap(), 0); // the echo of the empty one; the oversized one never got there
    assert_eq!(client.recv(&mut buffer).unwrap(), 3);
}

#[test]
fn from_a_wildcard_the_answer_comes_from_where_it_was_asked() {
    let plane = start(r#"{"bind": ["0.0.0.0:0", "[::]:0"]}"#);
    let port = plane.addresses()[0].port();
    // A connected socket takes answers from this address only; without care they would come from 127.0.0.1.
    echoes(SocketAddr::from(([127, 0, 0, 77], port)));
    echoes(SocketAddr::from(([127, 0, 0, 78], port)));
    echoes(SocketAddr::new("::1".parse().unwrap(), port));
}

#[test]
fn a_burst_arrives_whole_and_in_order() {
    let plane = start(r#"{"bind": ["127.0.0.1:0", "[::1]:0"]}"#);
    for &server in plane.addresses() {
        let client = udp(server);
        client.send(&[0, order::BURST]).unwrap();
        for (index, size) in burst_sizes().enumerate() {
            let mut buffer = [0; 2048];
            let count = client.recv(&mut buffer).unwrap();
            assert_eq!((count, buffer[0]), (size, index as u8));
        }
    }
}
