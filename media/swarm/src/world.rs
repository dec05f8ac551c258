//! The swarm's one thread: a timetable of things due, sockets to read, answers of the HTTP thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::dtls::{Certificate, DtlsError};
use crate::http::{Client, Method, Request, Response};
use crate::net::{Inbox, Poller, Received, Waker, wait_for};
use crate::peer::{Peer, PeerError, Role};
use crate::sdp::Kind;
use crate::tally::Tally;

/// libwebrtc's interval of transport-wide feedback at these rates.
const FEEDBACK: Duration = Duration::from_millis(100);
const REPORT: Duration = Duration::from_secs(1);
/// How often a peer that is not yet connected looks at its timers.
const HANDSHAKE: Duration = Duration::from_millis(10);
/// A generator that is this late stops catching up: it would send in bunches.
const GIVE_UP: Duration = Duration::from_millis(200);
/// Longest sleep; nothing depends on it.
const IDLE: Duration = Duration::from_millis(50);
const WAKER: u64 = u64::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Handshake,
    Frame(usize),
    Feedback,
    Report,
}

/// A peer to be: where it joins and what it offers.
#[derive(Debug, Clone)]
pub struct Spec {
    pub role: Role,
    pub url: String,
    pub token: String,
    pub kinds: Vec<Kind>,
}

struct Member {
    peer: Peer,
    spec: Spec,
    /// The WHIP or WHEP resource, once there is one.
    resource: String,
    started: bool,
}

pub struct World {
    certificate: Certificate,
    http: Client,
    waker: Waker,
    poller: Poller,
    timetable: BinaryHeap<Reverse<(Instant, usize, Job)>>,
    members: Vec<Option<Member>>,
    inbox: Inbox,
    ready: Vec<u64>,
    /// Zero: woken by datagrams.
    tick: Duration,
    last_read: Instant,
    pub tally: Tally,
    pub failures: Vec<String>,
    /// Peers that are there and connected.
    pub connected: usize,
    /// Requests without an answer so far.
    pub pending: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Dtls(#[from] DtlsError),
}

impl World {
    pub fn new(tick: Duration) -> Result<Self, WorldError> {
        let waker = Waker::new()?;
        let poller = Poller::new()?;
        poller.add(waker.fd(), WAKER)?;
        Ok(Self {
            certificate: Certificate::generate()?,
            http: Client::start(waker.clone())?,
            waker,
            poller,
            timetable: BinaryHeap::new(),
            members: Vec::new(),
            inbox: Inbox::new(),
            ready: Vec::new(),
            tick,
            last_read: Instant::now(),
            tally: Tally::default(),
            failures: Vec::new(),
            connected: 0,
            pending: 0,
        })
    }

    /// Sends the offer; what becomes of it shows in `connected` and `failures`. Returns the peer's number.
    pub fn join(&mut self, spec: Spec) -> Result<usize, WorldError> {
        let now = Instant::now();
        let number = self.members.len();
        // The server's family is not known before its answer; its HTTP address tells it.
        let family: SocketAddr =
            if spec.url.contains("//[") { (Ipv6Addr::LOCALHOST, 0).into() } else { (Ipv4Addr::LOCALHOST, 0).into() };
        let seed = crate::clock::unix_ns() ^ (number as u64) << 48;
        let mut peer = Peer::new(spec.role, &spec.kinds, family, now, seed)?;
        let body = peer.offer(&self.certificate);
        peer.milestones.asked = Some(Instant::now());
        self.poller.add(peer.socket.as_raw_fd(), number as u64)?;
        self.ask(Request {
            peer: number,
            method: Method::Post,
            url: spec.url.clone(),
            token: spec.token.clone(),
            body,
        });
        self.members.push(Some(Member { peer, spec, resource: String::new(), started: false }));
        Ok(number)
    }

    /// Deletes the peer's resource and forgets the peer.
    pub fn leave(&mut self, number: usize) {
        let Some(member) = self.members.get_mut(number).and_then(Option::take) else { return };
        self.connected -= usize::from(member.started);
        if !member.resource.is_empty() {
            let Spec { token, .. } = member.spec;
            self.ask(Request {
                peer: number,
                method: Method::Delete,
                url: member.resource,
                token,
                body: String::new(),
            });
        }
    }

    pub fn leave_all(&mut self) {
        (0..self.members.len()).for_each(|number| self.leave(number));
    }

    pub fn peer(&self, number: usize) -> Option<&Peer> {
        Some(&self.members.get(number)?.as_ref()?.peer)
    }

    pub fn peers_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.members.iter_mut().flatten().map(|member| &mut member.peer)
    }

    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.members.iter().flatten().map(|member| &member.peer)
    }

    /// Lives until `done` or `limit` from now; true when done.
    pub fn run(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let end = Instant::now() + limit;
        loop {
            if done(self) {
                return true;
            }
            let now = Instant::now();
            if now >= end {
                return false;
            }
            self.step(now, end);
        }
    }

    fn ask(&mut self, request: Request) {
        self.pending += 1;
        self.http.ask(request);
    }

    fn step(&mut self, now: Instant, end: Instant) {
        self.work_off(now);
        let due = self.timetable.peek().map_or(end, |Reverse((at, ..))| *at).min(end);
        let sleep = due.saturating_duration_since(Instant::now()).min(IDLE);
        self.ready.clear();
        if self.tick.is_zero() {
            self.poller.wait(sleep, &mut self.ready);
        } else {
            wait_for(self.waker.fd(), sleep.min(self.tick));
            let now = Instant::now();
            if now.duration_since(self.last_read) >= self.tick {
                self.last_read = now;
                self.poller.wait(Duration::ZERO, &mut self.ready);
            }
        }
        for index in 0..self.ready.len() {
            match self.ready[index] {
                WAKER => self.waker.clear(),
                number => self.read(number as usize),
            }
        }
        self.answers();
    }

    fn answers(&mut self) {
        while let Some(response) = self.http.poll() {
            self.pending -= 1;
            match response {
                Ok(response) => self.answered(&response),
                Err(error) => self.failures.push(format!("HTTP: {error}")),
            }
        }
    }

    fn answered(&mut self, response: &Response) {
        let number = response.peer;
        let Some(member) = self.members.get_mut(number).and_then(Option::as_mut) else { return };
        if response.status != 201 {
            self.failures.push(format!("HTTP status {}", response.status));
            return;
        }
        member.resource.clone_from(&response.location);
        let now = Instant::now();
        let result = member.peer.handle_answer(now, &response.body);
        let result = result.and_then(|()| member.peer.handle_timeout(now, &self.certificate));
        member.peer.flush();
        self.timetable.push(Reverse((now + HANDSHAKE, number, Job::Handshake)));
        self.settle(number, result);
    }

    fn read(&mut self, number: usize) {
        let mut received = [Received::default(); Inbox::capacity()];
        loop {
            let Some(member) = self.members.get_mut(number).and_then(Option::as_mut) else { return };
            let count = self.inbox.receive(member.peer.socket.as_raw_fd(), &mut received);
            let now = Instant::now();
            let mut result = Ok(());
            for (index, Received { len, at_ns }) in received.iter().take(count).enumerate() {
                let datagram = self.inbox.datagram(index, *len);
                let outcome = member.peer.handle_datagram(now, *at_ns, datagram, &mut self.tally, &self.certificate);
                result = result.and(outcome);
            }
            member.peer.flush();
            self.settle(number, result);
            if count < Inbox::capacity() {
                return;
            }
        }
    }

    /// After any input: a peer that failed is noted and forgotten, one that became connected begins its work.
    fn settle(&mut self, number: usize, result: Result<(), PeerError>) {
        let Some(member) = self.members.get_mut(number).and_then(Option::as_mut) else { return };
        if let Err(error) = result {
            self.failures.push(error.to_string());
            self.leave(number);
        } else if member.peer.is_connected() && !member.started {
            member.started = true;
            self.connected += 1;
            self.begin(number);
        }
    }

    /// Peers' timetables are spread by the golden ratio, so that frames of different publishers do not coincide.
    fn begin(&mut self, number: usize) {
        let Some(peer) = self.peer(number) else { return };
        let now = Instant::now();
        let phase = |interval: Duration| now + interval.mul_f64((number as f64 * 0.618_034).fract());
        let mut jobs = vec![Reverse((phase(REPORT), number, Job::Report))];
        if peer.role == Role::Viewer {
            jobs.push(Reverse((phase(FEEDBACK), number, Job::Feedback)));
        }
        for (index, source) in peer.sources.iter().enumerate() {
            jobs.push(Reverse((phase(source.interval()), number, Job::Frame(index))));
        }
        self.timetable.extend(jobs);
    }

    fn work_off(&mut self, now: Instant) {
        while let Some(Reverse((due, number, job))) = self.timetable.peek().copied() {
            if due > now {
                return;
            }
            self.timetable.pop();
            if let Some(next) = self.perform(now, due, number, job) {
                self.timetable.push(Reverse((next, number, job)));
            }
        }
    }

    /// Returns when the job is due again.
    fn perform(&mut self, now: Instant, due: Instant, number: usize, job: Job) -> Option<Instant> {
        let member = self.members.get_mut(number)?.as_mut()?;
        let peer = &mut member.peer;
        let interval = match job {
            Job::Handshake => {
                let result = peer.handle_timeout(now, &self.certificate);
                peer.flush();
                let pause = if peer.is_connected() { IDLE } else { HANDSHAKE };
                let next = peer.poll_timeout().map_or(now + pause, |next| next.max(now + pause));
                let failed = result.is_err();
                self.settle(number, result);
                return (!failed).then_some(next);
            }
            Job::Frame(source) => {
                self.tally.lateness.0.add(now.duration_since(due).as_nanos() as u64);
                peer.send_frame(source, &mut self.tally);
                peer.sources.get(source)?.interval()
            }
            Job::Feedback => {
                peer.send_feedback(now, &mut self.tally);
                FEEDBACK
            }
            Job::Report => {
                peer.send_report(now, &mut self.tally);
                REPORT
            }
        };
        peer.flush();
        Some(if now.duration_since(due) > GIVE_UP { now + interval } else { due + interval })
    }
}
