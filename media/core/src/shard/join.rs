//! Negotiation: a first offer makes a peer, a later one changes it.

use std::time::Instant;

use str0m::IceCreds;

use crate::config::{Dice, ShardConfig};
use crate::connection::{Connection, Options};
use crate::fast::{Rate, Rights};
use crate::path::Path;
use crate::peer::{Feedback, Liveness, Peer, PeerCounters, Receive, Send};
use crate::port::{Event, MediaLine, PeerId, PeerKind, RefuseCode, RequestId, RoomId};
use crate::sdp::{
    AnswerPlan, Fragment, Media, Offer, OfferError, OwnSsrcs, Section, finish, read_offer, restarted, settle,
};
use crate::slot::Slot;
use crate::timers::PeerKey;
use crate::track::Subscriber;

use super::Shard;

/// A `Join` command's contents.
pub(super) struct Newcomer {
    pub room: RoomId,
    pub peer: PeerId,
    pub kind: PeerKind,
    pub offer: String,
    pub pairs: Vec<(String, u8)>,
    pub dtls13: bool,
}

const UNANSWERABLE: OfferError = OfferError { code: RefuseCode::SdpMalformed, detail: "the offer cannot be answered" };

impl Shard {
    pub(super) fn join(&mut self, now: Instant, request: RequestId, newcomer: &Newcomer) {
        if let Err(error) = self.try_join(now, request, newcomer) {
            self.refuse(request, error.code, error.detail);
        }
    }

    fn try_join(&mut self, now: Instant, request: RequestId, newcomer: &Newcomer) -> Result<(), OfferError> {
        self.check_room_for(newcomer)?;
        let limits = &self.config.limits;
        let offer = read_offer(&newcomer.offer, limits)?;
        let channels = newcomer.kind == PeerKind::Wire && has_channels(&offer.sections);
        let (message_bytes, backlog) = (limits.message_bytes, limits.channel_backlog);
        let options = Options { cert: &self.cert, dtls13: newcomer.dtls13, channels, message_bytes, backlog };
        let (connection, answer) = Connection::open(now, &offer.text, &options).map_err(|_| UNANSWERABLE)?;
        let settled = settle(&answer, &offer.sections, newcomer.kind);
        check_settled(&settled)?;
        let index = self.free_place();
        let mut peer = self.make_peer(now, index, newcomer, connection);
        negotiate(now, &mut peer, &settled, &offer.sections, &mut self.dice);
        let answer = finish_answer(&self.config, &peer, &answer, &settled, &offer, &newcomer.pairs);
        self.events.push_back(Event::Joined { request, peer: peer.id, answer, media: media_lines(&settled) });
        self.settle_in(index, peer);
        // Starts str0m's clock.
        self.drain(now, index);
        self.schedule(index);
        Ok(())
    }

    fn check_room_for(&self, newcomer: &Newcomer) -> Result<(), OfferError> {
        let too_many = |detail| Err(OfferError { code: RefuseCode::TooMany, detail });
        if self.by_id.contains_key(&newcomer.peer) {
            return Err(OfferError { code: RefuseCode::Internal, detail: "this peer has joined already" });
        }
        if self.by_id.len() >= self.config.limits.peers_per_shard {
            return too_many("the media server is full");
        }
        let in_room = self.rooms.get(&newcomer.room).map_or(0, |room| room.peers.len());
        if in_room >= self.config.limits.peers_per_room {
            return too_many("the room is full");
        }
        Ok(())
    }

    fn free_place(&mut self) -> u32 {
        let free = self.peers.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.peers.push(None);
            self.generations.push(0);
            self.peers.len() - 1
        });
        self.generations[index] = self.generations[index].wrapping_add(1);
        index as u32
    }

    fn make_peer(&mut self, now: Instant, index: u32, newcomer: &Newcomer, mut connection: Connection) -> Box<Peer> {
        let limits = &self.config.limits;
        let credentials = connection.credentials();
        Box::new(Peer {
            key: PeerKey { index, generation: self.generations[index as usize] },
            id: newcomer.peer,
            room: newcomer.room,
            kind: newcomer.kind,
            connection,
            credentials,
            remote_ufrag: remote_ufrag(&newcomer.offer),
            previous: None,
            path: Path::new(now, limits.routes_per_peer),
            session: None,
            receive: Receive::new(limits.ssrcs_per_peer),
            send: Send::default(),
            feedback: Feedback::new(self.dice.ssrc()),
            liveness: Liveness::new(now, limits.silence(), limits.connect()),
            rate: Rate::default(),
            checks: Rate::default(),
            rights: Rights::default(),
            rtt: None,
            counters: PeerCounters::default(),
            scheduled: None,
            #[cfg(test)]
            provoked: false,
        })
    }

    fn settle_in(&mut self, index: u32, peer: Box<Peer>) {
        self.by_id.insert(peer.id, index);
        self.ufrags.insert(peer.credentials.ufrag.clone(), index);
        self.rooms.entry(peer.room).or_default().peers.push(index);
        self.peers[index as usize] = Some(peer);
    }

    pub(super) fn offer(&mut self, now: Instant, request: RequestId, id: PeerId, offer: &str, pairs: &[(String, u8)]) {
        let Some(index) = self.by_id.get(&id).copied() else {
            return self.refuse(request, RefuseCode::UnknownPeer, "no such peer");
        };
        self.blame = Some(index);
        if let Err(error) = self.try_offer(now, request, index, offer, pairs) {
            self.refuse(request, error.code, error.detail);
        }
    }

    fn try_offer(
        &mut self,
        now: Instant,
        request: RequestId,
        index: u32,
        offer: &str,
        pairs: &[(String, u8)],
    ) -> Result<(), OfferError> {
        let offer = read_offer(offer, &self.config.limits)?;
        let Shard { peers, dice, config, events, .. } = self;
        let Some(peer) = peers.get_mut(index as usize).and_then(Option::as_deref_mut) else { return Ok(()) };
        let channels = peer.kind == PeerKind::Wire && has_channels(&offer.sections);
        let answer = peer.connection.renegotiate(&offer.text, channels).map_err(|_| UNANSWERABLE)?;
        let settled = settle(&answer, &offer.sections, peer.kind);
        negotiate(now, peer, &settled, &offer.sections, dice);
        peer.remote_ufrag = remote_ufrag(&offer.text);
        let answer = finish_answer(config, peer, &answer, &settled, &offer, pairs);
        events.push_back(Event::Joined { request, peer: peer.id, answer, media: media_lines(&settled) });
        self.close_slots(now, index, &settled);
        self.follow_restart(index);
        self.drain(now, index);
        self.schedule(index);
        Ok(())
    }

    /// Slots whose section no longer carries anything.
    fn close_slots(&mut self, now: Instant, index: u32, settled: &[Section]) {
        let Some(peer) = self.peer(index) else { return };
        let gone = |mid: &str| !settled.iter().any(|section| section.sends && section.mid == mid);
        let slots = peer.send.slots.iter().enumerate().filter(|(_, slot)| gone(&slot.mid));
        for at in slots.map(|(at, _)| at as u16).collect::<Vec<_>>() {
            self.assign(now, Subscriber { peer: index, slot: at }, None);
        }
    }

    /// After an ICE restart there are new credentials; the old ones serve until the first check under the new.
    fn follow_restart(&mut self, index: u32) {
        let Some(peer) = self.peer_mut(index) else { return };
        let credentials = peer.connection.credentials();
        if credentials.ufrag == peer.credentials.ufrag {
            return;
        }
        let ufrag = credentials.ufrag.clone();
        let old = std::mem::replace(&mut peer.credentials, credentials);
        let older = peer.previous.replace(old);
        self.ufrags.insert(ufrag, index);
        if let Some(older) = older {
            self.ufrags.remove(&older.ufrag);
        }
    }

    pub(super) fn trickle(&mut self, request: RequestId, id: PeerId, fragment: &str) {
        let Some(index) = self.by_id.get(&id).copied() else {
            return self.refuse(request, RefuseCode::UnknownPeer, "no such peer");
        };
        self.blame = Some(index);
        // An ICE-lite server sends no checks: candidates are of no use to it.
        match Fragment::parse(fragment, &self.config.limits) {
            Err(error) => self.refuse(request, error.code, error.detail),
            Ok(fragment) if fragment.ufrag.as_deref().is_some_and(|ufrag| self.is_restart(index, ufrag)) => {
                self.refuse(request, RefuseCode::SdpMalformed, "these are not the credentials of this connection");
            }
            Ok(_) => self.events.push_back(Event::Done { request }),
        }
    }

    pub(super) fn restart(&mut self, request: RequestId, id: PeerId, fragment: &str) {
        let Some(index) = self.by_id.get(&id).copied() else {
            return self.refuse(request, RefuseCode::UnknownPeer, "no such peer");
        };
        self.blame = Some(index);
        match self.try_restart(index, fragment) {
            Ok(fragment) => self.events.push_back(Event::Restarted { request, fragment }),
            Err(error) => self.refuse(request, error.code, error.detail),
        }
    }

    fn try_restart(&mut self, index: u32, fragment: &str) -> Result<String, OfferError> {
        const NO_CREDENTIALS: OfferError =
            OfferError { code: RefuseCode::SdpMalformed, detail: "an ICE restart needs new credentials" };
        let Fragment { ufrag: Some(ufrag), pass: Some(pass) } = Fragment::parse(fragment, &self.config.limits)? else {
            return Err(NO_CREDENTIALS);
        };
        let again = !self.is_restart(index, &ufrag);
        let peer = self.peer_mut(index).ok_or(NO_CREDENTIALS)?;
        if !again {
            peer.connection.restart_ice(IceCreds { ufrag: ufrag.clone(), pass });
            peer.remote_ufrag = Some(ufrag);
            self.follow_restart(index);
        }
        let peer = self.peer(index).ok_or(NO_CREDENTIALS)?;
        let incoming = peer.receive.sections.iter().map(|section| (section.kind, section.mid.as_str()));
        let lines: Vec<_> = incoming.chain(peer.send.slots.iter().map(|slot| (slot.kind, slot.mid.as_str()))).collect();
        let tag = lines.first().copied().ok_or(NO_CREDENTIALS)?;
        let mids: Vec<&str> = lines.iter().map(|(_, mid)| *mid).collect();
        Ok(restarted(&peer.credentials, tag, &mids, &self.config.candidates))
    }

    fn is_restart(&self, index: u32, ufrag: &str) -> bool {
        self.peer(index).is_some_and(|peer| peer.remote_ufrag.as_deref().is_some_and(|known| known != ufrag))
    }
}

/// Take over what was agreed on: receiving sections, and a slot for every sending one.
fn negotiate(now: Instant, peer: &mut Peer, settled: &[Section], offered: &[Section], dice: &mut Dice) {
    peer.receive.negotiate(now, settled, offered);
    for section in settled.iter().filter(|section| section.sends) {
        let Some(kind) = section.media.kind() else { continue };
        match peer.send.slots.iter_mut().find(|slot| slot.mid == section.mid) {
            Some(slot) => slot.renegotiate(section),
            None => peer.send.slots.push(Slot::new(section, kind, peer.kind == PeerKind::Whep, dice)),
        }
    }
}

fn finish_answer(
    config: &ShardConfig,
    peer: &Peer,
    answer: &str,
    settled: &[Section],
    offer: &Offer,
    pairs: &[(String, u8)],
) -> String {
    let ssrcs = |mid: &str| -> Option<OwnSsrcs> {
        let at = peer.send.slot(mid).filter(|_| peer.kind == PeerKind::Whep)?;
        peer.send.slots.get(at).map(Slot::own_ssrcs)
    };
    let candidates = &config.candidates;
    finish(answer, settled, &AnswerPlan { kind: peer.kind, offer: &offer.sections, candidates, pairs, ssrcs: &ssrcs })
}

fn remote_ufrag(offer: &str) -> Option<String> {
    offer.lines().find_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:")).map(str::to_owned)
}

fn has_channels(offered: &[Section]) -> bool {
    offered.iter().any(|section| section.media == Media::Application && !section.rejected)
}

/// Something must have come of the media that was offered.
fn check_settled(settled: &[Section]) -> Result<(), OfferError> {
    let mut media = settled.iter().filter(|section| section.media.kind().is_some()).peekable();
    if media.peek().is_some() && media.all(|section| section.payloads.is_empty()) {
        return Err(OfferError { code: RefuseCode::NoCommonCodec, detail: "none of the offered codecs is ours" });
    }
    Ok(())
}

fn media_lines(settled: &[Section]) -> Vec<MediaLine> {
    let line = |section: &Section| {
        let kind = section.media.kind()?;
        Some(MediaLine { mid: section.mid.clone(), kind, direction: section.direction() })
    };
    settled.iter().filter_map(line).collect()
}
