//! What subscribers get: untouched timestamps and payloads, whole frames from a keyframe on, and switches.

use std::collections::BTreeSet;

use super::media::{PACKETS_PER_FRAME, stamp};
use super::*;
use crate::port::{Kind, Notice};

#[test]
fn timestamps_and_payloads_pass_untouched() {
    let mut world = World::call(20);
    world.run_ms(1000);
    for (slot, kind) in [(0, Kind::Audio), (1, Kind::Video)] {
        let source = world.sources.iter().find(|source| source.client == 0 && source.kind == kind).unwrap();
        let step = if kind == Kind::Video { 3600 } else { 960 };
        for got in world.clients[1].slot(slot) {
            let stamp = stamp(kind, &got.payload);
            assert_eq!(stamp.track, source.track);
            // The source counts its timestamp up before each frame, also while it cannot send yet.
            let behind = source.timestamp.wrapping_sub(got.timestamp) / step;
            assert_eq!(source.frame - 1 - stamp.frame, behind, "frame {}", stamp.frame);
        }
    }
}

#[test]
fn video_begins_with_a_keyframe_and_has_no_holes() {
    let mut world = World::call(21);
    world.run_ms(2000);
    let got: Vec<_> = world.clients[1].slot(1).map(|got| stamp(Kind::Video, &got.payload)).collect();
    assert!(got[0].keyframe && got[0].part == 0, "{:?}", got[0]);
    let (first, last) = (got[0].frame, got.last().unwrap().frame);
    let distinct: BTreeSet<(u32, u8)> = got.iter().map(|stamp| (stamp.frame, stamp.part)).collect();
    let complete = u64::from(last - first) * PACKETS_PER_FRAME;
    assert!(distinct.len() as u64 >= complete, "{} of {complete}", distinct.len());
    assert_eq!(distinct.len(), got.len(), "nothing twice");
}

#[test]
fn a_newcomer_is_replayed_a_recent_keyframe() {
    let mut world = World::call(22);
    let asked_before = world.clients[0].keyframes_asked.len();
    world.clients[1].ask_for_keyframe(1);
    world.run_ms(120);
    let keyframe = *world
        .sources
        .iter()
        .find(|source| source.client == 0 && source.kind == Kind::Video)
        .unwrap()
        .keyframes
        .last()
        .unwrap();
    assert!(world.now - keyframe.1 < Duration::from_millis(120), "the request was answered");
    let c = world.join(&Plan::wire().only_receiving());
    world.assign(c, 1, Some(1));
    world.run_ms(400);
    let first = world.clients[c].slot(1).next().expect("video").clone();
    assert_eq!(stamp(Kind::Video, &first.payload).frame, keyframe.0, "from the keyframe that was there");
    assert_eq!(world.clients[0].keyframes_asked.len() - asked_before, 1, "no further request");
}

#[test]
fn a_newcomer_after_a_while_gets_a_fresh_keyframe() {
    let mut world = World::call(23);
    world.run_ms(3000);
    let asked_before = world.clients[0].keyframes_asked.len();
    let c = world.join(&Plan::wire().only_receiving());
    world.assign(c, 1, Some(1));
    world.run_ms(600);
    assert_eq!(world.clients[0].keyframes_asked.len(), asked_before + 1, "one request");
    assert!(world.clients[c].slot(1).count() > 10);
}

#[test]
fn a_switch_brings_a_new_ssrc_and_the_old_track_stays_until_then() {
    let mut world = World::call(24);
    let c = world.join(&Plan::wire());
    world.publish_all(c);
    world.run_ms(1500);
    let before: BTreeSet<u32> = world.clients[1].slot(1).map(|got| got.ssrc).collect();
    assert_eq!(before.len(), 1);
    let asked = world.now;
    world.assign(1, 1, Some(21));
    world.run_ms(1000);
    let kinds: Vec<_> = world.clients[1]
        .slot(1)
        .filter(|got| got.at > asked)
        .map(|got| (got.ssrc, stamp(Kind::Video, &got.payload), got.at))
        .collect();
    let turn = kinds.iter().position(|(_, stamp, _)| stamp.track == 21).expect("the new track");
    assert!(kinds[..turn].iter().all(|(ssrc, stamp, _)| stamp.track == 1 && before.contains(ssrc)));
    assert!(kinds[turn..].iter().all(|(ssrc, stamp, _)| stamp.track == 21 && !before.contains(ssrc)));
    assert!(kinds[turn].1.keyframe);
    if turn > 0 {
        assert!(kinds[turn].2 - kinds[turn - 1].2 <= Duration::from_millis(80), "no gap");
    }
}

#[test]
fn the_last_of_quick_requests_wins_after_the_hold() {
    let mut world = World::call(25);
    for _ in 0..2 {
        let at = world.join(&Plan::wire());
        world.publish_all(at);
    }
    world.run_ms(1500);
    let asked = world.now;
    world.assign(1, 1, Some(21));
    world.run_ms(200);
    world.assign(1, 1, Some(1));
    world.assign(1, 1, Some(31));
    world.run_ms(1500);
    let mut tracks = Vec::new();
    for got in world.clients[1].slot(1).filter(|got| got.at > asked) {
        let stamp = stamp(Kind::Video, &got.payload);
        if tracks.last().is_none_or(|(track, _)| *track != stamp.track) {
            tracks.push((stamp.track, got.at));
        }
    }
    assert_eq!(tracks.iter().map(|(track, _)| *track).collect::<Vec<_>>(), [1, 21, 31]);
    assert!(tracks[2].1 - tracks[1].1 >= Duration::from_millis(490), "{:?}", tracks[2].1 - tracks[1].1);
}

#[test]
fn taking_a_track_away_stops_it() {
    let mut world = World::call(26);
    world.assign(1, 1, None);
    world.run_ms(100);
    let before = world.clients[1].slot(1).count();
    world.run_ms(1000);
    assert_eq!(world.clients[1].slot(1).count(), before);
    world.assign(1, 1, Some(1));
    world.run_ms(1000);
    assert!(world.clients[1].slot(1).count() > before + 30, "and it can come back");
}

#[test]
fn notices_say_live_and_silent() {
    let mut world = World::call(27);
    world.sources[1].running = false;
    world.run_ms(5000);
    world.sources[1].running = true;
    world.run_ms(1500);
    let notices: Vec<Notice> = world
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Track { track: 1, notice, peer: None, .. } => Some(*notice),
            _ => None,
        })
        .collect();
    assert_eq!(notices, [Notice::Live, Notice::Silent, Notice::Live]);
}

#[test]
fn a_slot_without_the_codec_is_said_so() {
    let mut world = World::new(28);
    let a = world.join(&whip());
    let b = world.join(&Plan { vp8: false, h264: true, ..Plan::wire() }.only_receiving());
    let tracks = world.publish_all(a);
    world.assign(b, 0, Some(tracks[0]));
    world.assign(b, 1, Some(tracks[1]));
    world.run_ms(2000);
    let said = world.events.iter().filter(|(_, event)| {
        matches!(event, Event::Track { notice: Notice::CodecUnsupported, peer: Some(2), track: 1, .. })
    });
    assert_eq!(said.count(), 1);
    assert_eq!(world.clients[b].slot(1).count(), 0);
    assert!(world.clients[b].slot(0).count() > 50, "audio is not affected");
}

#[test]
fn sender_reports_are_carried_through() {
    let mut world = World::call(29);
    world.run_ms(3000);
    for (slot, kind) in [(0, Kind::Audio), (1, Kind::Video)] {
        let last = world.clients[1].slot(slot).last().unwrap();
        let (packets, timestamp) = last.reported.expect("a sender report");
        let count = world.clients[1].slot(slot).count() as u32;
        assert!(packets > count / 2 && packets <= count, "{kind:?}: {packets} reported, {count} received");
        let rate = if kind == Kind::Video { 90_000 } else { 48_000 };
        assert!(last.timestamp.wrapping_sub(timestamp) < 2 * rate, "{} and {timestamp}", last.timestamp);
    }
    assert!(world.stats().peers[1].rtt_ms >= 0, "a round trip came of it: {:?}", world.stats().peers[1]);
    assert!((15..40).contains(&world.stats().peers[1].rtt_ms), "{:?}", world.stats().peers[1]);
}

#[test]
fn shown_says_how_long_it_took() {
    let world = World::call(30);
    let shown = world.events.iter().filter(|(_, event)| matches!(event, Event::Shown { .. })).count();
    assert_eq!(shown, 4);
}

#[test]
fn rooms_do_not_touch_each_other() {
    let mut world = World::call(31);
    let c = world.join(&Plan { room: 2, ..Plan::wire() });
    world.run_ms(500);
    world.assign(c, 1, Some(1));
    world.run_ms(1000);
    assert!(world.clients[c].got.is_empty(), "track 1 is another room's");
    world.command(Command::CloseRoom { room: 1, reason: "over".into() });
    assert!(world.ended(0).is_some() && world.ended(1).is_some());
    assert_eq!(world.ended(c), None);
}

#[test]
fn statistics_count_what_flowed() {
    let mut world = World::call(32);
    world.run_ms(3000);
    let stats = world.stats().clone();
    assert_eq!((stats.rooms, stats.peers.len(), stats.tracks.len()), (1, 2, 4));
    let video = stats.tracks.iter().find(|track| track.track == 1).unwrap();
    assert_eq!((video.codec.as_str(), video.subscribers), ("VP8", 1));
    assert!(video.frames > 50 && video.packets > 150 && video.keyframes >= 1, "{video:?}");
    let audio = stats.tracks.iter().find(|track| track.track == 0).unwrap();
    assert_eq!(audio.audio_level, 42, "{audio:?}");
    assert!(stats.peers.iter().all(|peer| peer.connected && peer.up_kbps > 200 && peer.down_kbps > 200), "{stats:?}");
    assert!(stats.counters.rtp_forwarded > 400);
}
