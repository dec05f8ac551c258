//! The core as the shell drives it. `Shard` is the one real implementation; tests put an echo in its place. All calls
//! are static: the seam costs nothing.

use std::time::Instant;

use sefaw_core::Shard;
pub use sefaw_core::port::{
    Command, Counters, EndReason, Event, PeerId, PeerKind, Recording, RefuseCode, RequestId, RoomId, Stats, Transport,
    Trouble,
};
pub use sefaw_core::{AnnouncedAddress, Egress, FastMap, Limits, Route, ShardConfig, Span};
pub use sefaw_journal::{Chunk, Order};

/// Input by `handle_*`, output by `poll_*` and `egress`. After any input, poll until there is nothing more.
pub trait Core: Sized + Send + 'static {
    /// Said when it cannot be made.
    type Error: std::fmt::Display;

    fn new(config: ShardConfig, now: Instant) -> Result<Self, Self::Error>;
    fn handle_command(&mut self, now: Instant, command: Command);
    fn handle_datagram(&mut self, now: Instant, route: Route, datagram: &mut [u8]);
    /// A TCP connection ended.
    fn handle_route_closed(&mut self, now: Instant, route: Route);
    fn handle_timeout(&mut self, now: Instant);
    fn poll_timeout(&self) -> Instant;
    fn poll_event(&mut self) -> Option<Event>;
    /// TCP connections to close.
    fn poll_close_route(&mut self) -> Option<Route>;
    fn egress(&mut self) -> &mut Egress;
    /// What the journal's writer is to do. For a chunk, say what became of it by one of the next two.
    fn poll_journal(&mut self) -> Option<Order>;
    fn handle_taken(&mut self, room: RoomId, buffer: Vec<u8>);
    fn handle_refused(&mut self, room: RoomId, chunk: Chunk);
    /// The shard ends: so do its journals.
    fn finish_journals(&mut self, now: Instant);
}

impl Core for Shard {
    type Error = sefaw_core::ShardError;

    fn new(config: ShardConfig, now: Instant) -> Result<Self, Self::Error> {
        Shard::new(config, now)
    }

    fn handle_command(&mut self, now: Instant, command: Command) {
        self.handle_command(now, command);
    }

    fn handle_datagram(&mut self, now: Instant, route: Route, datagram: &mut [u8]) {
        self.handle_datagram(now, route, datagram);
    }

    fn handle_route_closed(&mut self, now: Instant, route: Route) {
        self.handle_route_closed(now, route);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Instant {
        self.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.poll_event()
    }

    fn poll_close_route(&mut self) -> Option<Route> {
        self.poll_close_route()
    }

    fn egress(&mut self) -> &mut Egress {
        self.egress()
    }

    fn poll_journal(&mut self) -> Option<Order> {
        self.poll_journal()
    }

    fn handle_taken(&mut self, room: RoomId, buffer: Vec<u8>) {
        self.handle_taken(room, buffer);
    }

    fn handle_refused(&mut self, room: RoomId, chunk: Chunk) {
        self.handle_refused(room, chunk);
    }

    fn finish_journals(&mut self, now: Instant) {
        self.finish_journals(now);
    }
}
