//! Relaying data-channel messages: `fast` coalesced and lossy, `state` at once and reliable. Who may send is decided by
//! the server (`FastRights`), and which kinds: what moves the leader's picture is the leader's; everybody else in the
//! room receives.

use std::time::Instant;

use crate::connection::Lane;
use crate::fast::{Header, MAX_MESSAGE, Rights, base64, sign};
use crate::port::{EndReason, Event, PeerId, PeerKind, RoomId};

use super::Shard;

impl Shard {
    /// A message that came by a data channel.
    pub(super) fn message(&mut self, now: Instant, index: u32, lane: Lane, data: &[u8]) {
        let limits = &self.config.limits;
        let (per_second, flood) = (limits.fast_per_second, limits.flood_per_second);
        let largest = if lane == Lane::Fast { MAX_MESSAGE } else { limits.message_bytes };
        let Some(peer) = self.peer_mut(index) else { return };
        let count = peer.rate.count(now);
        let (from, room, rights) = (peer.id, peer.room, peer.rights);
        if count > flood {
            return self.end(now, index, EndReason::TooSlow, "data channel flood", true);
        }
        self.counters.fast_in += 1;
        let Some(header) = Header::parse(data).filter(|_| data.len() <= largest) else {
            self.counters.malformed += 1;
            return;
        };
        let too_often = lane == Lane::Fast && count > per_second;
        let allowed = rights.sender.filter(|_| rights.allow(header) && !too_often);
        let Some(signed) = allowed.and_then(|sender| sign(data, sender)) else {
            self.counters.fast_refused += 1;
            return;
        };
        match lane {
            Lane::Fast => self.put_fast(now, room, from, (header, signed)),
            Lane::State => self.relay(now, room, Lane::State, &[(from, signed)]),
        }
    }

    /// Who may send what from now on; what waits of a lead that has ended does not go out.
    pub(super) fn fast_rights(&mut self, index: u32, rights: Rights) {
        let Some(peer) = self.peer_mut(index) else { return };
        peer.rights = rights;
        let (room, from) = (peer.room, peer.id);
        if let Some(room) = self.rooms.get_mut(&room) {
            room.fast.restrict(from, rights);
        }
    }

    /// A fast-lane message that came by WebSocket.
    pub(super) fn fast_command(&mut self, now: Instant, peer: PeerId, body: &str) {
        let Some(index) = self.by_id.get(&peer).copied() else { return };
        if body.len() / 4 * 3 > MAX_MESSAGE + 2 {
            return; // padding, at most
        }
        if let Some(data) = base64::decode(body) {
            self.message(now, index, Lane::Fast, &data);
        }
    }

    fn put_fast(&mut self, now: Instant, id: RoomId, from: PeerId, (header, data): (Header, Vec<u8>)) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if !room.fast.put(from, header, data) {
            self.counters.fast_stale += 1;
            return;
        }
        if !self.busy_rooms.contains(&id) {
            self.busy_rooms.push(id);
        }
        // What is due goes at once: the first of a kind does not wait.
        self.flush_lanes(now);
    }

    pub(super) fn lanes_deadline(&self) -> Option<Instant> {
        let rooms = self.busy_rooms.iter().filter_map(|id| self.rooms.get(id));
        rooms.filter_map(|room| room.fast.deadline()).min()
    }

    pub(super) fn flush_lanes(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.busy_rooms) {
            let Some(room) = self.rooms.get_mut(&id) else { continue };
            let due = room.fast.take(now);
            if room.fast.deadline().is_some() {
                self.busy_rooms.push(id);
            }
            due.iter().for_each(|(_, message)| self.record_fast(now, id, message));
            self.relay(now, id, Lane::Fast, &due);
        }
    }

    /// All of them to everybody but their senders, in as few datagrams as they fit.
    fn relay(&mut self, now: Instant, id: RoomId, lane: Lane, messages: &[(PeerId, Vec<u8>)]) {
        let Some(room) = self.rooms.get(&id).filter(|_| !messages.is_empty()) else { return };
        for index in room.peers.clone() {
            if self.peer(index).is_some_and(|peer| peer.kind == PeerKind::Wire) {
                self.blame = Some(index);
                self.relay_to(now, index, lane, messages);
            }
        }
    }

    fn relay_to(&mut self, now: Instant, index: u32, lane: Lane, messages: &[(PeerId, Vec<u8>)]) {
        let mut sent = 0;
        for (from, data) in messages {
            let Some(peer) = self.peer_mut(index) else { return };
            if peer.id == *from {
                continue;
            }
            if !peer.connection.channels_open() {
                let event = Event::FastFor { peer: peer.id, from: *from, body: base64::encode(data) };
                self.events.push_back(event);
            } else if self.queue(index, lane, data) {
                sent += 1;
            } else if lane == Lane::State {
                // A pointer too many is not missed; a state message is, so its receiver has to start over.
                return self.end(now, index, EndReason::TooSlow, "reliable messages are not taken", true);
            }
        }
        if sent > 0 {
            self.counters.fast_relayed += sent;
            self.drain(now, index);
            self.schedule(index);
        }
    }

    fn queue(&mut self, index: u32, lane: Lane, data: &[u8]) -> bool {
        let limit = self.config.limits.channel_backlog;
        let Some(peer) = self.peer_mut(index) else { return false };
        peer.connection.backlog(lane) + data.len() <= limit && peer.connection.send(lane, data)
    }
}
