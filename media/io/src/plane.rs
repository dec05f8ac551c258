//! The whole plane: its shards' threads, and which of them a command is for.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::PlaneError;
use crate::bind;
use crate::config::Config;
use crate::journal;
use crate::mailbox::{Inbox, Outbox, lock};
use crate::seam::{Command, Core, Event, PeerId, RequestId, RoomId, ShardConfig};
use crate::worker::Worker;

/// How long `close` waits for the threads.
const CLOSE: Duration = Duration::from_millis(900);

#[derive(Debug)]
pub struct Plane {
    inboxes: Vec<Arc<Inbox>>,
    outbox: Arc<Outbox>,
    directory: Mutex<Directory>,
    addresses: Vec<SocketAddr>,
    /// Nothing is ever sent: it ends when the last thread ends.
    running: Mutex<Receiver<()>>,
}

impl Plane {
    /// Open the sockets and start the threads; nothing is left behind on error.
    pub fn start<C: Core>(config: &Config) -> Result<Self, PlaneError> {
        let shards = bind::open(config)?;
        let addresses = shards.iter().flat_map(|sockets| sockets.bound.clone()).collect();
        let outbox = Arc::new(Outbox::new()?);
        let (alive, running) = channel();
        let writer = journal::start(outbox.clone(), alive.clone())?;
        let (mut inboxes, mut workers) = (Vec::new(), Vec::new());
        for (shard, sockets) in (0..).zip(shards) {
            let inbox = Arc::new(Inbox::new()?);
            let shard_config = shard_config(config, shard, &sockets)?;
            let ends = (inbox.clone(), outbox.clone());
            workers.push(Worker::<C>::new(shard_config, config.tcp, sockets, ends, writer.link())?);
            inboxes.push(inbox);
        }
        for (shard, worker) in workers.into_iter().enumerate() {
            let alive = alive.clone();
            std::thread::Builder::new().name(format!("sefaw-media-{shard}")).spawn(move || {
                worker.run();
                drop(alive);
            })?;
        }
        let directory = Mutex::new(Directory::new(inboxes.len() as u64));
        Ok(Self { inboxes, outbox, directory, addresses, running: Mutex::new(running) })
    }

    /// Carry this out, in order with the other commands for the same room.
    pub fn submit(&self, command: Command) -> Result<(), PlaneError> {
        let shard = lock(&self.directory).shard(&command);
        let inbox = self.inboxes.get(shard).ok_or(PlaneError::Closed)?;
        if inbox.stopping() {
            return Err(PlaneError::Closed);
        }
        inbox.push(command).map_err(|_| PlaneError::Busy)
    }

    /// Everything that happened since the last call.
    pub fn poll(&self) -> Vec<Event> {
        let events = self.outbox.take();
        lock(&self.directory).note(&events);
        events
    }

    /// What was bound, shard after shard.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Tell the peers, end the threads; waits for them, but less than a second.
    pub fn close(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.stop());
        let until = Instant::now() + CLOSE;
        let running = lock(&self.running);
        while running.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.inboxes.iter().for_each(|inbox| inbox.stop());
    }
}

impl AsRawFd for Plane {
    /// Readable when `poll` has something.
    fn as_raw_fd(&self) -> RawFd {
        self.outbox.bell.as_raw_fd()
    }
}

fn shard_config(config: &Config, shard: u16, sockets: &bind::Sockets) -> Result<ShardConfig, PlaneError> {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| PlaneError::Core("the clock is before 1970".to_owned()))?;
    Ok(ShardConfig {
        shard,
        candidates: sockets.candidates.clone(),
        limits: config.limits.clone(),
        seed: RandomState::new().build_hasher().finish(),
        epoch: (Instant::now(), since_epoch),
        monotonic_ns: monotonic_ns(),
    })
}

/// `Instant` does not say what it counts; the server has to name an instant, and does so by this clock.
fn monotonic_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time outlives the call; the clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Which shard has whom. A room's is known by its number; a peer's is that of the room it joined.
#[derive(Debug)]
struct Directory {
    shards: u64,
    peers: HashMap<PeerId, usize>,
    /// Not answered yet: a refused peer is forgotten.
    joins: HashMap<RequestId, PeerId>,
}

impl Directory {
    fn new(shards: u64) -> Self {
        Self { shards, peers: HashMap::new(), joins: HashMap::new() }
    }

    fn room(&self, room: RoomId) -> usize {
        (room % self.shards) as usize
    }

    fn shard(&mut self, command: &Command) -> usize {
        match command {
            _ if self.shards == 1 => 0,
            Command::Join { request, room, peer, .. } => {
                let shard = self.room(*room);
                // A second join of the same peer is refused by its shard; it must not lead the way to another.
                self.joins.insert(*request, *peer);
                *self.peers.entry(*peer).or_insert(shard)
            }
            Command::Unpublish { room, .. }
            | Command::Grab { room, .. }
            | Command::CloseRoom { room, .. }
            | Command::Record { room, .. }
            | Command::PauseRecording { room }
            | Command::ResumeRecording { room }
            | Command::StopRecording { room } => self.room(*room),
            Command::Offer { peer, .. }
            | Command::Trickle { peer, .. }
            | Command::Restart { peer, .. }
            | Command::Publish { peer, .. }
            | Command::Assign { peer, .. }
            | Command::FastRights { peer, .. }
            | Command::Fast { peer, .. }
            | Command::Leave { peer, .. } => self.peers.get(peer).copied().unwrap_or(0),
        }
    }

    fn note(&mut self, events: &[Event]) {
        for event in events.iter().filter(|_| self.shards > 1) {
            match event {
                Event::Joined { request, .. } => {
                    self.joins.remove(request);
                }
                Event::Refused { request, .. } => {
                    if let Some(peer) = self.joins.remove(request) {
                        self.peers.remove(&peer);
                    }
                }
                Event::Ended { peer, .. } => {
                    self.peers.remove(peer);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::{EndReason, PeerKind, RefuseCode};

    fn join(request: u64, room: u64, peer: u64) -> Command {
        let (kind, offer, pairs) = (PeerKind::Wire, String::new(), Vec::new());
        Command::Join { request, room, peer, kind, offer, pairs, dtls13: false }
    }

    fn leave(peer: u64) -> Command {
        Command::Leave { peer, reason: String::new() }
    }

    #[test]
    fn a_peer_is_where_its_room_is() {
        let mut directory = Directory::new(4);
        assert_eq!(directory.shard(&join(1, 7, 70)), 3);
        assert_eq!(directory.shard(&leave(70)), 3);
        assert_eq!(directory.shard(&Command::CloseRoom { room: 7, reason: String::new() }), 3);
    }

    #[test]
    fn who_ended_or_was_refused_is_forgotten() {
        let mut directory = Directory::new(4);
        directory.shard(&join(1, 1, 10));
        directory.shard(&join(2, 2, 20));
        let detail = String::new();
        directory.note(&[
            Event::Refused { request: 1, code: RefuseCode::TooMany, detail: detail.clone() },
            Event::Joined { request: 2, peer: 20, answer: String::new(), media: Vec::new() },
            Event::Ended { peer: 20, reason: EndReason::Left, detail },
        ]);
        assert!(directory.peers.is_empty() && directory.joins.is_empty());
    }
}
