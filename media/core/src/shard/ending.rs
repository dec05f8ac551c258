//! Taking a peer apart, in this order: farewell, what it watched, what it published, its addresses, its place, and last
//! the event. Idempotent: a peer that is not there ends nobody.

use std::time::Instant;

use crate::connection::News;
use crate::guard::guarded;
use crate::peer::Peer;
use crate::port::{EndReason, Event};
use crate::track::Subscriber;

use super::Shard;

/// Datagrams of a farewell: a close-notify and what SCTP has to add.
const MAX_FAREWELL: usize = 8;

impl Shard {
    /// `farewell`: let DTLS say goodbye. Never after a panic in the peer's own code.
    pub(super) fn end(&mut self, now: Instant, index: u32, reason: EndReason, detail: &str, farewell: bool) {
        let Some(mut peer) = self.peers.get_mut(index as usize).and_then(Option::take) else { return };
        if farewell {
            self.farewell(&mut peer);
        }
        self.unwatch_all(&peer, index);
        let tracks: Vec<u32> = peer.receive.sections.iter().filter_map(|section| section.track).collect();
        for track in tracks {
            if let Some((room, id)) = self.track(track).map(|track| (track.room, track.id)) {
                self.unpublish(room, id);
            }
        }
        self.leave_room(&peer, index);
        let routes: Vec<_> = peer.path.routes().collect();
        for route in routes {
            self.forget_route(route, index);
        }
        self.ufrags.remove(&peer.credentials.ufrag);
        if let Some(previous) = &peer.previous {
            self.ufrags.remove(&previous.ufrag);
        }
        self.by_id.remove(&peer.id);
        self.events.push_back(Event::Ended { peer: peer.id, reason, detail: detail.to_owned() });
        // After a panic even dropping may panic.
        guarded(|| drop(peer));
        let _ = now;
    }

    fn farewell(&mut self, peer: &mut Peer) {
        let Some(route) = peer.path.active() else { return };
        peer.connection.close();
        for _ in 0..MAX_FAREWELL {
            match peer.connection.poll() {
                Ok(Some(News::Datagram(datagram))) => self.egress.push(route, &datagram),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }

    fn unwatch_all(&mut self, peer: &Peer, index: u32) {
        for (at, slot) in peer.send.slots.iter().enumerate() {
            let who = Subscriber { peer: index, slot: at as u16 };
            let watched = slot.feed.map(|feed| feed.track).into_iter().chain(slot.wish.map(|wish| wish.track));
            for track in watched {
                if let Some(track) = self.track_mut(track) {
                    track.unsubscribe(who);
                }
            }
        }
    }

    fn leave_room(&mut self, peer: &Peer, index: u32) {
        let Some(room) = self.rooms.get_mut(&peer.room) else { return };
        room.peers.retain(|known| *known != index);
        room.fast.forget(peer.id);
        if room.is_empty() {
            self.rooms.remove(&peer.room);
        }
    }
}
