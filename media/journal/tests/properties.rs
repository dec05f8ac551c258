//! Whatever is written is read; whatever happens to a file, what is read of it was written.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sefaw_journal::read::{Ending, read};
use sefaw_journal::{Chunk, DataKey, Dropped, Entries, Entry, Kind, Reason, RunInfo, Sealer, SegmentHeader};

const KEY: DataKey = DataKey([3; 32]);

#[derive(Debug, Clone)]
struct Put {
    dt: u64,
    kind: Kind,
    number: u32,
    bytes: Vec<u8>,
}

fn a_put() -> impl Strategy<Value = Put> {
    let kinds = prop_oneof![
        Just(Kind::Run),
        Just(Kind::Rtp),
        Just(Kind::Rtcp),
        Just(Kind::Fast),
        Just(Kind::Dropped),
        Just(Kind::End)
    ];
    let dt = prop_oneof![0..1000u64, any::<u32>().prop_map(u64::from)];
    (dt, kinds, any::<u32>(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(dt, kind, number, bytes)| Put {
        dt,
        kind,
        number,
        bytes,
    })
}

fn info(number: u32) -> RunInfo {
    let (kind, codec, rid) = ("video".to_owned(), "AV1".to_owned(), format!("{number}"));
    let red = number.is_multiple_of(2).then_some(number as u8);
    RunInfo { track: number, kind, codec, payload_type: number as u8, red, clock_rate: 90_000, ssrc: number, rid }
}

fn dropped(put: &Put) -> Dropped {
    Dropped { run: put.number, reason: Reason::DiskFull, packets: put.dt, bytes: put.bytes.len() as u64 }
}

fn write(t0: u64, puts: &[Put]) -> Chunk {
    let (mut chunk, mut t) = (Chunk::new(Vec::new(), t0), t0);
    for put in puts {
        t += put.dt;
        match put.kind {
            Kind::Run => chunk.run(t, put.number, &info(put.number)),
            Kind::Rtp => chunk.rtp(t, put.number, &put.bytes),
            Kind::Rtcp => chunk.rtcp(t, u64::from(put.number) << 20, &put.bytes),
            Kind::Fast => chunk.fast(t, put.number as u16, &put.bytes),
            Kind::Dropped => chunk.dropped(t, dropped(put)),
            Kind::End => chunk.end(t, put.number),
        }
    }
    chunk
}

proptest! {
    #[test]
    fn entries_are_read_as_they_were_written(t0 in 0..1u64 << 50, puts in prop::collection::vec(a_put(), 0..40)) {
        let chunk = write(t0, &puts);
        let entries: Vec<_> = Entries::of(chunk.bytes()).unwrap().map(Option::unwrap).collect();
        prop_assert_eq!(entries.len(), puts.len());
        let mut t = t0;
        for (put, (at, entry)) in puts.iter().zip(entries) {
            t += put.dt;
            prop_assert_eq!(at, t);
            let mut bytes = put.bytes.clone();
            if let (Kind::Rtp, Some(first)) = (put.kind, bytes.first_mut()) {
                *first &= !0x20; // padding is gone
            }
            let expected = match put.kind {
                Kind::Run => Entry::Run { run: put.number, info: info(put.number) },
                Kind::Rtp => Entry::Rtp { run: put.number, packet: &bytes },
                Kind::Rtcp => Entry::Rtcp { peer: u64::from(put.number) << 20, packet: &bytes },
                Kind::Fast => Entry::Fast { sender: put.number as u16, message: &bytes },
                Kind::Dropped => Entry::Dropped(dropped(put)),
                Kind::End => Entry::End { run: put.number },
            };
            prop_assert_eq!(entry, expected);
        }
    }

    #[test]
    fn time_never_goes_back(times in prop::collection::vec(0..10_000u64, 1..20)) {
        let mut chunk = Chunk::new(Vec::new(), times[0]);
        times.iter().for_each(|t| chunk.end(*t, 1));
        let read: Vec<u64> = Entries::of(chunk.bytes()).unwrap().map(|entry| entry.unwrap().0).collect();
        prop_assert!(read.windows(2).all(|two| two[0] <= two[1]));
        prop_assert_eq!(*read.last().unwrap(), *times.iter().max().unwrap());
    }

    #[test]
    fn of_a_file_with_one_bad_bit_everything_else_is_read(
        chunks in prop::collection::vec(prop::collection::vec(a_put(), 1..5), 1..6), at in any::<prop::sample::Index>(), bit in 0..8u8
    ) {
        let (file, written) = file(&chunks);
        let mut damaged = file.clone();
        damaged[at.index(file.len())] ^= 1 << bit;
        let Ok(segment) = read(&damaged, &KEY) else {
            return Ok(()); // it hit the first record, or the file's header
        };
        let (sound, bad): (Vec<_>, Vec<_>) = segment.records.iter().partition(|record| record.plaintext.is_ok());
        prop_assert!(bad.len() + usize::from(segment.ending != Ending::Clean) >= 1, "it is noticed");
        for record in &sound {
            prop_assert!(written.contains(record.plaintext.as_ref().unwrap()));
        }
        // A length that went wrong hides what follows; anything else costs one chunk.
        prop_assert!(segment.ending != Ending::Clean || bad.len() > 1 || sound.len() + 1 == written.len());
    }

    #[test]
    fn of_a_file_cut_anywhere_the_whole_records_are_read(
        chunks in prop::collection::vec(prop::collection::vec(a_put(), 1..5), 1..6), at in any::<prop::sample::Index>()
    ) {
        let (file, written) = file(&chunks);
        let cut = &file[..at.index(file.len())];
        if let Ok(segment) = read(cut, &KEY) {
            let read: Vec<_> = segment.records.iter().map(|record| record.plaintext.clone().unwrap()).collect();
            prop_assert_eq!(&read[..], &written[..read.len()]);
            prop_assert_eq!(segment.ending == Ending::Clean, segment.length == cut.len());
        }
    }

    #[test]
    fn another_key_and_another_file_are_noticed(puts in prop::collection::vec(a_put(), 1..5)) {
        let (file, _) = file(&[puts.clone(), puts]);
        let other = read(&file, &DataKey([4; 32])).unwrap();
        prop_assert!(other.records.iter().all(|record| record.plaintext.is_err()));
    }
}

fn file(chunks: &[Vec<Put>]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let header = SegmentHeader::new("c", 1, &[9; 32], 5, 0);
    let mut file = Vec::new();
    let mut sealer = Sealer::begin(&KEY, &header, &mut file).unwrap();
    let written: Vec<Vec<u8>> = (0..).zip(chunks).map(|(at, puts)| write(at, puts).bytes().to_vec()).collect();
    written.iter().for_each(|plaintext| sealer.seal(plaintext, &mut file).unwrap());
    (file, written)
}
