//! The rest of the port: who publishes what, who watches what, who may speak on the fast lane, who goes.

use std::time::Instant;

use crate::fast::Rights;
use crate::grab::Grabbed;
use crate::port::{Command, EndReason, Event, Kind, PeerId, RefuseCode, RequestId, RoomId, TrackId};
use crate::track::{Subscriber, Track, Treatment};

use super::Shard;
use super::join::Newcomer;
use super::recording::setup;

impl Shard {
    pub(super) fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Join { request, room, peer, kind, offer, pairs, dtls13 } => {
                self.join(now, request, &Newcomer { room, peer, kind, offer, pairs, dtls13 });
            }
            Command::Offer { request, peer, offer, pairs } => self.offer(now, request, peer, &offer, &pairs),
            Command::Trickle { request, peer, fragment } => self.trickle(request, peer, &fragment),
            Command::Restart { request, peer, fragment } => self.restart(request, peer, &fragment),
            Command::Publish { peer, mid, track, rank, keep, prompt } => {
                self.publish(now, peer, &mid, track, Treatment { rank, keep, prompt });
            }
            Command::Unpublish { room, track } => self.unpublish(room, track),
            Command::Assign { peer, mid, track } => self.assign_command(now, peer, &mid, track),
            Command::FastRights { peer, send, sender, lead } => {
                if let Some(index) = self.known(peer) {
                    self.fast_rights(index, Rights { sender: send.then_some(sender), lead });
                }
            }
            Command::Fast { peer, body } => self.fast_command(now, peer, &body),
            Command::Grab { request, room, track, rtp } => self.grab(request, room, track, rtp),
            Command::Leave { peer, reason } => {
                if let Some(index) = self.known(peer) {
                    self.end(now, index, EndReason::Closed, &reason, true);
                }
            }
            Command::CloseRoom { room, reason } => self.close_room(now, room, &reason),
            Command::Record { room, folder, consultation, key, segment, run, started_unix_us, zero_ns } => {
                let setup = setup(folder, consultation, key.0, segment, started_unix_us);
                self.record(now, room, zero_ns, run, setup);
            }
            Command::PauseRecording { room } => self.pause_recording(now, room),
            Command::ResumeRecording { room } => self.resume_recording(now, room),
            Command::StopRecording { room } => self.stop_recording(now, room),
        }
    }

    /// A peer's place; from now on it is to blame.
    fn known(&mut self, id: PeerId) -> Option<u32> {
        let index = self.by_id.get(&id).copied();
        self.blame = index;
        index
    }

    fn publish(&mut self, now: Instant, id: PeerId, mid: &str, track: TrackId, how: Treatment) {
        let Some(index) = self.known(id) else { return };
        let limit = self.config.limits.tracks_per_peer;
        let Some(peer) = self.peer(index) else { return };
        let Some(at) = peer.receive.section(mid) else { return };
        let published = peer.receive.sections.iter().filter(|section| section.track.is_some()).count();
        let (room, key, ids) = (peer.room, peer.key, peer.receive.ids);
        let Some(section) = peer.receive.sections.get(at) else { return };
        if let Some(old) = section.track.and_then(|old| self.track(old)).map(|old| old.id) {
            if old == track {
                return;
            }
            self.unpublish(room, old);
        } else if published >= limit {
            return;
        }
        let kind = self.peer(index).and_then(|peer| peer.receive.sections.get(at)).map(|section| section.kind);
        let Some(kind) = kind else { return };
        // The server numbers tracks; a number that is taken means that it moved.
        self.unpublish(room, track);
        let place = self.free_track_place();
        self.tracks[place as usize] = Some(Box::new(Track::new(now, (track, room, kind), how, key, at, ids)));
        if let Some(room) = self.rooms.get_mut(&room) {
            room.tracks.insert(track, place);
        }
        if let Some(section) = self.peer_mut(index).and_then(|peer| peer.receive.sections.get_mut(at)) {
            section.track = Some(place);
        }
        self.schedule(index);
    }

    fn free_track_place(&mut self) -> u32 {
        let free = self.tracks.iter().position(Option::is_none);
        free.unwrap_or_else(|| {
            self.tracks.push(None);
            self.tracks.len() - 1
        }) as u32
    }

    pub(super) fn unpublish(&mut self, room: RoomId, id: TrackId) {
        let Some(index) = self.rooms.get_mut(&room).and_then(|room| room.tracks.remove(&id)) else { return };
        let Some(track) = self.tracks.get_mut(index as usize).and_then(Option::take) else { return };
        self.end_run(&track);
        for who in track.live.iter().chain(&track.waiting) {
            let Some(peer) = self.peer_mut(who.peer) else { continue };
            let Some(slot) = peer.send.slots.get_mut(usize::from(who.slot)) else { continue };
            slot.feed = slot.feed.filter(|feed| feed.track != index);
            slot.wish = slot.wish.filter(|wish| wish.track != index);
        }
        let publisher = track.publisher;
        if let Some(peer) = self.peer_mut(publisher.index).filter(|peer| peer.key == publisher)
            && let Some(section) = peer.receive.sections.get_mut(track.section)
        {
            section.track = None;
        }
    }

    fn assign_command(&mut self, now: Instant, id: PeerId, mid: &str, track: Option<TrackId>) {
        let Some(index) = self.known(id) else { return };
        let Some(peer) = self.peer(index) else { return };
        let Some(at) = peer.send.slot(mid) else { return };
        let place = track.and_then(|track| self.rooms.get(&peer.room)?.tracks.get(&track).copied());
        if track.is_some() && place.is_none() {
            return; // the track went while the command was on its way
        }
        let kinds = place.and_then(|place| Some((self.track(place)?.kind, peer.send.slots.get(at)?.kind)));
        if kinds.is_some_and(|(track, slot)| track != slot) {
            return;
        }
        self.assign(now, Subscriber { peer: index, slot: at as u16 }, place);
    }

    /// Copies what a decoder needs: some megabytes at most, a millisecond or two, when somebody freezes a picture.
    fn grab(&mut self, request: RequestId, room: RoomId, id: TrackId, rtp: u32) {
        let place = self.rooms.get(&room).and_then(|room| room.tracks.get(&id)).copied();
        let Some(track) = place.and_then(|place| self.track(place)).filter(|track| track.kind == Kind::Video) else {
            return self.refuse(request, RefuseCode::UnknownTrack, "no such picture in this room");
        };
        let codec = track.codec.map_or_else(String::new, |codec| codec.name().to_owned());
        match track.grab(rtp) {
            Ok(Grabbed { timestamp, packets }) => {
                self.events.push_back(Event::Grabbed { request, codec, rtp: timestamp, packets });
            }
            Err(code) => self.refuse(request, code, "that frame is not there any more"),
        }
    }

    fn close_room(&mut self, now: Instant, room: RoomId, reason: &str) {
        let peers = self.rooms.get(&room).map(|room| room.peers.clone()).unwrap_or_default();
        for index in peers {
            self.blame = Some(index);
            self.end(now, index, EndReason::Closed, reason, true);
        }
        self.rooms.remove(&room);
        self.end_recording(now, room);
    }
}
