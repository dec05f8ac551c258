//! From a datagram to its peer: by first byte (RFC 7983) and by validated route. Only a binding request may come from
//! an unknown address, and it has to pass the integrity check first.

use std::time::Instant;

use str0m::IceCreds;

use crate::egress::MAX_DATAGRAM;
use crate::path::Bound;
use crate::port::{EndReason, Event, Transport};
use crate::route::Route;
use crate::stun::{BindingRequest, MAX_STUN, transaction};

use super::Shard;

/// Binding requests of one peer that are answered in a second: each costs two HMACs and a datagram.
const CHECKS_PER_SECOND: u32 = 200;

impl Shard {
    pub(super) fn datagram(&mut self, now: Instant, route: Route, datagram: &mut [u8]) {
        match datagram.first() {
            Some(0..=3) => self.stun(now, route, datagram),
            Some(20..=63) => self.dtls(now, route, datagram),
            Some(128..=191) => self.media(now, route, datagram),
            Some(_) => self.counters.malformed += 1,
            // An empty datagram is nothing special.
            None => {}
        }
    }

    fn stun(&mut self, now: Instant, route: Route, datagram: &[u8]) {
        let Some(request) = BindingRequest::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        let Some(index) = request.local_ufrag().and_then(|ufrag| self.ufrags.get(ufrag)).copied() else {
            self.counters.unroutable += 1;
            return;
        };
        self.blame = Some(index);
        let Some(peer) = self.peer_mut(index) else { return };
        #[cfg(test)]
        peer.provoke();
        let ours = request.local_ufrag().unwrap_or_default();
        let current = peer.credentials.ufrag == ours;
        let credentials: Option<&IceCreds> =
            if current { Some(&peer.credentials) } else { peer.previous.as_ref().filter(|old| old.ufrag == ours) };
        let Some(credentials) = credentials.filter(|credentials| request.verify(credentials)).cloned() else {
            self.counters.unroutable += 1;
            return;
        };
        // Browsers check some 20 times a second at most while they connect.
        if peer.checks.count(now) > CHECKS_PER_SECOND {
            return;
        }
        let bound = peer.path.bind(now, route, transaction(datagram), request.use_candidate());
        if bound.replayed {
            self.counters.unroutable += 1;
            return;
        }
        peer.liveness.heard(now);
        self.answer(route, &request, &credentials);
        self.bound(now, index, route, bound);
        if current {
            self.retire_previous(index);
            let mut nominating = [0; MAX_STUN];
            let begins = self.peer(index).is_some_and(|peer| peer.connection.begins());
            let len = if begins { request.nominating(&credentials, &mut nominating) } else { None };
            self.feed(now, index, len.and_then(|len| nominating.get(..len)).unwrap_or(datagram));
        }
    }

    fn answer(&mut self, route: Route, request: &BindingRequest<'_>, credentials: &IceCreds) {
        let Some(room) = self.egress.room(MAX_DATAGRAM) else { return };
        if let Some(len) = request.reply(credentials, route.remote, room) {
            self.egress.commit(route, len);
        }
    }

    /// Keep the table of routes true to a peer's path.
    pub(super) fn bound(&mut self, now: Instant, index: u32, route: Route, bound: Bound) {
        if let Some(evicted) = bound.evicted {
            self.forget_route(evicted, index);
        }
        if bound.new {
            // An address that another peer had until now: a reused NAT port. The latest proof counts.
            if let Some(other) = self.routes.insert(route, index).filter(|other| *other != index)
                && let Some(peer) = self.peer_mut(other)
            {
                peer.path.close(route);
            }
        }
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return };
        let (id, transport) = (peer.id, route.transport);
        if peer.liveness.reached() {
            let ms = peer.liveness.age_ms(now);
            self.events.push_back(Event::IceConnected { peer: id, transport, ms });
        } else if bound.switched && peer.liveness.is_connected() {
            self.events.push_back(Event::PathChanged { peer: id, transport });
        }
    }

    pub(super) fn forget_route(&mut self, route: Route, index: u32) {
        if self.routes.get(&route) == Some(&index) {
            self.routes.remove(&route);
        }
        if route.transport == Transport::Tcp {
            self.closing.push_back(route);
        }
    }

    /// The first check under new credentials ends the old ones.
    fn retire_previous(&mut self, index: u32) {
        let previous = self.peer_mut(index).and_then(|peer| peer.previous.take());
        if let Some(previous) = previous {
            self.ufrags.remove(&previous.ufrag);
        }
    }

    fn dtls(&mut self, now: Instant, route: Route, datagram: &[u8]) {
        let Some(index) = self.routes.get(&route).copied() else {
            self.counters.unroutable += 1;
            return;
        };
        self.blame = Some(index);
        self.feed(now, index, datagram);
    }

    /// Give a datagram to str0m and take what comes of it.
    fn feed(&mut self, now: Instant, index: u32, datagram: &[u8]) {
        let Some(peer) = self.peer_mut(index) else { return };
        if peer.connection.handle_datagram(now, datagram).is_err() {
            self.counters.malformed += 1;
        }
        self.drain(now, index);
        self.schedule(index);
    }

    pub(super) fn route_closed(&mut self, now: Instant, route: Route) {
        let Some(index) = self.routes.remove(&route) else { return };
        self.blame = Some(index);
        let Some(peer) = self.peer_mut(index) else { return };
        if peer.path.close(route) {
            let (id, active) = (peer.id, peer.path.active());
            if let Some(active) = active {
                self.events.push_back(Event::PathChanged { peer: id, transport: active.transport });
            }
        }
        // Without any route the peer has the liveness time to come back by another.
        self.schedule(index);
        let _ = now;
    }

    /// str0m said that the connection cannot go on.
    pub(super) fn broken(&mut self, now: Instant, index: u32) {
        let connected = self.peer(index).is_some_and(|peer| peer.liveness.is_connected());
        let reason = if connected { EndReason::Left } else { EndReason::SecurityFailed };
        self.end(now, index, reason, "the DTLS connection ended", false);
    }
}
