//! Pictures that a watcher's link cannot carry: taken away so that its sound goes on, and given back. When, says
//! [`crate::floor`]; here it is carried out on slots.

use std::time::Instant;

use crate::floor::Change;
use crate::port::{Event, Kind, Notice};
use crate::track::Subscriber;

use super::Shard;

impl Shard {
    /// After feedback from a watcher, and when its floor's deadline is over.
    pub(super) fn mind_floor(&mut self, now: Instant, index: u32) {
        if self.peer(index).is_none_or(|peer| !peer.send.floor.is_due(now)) {
            return;
        }
        let ranks: Vec<u8> = self.pictures(index).into_iter().map(|(_, _, rank)| rank).collect();
        let Some(peer) = self.peer_mut(index) else { return };
        let id = peer.id;
        match peer.send.floor.poll(now, &ranks, peer.counters.bytes_out) {
            None => {}
            Some(Change::Suspend { kbps }) => {
                self.events.push_back(Event::VideoSuspended { peer: id, kbps });
                for (who, track, _) in self.pictures(index) {
                    self.hold_back(now, who, track);
                }
            }
            Some(Change::Resume { kbps }) => {
                self.events.push_back(Event::VideoResumed { peer: id, kbps });
                for (who, track, rank) in self.pictures(index) {
                    self.let_go(who, track, rank);
                }
                self.release_wishes(now, index);
            }
        }
    }

    /// The video tracks that a peer's slots show or wish for, with their rank.
    fn pictures(&self, index: u32) -> Vec<(Subscriber, u32, u8)> {
        let slots = self.peer(index).map(|peer| peer.send.slots.as_slice()).unwrap_or_default();
        let of_slot = |(at, slot): (usize, &crate::slot::Slot)| {
            let track = slot.wish.map(|wish| wish.track).or(slot.feed.map(|feed| feed.track))?;
            Some((Subscriber { peer: index, slot: at as u16 }, track, self.track(track)?.rank))
        };
        slots.iter().enumerate().filter(|(_, slot)| slot.kind == Kind::Video).filter_map(of_slot).collect()
    }

    /// True if the floor does not allow this track in this slot now: the slot waits for it, and its peer has been told.
    pub(super) fn hold_back(&mut self, now: Instant, who: Subscriber, index: u32) -> bool {
        let Some(track) = self.tracks.get_mut(index as usize).and_then(Option::as_deref_mut) else { return false };
        let Some(peer) = self.peers.get_mut(who.peer as usize).and_then(Option::as_deref_mut) else { return false };
        if track.kind == Kind::Audio || peer.send.floor.allows(track.rank) {
            return false;
        }
        let Some(slot) = peer.send.slots.get_mut(usize::from(who.slot)) else { return false };
        // Also another track's: a slot shows what it was given to, or nothing, never the former picture.
        let former = slot.feed.take().map(|feed| feed.track);
        if !track.waiting.contains(&who) {
            track.waiting.push(who);
        }
        if slot.suspend(now, index) {
            let (room, track, peer) = (track.room, track.id, Some(peer.id));
            self.events.push_back(Event::Track { room, track, notice: Notice::Suspended, peer });
        }
        if let Some(fed) = former.and_then(|track| self.track_mut(track)) {
            fed.live.retain(|known| *known != who);
        }
        true
    }

    fn let_go(&mut self, who: Subscriber, index: u32, rank: u8) {
        let Some(peer) = self.peer_mut(who.peer).filter(|peer| peer.send.floor.allows(rank)) else { return };
        let id = peer.id;
        let Some(slot) = peer.send.slots.get_mut(usize::from(who.slot)) else { return };
        if !slot.resume() {
            return;
        }
        let Some(track) = self.track(index) else { return };
        let (room, track, peer) = (track.room, track.id, Some(id));
        self.events.push_back(Event::Track { room, track, notice: Notice::Live, peer });
    }
}
