//! ICE-TCP: the listeners of a shard and their connections. Bounded in number, in time without a valid check, and in
//! what waits for a slow reader.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::config::TcpLimits;
use crate::connection::{Connection, End};
use crate::poll::{Epoll, Readiness};
use crate::seam::{Core, Route, Transport};

/// Connections accepted in one turn.
const ACCEPTS: usize = 64;
/// What the kernel may queue for one receiver: more would only be old when it arrives.
const SEND_BUFFER: usize = 256 * 1024;
/// When the process has no descriptor left, the listeners rest for so long instead of spinning.
const REST: Duration = Duration::from_millis(250);
/// Tokens below are listeners.
const FIRST_CONNECTION: u64 = 1 << 16;

/// Cumulative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpCounters {
    pub accepted: u64,
    /// Beyond a limit, half-open too long, nonsense, or too slow a reader.
    pub refused: u64,
}

pub struct Tcp {
    epoll: Epoll,
    listeners: Vec<TcpListener>,
    connections: HashMap<u64, Connection>,
    routes: HashMap<Route, u64>,
    per_address: HashMap<IpAddr, usize>,
    /// In order of arrival: the first is the next whose time is over.
    half_open: VecDeque<(Instant, u64)>,
    /// Have something queued.
    dirty: Vec<u64>,
    ready: Vec<Readiness>,
    next_token: u64,
    /// The listeners rest until then.
    resting: Option<Instant>,
    limits: TcpLimits,
    pub counters: TcpCounters,
}

impl Tcp {
    pub fn new(listeners: Vec<TcpListener>, limits: TcpLimits) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        for (token, listener) in (0..).zip(&listeners) {
            epoll.add(listener.as_fd(), token)?;
        }
        Ok(Self {
            epoll,
            listeners,
            connections: HashMap::new(),
            routes: HashMap::new(),
            per_address: HashMap::new(),
            half_open: VecDeque::new(),
            dirty: Vec::new(),
            ready: Vec::new(),
            next_token: FIRST_CONNECTION,
            resting: None,
            limits,
            counters: TcpCounters::default(),
        })
    }

    /// When the next half-open connection is to be closed, or the listeners have rested.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.half_open.front().map(|(until, _)| *until).into_iter().chain(self.resting).min()
    }

    /// Accept, read and write what is ready.
    pub fn handle_ready<C: Core>(&mut self, now: Instant, core: &mut C) {
        let mut ready = std::mem::take(&mut self.ready);
        self.epoll.ready(&mut ready);
        for one in &ready {
            if let Some(listener) = usize::try_from(one.token).ok().filter(|_| one.token < FIRST_CONNECTION) {
                self.accept(now, listener);
                continue;
            }
            if one.readable {
                self.receive(now, one.token, core);
            }
            if one.writable {
                self.write(now, one.token, core);
            }
        }
        self.ready = ready;
    }

    /// Close connections that were not validated in time.
    pub fn handle_timeout<C: Core>(&mut self, now: Instant, core: &mut C) {
        if self.resting.is_some_and(|until| until <= now) {
            self.resting = None;
            self.listen(true);
        }
        while let Some(&(until, token)) = self.half_open.front()
            && (until <= now || self.connections.get(&token).is_none_or(|c| c.validated))
        {
            self.half_open.pop_front();
            if self.connections.get(&token).is_some_and(|connection| !connection.validated) {
                self.end(now, token, End::Nonsense, core);
            }
        }
    }

    /// Queue a packet for whoever is connected by `route`; false if nobody is.
    pub fn queue(&mut self, route: Route, packet: &[u8]) -> bool {
        let Some(&token) = self.routes.get(&route) else { return false };
        let Some(connection) = self.connections.get_mut(&token) else { return false };
        connection.queue(packet);
        self.dirty.push(token);
        true
    }

    /// Send what was queued.
    pub fn flush<C: Core>(&mut self, now: Instant, core: &mut C) {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.dedup();
        for token in dirty.drain(..) {
            self.write(now, token, core);
        }
        self.dirty = dirty;
    }

    /// The core is done with this one.
    pub fn close(&mut self, route: Route) {
        if let Some(&token) = self.routes.get(&route) {
            self.forget(token);
        }
    }

    pub fn close_all(&mut self) {
        let tokens: Vec<u64> = self.connections.keys().copied().collect();
        tokens.into_iter().for_each(|token| {
            self.forget(token);
        });
    }

    fn accept(&mut self, now: Instant, listener: usize) {
        for _ in 0..ACCEPTS {
            let (stream, remote) = match self.listeners.get(listener).map(TcpListener::accept) {
                Some(Ok(accepted)) => accepted,
                Some(Err(error)) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
                    self.resting = Some(now + REST);
                    return self.listen(false);
                }
                _ => return,
            };
            if self.admit(now, stream, remote, listener).is_none() {
                self.counters.refused += 1;
            }
        }
    }

    fn listen(&self, on: bool) {
        for (token, listener) in (0..).zip(&self.listeners) {
            let _ = self.epoll.want_readable(listener.as_fd(), token, on); // it was added, so it can be changed
        }
    }

    /// `None`: beyond a limit, or already gone. The stream is closed by being dropped.
    fn admit(&mut self, now: Instant, stream: TcpStream, remote: SocketAddr, listener: usize) -> Option<()> {
        let route = Route { transport: Transport::Tcp, local: u8::try_from(listener).ok()?, remote };
        let here = self.per_address.get(&remote.ip()).copied().unwrap_or(0);
        let full = self.connections.len() >= self.limits.connections || here >= self.limits.per_address;
        // The same route twice: two of our addresses behind one wildcard listener. They could not be told apart.
        if full || self.routes.contains_key(&route) {
            return None;
        }
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok()?;
        let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER); // the default is only larger
        let token = self.next_token;
        self.epoll.add(stream.as_fd(), token).ok()?;
        self.next_token += 1;
        self.counters.accepted += 1;
        *self.per_address.entry(remote.ip()).or_default() += 1;
        self.half_open.push_back((now + Duration::from_millis(self.limits.half_open_ms), token));
        self.routes.insert(route, token);
        self.connections.insert(token, Connection::new(stream, route, self.limits.backlog));
        Some(())
    }

    fn receive<C: Core>(&mut self, now: Instant, token: u64, core: &mut C) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        if let Err(end) = connection.receive(|route, packet| core.handle_datagram(now, route, packet)) {
            self.end(now, token, end, core);
        }
    }

    fn write<C: Core>(&mut self, now: Instant, token: u64, core: &mut C) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let outcome = connection.write().and_then(|done| {
            if connection.waiting == done {
                connection.waiting = !done;
                self.epoll.want_writable(connection.as_fd(), token, !done).map_err(|_| End::Closed)?;
            }
            Ok(())
        });
        if let Err(end) = outcome {
            self.end(now, token, end, core);
        }
    }

    fn end<C: Core>(&mut self, now: Instant, token: u64, end: End, core: &mut C) {
        self.counters.refused += u64::from(end != End::Closed);
        if let Some(route) = self.forget(token) {
            core.handle_route_closed(now, route);
        }
    }

    fn forget(&mut self, token: u64) -> Option<Route> {
        let route = self.connections.remove(&token)?.route; // closes it, which also takes it out of the epoll set
        self.routes.remove(&route);
        if let Some(count) = self.per_address.get_mut(&route.remote.ip()) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&route.remote.ip());
            }
        }
        Some(route)
    }
}

impl AsRawFd for Tcp {
    fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }
}
