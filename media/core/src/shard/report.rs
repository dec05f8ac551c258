//! Once a second: what everybody's figures are, and which tracks have fallen silent.

use std::time::{Duration, Instant};

use crate::peer::Peer;
use crate::port::{Event, Kind, Notice, PeerStats, Stats, TrackStats, Transport};
use crate::track::Track;

use super::Shard;

pub(super) const INTERVAL: Duration = Duration::from_secs(1);

impl Shard {
    pub(super) fn report(&mut self, now: Instant) {
        self.next_stats = now + INTERVAL;
        self.note_silence(now);
        self.mend_journals(now);
        self.counters.datagrams_out = self.egress.written;
        self.counters.egress_dropped = self.egress.dropped;
        let tracks = self.tracks.iter().flatten().map(|track| self.track_stats(track)).collect();
        let peers = self.peers.iter_mut().flatten().map(|peer| peer_stats(peer)).collect();
        for track in self.tracks.iter_mut().flatten() {
            (track.counters.level_sum, track.counters.level_count) = (0, 0);
        }
        let journals = self.journal_stats();
        let (shard, rooms, counters) = (self.config.shard, self.rooms.len() as u32, self.counters.clone());
        let stats = Stats { shard, rooms, peers, tracks, journals, counters };
        self.events.push_back(Event::Stats(Box::new(stats)));
    }

    fn note_silence(&mut self, now: Instant) {
        for track in self.tracks.iter_mut().flatten().filter(|track| track.is_silent(now)) {
            if let Some(notice) = track.notice(Notice::Silent) {
                let (room, track) = (track.room, track.id);
                self.events.push_back(Event::Track { room, track, notice, peer: None });
            }
        }
    }

    fn track_stats(&self, track: &Track) -> TrackStats {
        let publisher = self.peer(track.publisher.index).filter(|peer| peer.key == track.publisher);
        let stream = publisher.and_then(|peer| peer.receive.primary(track.section));
        let counters = &track.counters;
        let level = counters.level_sum.checked_div(counters.level_count).map_or(-1, |level| level as i32);
        TrackStats {
            room: track.room,
            track: track.id,
            codec: track.codec.map_or_else(String::new, |codec| codec.name().to_owned()),
            packets: counters.packets,
            bytes: counters.bytes,
            lost: stream.map_or(0, |stream| stream.reception.lost()),
            recovered: counters.recovered,
            keyframes: counters.keyframes,
            frames: counters.frames,
            jitter_ms: stream.map_or(0, |stream| stream.reception.jitter_ms() as i32),
            audio_level: if track.kind == Kind::Audio { level } else { -1 },
            subscribers: track.live.len() as u32,
        }
    }
}

fn peer_stats(peer: &mut Peer) -> PeerStats {
    let counters = &mut peer.counters;
    let up_kbps = kbps(counters.bytes_in, &mut counters.bytes_in_before);
    let down_kbps = kbps(counters.bytes_out, &mut counters.bytes_out_before);
    let lost = peer.send.slots.iter().filter_map(|slot| slot.lost).max();
    let streams = (0..peer.receive.sections.len()).filter_map(|at| peer.receive.primary(at));
    let (received, missing, jitter_ms) = streams.fold((0, 0, 0), |(received, missing, jitter), stream| {
        let reception = &stream.reception;
        (received + reception.received(), missing + reception.lost(), jitter.max(reception.jitter_ms() as i32))
    });
    let before = std::mem::replace(&mut peer.counters.arrivals_before, (received, missing));
    let up_loss = share(received.saturating_sub(before.0), missing.saturating_sub(before.1));
    let counters = &peer.counters;
    PeerStats {
        peer: peer.id,
        connected: peer.liveness.is_connected(),
        tcp: peer.path.active().is_some_and(|route| route.transport == Transport::Tcp),
        rtt_ms: peer.rtt.map_or(-1, |rtt| rtt.as_millis() as i32),
        up_loss,
        up_kbps,
        down_loss: lost.map_or(-1, |lost| i32::from(lost) * 1000 / 256),
        down_kbps,
        jitter_ms,
        packets_in: counters.packets_in,
        packets_out: counters.packets_out,
        bytes_in: counters.bytes_in,
        bytes_out: counters.bytes_out,
        nacks_in: counters.nacks_in,
        nacks_out: counters.nacks_out,
        rtx_in: counters.rtx_in,
        rtx_out: counters.rtx_out,
        plis_in: counters.plis_in,
        plis_out: counters.plis_out,
    }
}

/// Of the second since the last report.
fn kbps(bytes: u64, before: &mut u64) -> u32 {
    let rate = (bytes - *before) * 8 / 1000;
    *before = bytes;
    rate as u32
}

/// In 1/1000; -1 while nothing came.
fn share(received: u64, lost: u64) -> i32 {
    (lost * 1000).checked_div(received + lost).map_or(-1, |share| share as i32)
}
