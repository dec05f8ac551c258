//! The writer on a disk that works: segments, pauses, what they cost.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Instant;

use sefaw_journal::read::read;
use sefaw_journal::writer::Files;
use sefaw_journal::{Chunk, Order, Setup, State, chunk};
use support::{Folder, KEY, Recorded, found, run};

#[test]
fn segments_follow_each_other_and_each_says_what_runs() {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 7);
    assert_eq!(recorded.state(State::On), (7, 1));
    (0..25).for_each(|second| assert!(recorded.chunk(second * 1_000_000, 10)));
    let account = recorded.account.clone();
    assert_eq!(recorded.stop(), (10, 9));
    let found = found(&folder.0);
    assert_eq!((found.segments, found.runs, found.torn), (vec![7, 8, 9], 3, 0));
    assert_eq!(found.packets, (0..250).collect::<Vec<_>>());
    assert_eq!(account.packets.load(Ordering::Relaxed), 250);
    let files = fs::read_dir(folder.0.join("media")).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(account.bytes.load(Ordering::Relaxed), bytes);
}

#[test]
fn a_segment_is_closed_before_it_is_too_large() {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 1);
    for at in 0..40 {
        while !recorded.chunk(at * 1000, 200) {
            recorded.sequence -= 200;
            std::thread::yield_now();
        }
    }
    recorded.stop();
    let sizes: Vec<u64> =
        fs::read_dir(folder.0.join("media")).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 4 << 20), "{sizes:?}");
    assert_eq!(found(&folder.0).packets.len(), 8000);
}

#[test]
fn a_pause_is_on_disk_when_it_is_said_and_the_next_segment_has_a_key_of_its_own() {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 1);
    recorded.chunk(0, 5);
    recorded.link.give(Order::Pause { room: 1, t: 100, run: 2 }).unwrap();
    assert_eq!(recorded.state(State::Paused), (2, 2));
    assert_eq!(found(&folder.0).packets.len(), 5);
    recorded.chunk(200, 5); // too late: it is not recorded
    recorded.link.give(Order::Resume { room: 1, t: 1000, run: 2 }).unwrap();
    assert_eq!(recorded.state(State::On), (2, 2));
    recorded.stop();
    assert_eq!((found(&folder.0).packets.len(), found(&folder.0).runs), (5, 2));
    let salts: Vec<String> = [1, 2]
        .map(|number| fs::read(folder.0.join(format!("media/media-00000{number}.seg"))).unwrap())
        .iter()
        .map(|file| read(file, &KEY).unwrap().header.salt)
        .collect();
    assert_ne!(salts[0], salts[1]);
}

#[test]
fn a_file_that_is_there_is_never_written_over() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("media")).unwrap();
    fs::write(folder.0.join("media/media-000001.seg"), b"older").unwrap();
    let recorded = Recorded::start(Files, &folder.0, 1);
    assert_eq!(recorded.state(State::On), (2, 1));
    recorded.stop();
    assert_eq!(fs::read(folder.0.join("media/media-000001.seg")).unwrap(), b"older");
}

#[test]
fn a_room_that_records_is_told_so_again_and_nothing_new_begins() {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 1);
    recorded.state(State::On);
    let setup = Setup {
        folder: folder.0.join("other"),
        consultation: String::new(),
        key: KEY,
        segment: 50,
        started_unix_us: 0,
    };
    let account = recorded.account.clone();
    recorded.link.give(Order::Start { room: 1, t: 5, run: 1, setup: Box::new(setup), account }).unwrap();
    assert_eq!(recorded.state(State::On), (1, 1));
    assert_eq!(recorded.stop(), (2, 9));
    assert!(!folder.0.join("other").exists());
}

#[test]
fn when_the_shards_are_gone_everything_is_closed() {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 1);
    recorded.chunk(0, 5);
    recorded.end();
    assert_eq!(found(&folder.0).packets.len(), 5);
}

/// Bytes of media and of the files for a minute of packets of these sizes, each so often a second.
fn cost(streams: &[(usize, u64)]) -> (u64, u64, u64) {
    let folder = Folder::new();
    let mut recorded = Recorded::start(Files, &folder.0, 1);
    recorded.state(State::On);
    let mut packets: Vec<(u64, usize, usize)> = Vec::new();
    for (number, (size, rate)) in streams.iter().enumerate() {
        packets.extend((0..60 * rate).map(|at| (at * 1_000_000 / rate + 137 * number as u64, number, *size)));
    }
    packets.sort_unstable();
    let mut open = Chunk::new(Vec::new(), 0);
    (0..streams.len()).for_each(|number| open.run(0, number as u32 + 1, &run()));
    for (t, number, size) in &packets {
        if open.is_full(*t, *size) {
            give(&mut recorded, std::mem::replace(&mut open, Chunk::new(Vec::new(), *t)));
        }
        open.rtp(*t, *number as u32 + 1, &vec![0x80; *size]);
    }
    give(&mut recorded, open);
    recorded.stop();
    let media = packets.iter().map(|(_, _, size)| *size as u64).sum();
    let files = fs::read_dir(folder.0.join("media")).unwrap();
    (media, packets.len() as u64, files.map(|file| file.unwrap().metadata().unwrap().len()).sum())
}

fn give(recorded: &mut Recorded, chunk: Chunk) {
    assert!(chunk.bytes().len() <= chunk::MAX_BYTES);
    let (opened, account) = (Instant::now(), recorded.account.clone());
    assert!(recorded.link.give(Order::Chunk { room: 1, chunk, opened, account }).is_ok());
    while recorded.account.queued.load(Ordering::Relaxed) > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn files_are_hardly_larger_than_what_they_hold() {
    // Video of 1 Mbit/s with its sound, reports included; and of 5.
    for streams in [&[(1_150, 100), (110, 50), (60, 2)][..], &[(1_150, 530), (110, 50), (60, 2)][..]] {
        let (media, packets, files) = cost(streams);
        assert!(files * 100 <= media * 103, "{files} bytes for {media} in {packets} packets");
    }
    // Sound alone, and a weak link's picture.
    for streams in [&[(60, 50)][..], &[(100, 50), (600, 30), (60, 1)][..]] {
        let (media, packets, files) = cost(streams);
        assert!(files <= media + 20 * packets, "{files} bytes for {media} in {packets} packets");
    }
}
