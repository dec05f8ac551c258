//! The journal's reader: any plaintext that was sealed, and a file damaged anywhere. What is read was written, and what was
//! damaged is noticed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_journal::read::{Ending, read};
use sefaw_journal::{DataKey, Entries, Losses, Reason, Sealer, SegmentHeader};

const KEY: DataKey = DataKey([3; 32]);

fuzz_target!(|input: (Vec<&[u8]>, Vec<(u16, u8)>, &[u8])| {
    let (chunks, edits, raw) = input;
    let _ = read(raw, &KEY);
    let header = SegmentHeader::new("c", 1, &[9; 32], 5, 0);
    let (mut file, mut whole) = (Vec::new(), Vec::new());
    let Ok(mut sealer) = Sealer::begin(&KEY, &header, &mut file) else { return };
    for plaintext in &chunks {
        if sealer.seal(plaintext, &mut file).is_err() {
            return;
        }
        whole.push(file.len());
        let mut t = 0;
        for (at, _) in Entries::of(plaintext).into_iter().flatten().flatten() {
            assert!(at >= t);
            t = at;
        }
        Losses::default().add_chunk(plaintext, Reason::QueueFull);
    }
    let mut first = file.len();
    for (at, mask) in edits.into_iter().filter(|(_, mask)| *mask != 0) {
        let at = usize::from(at) % file.len();
        file[at] ^= mask;
        first = first.min(at);
    }
    let Ok(segment) = read(&file, &KEY) else {
        assert!(first < file.len() - chunks.iter().map(|chunk| chunk.len() + 24).sum::<usize>());
        return;
    };
    let untouched = whole.iter().filter(|end| **end <= first).count();
    for (record, chunk) in segment.records.iter().zip(&chunks).take(untouched) {
        assert!(record.plaintext.as_ref().map_or(true, |plaintext| plaintext.as_slice() == *chunk));
    }
    assert!(first < file.len() || (segment.ending == Ending::Clean && segment.length == file.len()));
});
