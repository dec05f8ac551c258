//! The golden files of the format (`tests/golden/journal_v1`): this reader, the archive's and the verifier's read them
//! alike, and they are kept for good. `SEFAW_GOLDEN=write` makes them anew, which only a new version of the format may do.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

use sefaw_journal::read::{Ending, read};
use sefaw_journal::segment::{file_name, to_hex};
use sefaw_journal::{Chunk, DataKey, Dropped, Entries, Entry, Reason, RunInfo, Sealer, SegmentHeader};
use serde_json::{Value, json};

const CONSULTATION: &str = "0190f3c2-7d41-7cc8-9a55-1f0c7a6b2e90";
const STARTED: i64 = 1_764_115_200_000_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/journal_v1")
}

fn data_key() -> DataKey {
    DataKey(std::array::from_fn(|at| at as u8 * 7 + 1))
}

fn rtp(sequence: u16, timestamp: u32, ssrc: u32, first: u8, payload: usize) -> Vec<u8> {
    let mut packet = vec![first, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend((0..payload).map(|at| at as u8));
    packet
}

fn video() -> RunInfo {
    let (kind, codec, rid) = ("video".to_owned(), "VP8".to_owned(), String::new());
    RunInfo { track: 3, kind, codec, payload_type: 96, red: None, clock_rate: 90_000, ssrc: 0x89ab_cdef, rid }
}

fn audio() -> RunInfo {
    let (kind, codec, rid) = ("audio".to_owned(), "opus".to_owned(), String::new());
    RunInfo { track: 4, kind, codec, payload_type: 111, red: Some(63), clock_rate: 48_000, ssrc: 0x1234_5678, rid }
}

fn layer() -> RunInfo {
    RunInfo { track: 5, codec: "H264".to_owned(), rid: "h".to_owned(), ssrc: 1, ..video() }
}

/// Sender report and description (RFC 3550 6.4.1, 6.5).
const REPORT: &[u8] =
    b"\x80\xc8\x00\x06\x89\xab\xcd\xef\xed\xcd\x5e\x00\x80\x00\x00\x00\x00\x01\x5f\x90\x00\x00\x00\x02\x00\x00\x00\x40\
\x81\xca\x00\x03\x89\xab\xcd\xef\x01\x04abcd\x00\x00";
/// A pointer (docs/wire.md).
const POINTER: &[u8] = b"\x01\x01\x00\x00\x00\x00\x00\x00\x07\x00\x02\x10\x20\x30\x40";

fn first_segment() -> Vec<Vec<u8>> {
    let mut one = Chunk::new(Vec::new(), 1_000_000);
    one.run(1_000_000, 1, &video());
    one.rtp(1_000_000, 1, &rtp(65_535, 4_294_964_295, 0x89ab_cdef, 0xb0, 40)); // padding and extension bits
    one.rtp(1_000_127, 1, &rtp(0, 4_294_964_295, 0x89ab_cdef, 0x80, 300));
    one.run(1_003_000, 2, &audio());
    one.rtp(1_003_000, 2, &rtp(9, 960, 0x1234_5678, 0x80, 0));
    one.rtcp(1_020_000, 70, REPORT);
    one.fast(1_200_000, 2, POINTER);
    one.end(1_479_999, 2);
    let mut two = Chunk::new(Vec::new(), 2_000_000);
    for (run, reason) in [(1, Reason::QueueFull), (0, Reason::DiskFull), (2, Reason::DiskRefuses)] {
        two.dropped(2_000_000, Dropped { run, reason, packets: 127 + u64::from(run), bytes: 150_000 });
    }
    two.rtp(2_100_000, 1, &rtp(128, 0, 0x89ab_cdef, 0x80, 1100));
    vec![one.bytes().to_vec(), two.bytes().to_vec()]
}

fn second_segment() -> Vec<Vec<u8>> {
    let mut one = Chunk::new(Vec::new(), 11_000_000);
    one.run(11_000_000, 1, &video());
    one.run(11_000_001, u32::MAX, &layer());
    let mut one = one.bytes().to_vec();
    one.extend([5, 200, 0x80, 1, b'?', b'!']); // a kind to come, 128 µs later; its time counts
    one.extend([3, 6, 2, 1]); // end of run 1, 2 µs later
    let two = Chunk::new(Vec::new(), u64::from(u32::MAX) * 10);
    vec![one, two.bytes().to_vec()]
}

fn write() {
    fs::create_dir_all(folder()).unwrap();
    let mut segments = Vec::new();
    for (number, chunks) in [(1, first_segment()), (2, second_segment())] {
        let t = u64::from_le_bytes(chunks[0][..8].try_into().unwrap());
        let salt = std::array::from_fn(|at| at as u8 ^ (number as u8 * 85));
        let header = SegmentHeader::new(CONSULTATION, number, &salt, STARTED, t);
        let mut file = Vec::new();
        let mut sealer = Sealer::begin(&data_key(), &header, &mut file).unwrap();
        chunks.iter().for_each(|chunk| sealer.seal(chunk, &mut file).unwrap());
        fs::write(folder().join(file_name(number)), &file).unwrap();
        segments.push(described(number, &file));
    }
    let expected = json!({"data_key": to_hex(&data_key().0), "segments": segments});
    let text = serde_json::to_string_pretty(&expected).unwrap() + "\n";
    fs::write(folder().join("expected.json"), text).unwrap();
}

fn described(number: u32, file: &[u8]) -> Value {
    let segment = read(file, &data_key()).unwrap();
    assert_eq!((segment.ending, segment.length), (Ending::Clean, file.len()));
    let chunks: Vec<Value> = segment.records.iter().map(|record| chunk(record.plaintext.as_ref().unwrap())).collect();
    json!({"file": file_name(number), "header": segment.header, "chunks": chunks})
}

fn chunk(plaintext: &[u8]) -> Value {
    let t0 = u64::from_le_bytes(plaintext[..8].try_into().unwrap());
    let entries: Vec<Value> = Entries::of(plaintext)
        .unwrap()
        .map(Option::unwrap)
        .filter_map(|(t, entry)| described_entry(t, &entry))
        .collect();
    json!({"t0": t0, "entries": entries})
}

/// Kinds to come are not listed.
fn described_entry(t: u64, entry: &Entry<'_>) -> Option<Value> {
    Some(match entry {
        Entry::Run { run, info } => json!({"kind": "run", "t": t, "run": run, "info": info}),
        Entry::Rtp { run, packet } => json!({"kind": "rtp", "t": t, "run": run, "packet": to_hex(packet)}),
        Entry::Rtcp { peer, packet } => json!({"kind": "rtcp", "t": t, "peer": peer, "packet": to_hex(packet)}),
        Entry::Fast { sender, message } => {
            json!({"kind": "fast", "t": t, "sender": sender, "message": to_hex(message)})
        }
        Entry::Dropped(Dropped { run, reason, packets, bytes }) => {
            let reason = *reason as u8;
            json!({"kind": "dropped", "t": t, "run": run, "reason": reason, "packets": packets, "bytes": bytes})
        }
        Entry::End { run } => json!({"kind": "end", "t": t, "run": run}),
        Entry::Unknown { .. } => return None,
    })
}

#[test]
fn the_golden_files_are_read_as_expected() {
    if std::env::var("SEFAW_GOLDEN").is_ok_and(|word| word == "write") {
        write();
    }
    let expected: Value = serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap();
    let segments = expected["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    for (number, segment) in (1..).zip(segments) {
        let file = fs::read(folder().join(file_name(number))).unwrap();
        assert_eq!(&described(number, &file), segment);
    }
}

#[test]
fn what_is_written_today_is_what_was_written_then() {
    for (number, chunks) in [(1, first_segment()), (2, second_segment())] {
        let file = fs::read(folder().join(file_name(number))).unwrap();
        let records = read(&file, &data_key()).unwrap().records;
        let plain: Vec<_> = records.into_iter().map(|record| record.plaintext.unwrap()).collect();
        assert_eq!(plain, chunks);
    }
}
