//! One shard's thread: wait, take what came, send what follows. Everything here runs on that one thread.

use std::collections::HashSet;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sefaw_journal::writer::Link;

use crate::PlaneError;
use crate::bind::Sockets;
use crate::coalesce::{Coalesce, Taken, Wait};
use crate::config::TcpLimits;
use crate::journal;
use crate::mailbox::{Inbox, Outbox};
use crate::outlet::Outlet;
use crate::poll;
use crate::receive::{BATCH, Batch};
use crate::seam::{
    Command, Core, Counters, EndReason, Event, PeerId, RefuseCode, RequestId, Route, ShardConfig, Transport,
};
use crate::tcp::Tcp;

/// Batches taken from one socket before what follows from them is sent: bounds the arena and the delay.
const BATCHES: usize = 4;
/// Commands are carried out for so long before packets have their turn again; a join takes about a millisecond.
const COMMAND_TIME: Duration = Duration::from_millis(2);
/// How long a stopping shard waits for its peers to be told.
const FAREWELL: Duration = Duration::from_millis(300);

/// How often the shell asked the kernel for something. Cumulative, over restarts of the core too.
#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    wakeups: u64,
    receives: u64,
    panics: u64,
}

pub struct Worker<C> {
    core: C,
    config: ShardConfig,
    outlet: Outlet,
    /// Per UDP socket: bound to a wildcard, so that the kernel must tell where a datagram arrived.
    wildcard: Vec<bool>,
    tcp: Tcp,
    batch: Batch,
    pace: Coalesce,
    fds: Vec<libc::pollfd>,
    inbox: Arc<Inbox>,
    outbox: Arc<Outbox>,
    link: Link,
    events: Vec<Event>,
    /// Joined and not ended: who is told if the core has to be made anew.
    peers: HashSet<PeerId>,
    /// The request being carried out right now, to be answered if it panics.
    current: Option<RequestId>,
    calls: Calls,
    /// Told to stop: when to end even if somebody is still there.
    stop_at: Option<Instant>,
}

/// Places in `fds`; the UDP sockets come last, so that a wait can leave them out.
const BELL: usize = 0;
const TCP: usize = 1;
const UDP: usize = 2;

impl<C: Core> Worker<C> {
    pub fn new(
        config: ShardConfig,
        tcp: TcpLimits,
        sockets: Sockets,
        (inbox, outbox): (Arc<Inbox>, Arc<Outbox>),
        link: Link,
    ) -> Result<Self, PlaneError> {
        let now = Instant::now();
        let core = C::new(config.clone(), now).map_err(|error| PlaneError::Core(error.to_string()))?;
        let tcp = Tcp::new(sockets.tcp, tcp)?;
        let waited = [inbox.bell.as_raw_fd(), tcp.as_raw_fd()].into_iter();
        let fds = waited.chain(sockets.udp.iter().map(AsRawFd::as_raw_fd)).map(poll::readable).collect();
        Ok(Self {
            core,
            config,
            outlet: Outlet::new(sockets.udp),
            wildcard: sockets.bound.iter().map(|bound| bound.ip().is_unspecified()).collect(),
            tcp,
            batch: Batch::default(),
            pace: Coalesce::new(now),
            fds,
            inbox,
            outbox,
            link,
            events: Vec::new(),
            peers: HashSet::new(),
            current: None,
            calls: Calls::default(),
            stop_at: None,
        })
    }

    /// Work until told to stop. A panic that reaches this far ends all peers of the shard and nothing else.
    pub fn run(mut self) {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(true) => {}
                Ok(false) => return self.finish(),
                Err(_) => {
                    if self.start_anew().is_err() {
                        return self.inbox.stop();
                    }
                }
            }
        }
    }

    /// One wake-up. False: it is over.
    fn turn(&mut self) -> bool {
        let wait = self.pace.wait();
        let now = self.sleep(wait);
        self.calls.wakeups += 1;
        if self.fds[BELL].revents != 0 {
            self.take_commands(now);
        }
        if self.fds[TCP].revents != 0 {
            self.tcp.handle_ready(now, &mut self.core);
        }
        if self.is_time_to_look(wait, now) {
            let taken = self.receive(now);
            self.pace.looked(now, taken);
        }
        if now >= self.core.poll_timeout() {
            self.core.handle_timeout(now);
        }
        self.tcp.handle_timeout(now, &mut self.core);
        self.flush(now);
        self.stop_at.is_none_or(|at| now < at && !self.peers.is_empty())
    }

    /// Wait for whatever is first: a datagram (if we listen for them), a command, TCP, a deadline.
    fn sleep(&mut self, wait: Wait) -> Instant {
        let now = Instant::now();
        let (until, listened) = match wait {
            // The core's deadlines wait for the tick too: reports of many peers would wake us in between.
            Wait::Tick(at) => (at, UDP),
            Wait::ForDatagram => (self.core.poll_timeout(), self.fds.len()),
        };
        let until = self.tcp.poll_timeout().into_iter().chain(self.stop_at).fold(until, Instant::min);
        self.fds.iter_mut().for_each(|fd| fd.revents = 0);
        poll::wait(&mut self.fds[..listened], until.saturating_duration_since(now));
        Instant::now()
    }

    fn is_time_to_look(&self, wait: Wait, now: Instant) -> bool {
        match wait {
            Wait::Tick(at) => now >= at,
            Wait::ForDatagram => self.fds[UDP..].iter().any(|fd| fd.revents != 0),
        }
    }

    fn receive(&mut self, now: Instant) -> Taken {
        let mut taken = Taken::default();
        for socket in 0..self.outlet.sockets.len() {
            for turn in 1..=BATCHES {
                let count = self.receive_batch(now, socket);
                taken.count += count;
                if count < BATCH {
                    break;
                }
                taken.more |= turn == BATCHES;
            }
        }
        taken
    }

    fn receive_batch(&mut self, now: Instant, socket: usize) -> usize {
        self.calls.receives += 1;
        // An error belongs to one datagram (say, an ICMP answer to it) and is gone with the next call.
        let count = self.batch.receive(&self.outlet.sockets[socket], self.wildcard[socket]).unwrap_or(0);
        for index in 0..count {
            let Some((remote, arrived_at, datagram)) = self.batch.datagram(index) else { continue };
            let local = self.outlet.local(socket, arrived_at);
            self.core.handle_datagram(now, Route { transport: Transport::Udp, local, remote }, datagram);
        }
        count
    }

    fn take_commands(&mut self, now: Instant) {
        self.inbox.bell.silence();
        while let Some(command) = self.inbox.pop() {
            self.current = request_of(&command);
            self.core.handle_command(now, command);
            self.current = None;
            self.take_events();
            if now.elapsed() > COMMAND_TIME {
                self.inbox.bell.ring(); // the rest is for the next turn
                break;
            }
        }
        if self.inbox.stopping() && self.stop_at.is_none() {
            self.stop_at = Some(now + FAREWELL);
            for &peer in &self.peers {
                self.core.handle_command(now, Command::Leave { peer, reason: "server_stopping".to_owned() });
            }
        }
    }

    /// Send what the core wants sent, close what it wants closed, hand up what it has to say.
    fn flush(&mut self, now: Instant) {
        // Closing a connection may make the core send once more; a third time is left to the next turn.
        for _ in 0..2 {
            self.outlet.flush(self.core.egress(), &mut self.tcp);
            self.tcp.flush(now, &mut self.core);
            while let Some(route) = self.core.poll_close_route() {
                self.tcp.close(route);
            }
            if self.core.egress().is_empty() {
                break;
            }
        }
        journal::hand_over(&mut self.core, &mut self.link);
        self.take_events();
        self.outbox.append(&mut self.events);
    }

    fn finish(&mut self) {
        self.core.finish_journals(Instant::now());
        journal::hand_over(&mut self.core, &mut self.link);
    }

    fn take_events(&mut self) {
        while let Some(mut event) = self.core.poll_event() {
            match &mut event {
                Event::Joined { peer, .. } => {
                    self.peers.insert(*peer);
                }
                Event::Ended { peer, .. } => {
                    self.peers.remove(peer);
                }
                Event::Stats(stats) => self.calls.fill(&mut stats.counters, &self.outlet, &self.tcp),
                _ => {}
            }
            self.events.push(event);
        }
    }

    /// The core panicked: its state cannot be trusted. Everybody on this shard is told, and may join again.
    fn start_anew(&mut self) -> Result<(), C::Error> {
        self.calls.panics += 1;
        let detail = "the shard failed and started anew";
        if let Some(request) = self.current.take() {
            let detail = detail.to_owned();
            self.events.push(Event::Refused { request, code: RefuseCode::Internal, detail });
        }
        for peer in self.peers.drain() {
            self.events.push(Event::Ended { peer, reason: EndReason::InternalError, detail: detail.to_owned() });
        }
        self.outbox.append(&mut self.events);
        self.tcp.close_all();
        self.link.stop_all();
        let now = Instant::now();
        // Other SSRCs and sequence numbers than before.
        self.config.seed = self.config.seed.wrapping_add(1);
        self.core = C::new(self.config.clone(), now)?;
        self.pace = Coalesce::new(now);
        Ok(())
    }
}

/// Which request this answers, if somebody waits for an answer.
fn request_of(command: &Command) -> Option<RequestId> {
    match command {
        Command::Join { request, .. }
        | Command::Offer { request, .. }
        | Command::Trickle { request, .. }
        | Command::Restart { request, .. } => Some(*request),
        _ => None,
    }
}

impl Calls {
    fn fill(&self, counters: &mut Counters, outlet: &Outlet, tcp: &Tcp) {
        counters.wakeups = self.wakeups;
        counters.receive_calls = self.receives;
        counters.send_calls = outlet.sent.calls;
        counters.egress_dropped += outlet.sent.dropped;
        counters.panics += self.panics;
        counters.tcp_connections = tcp.counters.accepted;
        counters.tcp_refused = tcp.counters.refused;
    }
}
