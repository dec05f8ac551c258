//! Recording: what the journal gets is what was sent, in order and with its times; what the writer cannot take is counted
//! and marked.

use std::collections::BTreeMap;

use sefaw_journal::{Chunk, Entries, Entry, Order, Reason, RunInfo};

use super::*;
use crate::port::{Kind, Recording, Secret, Trouble};

/// The writer's place: what shards gave to it.
#[derive(Default)]
pub struct Journal {
    /// The plaintexts of chunks that were taken.
    pub chunks: Vec<Vec<u8>>,
    /// Whose they are.
    pub rooms: Vec<u64>,
    pub orders: Vec<String>,
    /// Takes no chunks.
    pub behind: bool,
}

impl Journal {
    pub fn take(&mut self, shard: &mut Shard, order: Order) {
        let Order::Chunk { room, chunk, .. } = order else {
            let word = format!("{order:?}");
            return self.orders.push(word.split([' ', '(']).next().unwrap_or_default().to_owned());
        };
        assert!(chunk.bytes().len() <= sefaw_journal::chunk::MAX_BYTES);
        if self.behind {
            return shard.handle_refused(room, chunk);
        }
        self.chunks.push(chunk.bytes().to_vec());
        self.rooms.push(room);
        let buffer: Vec<u8> = Chunk::into_buffer(chunk);
        shard.handle_taken(room, buffer);
    }

    fn entries(&self) -> Vec<(u64, Entry<'_>)> {
        self.chunks.iter().flat_map(|chunk| Entries::of(chunk).unwrap()).map(Option::unwrap).collect()
    }

    fn runs(&self) -> BTreeMap<u32, RunInfo> {
        let runs = self.entries().into_iter().filter_map(|(_, entry)| match entry {
            Entry::Run { run, info } => Some((run, info)),
            _ => None,
        });
        runs.collect()
    }

    /// Sequence numbers of a run, as they were written.
    fn sequences(&self, wanted: u32) -> Vec<u16> {
        let packets = self.entries().into_iter().filter_map(|(_, entry)| match entry {
            Entry::Rtp { run, packet } if run == wanted => Some(u16::from_be_bytes([packet[2], packet[3]])),
            _ => None,
        });
        packets.collect()
    }

    fn ended(&self) -> Vec<u32> {
        let ended = self.entries().into_iter().filter_map(|(_, entry)| match entry {
            Entry::End { run } => Some(run),
            _ => None,
        });
        ended.collect()
    }

    fn dropped(&self) -> u64 {
        let dropped = self.entries().into_iter().filter_map(|(_, entry)| match entry {
            Entry::Dropped(dropped) => Some((dropped.reason, dropped.packets)),
            _ => None,
        });
        dropped.map(|(reason, packets)| if reason == Reason::QueueFull { packets } else { 0 }).sum()
    }
}

/// Session time 0 is `before` seconds before the world began.
pub fn record(before: i64) -> Command {
    record_room(ROOM, before)
}

fn record_room(room: u64, before: i64) -> Command {
    Command::Record {
        room,
        folder: "archive".to_owned(),
        consultation: "c".to_owned(),
        key: Secret([1; 32]),
        segment: 1,
        run: 1,
        started_unix_us: 0,
        zero_ns: MONOTONIC_NS - before * 1_000_000_000,
    }
}

fn recorded_call(seed: u64) -> World {
    let mut world = World::call(seed);
    world.command(record(60));
    world
}

fn sources(world: &World) -> Vec<(u32, Kind)> {
    world.sources.iter().map(|source| (source.track, source.kind)).collect()
}

#[test]
fn each_track_is_a_run_and_nothing_is_missing_or_twice_under_loss() {
    let mut world = recorded_call(300);
    world.run_ms(500);
    world.loss_up = 30;
    world.run_ms(5_000);
    world.loss_up = 0;
    world.run_ms(1_500);
    let runs = world.journal.runs();
    let tracks: Vec<_> = runs.values().map(|info| (info.track, info.kind.clone())).collect();
    assert_eq!(tracks.len(), sources(&world).len());
    for (track, kind) in sources(&world) {
        let kind = if kind == Kind::Audio { "audio" } else { "video" };
        let run = runs.iter().find(|(_, info)| info.track == track && info.kind == kind).unwrap().0;
        let mut sequences = world.journal.sequences(*run);
        let (count, first) = (sequences.len(), sequences[0]);
        sequences.sort_by_key(|sequence| sequence.wrapping_sub(first));
        sequences.dedup();
        assert_eq!(sequences.len(), count, "a packet twice");
        let span = usize::from(sequences.last().unwrap().wrapping_sub(first)) + 1;
        if kind == "video" {
            assert_eq!(span, count, "video is asked for again until it is there");
        } else {
            assert!(span > count && count > span * 9 / 10);
        }
    }
}

#[test]
fn the_chunks_of_all_rooms_go_together_however_they_began() {
    const OTHER: u64 = 2;
    let mut world = World::new(302);
    for room in [ROOM, OTHER] {
        let at = world.join(&Plan { room, ..whip() });
        world.publish_all(at);
    }
    world.run_ms(1_000);
    world.command(record_room(ROOM, 60));
    world.run_ms(150);
    world.command(record_room(OTHER, 60));
    world.run_ms(4_000);
    let begun = |room| -> Vec<u64> {
        let each = world.journal.chunks.iter().zip(&world.journal.rooms).filter(|(_, of)| **of == room);
        each.map(|(chunk, _)| Entries::of(chunk).unwrap().next().unwrap().unwrap().0).collect()
    };
    let (one, other) = (begun(ROOM), begun(OTHER));
    assert!(one.len() >= 7 && one.len() == other.len(), "{one:?} {other:?}");
    assert!(one[0].abs_diff(other[0]) > 100_000, "they began apart");
    for (one, other) in one.iter().zip(&other).skip(1) {
        assert!(one.abs_diff(*other) < 50_000, "the writer is woken once for both");
    }
}

#[test]
fn times_are_the_sessions_and_chunks_are_short_also_in_silence() {
    let mut world = recorded_call(301);
    let begun = 61_000_000; // the world had run for a second
    world.run_ms(3_000);
    let (chunks, entries) = (&world.journal.chunks, world.journal.entries());
    assert!(chunks.len() >= 6, "{}", chunks.len());
    assert!(entries.first().unwrap().0 >= begun && entries.last().unwrap().0 <= begun + 3_000_000);
    assert!(entries.windows(2).all(|two| two[0].0 <= two[1].0));
    for chunk in chunks {
        let times: Vec<u64> = Entries::of(chunk).unwrap().map(|entry| entry.unwrap().0).collect();
        assert!(times.last().unwrap() - times[0] < 500_000);
    }
    world.sources.clear();
    world.run_ms(100);
    let before = world.journal.chunks.len();
    world.run_ms(500);
    assert_eq!(world.journal.chunks.len(), before + 1, "what was said last is not kept back");
}

#[test]
fn reports_and_pointers_are_there() {
    let mut world = recorded_call(302);
    world.command(Command::FastRights { peer: 1, send: true, sender: 5, lead: 0 });
    world.clients[0].send_message(true, &[1, 1, 0, 0, 0, 0, 0, 0, 1, 9, 9, b'x']);
    world.run_ms(3_000);
    let entries = world.journal.entries();
    let fast = entries.iter().find_map(|(_, entry)| match entry {
        Entry::Fast { sender, message } => Some((*sender, message.to_vec())),
        _ => None,
    });
    assert_eq!(fast, Some((5, vec![1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 5, b'x'])), "under its true sender");
    for wanted in [1, 2] {
        let reports = entries
            .iter()
            .filter(|(_, entry)| matches!(entry, Entry::Rtcp { peer, packet } if *peer == wanted && packet[1] == 200));
        assert!(reports.count() >= 2, "sender reports of peer {wanted}");
    }
}

#[test]
fn a_pause_ends_the_chunk_and_runs_go_on_after_it() {
    let mut world = recorded_call(303);
    world.run_ms(1_000);
    world.command(Command::PauseRecording { room: ROOM });
    let before = world.journal.entries().len();
    world.run_ms(1_000);
    assert_eq!(world.journal.entries().len(), before);
    world.command(Command::ResumeRecording { room: ROOM });
    world.run_ms(1_000);
    assert!(world.journal.entries().len() > before);
    assert_eq!(world.journal.runs().len(), 4, "{:?}", world.journal.runs());
    world.command(Command::StopRecording { room: ROOM });
    let last = world.journal.entries().len();
    world.run_ms(1_000);
    assert_eq!(world.journal.entries().len(), last);
    assert_eq!(world.journal.orders, ["Start", "Pause", "Resume", "Stop"]);
}

#[test]
fn asked_twice_it_goes_on_as_it_does() {
    let mut world = recorded_call(304);
    world.command(record(9));
    world.command(Command::PauseRecording { room: ROOM });
    world.command(record(9));
    assert_eq!(world.journal.orders, ["Start", "Resume", "Pause", "Pause"]);
}

#[test]
fn a_room_that_does_not_record_says_so() {
    let mut world = World::call(305);
    for command in [
        Command::PauseRecording { room: 77 },
        Command::ResumeRecording { room: 77 },
        Command::StopRecording { room: 77 },
    ] {
        world.command(command);
        let off = Event::Recording { room: 77, state: Recording::Off, segment: 0, run: 0 };
        assert_eq!(world.events.last().unwrap().1, off);
    }
    assert!(world.journal.orders.is_empty());
}

#[test]
fn who_leaves_ends_runs_and_who_comes_back_begins_others() {
    let mut world = recorded_call(306);
    world.run_ms(1_000);
    world.command(Command::Leave { peer: 1, reason: String::new() });
    world.run_ms(600);
    let (mut ended, before) = (world.journal.ended(), world.journal.runs());
    ended.sort_unstable();
    let of_the_first: Vec<u32> = before.iter().filter(|(_, info)| info.track < 10).map(|(run, _)| *run).collect();
    assert_eq!(ended, of_the_first);
    let again = world.join(&Plan::wire());
    world.publish_all(again);
    world.run_ms(2_000);
    let new: Vec<u32> = world.journal.runs().keys().copied().filter(|run| !before.contains_key(run)).collect();
    assert_eq!(new, [5, 6]);
}

#[test]
fn closing_the_room_hands_on_the_last_chunk() {
    let mut world = recorded_call(307);
    world.run_ms(1_100);
    let before = world.journal.chunks.len();
    world.command(Command::CloseRoom { room: ROOM, reason: String::new() });
    assert_eq!(world.journal.chunks.len(), before + 1);
    assert_eq!(world.journal.orders, ["Start", "Stop"]);
    assert_eq!(world.journal.ended().len(), 4);
}

#[test]
fn what_the_writer_cannot_take_is_said_and_marked_and_the_call_does_not_notice() {
    let mut world = World::call(308);
    world.journal.behind = true;
    world.command(record(60));
    let forwarded = world.shard.counters.rtp_forwarded;
    world.run_ms(2_000);
    assert!(world.shard.counters.rtp_forwarded - forwarded > 400);
    world.journal.behind = false;
    world.run_ms(2_000);
    let trouble = world.events.iter().filter(|(_, event)| matches!(event, Event::JournalTrouble { .. })).count();
    assert_eq!(trouble, 1);
    let back = world.events.iter().find_map(|(_, event)| match event {
        Event::JournalBack { reason: Trouble::Slow, packets, t_from, t_to, .. } => Some((*packets, *t_from, *t_to)),
        _ => None,
    });
    let (packets, from, to) = back.unwrap();
    assert_eq!(world.journal.dropped(), packets);
    assert!((61_000_000..61_100_000).contains(&from) && (63_000_000..63_700_000).contains(&to), "{from} {to}");
    assert_eq!(world.journal.runs().len(), 4, "runs that began meanwhile are named all the same");
    let stats = world.stats();
    assert_eq!((stats.journals[0].dropped, stats.counters.journal_dropped), (packets, packets));
}

#[test]
fn a_recording_begins_with_keyframes_also_if_nobody_watches() {
    let mut world = World::new(309);
    let a = world.join(&whip());
    world.publish_all(a);
    world.run_ms(3_000);
    let video = world.sources.iter().position(|source| source.kind == Kind::Video).unwrap();
    let before = world.sources[video].keyframes.len();
    world.command(record(0));
    world.run_ms(500);
    assert_eq!(world.sources[video].keyframes.len(), before + 1);
    // Nor does a picture stay damaged.
    world.loss_up = 950;
    world.run_ms(3_000);
    world.loss_up = 0;
    world.run_ms(2_500);
    assert!(world.sources[video].keyframes.len() > before + 1);
}
