//! A simulated world for tests: one shard, clients that are full str0m endpoints, and a network between them with delay,
//! seeded loss and addresses that change, all on a clock that is cranked by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod client;
mod doubles;
mod downlink;
mod media;

mod bad_input;
mod faults;
mod floor;
mod forwarding;
mod grabbing;
mod joining;
mod lanes;
mod raw;
mod recording;
mod red;
mod repair;
mod speed;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use client::{Client, Plan};
pub use doubles::Doubles;
pub use downlink::Downlink;
pub use media::Source;
pub use recording::Journal;

use crate::config::{AnnouncedAddress, Dice, ShardConfig};
use crate::limits::Limits;
use crate::port::{Command, Event, PeerKind, Transport};
use crate::route::Route;
use crate::shard::Shard;

pub const SERVER: ([u8; 4], u16) = ([198, 51, 100, 1], 7881);
pub const ROOM: u64 = 1;
/// CLOCK_MONOTONIC at the beginning of the world.
pub const MONOTONIC_NS: i64 = 500_000_000_000;

/// Where a datagram is going.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Leg {
    Up { from: SocketAddr, tcp: bool },
    Down { to: SocketAddr },
}

type Flight = (Instant, u64, Leg, Vec<u8>);

pub struct World {
    pub start: Instant,
    pub now: Instant,
    pub shard: Shard,
    pub clients: Vec<Client>,
    pub sources: Vec<Source>,
    pub events: Vec<(Instant, Event)>,
    pub latency: Duration,
    /// Chance in 1,000 that a datagram is lost.
    pub loss_up: u64,
    pub loss_down: u64,
    /// Whose uplink alone loses; `None`: everybody's.
    pub lossy: Option<usize>,
    /// Everything that reached the shard lately, for replays and mutations.
    pub captured: Vec<(SocketAddr, Vec<u8>)>,
    pub capture: bool,
    /// Datagrams from the shard to nobody.
    pub astray: usize,
    pub down_bytes: usize,
    pub dice: Dice,
    pub journal: Journal,
    flights: BinaryHeap<Reverse<Flight>>,
    order: u64,
    next_request: u64,
}

impl World {
    pub fn new(seed: u64) -> World {
        World::with_limits(seed, Limits::default())
    }

    pub fn with_limits(seed: u64, limits: Limits) -> World {
        let start = Instant::now();
        let candidates = vec![
            AnnouncedAddress { addr: SERVER.into(), tcp: false },
            AnnouncedAddress { addr: SERVER.into(), tcp: true },
        ];
        let epoch = (start, Duration::from_secs(1_800_000_000));
        let config = ShardConfig { shard: 0, candidates, limits, seed, epoch, monotonic_ns: MONOTONIC_NS };
        World {
            start,
            now: start,
            shard: Shard::new(config, start).unwrap(),
            clients: Vec::new(),
            sources: Vec::new(),
            events: Vec::new(),
            latency: Duration::from_millis(10),
            loss_up: 0,
            loss_down: 0,
            lossy: None,
            captured: Vec::new(),
            capture: false,
            astray: 0,
            down_bytes: 0,
            dice: Dice::new(seed ^ 0x5eed),
            journal: Journal::default(),
            flights: BinaryHeap::new(),
            order: 0,
            next_request: 1,
        }
    }

    /// A client joins; returns its place. Its peer id is its place + 1.
    pub fn join(&mut self, plan: &Plan) -> usize {
        self.join_edited(plan, |offer| offer)
    }

    /// The same with an offer that was changed on the way.
    pub fn join_edited(&mut self, plan: &Plan, edit: impl FnOnce(String) -> String) -> usize {
        let at = self.clients.len();
        let mut client = Client::new(self.now, at, plan);
        let offer = edit(client.offer());
        let request = self.next_request;
        self.next_request += 1;
        let command = Command::Join {
            request,
            room: plan.room,
            peer: client.id,
            kind: plan.kind,
            offer,
            pairs: client.pairs(),
            dtls13: plan.dtls13,
        };
        self.command(command);
        let answer = self.joined(request);
        client.accept(&answer);
        self.clients.push(client);
        at
    }

    /// A later offer of a client, with an ICE restart.
    pub fn restart_ice(&mut self, at: usize) {
        let offer = self.clients[at].offer_restart();
        self.reoffer(at, offer);
    }

    pub fn reoffer(&mut self, at: usize, offer: String) {
        let request = self.next_request;
        self.next_request += 1;
        let (peer, pairs) = (self.clients[at].id, self.clients[at].pairs());
        self.command(Command::Offer { request, peer, offer, pairs });
        let answer = self.joined(request);
        self.clients[at].accept(&answer);
    }

    fn joined(&mut self, wanted: u64) -> String {
        let answer = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Joined { request, answer, .. } if *request == wanted => Some(answer.clone()),
            Event::Refused { request, code, detail } if *request == wanted => panic!("refused: {code:?} {detail}"),
            _ => None,
        });
        answer.expect("an answer")
    }

    pub fn command(&mut self, command: Command) {
        self.shard.handle_command(self.now, command);
        self.collect();
    }

    /// Everything a client sends becomes a track, numbered client × 10 + position; returns the numbers. Of the first
    /// client's, frames are kept.
    pub fn publish_all(&mut self, at: usize) -> Vec<u32> {
        let mids = self.clients[at].sends.clone();
        let peer = self.clients[at].id;
        let mut tracks = Vec::new();
        for (position, (mid, kind)) in mids.iter().enumerate() {
            let track = (at * 10 + position) as u32;
            self.command(Command::Publish { peer, mid: mid.to_string(), track, rank: 0, keep: at == 0, prompt: false });
            self.sources.push(Source::new(self.now, at, *mid, *kind, track));
            tracks.push(track);
        }
        tracks
    }

    pub fn assign(&mut self, at: usize, slot: usize, track: Option<u32>) {
        let (peer, mid) = (self.clients[at].id, self.clients[at].receives[slot].0.to_string());
        self.command(Command::Assign { peer, mid, track });
    }

    /// Let time pass.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        (0..self.clients.len()).for_each(|at| self.send_from(at));
        let mut steps = 0u64;
        while let Some(next) = self.next_time().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
            steps += 1;
            assert!(steps < 5_000_000, "the world spins at {:?}", self.now - self.start);
        }
        self.now = end;
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run(Duration::from_millis(ms));
    }

    fn next_time(&self) -> Option<Instant> {
        let flight = self.flights.peek().map(|Reverse((at, ..))| *at);
        let clients = self.clients.iter().filter(|client| client.alive).map(|client| client.timeout);
        let sources = self.sources.iter().map(|source| source.next);
        clients.chain(sources).chain(flight).chain([self.shard.poll_timeout()]).min()
    }

    fn step(&mut self) {
        while self.flights.peek().is_some_and(|Reverse((at, ..))| *at <= self.now) {
            let Reverse((_, _, leg, datagram)) = self.flights.pop().unwrap();
            match leg {
                Leg::Up { from, tcp } => self.deliver_up(from, tcp, datagram),
                Leg::Down { to } => self.deliver_down(to, &datagram),
            }
        }
        self.write_media();
        for at in 0..self.clients.len() {
            if self.clients[at].alive && self.clients[at].timeout <= self.now {
                self.clients[at].handle_timeout(self.now);
            }
            self.send_from(at);
        }
        if self.shard.poll_timeout() <= self.now {
            self.shard.handle_timeout(self.now);
            self.collect();
            assert!(self.shard.poll_timeout() > self.now, "the shard asks to be called again at once");
        }
    }

    /// Hand a datagram to the shard as if it came from there.
    pub fn inject(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.deliver_up(from, false, datagram.to_vec());
    }

    fn deliver_up(&mut self, from: SocketAddr, tcp: bool, mut datagram: Vec<u8>) {
        if self.capture {
            self.captured.push((from, datagram.clone()));
        }
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        self.shard.handle_datagram(self.now, Route { transport, local: 0, remote: from }, &mut datagram);
        self.collect();
    }

    fn deliver_down(&mut self, to: SocketAddr, datagram: &[u8]) {
        self.down_bytes += datagram.len();
        let now = self.now;
        match self.clients.iter_mut().find(|client| client.public == to && client.alive) {
            Some(client) => client.handle_datagram(now, datagram),
            None => self.astray += 1,
        }
    }

    fn send_from(&mut self, at: usize) {
        self.clients[at].drain(self.now);
        let (public, tcp, online) = (self.clients[at].public, self.clients[at].tcp, self.clients[at].online);
        for datagram in std::mem::take(&mut self.clients[at].outbox) {
            let loss = if self.lossy.is_none_or(|lossy| lossy == at) { self.loss_up } else { 0 };
            if online && !self.lost(loss) {
                self.fly(self.now, Leg::Up { from: public, tcp }, datagram);
            }
        }
    }

    /// Put what the shard has to say on its way.
    pub fn collect(&mut self) {
        let spans = self.shard.egress().spans.clone();
        for span in spans {
            let datagram = self.shard.egress().datagram(&span).to_vec();
            let to = span.route.remote;
            let (now, lost) = (self.now, self.lost(self.loss_down));
            let client = self.clients.iter_mut().find(|client| client.public == to && client.online);
            let passed = match client.and_then(|client| client.downlink.as_mut()) {
                Some(downlink) => downlink.pass(now, datagram.len()),
                None => Some(now),
            };
            let offline = self.clients.iter().any(|client| client.public == to && !client.online);
            if let Some(passed) = passed.filter(|_| !lost && !offline) {
                self.fly(passed, Leg::Down { to }, datagram);
            }
        }
        self.shard.egress().clear();
        while let Some(order) = self.shard.poll_journal() {
            self.journal.take(&mut self.shard, order);
        }
        while let Some(event) = self.shard.poll_event() {
            self.events.push((self.now, event));
        }
    }

    fn lost(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.dice.next_u64() % 1000 < per_mille
    }

    fn fly(&mut self, from: Instant, leg: Leg, datagram: Vec<u8>) {
        self.order += 1;
        self.flights.push(Reverse((from + self.latency, self.order, leg, datagram)));
    }

    pub fn connected(&self, at: usize) -> bool {
        let id = self.clients[at].id;
        self.events.iter().any(|(_, event)| matches!(event, Event::Connected { peer, .. } if *peer == id))
    }

    pub fn ended(&self, at: usize) -> Option<crate::port::EndReason> {
        let id = self.clients[at].id;
        self.events.iter().find_map(|(_, event)| match event {
            Event::Ended { peer, reason, .. } if *peer == id => Some(*reason),
            _ => None,
        })
    }

    pub fn stats(&self) -> &crate::port::Stats {
        let last = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Stats(stats) => Some(&**stats),
            _ => None,
        });
        last.expect("statistics")
    }

    /// Two wire clients that see and hear each other, connected and running for a second.
    pub fn call(seed: u64) -> World {
        let mut world = World::new(seed);
        let (a, b) = (world.join(&Plan::wire()), world.join(&Plan::wire()));
        let (from_a, from_b) = (world.publish_all(a), world.publish_all(b));
        for (slot, (a_track, b_track)) in from_a.iter().zip(&from_b).enumerate() {
            world.assign(a, slot, Some(*b_track));
            world.assign(b, slot, Some(*a_track));
        }
        world.run_ms(1000);
        assert!(world.connected(a) && world.connected(b), "{:?}", world.events);
        world
    }
}

/// A watcher's plan: one audio and one video slot.
pub fn whep() -> Plan {
    Plan { kind: PeerKind::Whep, ..Plan::wire() }.only_receiving()
}

pub fn whip() -> Plan {
    Plan { kind: PeerKind::Whip, ..Plan::wire() }.only_sending()
}
