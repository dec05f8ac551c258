//! The way of a packet: decrypted once, then written for every slot that shows its track.

use std::time::Instant;

use crate::grab::Piece;
use crate::keyframe::Keyframe;
use crate::peer::{Arrived, Carried, Outgoing, Peer, Refusal};
use crate::port::{Event, Kind, Notice};
use crate::route::Route;
use crate::rtp::extensions::{abs_send_time, audio_level};
use crate::srtp::SrtpError;
use crate::track::Track;

use super::Shard;

impl Shard {
    /// First byte 128–191: RTCP if the second says so (RFC 5761 4), else RTP.
    #[inline]
    pub(super) fn media(&mut self, now: Instant, route: Route, datagram: &mut [u8]) {
        let rtcp = datagram.get(1).is_some_and(|second| (192..=223).contains(second));
        let Some(index) = self.routes.get(&route).copied() else {
            return self.stray(now, route, datagram, rtcp);
        };
        self.blame = Some(index);
        #[cfg(test)]
        if let Some(peer) = self.peer_mut(index) {
            peer.provoke();
        }
        if rtcp {
            self.rtcp(now, index, route, datagram);
        } else {
            self.rtp(now, index, route, datagram);
        }
    }

    /// True if the packet was authentic and of use.
    pub(super) fn rtp(&mut self, now: Instant, index: u32, route: Route, datagram: &mut [u8]) -> bool {
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return false };
        let Peer { session, receive, feedback, counters, liveness, path, .. } = peer;
        let Some(session) = session else { return false };
        let arrived = match receive.handle(now, datagram, session) {
            Ok(arrived) => arrived,
            Err(refusal) => {
                self.refused(refusal);
                return false;
            }
        };
        counters.packets_in += 1;
        counters.bytes_in += datagram.len() as u64;
        liveness.heard(now);
        path.heard(now, route);
        feedback.arrived(now);
        self.counters.rtp_in += 1;
        if let Some(arrived) = arrived {
            if arrived.recovered
                && let Some(peer) = self.peer_mut(index)
            {
                peer.counters.rtx_in += 1;
            }
            self.forward(now, &arrived, datagram);
            self.record_rtp(now, &arrived, datagram);
        }
        self.blame = Some(index);
        self.schedule(index);
        true
    }

    #[cold]
    pub(super) fn refused(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Srtp(SrtpError::Replayed) => self.counters.srtp_replayed += 1,
            Refusal::Srtp(_) => self.counters.srtp_refused += 1,
            Refusal::Malformed => self.counters.malformed += 1,
            Refusal::Unmapped => self.counters.unroutable += 1,
        }
    }

    fn forward(&mut self, now: Instant, arrived: &Arrived, datagram: &[u8]) {
        if arrived.new_source || self.codec_changed(arrived) {
            if arrived.recovered {
                return; // a retransmission from before the change
            }
            self.change_source(now, arrived);
        }
        let sent = abs_send_time(self.config.wall(now));
        let Some(bytes) = datagram.get(arrived.range.clone()) else { return };
        let Some(track) = self.tracks.get_mut(arrived.track as usize).and_then(Option::as_deref_mut) else { return };
        let carried = Carried::read(track, &arrived.header, bytes);
        let payload = bytes.get(arrived.header.len..).unwrap_or_default();
        let keyframes = track.counters.keyframes;
        let keyframe = note(track, now, arrived, bytes, payload, &carried);
        let first_keyframe = keyframes == 0 && track.counters.keyframes > 0;
        let red = arrived.payload.red == Some(arrived.header.payload_type);
        let packet = Outgoing { index: arrived.index, header: &arrived.header, payload, red, carried, sent };
        for subscriber in &track.live {
            self.blame = Some(subscriber.peer);
            let Some(peer) = self.peers.get_mut(subscriber.peer as usize).and_then(Option::as_deref_mut) else {
                continue;
            };
            #[cfg(test)]
            peer.provoke();
            let Peer { session: Some(session), path, send, counters, .. } = peer else { continue };
            let Some(route) = path.active() else { continue };
            let at = usize::from(subscriber.slot);
            if send.forward(at, &packet, session, (&mut self.egress, route), counters) {
                self.counters.rtp_forwarded += 1;
            }
        }
        if track.notice != Some(Notice::Live) {
            self.say_live(now, arrived.track);
        }
        if first_keyframe {
            self.say_first_keyframe(now, arrived.track);
        }
        self.start_waiting(now, arrived.track, &packet, keyframe);
    }

    fn codec_changed(&self, arrived: &Arrived) -> bool {
        self.track(arrived.track).is_some_and(|track| track.codec != Some(arrived.payload.codec))
    }

    /// The track's packets come from another SSRC or in another codec: everybody starts anew at its first keyframe.
    #[cold]
    fn change_source(&mut self, now: Instant, arrived: &Arrived) {
        let Some(track) = self.track_mut(arrived.track) else { return };
        track.codec = Some(arrived.payload.codec);
        track.change_source();
        for subscriber in track.waiting.clone() {
            let Some(peer) = self.peer_mut(subscriber.peer) else { continue };
            let Some(slot) = peer.send.slots.get_mut(usize::from(subscriber.slot)) else { continue };
            if slot.wish.is_none_or(|wish| wish.track == arrived.track) {
                slot.ask(now, arrived.track);
            }
            self.schedule(subscriber.peer);
        }
    }

    #[cold]
    fn say_first_keyframe(&mut self, now: Instant, index: u32) {
        let Some(track) = self.track(index) else { return };
        let (room, track, ms) = (track.room, track.id, track.age_ms(now));
        self.events.push_back(Event::FirstKeyframe { room, track, ms });
    }

    #[cold]
    fn say_live(&mut self, now: Instant, index: u32) {
        let Some(track) = self.tracks.get_mut(index as usize).and_then(Option::as_deref_mut) else { return };
        if track.notice.is_none() {
            let (room, ms) = (track.room, track.age_ms(now));
            self.events.push_back(Event::FirstPacket { room, track: track.id, ms });
        }
        // "No keyframes" ends with a keyframe, not with a packet.
        if track.notice == Some(Notice::NoKeyframes) && track.keyframes.is_wanted() {
            return;
        }
        if let Some(notice) = track.notice(Notice::Live) {
            let (room, track) = (track.room, track.id);
            self.events.push_back(Event::Track { room, track, notice, peer: None });
        }
    }
}

/// Keep what retransmissions, replays and statistics need. True if a keyframe begins here.
#[inline]
fn note(
    track: &mut Track,
    now: Instant,
    arrived: &Arrived,
    bytes: &[u8],
    payload: &[u8],
    carried: &Carried<'_>,
) -> bool {
    track.heard = now;
    track.counters.packets += 1;
    track.counters.bytes += payload.len() as u64;
    track.counters.recovered += u64::from(arrived.recovered);
    if track.kind == Kind::Audio {
        if let Some((_, level)) = carried.audio_level.and_then(audio_level) {
            track.counters.level_sum += u64::from(level);
            track.counters.level_count += 1;
        }
        return false;
    }
    if track.last_timestamp != Some(arrived.header.timestamp) && !arrived.recovered {
        track.last_timestamp = Some(arrived.header.timestamp);
        track.counters.frames += 1;
    }
    track.ring.push(now, arrived.index, &arrived.header, bytes);
    let keyframe = arrived.payload.codec.video().is_some_and(|codec| codec.is_keyframe(payload));
    if keyframe {
        let timestamp = arrived.header.timestamp;
        if track.keyframes.last().is_none_or(|last| last.timestamp != timestamp) {
            track.counters.keyframes += 1;
        }
        track.keyframes.arrived(Keyframe { index: arrived.index, timestamp, received: now });
    }
    keep(track, now, arrived, payload, keyframe);
    keyframe
}

#[inline]
fn keep(track: &mut Track, now: Instant, arrived: &Arrived, payload: &[u8], keyframe: bool) {
    let Some(kept) = &mut track.kept else { return };
    let (timestamp, marker) = (arrived.header.timestamp, arrived.header.marker);
    if kept.push(now, keyframe, Piece { index: arrived.index, timestamp, marker, payload }) {
        track.keyframes.suggest(now);
    }
}
