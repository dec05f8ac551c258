//! Giving tracks to slots: what waits, what starts when, and what a newcomer is sent first.

use std::time::{Duration, Instant};

use crate::peer::{Outgoing, Peer};
use crate::port::{Event, Kind, Notice};
use crate::rtp::extensions::abs_send_time;
use crate::track::Subscriber;

use super::Shard;

/// A keyframe so recent is replayed with everything since; after an older one a fresh keyframe is quicker to show.
const REPLAY: Duration = Duration::from_millis(300);

impl Shard {
    /// Give a track to a slot, or take it away.
    pub(super) fn assign(&mut self, now: Instant, who: Subscriber, track: Option<u32>) {
        let Some(peer) = self.peer_mut(who.peer) else { return };
        let Some(slot) = peer.send.slots.get_mut(usize::from(who.slot)) else { return };
        let (shown, wished) = (slot.feed.map(|feed| feed.track), slot.wish.map(|wish| wish.track));
        slot.wish = None;
        match track {
            Some(track) if shown == Some(track) => {}
            Some(track) => slot.ask(now, track),
            None => slot.feed = None,
        }
        if let Some(wished) = wished.filter(|wished| Some(*wished) != track && shown != Some(*wished)) {
            self.unsubscribe(wished, who);
        }
        match track {
            None => shown.into_iter().for_each(|shown| self.unsubscribe(shown, who)),
            Some(track) if shown != Some(track) => {
                if let Some(track) = self.track_mut(track)
                    && !track.waiting.contains(&who)
                {
                    track.waiting.push(who);
                }
                self.release_wishes(now, who.peer);
            }
            Some(_) => {}
        }
        self.schedule(who.peer);
    }

    fn unsubscribe(&mut self, track: u32, who: Subscriber) {
        if let Some(track) = self.track_mut(track) {
            track.unsubscribe(who);
        }
    }

    /// The peer has just connected: whatever its slots wish for may start.
    pub(super) fn start_all(&mut self, now: Instant, index: u32) {
        if let Some(peer) = self.peer_mut(index) {
            for wish in peer.send.slots.iter_mut().filter_map(|slot| slot.wish.as_mut()) {
                wish.released = false;
            }
        }
        self.release_wishes(now, index);
    }

    /// Wishes whose time has come: start from a recent keyframe, or ask for one.
    pub(super) fn release_wishes(&mut self, now: Instant, index: u32) {
        let Some(peer) = self.peer_mut(index) else { return };
        let mut due = Vec::new();
        for (at, slot) in peer.send.slots.iter_mut().enumerate() {
            if let Some(wish) =
                slot.wish.as_mut().filter(|wish| !wish.released && !wish.unsupported && wish.not_before <= now)
            {
                wish.released = true;
                due.push((Subscriber { peer: index, slot: at as u16 }, wish.track));
            }
        }
        for (who, track) in due {
            if !self.hold_back(now, who, track) {
                self.start_or_ask(now, who, track);
            }
        }
    }

    fn start_or_ask(&mut self, now: Instant, who: Subscriber, index: u32) {
        if self.peer(who.peer).is_none_or(|peer| peer.session.is_none()) {
            return;
        }
        let Some(track) = self.track_mut(index).filter(|track| track.kind == Kind::Video) else { return };
        let recent = track.keyframes.last().filter(|last| now.saturating_duration_since(last.received) <= REPLAY);
        if let Some(keyframe) = recent
            && self.replay_fits(index, keyframe.index)
        {
            self.start(now, who, index, keyframe.index, None);
        } else {
            self.want_keyframe(now, index);
        }
    }

    fn replay_fits(&self, index: u32, from: u64) -> bool {
        let newest = self.track(index).and_then(|track| track.ring.newest()).unwrap_or(from);
        newest.saturating_sub(from) < self.config.limits.replay_packets as u64
    }

    /// A receiver needs a keyframe of this track.
    pub(super) fn want_keyframe(&mut self, now: Instant, index: u32) {
        let Some(track) = self.track_mut(index).filter(|track| track.kind == Kind::Video) else { return };
        track.keyframes.request(now);
        let publisher = track.publisher.index;
        self.schedule(publisher);
    }

    /// After every packet: does it let somebody start who waits?
    #[inline]
    pub(super) fn start_waiting(&mut self, now: Instant, index: u32, packet: &Outgoing<'_>, keyframe: bool) {
        let Some(track) = self.track(index).filter(|track| !track.waiting.is_empty()) else { return };
        let first = match track.kind {
            Kind::Audio => packet.index,
            Kind::Video if keyframe => track.keyframes.last().map_or(packet.index, |last| last.index),
            Kind::Video => return,
        };
        let audio = (track.kind == Kind::Audio).then_some(packet);
        for who in track.waiting.clone() {
            let slot = self.peer(who.peer).and_then(|peer| {
                peer.session.as_ref()?;
                peer.send.slots.get(usize::from(who.slot))
            });
            let wish = slot.and_then(|slot| slot.wish);
            let wish = wish.filter(|wish| wish.track == index && !wish.unsupported && !wish.suspended);
            if wish.is_some_and(|wish| wish.not_before <= now) {
                self.blame = Some(who.peer);
                self.start(now, who, index, first, audio);
            }
        }
    }

    /// Show track `index` in this slot from its packet `first` on: `audio` itself, or what the ring has.
    fn start(&mut self, now: Instant, who: Subscriber, index: u32, first: u64, audio: Option<&Outgoing<'_>>) {
        let Some(track) = self.tracks.get(index as usize).and_then(Option::as_deref) else { return };
        let Some(peer) = self.peers.get_mut(who.peer as usize).and_then(Option::as_deref_mut) else { return };
        let Some(slot) = peer.send.slots.get_mut(usize::from(who.slot)) else { return };
        let (Some(codec), Some(wish)) = (track.codec, slot.wish) else { return };
        let before = slot.feed.map(|feed| feed.track);
        if slot.start(now, (index, track.generation), first, codec, &mut self.dice).is_none() {
            return self.say_unsupported(who, index);
        }
        slot.wish = None;
        let (peer_id, mid) = (peer.id, slot.mid.clone());
        if let Some(before) = before.filter(|before| *before != index) {
            self.unsubscribe(before, who);
        }
        let Some(track) = self.track_mut(index) else { return };
        track.waiting.retain(|known| *known != who);
        if !track.live.contains(&who) {
            track.live.push(who);
        }
        let track_id = track.id;
        self.send_first(now, who, index, first, audio);
        let ms = now.saturating_duration_since(wish.since).as_millis() as u32;
        self.events.push_back(Event::Shown { peer: peer_id, mid, track: track_id, ms });
    }

    fn send_first(&mut self, now: Instant, who: Subscriber, index: u32, first: u64, audio: Option<&Outgoing<'_>>) {
        let sent = abs_send_time(self.config.wall(now));
        let Some(track) = self.tracks.get(index as usize).and_then(Option::as_deref) else { return };
        let Some(peer) = self.peers.get_mut(who.peer as usize).and_then(Option::as_deref_mut) else { return };
        let Peer { session: Some(session), path, send, counters, .. } = peer else { return };
        let Some(route) = path.active() else { return };
        let at = usize::from(who.slot);
        if let Some(packet) = audio {
            let went = send.forward(at, packet, session, (&mut self.egress, route), counters);
            self.counters.rtp_forwarded += u64::from(went);
        } else {
            for kept in track.ring.iter_from(first).take(self.config.limits.replay_packets) {
                let packet = Outgoing::of(&kept, &kept.header, track, sent);
                let went = send.forward(at, &packet, session, (&mut self.egress, route), counters);
                self.counters.rtp_forwarded += u64::from(went);
            }
        }
        self.report_to(now, index, who);
    }

    #[cold]
    fn say_unsupported(&mut self, who: Subscriber, index: u32) {
        let Some(peer) = self.peer_mut(who.peer) else { return };
        if let Some(wish) = peer.send.slots.get_mut(usize::from(who.slot)).and_then(|slot| slot.wish.as_mut()) {
            wish.unsupported = true;
        }
        let peer = Some(peer.id);
        let Some(track) = self.track(index) else { return };
        let (room, track) = (track.room, track.id);
        self.events.push_back(Event::Track { room, track, notice: Notice::CodecUnsupported, peer });
    }
}
