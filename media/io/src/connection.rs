//! One ICE-TCP connection: frames in, a bounded queue of frames out.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};

use crate::framing::{Deframer, frame};
use crate::seam::Route;

/// Reads taken from one connection before the others have their turn.
const READS: usize = 8;
/// Frames taken from somebody who has not passed the integrity check: a check every 50 ms for five seconds, twice.
const STRANGERS_FRAMES: u32 = 200;
/// The first byte of STUN is 0 or 1 (RFC 7983); whoever begins with something else is not a peer.
const STUN: u8 = 1;

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The other side closed it, or the network did.
    Closed,
    /// It does not speak as a peer does.
    Nonsense,
    /// It reads too slowly for what is live.
    TooSlow,
}

pub struct Connection {
    stream: TcpStream,
    pub route: Route,
    incoming: Deframer,
    outgoing: Vec<u8>,
    written: usize,
    backlog: usize,
    strangers_frames: u32,
    /// The core answered here, which it only does after the STUN integrity check.
    pub validated: bool,
    /// Wants to be told when the socket takes bytes again.
    pub waiting: bool,
}

impl Connection {
    pub fn new(stream: TcpStream, route: Route, backlog: usize) -> Self {
        Self {
            stream,
            route,
            incoming: Deframer::default(),
            outgoing: Vec::new(),
            written: 0,
            backlog,
            strangers_frames: 0,
            validated: false,
            waiting: false,
        }
    }

    /// Give every whole frame that has come to `take`.
    pub fn receive(&mut self, mut take: impl FnMut(Route, &mut [u8])) -> Result<(), End> {
        for _ in 0..READS {
            match self.stream.read(self.incoming.space()) {
                Ok(0) => return Err(End::Closed),
                Ok(count) => self.incoming.filled(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(End::Closed),
            }
            while let Some(frame) = self.incoming.next_frame().map_err(|_| End::Nonsense)? {
                if !self.validated {
                    self.strangers_frames += 1;
                    if frame[0] > STUN || self.strangers_frames > STRANGERS_FRAMES {
                        return Err(End::Nonsense);
                    }
                }
                take(self.route, frame);
            }
        }
        Ok(())
    }

    /// Queue a packet; `write` sends.
    pub fn queue(&mut self, packet: &[u8]) {
        self.validated = true;
        frame(&mut self.outgoing, packet);
    }

    /// Send what is queued, as much as the socket takes. True if all went.
    pub fn write(&mut self) -> Result<bool, End> {
        while self.written < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.written..]) {
                Ok(0) => return Err(End::Closed),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.keep_rest(),
                Err(_) => return Err(End::Closed),
            }
        }
        self.outgoing.clear();
        self.written = 0;
        Ok(true)
    }

    fn keep_rest(&mut self) -> Result<bool, End> {
        if self.outgoing.len() - self.written > self.backlog {
            return Err(End::TooSlow);
        }
        // Move the rest down only when half is gone, so that a byte is moved once at most.
        if self.written > self.outgoing.len() / 2 {
            self.outgoing.drain(..self.written);
            self.written = 0;
        }
        Ok(false)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
