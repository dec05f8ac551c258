//! A shard: the rooms, peers and tracks of one thread, and the ways in and out of them. Sans-IO: no socket, no clock.
//!
//! In: [`Shard::handle_command`], [`Shard::handle_datagram`], [`Shard::handle_route_closed`], [`Shard::handle_timeout`].
//! Out, after each of these or after a batch: [`Shard::egress`] (send the spans, then `clear`),
//! [`Shard::poll_close_route`], [`Shard::poll_journal`], [`Shard::poll_event`]; and [`Shard::poll_timeout`] says when to call again.
//!
//! `demux` finds the peer of a datagram · `join` negotiates · `commands` carries out the rest of the port · `router`
//! forwards packets · `switch` gives tracks to slots · `control` acts on RTCP · `lanes` relays data-channel messages ·
//! `recording` copies packets for the journal · `stray` follows rebindings · `suspend` keeps pictures from a link that cannot even carry sound · `service` is what timers do · `ending` takes a peer apart · `report` counts.

mod commands;
mod control;
mod demux;
mod ending;
mod join;
mod lanes;
mod recording;
mod report;
mod router;
mod service;
mod stray;
mod suspend;
mod switch;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use str0m::config::DtlsCert;

use crate::config::{Dice, ShardConfig};
use crate::egress::Egress;
use crate::guard::guarded;
use crate::keys::provider;
use crate::peer::Peer;
use crate::port::{Command, Counters, EndReason, Event, PeerId, RefuseCode, RequestId, RoomId};
use crate::room::Room;
use crate::route::{FastMap, Route};
use crate::timers::{PeerKey, Timers};
use crate::track::Track;

/// Between two calls of one peer's timer.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Timers are rounded up to this: far below what any of them means (feedback 50 ms, a round trip, seconds).
const GRID: Duration = Duration::from_millis(4);

/// Why a shard cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    #[error("no candidate to announce")]
    NoCandidates,
    #[error("the crypto library makes no certificate")]
    Certificate,
}

pub struct Shard {
    pub(crate) config: ShardConfig,
    pub(crate) cert: DtlsCert,
    pub(crate) dice: Dice,
    pub(crate) peers: Vec<Option<Box<Peer>>>,
    /// How many tenants a place has had: a timer of an earlier one is nobody's.
    pub(crate) generations: Vec<u32>,
    pub(crate) by_id: HashMap<PeerId, u32>,
    pub(crate) routes: FastMap<Route, u32>,
    pub(crate) ufrags: HashMap<String, u32>,
    pub(crate) rooms: HashMap<RoomId, Room>,
    pub(crate) tracks: Vec<Option<Box<Track>>>,
    pub(crate) timers: Timers,
    pub(crate) egress: Egress,
    pub(crate) events: VecDeque<Event>,
    pub(crate) closing: VecDeque<Route>,
    pub(crate) counters: Counters,
    pub(crate) next_stats: Instant,
    /// Of the call being handled.
    pub(crate) now: Instant,
    /// Rooms with fast-lane messages on their way.
    pub(crate) busy_rooms: Vec<RoomId>,
    pub(crate) guesses: stray::Guesses,
    pub(crate) recorders: recording::Recorders,
    /// Whose work is being done: who ends if it panics.
    pub(crate) blame: Option<u32>,
}

impl Shard {
    /// # Errors
    /// [`ShardError`].
    pub fn new(config: ShardConfig, now: Instant) -> Result<Shard, ShardError> {
        if config.candidates.is_empty() {
            return Err(ShardError::NoCandidates);
        }
        let cert = provider().dtls_provider.generate_certificate().ok_or(ShardError::Certificate)?;
        Ok(Shard {
            cert,
            dice: Dice::new(config.seed),
            peers: Vec::new(),
            generations: Vec::new(),
            by_id: HashMap::new(),
            routes: FastMap::default(),
            ufrags: HashMap::new(),
            rooms: HashMap::new(),
            tracks: Vec::new(),
            timers: Timers::default(),
            egress: Egress::new(config.limits.egress_bytes),
            events: VecDeque::new(),
            closing: VecDeque::new(),
            counters: Counters::default(),
            next_stats: now + report::INTERVAL,
            now,
            busy_rooms: Vec::new(),
            guesses: stray::Guesses::default(),
            recorders: recording::Recorders::default(),
            blame: None,
            config,
        })
    }

    pub fn handle_command(&mut self, now: Instant, command: Command) {
        let request = request_of(&command);
        self.now = now;
        self.blame = None;
        if guarded(|| self.command(now, command)).is_none() {
            self.blamed(now);
            if let Some(request) = request {
                self.refuse(request, RefuseCode::Internal, "internal error");
            }
        }
    }

    /// A UDP datagram, or one frame of an ICE-TCP connection. It is decrypted in place.
    pub fn handle_datagram(&mut self, now: Instant, route: Route, datagram: &mut [u8]) {
        self.counters.datagrams_in += 1;
        self.now = now;
        self.blame = None;
        if guarded(|| self.datagram(now, route, datagram)).is_none() {
            self.blamed(now);
        }
    }

    /// A TCP connection ended.
    pub fn handle_route_closed(&mut self, now: Instant, route: Route) {
        self.now = now;
        self.blame = None;
        if guarded(|| self.route_closed(now, route)).is_none() {
            self.blamed(now);
        }
    }

    /// Call when `now >= poll_timeout()`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some((at, key)) = self.timers.pop_due(now) {
            self.blame = None;
            if guarded(|| self.timer(now, at, key)).is_none() {
                self.blamed(now);
            }
        }
        self.blame = None;
        if guarded(|| self.housekeeping(now)).is_none() {
            self.blamed(now);
        }
    }

    /// When to call [`Shard::handle_timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        let lanes = self.lanes_deadline();
        let timers = self.timers.next();
        [timers, lanes, self.recording_deadline()].into_iter().flatten().fold(self.next_stats, Instant::min)
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What is to be sent. Send the spans, then `clear` it.
    pub fn egress(&mut self) -> &mut Egress {
        &mut self.egress
    }

    /// A TCP connection to close, after the egress has been written.
    pub fn poll_close_route(&mut self) -> Option<Route> {
        self.closing.pop_front()
    }

    /// The io shell's own counts, for the next `Stats`.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    pub(crate) fn peer(&self, index: u32) -> Option<&Peer> {
        self.peers.get(index as usize)?.as_deref()
    }

    pub(crate) fn peer_mut(&mut self, index: u32) -> Option<&mut Peer> {
        self.peers.get_mut(index as usize)?.as_deref_mut()
    }

    pub(crate) fn track_mut(&mut self, index: u32) -> Option<&mut Track> {
        self.tracks.get_mut(index as usize)?.as_deref_mut()
    }

    pub(crate) fn track(&self, index: u32) -> Option<&Track> {
        self.tracks.get(index as usize)?.as_deref()
    }

    pub(crate) fn refuse(&mut self, request: RequestId, code: RefuseCode, detail: &str) {
        self.events.push_back(Event::Refused { request, code, detail: detail.to_owned() });
    }

    /// Something panicked. Whoever's work it was is ended without running any more of its code.
    #[cold]
    fn blamed(&mut self, now: Instant) {
        self.counters.panics += 1;
        if let Some(index) = self.blame.take() {
            guarded(|| self.end(now, index, EndReason::InternalError, "internal error", false));
        }
    }

    /// Put a peer's next deadline into the timers, unless an earlier entry is there.
    pub(crate) fn schedule(&mut self, index: u32) {
        self.schedule_after(index, None);
    }

    /// The same, but not before `floor`: whatever a timer left undone, time goes on.
    fn schedule_after(&mut self, index: u32, floor: Option<Instant>) {
        let Some(peer) = self.peers.get(index as usize).and_then(Option::as_deref) else { return };
        let at = self.tracks_deadline(peer).map_or(peer.deadline(), |due| due.min(peer.deadline()));
        let at = self.on_grid(floor.map_or(at, |floor| at.max(floor)));
        if peer.scheduled.is_none_or(|scheduled| at < scheduled) {
            let key = peer.key;
            self.timers.schedule(at, key);
            if let Some(peer) = self.peer_mut(index) {
                peer.scheduled = Some(at);
            }
        }
    }

    /// What is not due yet waits for the next tick of the grid: wake-ups are what a small call costs most, so the
    /// timers of different peers share them.
    fn on_grid(&self, at: Instant) -> Instant {
        if at <= self.now {
            return at;
        }
        let since = at.saturating_duration_since(self.config.epoch.0).as_nanos();
        let late = since % GRID.as_nanos();
        if late == 0 { at } else { at + GRID - Duration::from_nanos(late as u64) }
    }

    fn timer(&mut self, now: Instant, at: Instant, key: PeerKey) {
        let Some(peer) = self.peer_mut(key.index).filter(|peer| peer.key == key) else { return };
        if peer.scheduled != Some(at) {
            return;
        }
        peer.scheduled = None;
        self.blame = Some(key.index);
        self.service(now, key.index);
        self.schedule_after(key.index, Some(now + SHORTEST_WAIT));
    }

    fn housekeeping(&mut self, now: Instant) {
        self.flush_lanes(now);
        self.close_chunks(now);
        if now >= self.next_stats {
            self.report(now);
        }
    }
}

fn request_of(command: &Command) -> Option<RequestId> {
    match command {
        Command::Join { request, .. }
        | Command::Offer { request, .. }
        | Command::Trickle { request, .. }
        | Command::Restart { request, .. }
        | Command::Grab { request, .. } => Some(*request),
        _ => None,
    }
}
