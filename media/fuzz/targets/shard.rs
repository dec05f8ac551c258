//! A whole shard with one peer that never connects: strangers' datagrams from several addresses, commands with any
//! offer, and time. A panic of ours is a finding although the guard would hold it; one inside str0m is what the guard is
//! for (it has some: a payload type with two meanings in one bundle, for instance), and must do no more harm than that.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sefaw_core::port::{Command, PeerKind};
use sefaw_core::{AnnouncedAddress, Limits, Route, Shard, ShardConfig, Transport};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    Datagram { from: u8, tcp: bool, bytes: &'a [u8] },
    Closed { from: u8 },
    Join { peer: u8, kind: u8, edits: Vec<Edit<'a>> },
    Offer { peer: u8, edits: Vec<Edit<'a>> },
    Trickle { peer: u8, fragment: &'a str },
    Fast { peer: u8, body: &'a str },
    Time { ms: u16 },
}

/// Of a line of a browser's offer: gone, or another text.
#[derive(Debug, Arbitrary)]
struct Edit<'a> {
    line: u8,
    text: Option<&'a str>,
}

const OFFER: &str = include_str!("../seeds/sdp_offer/browser.sdp");

fn offer(edits: &[Edit<'_>]) -> String {
    let mut lines: Vec<&str> = OFFER.lines().collect();
    for edit in edits {
        let at = usize::from(edit.line) % lines.len();
        lines[at] = edit.text.unwrap_or_default();
    }
    lines.into_iter().filter(|line| !line.is_empty()).flat_map(|line| [line, "\r\n"]).collect()
}

fn route(from: u8, tcp: bool) -> Route {
    let transport = if tcp { Transport::Tcp } else { Transport::Udp };
    Route { transport, local: 0, remote: SocketAddr::from(([127, 0, 0, 1], 10_000 + u16::from(from % 4))) }
}

fn command(step: &Step<'_>) -> Option<Command> {
    let kinds = [PeerKind::Wire, PeerKind::Whip, PeerKind::Whep];

    Some(match step {
        Step::Join { peer, kind, edits } => Command::Join {
            request: 1,
            room: 1,
            peer: u64::from(*peer % 4),
            kind: kinds[usize::from(*kind) % 3],
            offer: offer(edits),
            pairs: Vec::new(),
            dtls13: false,
        },
        Step::Offer { peer, edits } => {
            Command::Offer { request: 2, peer: u64::from(*peer % 4), offer: offer(edits), pairs: Vec::new() }
        }
        Step::Trickle { peer, fragment } => {
            Command::Trickle { request: 3, peer: u64::from(*peer % 4), fragment: (*fragment).to_owned() }
        }
        Step::Fast { peer, body } => Command::Fast { peer: u64::from(*peer % 4), body: (*body).to_owned() },
        _ => return None,
    })
}

/// libFuzzer's own hook aborts at every panic.
fn abort_at_our_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let theirs = panic.location().is_some_and(|location| location.file().contains("/registry/src/"));
        if !theirs {
            eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
            std::process::abort();
        }
    }));
}

fuzz_target!(init: abort_at_our_panics(), |steps: Vec<Step<'_>>| {
    let mut now = Instant::now();
    let announced = AnnouncedAddress { addr: SocketAddr::from(([127, 0, 0, 1], 7881)), tcp: false };
    let config = ShardConfig {
        shard: 0,
        candidates: vec![announced],
        limits: Limits::default(),
        seed: 1,
        epoch: (now, Duration::from_secs(1_800_000_000)),
        monotonic_ns: 0,
    };
    let Ok(mut shard) = Shard::new(config, now) else {
        return;
    };
    for step in steps {
        match &step {
            Step::Datagram { from, tcp, bytes } => shard.handle_datagram(now, route(*from, *tcp), &mut bytes.to_vec()),
            Step::Closed { from } => shard.handle_route_closed(now, route(*from, true)),
            Step::Time { ms } => {
                now += Duration::from_millis(u64::from(*ms));
                if now >= shard.poll_timeout() {
                    shard.handle_timeout(now);
                }
            }
            other => command(other).into_iter().for_each(|command| shard.handle_command(now, command)),
        }
        drain(&mut shard);
    }
});

fn drain(shard: &mut Shard) {
    while shard.poll_event().is_some() {}
    while shard.poll_close_route().is_some() {}
    let egress = shard.egress();
    assert!(egress.spans.iter().all(|span| (span.start + span.len) as usize <= egress.bytes.len()));
    egress.clear();
}
