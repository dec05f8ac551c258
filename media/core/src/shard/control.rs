//! Acting on RTCP: retransmissions, keyframe requests, reports carried through.

use std::time::{Duration, Instant};

use crate::peer::{Outgoing, Peer, Refusal, Send};
use crate::port::Kind;
use crate::route::Route;
use crate::rtcp::{self, Feedback, ReportBlock, Rtcp, SenderReport};
use crate::rtp::extensions::abs_send_time;
use crate::rtx::Again;
use crate::track::{Mapping, Subscriber};
use crate::twcc::Named;

use super::Shard;

/// What is asked for again sooner than two thirds of a round trip after it went is still on its way. Not a whole one: a
/// receiver asks again exactly a round trip later, by its own measure, and ours lags behind a line that got shorter.
fn pause(rtt: Duration) -> Duration {
    (rtt * 2 / 3).max(SHORTEST_PAUSE)
}

/// Two messages of one receiver may name the same packet.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);

/// What is not asked for goes again only while it can be in time for its frame.
const UNASKED_AGE: Duration = Duration::from_millis(400);

/// Packets resent for one compound packet: more is no repair but a burst.
const MAX_RESENT: usize = 256;

impl Shard {
    /// True if the packet was authentic.
    pub(super) fn rtcp(&mut self, now: Instant, index: u32, route: Route, datagram: &mut [u8]) -> bool {
        let Some(peer) = self.peer_mut(index) else { return false };
        let Some(session) = &mut peer.session else { return false };
        let len = match session.receiver.unprotect_rtcp(datagram) {
            Ok(len) => len,
            Err(error) => {
                self.refused(Refusal::Srtp(error));
                return false;
            }
        };
        peer.liveness.heard(now);
        peer.path.heard(now, route);
        self.counters.rtcp_in += 1;
        self.record_rtcp(now, index, datagram.get(..len).unwrap_or_default());
        let mut resent = 0;
        for message in rtcp::parse(datagram.get(..len).unwrap_or_default()) {
            let Ok(message) = message else {
                self.counters.malformed += 1;
                break;
            };
            self.control(now, index, message, &mut resent);
        }
        self.blame = Some(index);
        self.mind_floor(now, index);
        self.schedule(index);
        true
    }

    fn control(&mut self, now: Instant, index: u32, message: Rtcp<'_>, resent: &mut usize) {
        match message {
            Rtcp::SenderReport { report, blocks } => {
                self.sender_report(now, index, &report);
                blocks.for_each(|block| self.report_block(now, index, &block));
            }
            Rtcp::ReceiverReport { blocks, .. } => blocks.for_each(|block| self.report_block(now, index, &block)),
            Rtcp::Nack { media_ssrc, lost, .. } => {
                for sequence in lost {
                    if *resent >= MAX_RESENT {
                        break;
                    }
                    *resent += usize::from(self.resend(now, index, media_ssrc, sequence));
                }
            }
            Rtcp::Pli { media_ssrc, .. } => self.keyframe_wanted(now, index, media_ssrc),
            Rtcp::Fir { entries, .. } => {
                entries.for_each(|entry| self.keyframe_wanted(now, index, entry.media_ssrc));
            }
            Rtcp::Remb { bps, .. } => {
                if let Some(peer) = self.peer_mut(index) {
                    peer.send.floor.on_remb(bps);
                }
            }
            Rtcp::TransportCc(feedback) => self.transport_feedback(now, index, &feedback, resent),
            Rtcp::Sdes | Rtcp::Bye { .. } | Rtcp::Other { .. } => {}
        }
    }

    fn resend(&mut self, now: Instant, index: u32, ssrc: u32, sequence: u16) -> bool {
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return false };
        peer.counters.nacks_in += 1;
        peer.send.named(ssrc, sequence).is_some_and(|packet| self.resend_now(now, index, packet, true))
    }

    /// With repetitions where it is known to be `lost`.
    fn resend_now(&mut self, now: Instant, index: u32, packet: Again, lost: bool) -> bool {
        let Some(peer) = self.peer_mut(index) else { return false };
        let pause = pause(peer.rtt());
        if !peer.send.may_resend(now, packet, pause) || !self.retransmit(now, index, packet) {
            return false;
        }
        if lost && let Some(Send { line, repeats, .. }) = self.peer_mut(index).map(|peer| &mut peer.send) {
            repeats.on_resent(now, line.repeats(), packet);
        }
        true
    }

    /// What a watcher's link did, and what was lost on it: resent without waiting to be asked, because a request is lost
    /// as easily, and a browser repeats it only after 100 ms, or to ask for a lost retransmission.
    fn transport_feedback(&mut self, now: Instant, index: u32, feedback: &Feedback<'_>, resent: &mut usize) {
        let Some(peer) = self.peer_mut(index) else { return };
        let mut missing = Vec::new();
        let measured = peer.send.log.measure(feedback, &mut missing);
        peer.send.floor.on_measured(&measured);
        peer.send.line.on_measured(now, &measured);
        peer.send.quiet.on_feedback(now, peer.send.log.next());
        self.mend(now, index, &missing, resent);
    }

    /// Feedback that did not come: what it should have spoken of goes again.
    pub(super) fn mend_unheard(&mut self, now: Instant, index: u32) {
        let missing = self.peer_mut(index).map(|peer| peer.send.unheard(now)).unwrap_or_default();
        self.mend(now, index, &missing, &mut 0);
    }

    fn mend(&mut self, now: Instant, index: u32, missing: &[Named], resent: &mut usize) {
        for named in missing {
            let missed = self.peer(index).and_then(|peer| peer.send.missed(*named));
            let Some(packet) = missed.filter(|_| *resent < MAX_RESENT) else { continue };
            if self.affords(now, index, packet) {
                *resent += usize::from(self.resend_now(now, index, packet, named.surely_lost));
            }
        }
    }

    /// Repeated retransmissions whose time has come.
    pub(super) fn repeat(&mut self, now: Instant, index: u32) {
        while let Some(packet) = self.peer_mut(index).and_then(|peer| peer.send.repeats.poll(now)) {
            if self.affords(now, index, packet) {
                self.retransmit(now, index, packet);
            }
        }
    }

    /// Is it of use still, and may it go though nobody asked?
    fn affords(&mut self, now: Instant, index: u32, packet: Again) -> bool {
        let kept = self.track(packet.track).and_then(|track| track.ring.get(now, packet.index));
        let fresh = kept.filter(|kept| now.saturating_duration_since(kept.received) <= UNASKED_AGE);
        let Some(len) = fresh.map(|kept| kept.bytes.len()) else { return false };
        self.peer_mut(index).is_some_and(|peer| peer.send.line.affords(peer.counters.bytes_out, len))
    }

    fn retransmit(&mut self, now: Instant, index: u32, packet: Again) -> bool {
        let sent = abs_send_time(self.config.wall(now));
        let Some(peer) = self.peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return false };
        let Peer { session: Some(session), path, send, counters, .. } = peer else { return false };
        let Some(route) = path.active() else { return false };
        let shown = send.slots.get(packet.slot).and_then(|slot| slot.feed);
        if shown.is_none_or(|feed| (feed.track, feed.generation) != (packet.track, packet.generation)) {
            return false;
        }
        let Some(track) = self.tracks.get(packet.track as usize).and_then(Option::as_deref) else { return false };
        let Some(kept) = track.ring.get(now, packet.index).filter(|_| track.generation == packet.generation) else {
            return false;
        };
        let outgoing = Outgoing::of(&kept, &kept.header, track, sent);
        let went = send.resend(packet.slot, &outgoing, session, (&mut self.egress, route), counters);
        self.counters.rtx_out += u64::from(went);
        went
    }

    fn keyframe_wanted(&mut self, now: Instant, index: u32, ssrc: u32) {
        let Some(peer) = self.peer_mut(index) else { return };
        peer.counters.plis_in += 1;
        let slot = peer.send.slot_of(ssrc).and_then(|at| peer.send.slots.get(at));
        if let Some(track) = slot.and_then(|slot| slot.feed).map(|feed| feed.track) {
            self.want_keyframe(now, track);
        }
    }

    fn report_block(&mut self, now: Instant, index: u32, block: &ReportBlock) {
        let Some(peer) = self.peer_mut(index) else { return };
        let Some(slot) = peer.send.slot_of(block.ssrc).and_then(|at| peer.send.slots.get_mut(at)) else { return };
        (slot.lost, slot.jitter) = (Some(block.fraction_lost), block.jitter);
        peer.send.floor.on_report(block.fraction_lost);
        peer.send.line.on_report(now, block.fraction_lost);
        let (kind, feed) = (slot.kind, slot.feed);
        let trip = slot.round_trip(now, block.last_sender_report, block.delay_since_last_sender_report);
        if let Some(trip) = trip {
            // RFC 6298 2.3, without the variance.
            peer.rtt = Some(peer.rtt.map_or(trip, |before| (before * 7 + trip) / 8));
        }
        if let Some(feed) = feed.filter(|_| kind == Kind::Audio) {
            self.pass_loss_on(now, feed.track, block.fraction_lost);
        }
    }

    /// Sound is not resent: its encoder puts a copy of each packet into the next one (Opus in-band FEC) once it hears of
    /// loss, and whoever hears it sits behind us.
    fn pass_loss_on(&mut self, now: Instant, track: u32, lost: u8) {
        let Some((publisher, section)) = self.track(track).map(|track| (track.publisher, track.section)) else {
            return;
        };
        let Some(peer) = self.peer_mut(publisher.index).filter(|peer| peer.key == publisher) else { return };
        let Some(primary) = peer.receive.sections.get(section).and_then(|section| section.primary) else { return };
        if let Some(stream) = peer.receive.stream_mut(primary) {
            stream.reception.on_onward_loss(now, lost);
        }
    }

    /// Remember the sender's mapping and carry it through to everybody who watches.
    fn sender_report(&mut self, now: Instant, index: u32, report: &SenderReport) {
        let Some(peer) = self.peer_mut(index) else { return };
        let Some(stream) = peer.receive.stream_mut(report.ssrc) else { return };
        stream.reception.on_sender_report(now, report.ntp);
        let section = usize::from(stream.section);
        let Some(section) = peer.receive.sections.get(section) else { return };
        let Some(track) = section.track.filter(|_| section.primary == Some(report.ssrc)) else { return };
        let Some(track_state) = self.track_mut(track) else { return };
        track_state.mapping = Some(Mapping { ntp: report.ntp, timestamp: report.rtp_timestamp });
        for at in 0..track_state.live.len() {
            let Some(who) = self.track(track).and_then(|track| track.live.get(at)).copied() else { break };
            self.blame = Some(who.peer);
            self.report_to(now, track, who);
        }
    }

    /// Send what is known of a track's clock to one slot that shows it.
    pub(super) fn report_to(&mut self, now: Instant, index: u32, who: Subscriber) {
        let Some(track) = self.tracks.get(index as usize).and_then(Option::as_deref) else { return };
        let Some(mapping) = track.mapping else { return };
        let Some(peer) = self.peers.get_mut(who.peer as usize).and_then(Option::as_deref_mut) else { return };
        let Peer { session: Some(session), path, send, .. } = peer else { return };
        let Some(route) = path.active() else { return };
        // One name for everything of one publisher: receivers synchronise by it.
        let cname = format!("sefaw-{}", track.publisher.index);
        let mapping = (mapping.ntp, mapping.timestamp);
        let went = send.report(now, usize::from(who.slot), mapping, &cname, (session, &mut self.egress, route));
        self.counters.rtcp_out += u64::from(went);
    }
}
