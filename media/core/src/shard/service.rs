//! What a peer's timer does, and what str0m has to say after every call.

use std::time::Instant;

use crate::connection::News;
use crate::keyframe::Due;
use crate::peer::{Peer, Session, Verdict};
use crate::port::{EndReason, Event, Notice, Transport};
use crate::rtcp::build;

use super::Shard;

impl Shard {
    pub(super) fn service(&mut self, now: Instant, index: u32) {
        let Some(peer) = self.peer_mut(index) else { return };
        match peer.liveness.verdict(now) {
            Verdict::Alive => {}
            Verdict::Lost => return self.end(now, index, EndReason::ConnectionLost, "silent too long", true),
            Verdict::NeverConnected => {
                // Checks arrived and the handshake went wrong: not the network's fault.
                let failed = peer.path.active().is_some() && peer.connection.has_erred();
                let reason = if failed { EndReason::SecurityFailed } else { EndReason::NetworkBlocked };
                return self.end(now, index, reason, "never connected", false);
            }
        }
        if peer.connection.deadline() <= now {
            let failed = peer.connection.handle_timeout(now).is_err();
            self.drain(now, index);
            if failed && self.peer(index).is_some_and(|peer| !peer.connection.is_alive()) {
                return self.broken(now, index);
            }
        }
        self.feedback(now, index);
        if self.peer(index).and_then(|peer| peer.send.floor.deadline()).is_some_and(|due| due <= now) {
            self.mind_floor(now, index);
        }
        self.release_wishes(now, index);
        self.repeat(now, index);
        self.mend_unheard(now, index);
        self.ask_for_keyframes(now, index);
    }

    fn feedback(&mut self, now: Instant, index: u32) {
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return };
        let rtt = peer.rtt();
        let Peer { session, path, feedback, receive, counters, .. } = peer;
        let Some(session) = session else { return };
        if feedback.deadline(receive, rtt).is_none_or(|at| at > now) {
            return;
        }
        let Some(route) = path.active() else { return };
        self.counters.rtcp_out += feedback.service(now, receive, rtt, (session, &mut self.egress, route), counters);
    }

    /// The earliest keyframe request of the tracks that a peer publishes.
    pub(super) fn tracks_deadline(&self, peer: &Peer) -> Option<Instant> {
        peer.session.as_ref()?;
        peer.path.active()?;
        let sections = peer.receive.sections.iter().filter(|section| section.primary.is_some());
        sections.filter_map(|section| self.track(section.track?)?.keyframes.deadline()).min()
    }

    fn ask_for_keyframes(&mut self, now: Instant, index: u32) {
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return };
        let Peer { session, path, feedback, receive, counters, .. } = peer;
        let (Some(session), Some(route)) = (session, path.active()) else { return };
        for section in &receive.sections {
            let (Some(track), Some(primary)) = (section.track, section.primary) else { continue };
            let Some(track) = self.tracks.get_mut(track as usize).and_then(Option::as_deref_mut) else { continue };
            let due = track.keyframes.poll(now);
            if due == Due::Nothing {
                continue;
            }
            let ssrc = feedback.ssrc;
            if session.send_rtcp(&mut self.egress, route, |packet| build::pli(packet, ssrc, primary)) {
                self.counters.rtcp_out += 1;
                counters.plis_out += 1;
            }
            if due == Due::AskAndSay
                && let Some(notice) = track.notice(Notice::NoKeyframes)
            {
                let (room, track) = (track.room, track.id);
                self.events.push_back(Event::Track { room, track, notice, peer: None });
            }
        }
    }

    /// Take everything str0m has to say.
    pub(super) fn drain(&mut self, now: Instant, index: u32) {
        loop {
            let Some(peer) = self.peer_mut(index) else { return };
            match peer.connection.poll() {
                Ok(Some(news)) => self.news(now, index, news),
                Ok(None) => break,
                Err(_) => {
                    self.counters.malformed += 1;
                    break;
                }
            }
        }
        if self.peer(index).is_some_and(|peer| !peer.connection.is_alive()) {
            self.broken(now, index);
        }
    }

    fn news(&mut self, now: Instant, index: u32, news: News) {
        match news {
            News::Datagram(datagram) => {
                if let Some(route) = self.peer(index).and_then(|peer| peer.path.active()) {
                    self.egress.push(route, &datagram);
                }
            }
            News::Connected => self.connected(now, index),
            News::ChannelsOpen => {
                if let Some(peer) = self.peer(index) {
                    self.events.push_back(Event::ChannelsOpen { peer: peer.id });
                }
            }
            News::Message { lane, data } => self.message(now, index, lane, &data),
            News::Closed => self.end(now, index, EndReason::Left, "closed by the other side", true),
        }
    }

    fn connected(&mut self, now: Instant, index: u32) {
        let limit = self.config.limits.srtp_contexts;
        let Some(peer) = self.peer_mut(index) else { return };
        let session = peer.connection.take_keys().and_then(|tapped| Session::new(&tapped, limit).ok());
        let Some(session) = session else {
            return self.end(now, index, EndReason::SecurityFailed, "no usable SRTP keys", true);
        };
        peer.liveness.connected(now);
        let ms = peer.liveness.age_ms(now);
        let event = Event::Connected {
            peer: peer.id,
            transport: peer.path.active().map_or(Transport::Udp, |route| route.transport),
            dtls: peer.connection.dtls_version(),
            srtp: session.profile().name().to_owned(),
            ms,
        };
        peer.session = Some(session);
        self.events.push_back(event);
        self.start_all(now, index);
    }
}
