//! A core that echoes, and clients to talk to it over loopback.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // each test binary uses its part; helpers of tests may fail

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use sefaw_io::seam::{Chunk, Command, Core, Egress, EndReason, Event, Order, Route, ShardConfig};
use sefaw_io::{Config, Plane};

pub const PATIENCE: Duration = Duration::from_secs(20);

/// Sends every datagram back whose second byte is not an order.
pub struct Echo {
    config: ShardConfig,
    egress: Egress,
    events: VecDeque<Event>,
    closing: VecDeque<Route>,
    next: Instant,
}

/// Second byte of a datagram to the echo.
pub mod order {
    pub const NOTHING: u8 = 1;
    pub const FLOOD: u8 = 2;
    pub const BURST: u8 = 3;
    pub const PANIC: u8 = 4;
    pub const CLOSE: u8 = 5;
}

/// What a burst is: sizes of the packets, in order.
pub fn burst_sizes() -> impl Iterator<Item = usize> {
    (0..70).map(|index| if index % 23 == 22 { 300 } else { 1200 })
}

impl Core for Echo {
    type Error = String;

    fn new(config: ShardConfig, now: Instant) -> Result<Self, String> {
        let (events, closing) = (VecDeque::new(), VecDeque::new());
        Ok(Self { config, egress: Egress::new(32 << 20), events, closing, next: now + Duration::from_secs(3600) })
    }

    fn handle_command(&mut self, _now: Instant, command: Command) {
        match command {
            Command::Join { request, peer, offer, .. } => {
                assert!(offer != "panic", "as you wish");
                let begun = Instant::now();
                while offer == "slow" && begun.elapsed() < Duration::from_millis(3) {}
                let answer = format!("{:?}", self.config.candidates);
                self.events.push_back(Event::Joined { request, peer, answer, media: Vec::new() });
            }
            Command::Leave { peer, reason } => {
                self.events.push_back(Event::Ended { peer, reason: EndReason::Closed, detail: reason });
            }
            _ => {}
        }
    }

    fn handle_datagram(&mut self, _now: Instant, route: Route, datagram: &mut [u8]) {
        match datagram.get(1).copied() {
            Some(order::NOTHING) => {}
            Some(order::FLOOD) => (0..8000).for_each(|_| self.egress.push(route, &[7; 1200])),
            Some(order::BURST) => {
                for (index, size) in burst_sizes().enumerate() {
                    self.egress.push(route, &vec![index as u8; size]);
                }
            }
            Some(order::PANIC) => panic!("as you wish"),
            Some(order::CLOSE) => self.closing.push_back(route),
            _ => self.egress.push(route, datagram),
        }
    }

    fn handle_route_closed(&mut self, _now: Instant, route: Route) {
        let peer = u64::from(route.remote.port());
        self.events.push_back(Event::Ended { peer, reason: EndReason::TooSlow, detail: "route closed".to_owned() });
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.next = now + Duration::from_secs(3600);
    }

    fn poll_timeout(&self) -> Instant {
        self.next
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn poll_close_route(&mut self) -> Option<Route> {
        self.closing.pop_front()
    }

    fn egress(&mut self) -> &mut Egress {
        &mut self.egress
    }

    fn poll_journal(&mut self) -> Option<Order> {
        None
    }

    fn handle_taken(&mut self, _room: u64, _buffer: Vec<u8>) {}

    fn handle_refused(&mut self, _room: u64, _chunk: Chunk) {}

    fn finish_journals(&mut self, _now: Instant) {}
}

pub fn start(json: &str) -> Plane {
    Plane::start::<Echo>(&Config::from_json(json.as_bytes()).unwrap()).unwrap()
}

/// Wait for the event that `want` says something of.
pub fn event<T>(plane: &Plane, want: impl Fn(&Event) -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(found) = plane.poll().iter().find_map(&want) {
            return found;
        }
        let mut fd = libc::pollfd { fd: plane.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        unsafe { libc::poll(&raw mut fd, 1, PATIENCE.as_millis() as i32) };
    }
    panic!("no such event");
}

/// The route of this local address was reported as closed.
pub fn route_closed(plane: &Plane, local: SocketAddr) {
    event(plane, |event| match event {
        Event::Ended { peer, detail, .. } if detail == "route closed" && *peer == u64::from(local.port()) => Some(()),
        _ => None,
    });
}

pub fn udp(server: SocketAddr) -> UdpSocket {
    let any = if server.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
    let socket = UdpSocket::bind(any).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

pub fn tcp(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub fn write_frame(stream: &mut TcpStream, packet: &[u8]) {
    let mut bytes = Vec::new();
    sefaw_io::framing::frame(&mut bytes, packet);
    stream.write_all(&bytes).unwrap();
}

pub fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut packet).unwrap();
    packet
}

/// The other side closed: an orderly end or a reset.
pub fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
