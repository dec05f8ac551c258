//! Grabbing frames: exactly what was transmitted, from the publisher's keyframe on, under loss and reordering; bounded.

use super::media::{PACKETS_PER_FRAME, Stamp, stamp};
use super::*;
use crate::port::{Blob, Kind, RefuseCode};

type Packets = Vec<(u32, Blob)>;

fn grab(world: &mut World, track: u32, rtp: u32) -> Result<(u32, Packets), RefuseCode> {
    let request = 9_000 + world.events.len() as u64;
    world.command(Command::Grab { request, room: ROOM, track, rtp });
    let answer = world.events.last().map(|(_, event)| event.clone());
    match answer {
        Some(Event::Grabbed { request: of, codec, rtp, packets }) if of == request => {
            assert_eq!(codec, "VP8");
            Ok((rtp, packets))
        }
        Some(Event::Refused { request: of, code, .. }) if of == request => Err(code),
        other => panic!("{other:?}"),
    }
}

/// The frames of an answer, each with all its packets in order and under its own timestamp.
fn frames(packets: &Packets) -> Vec<u32> {
    let stamps: Vec<Stamp> = packets.iter().map(|(_, blob)| stamp(Kind::Video, &blob.0)).collect();
    for (at, stamp) in stamps.iter().enumerate() {
        assert_eq!(u64::from(stamp.part), at as u64 % PACKETS_PER_FRAME);
        assert_eq!(stamp.keyframe, stamp.frame == stamps[0].frame, "one keyframe, at the beginning");
    }
    assert!(packets.chunks(3).all(|frame| frame.iter().all(|(timestamp, _)| *timestamp == frame[0].0)));
    stamps.iter().step_by(PACKETS_PER_FRAME as usize).map(|stamp| stamp.frame).collect()
}

/// The video of the first client of a call, which is kept: its source, and the timestamp of a frame.
fn source(world: &World) -> (usize, u32, u32) {
    let at = world.sources.iter().position(|source| source.client == 0 && source.kind == Kind::Video).unwrap();
    let source = &world.sources[at];
    (at, source.frame, source.timestamp)
}

#[test]
fn any_frame_since_the_keyframe() {
    let mut world = World::call(80);
    world.run_ms(5_000);
    let (at, next, newest) = source(&world);
    let track = world.sources[at].track;
    for back in [5, 6, 40, 90] {
        let wanted = newest - back * 3_600;
        let (rtp, packets) = grab(&mut world, track, wanted).unwrap();
        assert_eq!(rtp, wanted);
        let found = frames(&packets);
        assert_eq!(*found.last().unwrap(), next - 1 - back);
        assert!(found.windows(2).all(|two| two[1] == two[0] + 1));
        let between = grab(&mut world, track, wanted + 1_800).unwrap();
        assert_eq!(between, (rtp, packets), "the nearest earlier one, and the answer says which");
    }
}

#[test]
fn under_loss_what_is_found_is_whole() {
    let mut world = World::call(81);
    world.loss_up = 80;
    let (mut exact, mut asked) = (0, 0);
    for _ in 0..60 {
        world.run_ms(100);
        let (at, _, newest) = source(&world);
        let (track, wanted) = (world.sources[at].track, newest - 20 * 3_600);
        if let Ok((rtp, packets)) = grab(&mut world, track, wanted) {
            assert!(!frames(&packets).is_empty() && wanted - rtp <= 90_000);
            assert_eq!(packets.last().unwrap().0, rtp);
            exact += usize::from(rtp == wanted);
        }
        asked += 1;
    }
    assert!(exact * 10 >= asked * 8, "{exact} of {asked} exactly");
}

#[test]
fn another_track_answers_for_what_the_ring_still_has() {
    let mut world = World::call(82);
    let other = world.sources.iter().find(|source| source.client == 1 && source.kind == Kind::Video).unwrap();
    let (track, mid) = (other.track, other.mid);
    world.run_ms(3_000);
    let newest = world.sources.iter().find(|source| source.mid == mid && source.client == 1).unwrap().timestamp;
    assert_eq!(grab(&mut world, track, newest - 5 * 3_600), Err(RefuseCode::NotKept), "its keyframe is long gone");
    world.assign(0, 1, None);
    world.run_ms(600);
    world.assign(0, 1, Some(track));
    world.run_ms(400);
    let newest = world.sources.iter().find(|source| source.mid == mid && source.client == 1).unwrap().timestamp;
    let (rtp, packets) = grab(&mut world, track, newest - 2 * 3_600).unwrap();
    assert_eq!((rtp, frames(&packets).is_empty()), (newest - 2 * 3_600, false));
}

#[test]
fn what_is_not_there_is_refused() {
    let mut world = World::call(83);
    let (at, _, newest) = source(&world);
    let (track, audio) = (world.sources[at].track, world.sources[at].track - 1);
    assert_eq!(grab(&mut world, 999, newest), Err(RefuseCode::UnknownTrack));
    assert_eq!(grab(&mut world, audio, newest), Err(RefuseCode::UnknownTrack));
    assert_eq!(grab(&mut world, track, newest.wrapping_add(100 * 90_000)), Err(RefuseCode::NotKept));
    assert_eq!(grab(&mut world, track, newest.wrapping_sub(100 * 90_000)), Err(RefuseCode::NotKept));
    world.command(Command::Grab { request: 1, room: 77, track, rtp: newest });
    assert!(matches!(world.events.last(), Some((_, Event::Refused { code: RefuseCode::UnknownTrack, .. }))));
    world.command(Command::Unpublish { room: ROOM, track });
    assert_eq!(grab(&mut world, track, newest), Err(RefuseCode::UnknownTrack));
}

#[test]
fn a_kept_track_without_keyframes_is_asked_for_one_and_nobody_is_alarmed() {
    let mut world = World::call(84);
    let (at, ..) = source(&world);
    world.sources[at].obedient = false;
    let begun = world.sources[at].keyframes.len();
    let asked = |world: &World| world.stats().peers.iter().find(|peer| peer.peer == 1).unwrap().plis_out;
    let before = asked(&world);
    // 75 packets a second of 400 bytes and what it takes to find them: 6 MiB in three minutes.
    world.run_ms(240_000);
    let times = asked(&world) - before;
    assert!((1..=8).contains(&times), "{times}");
    assert_eq!(world.sources[at].keyframes.len(), begun);
    let alarmed = world
        .events
        .iter()
        .any(|(_, event)| matches!(event, Event::Track { notice: crate::port::Notice::NoKeyframes, .. }));
    assert!(!alarmed);
    let (_, _, newest) = source(&world);
    let track = world.sources[at].track;
    assert_eq!(grab(&mut world, track, newest - 5 * 3_600), Err(RefuseCode::NotKept));
}
