//! Which addresses belong to a peer and which one we send to. Addresses are bound only by an authenticated packet; the
//! path follows the latest authenticated USE-CANDIDATE, and any authenticated packet once the old path is silent.
//!
//! str0m's own choice is not used: after a NAT rebinding it kept sending to the dead address for 13.5 s (measured).

use std::time::{Duration, Instant};

use crate::port::Transport;
use crate::route::Route;

/// The old path counts as silent after this: a peer that is there sends RTP, RTCP or a check more often while it
/// wants media, and a rebound one is to be followed within a second.
const SILENT: Duration = Duration::from_millis(600);

/// A known address that merely checks is followed only after this: browsers check the path they use every 2.5 s and
/// keep others warm that they do not mean to use.
const DEAD: Duration = Duration::from_secs(3);

/// Transactions remembered against replays. At a check every 2.5 s this is five minutes, at Chromium's fastest (48 ms
/// while connecting) still six seconds.
const TRANSACTIONS: usize = 128;

/// What a binding request did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound {
    /// The request was seen before from somewhere else: somebody replays it. Nothing changed, nothing is answered.
    pub replayed: bool,
    /// This route is new to the peer.
    pub new: bool,
    /// This route had to go to make room.
    pub evicted: Option<Route>,
    /// We now send to another route than before.
    pub switched: bool,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    route: Route,
    heard: Instant,
}

#[derive(Debug)]
pub struct Path {
    active: Option<Route>,
    active_heard: Instant,
    known: Vec<Known>,
    transactions: Vec<(u64, Route)>,
    oldest_transaction: usize,
    limit: usize,
}

impl Path {
    /// `limit` routes are kept.
    #[must_use]
    pub fn new(now: Instant, limit: usize) -> Path {
        let known = Vec::new();
        Path { active: None, active_heard: now, known, transactions: Vec::new(), oldest_transaction: 0, limit }
    }

    /// Where to send.
    #[inline]
    #[must_use]
    pub fn active(&self) -> Option<Route> {
        self.active
    }

    pub fn routes(&self) -> impl Iterator<Item = Route> + '_ {
        self.known.iter().map(|known| known.route)
    }

    /// An authenticated packet came by this route. True if it is the one we send to.
    #[inline]
    pub fn heard(&mut self, now: Instant, route: Route) -> bool {
        if self.active == Some(route) {
            self.active_heard = now;
            return true;
        }
        if let Some(known) = self.known.iter_mut().find(|known| known.route == route) {
            known.heard = now;
        }
        false
    }

    /// A binding request that passed the integrity check.
    pub fn bind(&mut self, now: Instant, route: Route, transaction: u64, use_candidate: bool) -> Bound {
        if self.is_replay(transaction, route) {
            return Bound { replayed: true, ..Bound::default() };
        }
        let mut bound = self.learn(now, route);
        let patience = if bound.new { SILENT } else { DEAD };
        let given_up = self.active.is_none() || self.silence(now) >= patience;
        bound.switched = (use_candidate && self.may_switch(now, route)) || given_up;
        bound.switched &= self.active != Some(route);
        if bound.switched {
            self.active = Some(route);
        }
        self.heard(now, route);
        bound
    }

    /// A packet that authenticated under the peer's SRTP keys (and was no replay) came from an unknown address: a NAT
    /// rebinding. Better proof than a binding request, which carries no replay protection of its own.
    pub fn rebind(&mut self, now: Instant, route: Route) -> Bound {
        let mut bound = self.learn(now, route);
        bound.switched = self.active != Some(route);
        self.active = Some(route);
        self.heard(now, route);
        bound
    }

    /// Has the path been silent so long that another may take its place?
    #[must_use]
    pub fn is_silent(&self, now: Instant) -> bool {
        self.active.is_none() || self.silence(now) >= SILENT
    }

    /// How long nothing authentic has come by the path.
    #[must_use]
    pub fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.active_heard)
    }

    /// A TCP connection ended. True if we now send elsewhere or nowhere.
    pub fn close(&mut self, route: Route) -> bool {
        self.known.retain(|known| known.route != route);
        if self.active != Some(route) {
            return false;
        }
        self.active = self.known.iter().max_by_key(|known| known.heard).map(|known| known.route);
        true
    }

    /// TCP is the way of last resort: while UDP lives, a stray USE-CANDIDATE does not move the media there.
    fn may_switch(&self, now: Instant, route: Route) -> bool {
        let to_tcp = route.transport == Transport::Tcp;
        let from_udp = self.active.is_some_and(|active| active.transport == Transport::Udp);
        !(to_tcp && from_udp) || self.is_silent(now)
    }

    fn learn(&mut self, now: Instant, route: Route) -> Bound {
        let mut bound = Bound::default();
        if let Some(known) = self.known.iter_mut().find(|known| known.route == route) {
            known.heard = now;
            return bound;
        }
        if self.known.len() >= self.limit {
            let (active, known) = (self.active, &mut self.known);
            let oldest = (0..known.len())
                .filter(|index| Some(known[*index].route) != active)
                .min_by_key(|index| known[*index].heard);
            bound.evicted = oldest.map(|index| known.swap_remove(index).route);
        }
        self.known.push(Known { route, heard: now });
        bound.new = true;
        bound
    }

    fn is_replay(&mut self, transaction: u64, route: Route) -> bool {
        if let Some((_, first)) = self.transactions.iter().find(|(seen, _)| *seen == transaction) {
            return *first != route;
        }
        if self.transactions.len() < TRANSACTIONS {
            self.transactions.push((transaction, route));
        } else {
            self.transactions[self.oldest_transaction] = (transaction, route);
            self.oldest_transaction = (self.oldest_transaction + 1) % TRANSACTIONS;
        }
        false
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
