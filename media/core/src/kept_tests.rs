//! Exactness, gaps, lateness and bounds.

use proptest::prelude::*;

use super::*;
use crate::port::Blob;

const PARTS: u64 = 3;
const TICKS: u32 = 3_000;

fn clock() -> impl Fn(u64) -> Instant {
    #[allow(clippy::disallowed_methods)] // the zero of a test
    let zero = Instant::now();
    move |ms| zero + Duration::from_millis(ms)
}

/// A stream of frames of three packets at 30 a second, with a keyframe every so many.
struct Stream {
    first: u64,
    every: u64,
    size: usize,
}

impl Stream {
    fn timestamp(&self, index: u64) -> u32 {
        // Over the wrap on the way.
        (u32::MAX - 10 * TICKS).wrapping_add(((index - self.first) / PARTS) as u32 * TICKS)
    }

    fn frame(&self, index: u64) -> u64 {
        (index - self.first) / PARTS
    }

    fn payload(&self, index: u64) -> Vec<u8> {
        let mut payload = index.to_be_bytes().to_vec();
        payload.resize(self.size.max(8), 7);
        payload
    }

    fn push(&self, kept: &mut Kept, index: u64) -> bool {
        self.push_at(kept, clock()(0), index)
    }

    fn push_at(&self, kept: &mut Kept, now: Instant, index: u64) -> bool {
        let part = (index - self.first) % PARTS;
        let keyframe = self.frame(index).is_multiple_of(self.every) && part == 0;
        let (timestamp, marker) = (self.timestamp(index), part == PARTS - 1);
        kept.push(now, keyframe, Piece { index, timestamp, marker, payload: &self.payload(index) })
    }

    fn between(&self, from: u64, to: u64) -> Vec<(u32, Blob)> {
        (from..to).map(|index| (self.timestamp(index), Blob(self.payload(index)))).collect()
    }
}

#[test]
fn every_frame_is_found_exactly() {
    let (stream, mut kept) = (Stream { first: 65_500, every: 10, size: 20 }, Kept::default());
    for index in 65_500..65_500 + 40 * PARTS {
        stream.push(&mut kept, index);
    }
    for frame in 0..40 {
        let index = 65_500 + frame * PARTS;
        let keyframe = 65_500 + frame / 10 * 10 * PARTS;
        let grabbed = kept.grab(stream.timestamp(index)).unwrap();
        assert_eq!(grabbed.timestamp, stream.timestamp(index));
        assert_eq!(grabbed.packets, stream.between(keyframe, index + PARTS), "{frame}");
    }
}

#[test]
fn the_nearest_earlier_one_within_a_second() {
    let (stream, mut kept) = (Stream { first: 0, every: 100, size: 20 }, Kept::default());
    for index in 0..9 * PARTS {
        stream.push(&mut kept, index);
    }
    let last = stream.timestamp(8 * PARTS);
    for (ahead, found) in [(1, true), (TICKS, true), (90_000, true), (90_001, false), (1 << 30, false)] {
        let grabbed = kept.grab(last.wrapping_add(ahead)).map(|grabbed| grabbed.timestamp);
        assert_eq!(grabbed, if found { Ok(last) } else { Err(RefuseCode::NotKept) }, "{ahead}");
    }
    assert_eq!(kept.grab(stream.timestamp(0).wrapping_sub(1)), Err(RefuseCode::NotKept), "before the first keyframe");
    assert_eq!(Kept::default().grab(5), Err(RefuseCode::NotKept));
}

#[test]
fn half_a_frame_is_no_frame() {
    let (stream, mut kept) = (Stream { first: 0, every: 100, size: 20 }, Kept::default());
    for index in 0..2 * PARTS - 1 {
        stream.push(&mut kept, index);
    }
    assert_eq!(kept.grab(stream.timestamp(PARTS)).unwrap().timestamp, stream.timestamp(0));
    stream.push(&mut kept, 2 * PARTS - 1);
    assert_eq!(kept.grab(stream.timestamp(PARTS)).unwrap().timestamp, stream.timestamp(PARTS));
}

#[test]
fn nothing_is_decoded_over_a_gap_until_it_is_filled() {
    let (stream, mut kept) = (Stream { first: 0, every: 100, size: 20 }, Kept::default());
    let lost = 4 * PARTS + 1;
    for index in (0..8 * PARTS).filter(|index| *index != lost) {
        stream.push(&mut kept, index);
    }
    let wanted = stream.timestamp(7 * PARTS);
    assert_eq!(kept.grab(wanted).unwrap().timestamp, stream.timestamp(3 * PARTS));
    stream.push(&mut kept, lost);
    assert_eq!(kept.grab(wanted).unwrap().packets, stream.between(0, 8 * PARTS));
}

#[test]
fn a_keyframe_whose_beginning_comes_last() {
    let (stream, mut kept) = (Stream { first: 0, every: 5, size: 20 }, Kept::default());
    for index in (0..8 * PARTS).filter(|index| *index != 5 * PARTS) {
        stream.push(&mut kept, index);
    }
    stream.push(&mut kept, 5 * PARTS);
    let grabbed = kept.grab(stream.timestamp(7 * PARTS)).unwrap();
    assert_eq!(grabbed.packets, stream.between(5 * PARTS, 8 * PARTS));
    let before = kept.grab(stream.timestamp(4 * PARTS)).unwrap();
    assert_eq!(before.packets, stream.between(0, 5 * PARTS));
}

#[test]
fn a_frame_stays_for_seconds_after_the_next_keyframe() {
    let (at, stream, mut kept) = (clock(), Stream { first: 0, every: 30, size: 20 }, Kept::default());
    for frame in 0..30 * 20 {
        for index in frame * PARTS..(frame + 1) * PARTS {
            stream.push_at(&mut kept, at(frame * 1000 / 30), index);
        }
    }
    for (seconds, there) in [(1, true), (7, true), (12, false)] {
        let wanted = stream.timestamp((600 - seconds * 30) * PARTS);
        assert_eq!(kept.grab(wanted).is_ok(), there, "{seconds} s ago");
    }
}

#[test]
fn without_keyframes_it_asks_and_stays_bounded() {
    let (stream, mut kept) = (Stream { first: 0, every: u64::MAX, size: 1_100 }, Kept::default());
    let (mut asked, mut most) = (0, 0);
    for index in 0..20_000 {
        asked += usize::from(stream.push(&mut kept, index));
        most = most.max(kept.memory());
        if index == 4_000 {
            assert_eq!(asked, 0);
            assert!(kept.grab(stream.timestamp(index - PARTS)).is_ok());
        }
    }
    assert_eq!(asked, 4);
    assert!(most <= 2 * MAX_BYTES + SPARE_BYTES, "{most}");
    assert_eq!(kept.grab(stream.timestamp(19_990)), Err(RefuseCode::NotKept), "given up, rather than half of it");
    let again = Stream { first: 20_001, every: 5, size: 1_100 };
    for index in 20_001..20_100 {
        again.push(&mut kept, index);
    }
    assert!(kept.grab(again.timestamp(20_090)).is_ok(), "a keyframe starts it anew");
}

#[test]
fn packets_of_a_byte_count_too() {
    let mut kept = Kept::default();
    for index in 0..1_000_000 {
        kept.push(clock()(0), index == 0, Piece { index, timestamp: 5, marker: false, payload: &[1] });
    }
    assert!(kept.memory() <= 2 * MAX_BYTES + SPARE_BYTES, "{}", kept.memory());
}

proptest! {
    /// Whatever is lost or late: what is found begins with a keyframe, has no gap, and ends with a whole frame that is
    /// not later than the one asked for.
    #[test]
    fn never_over_a_gap(
        lost in prop::collection::hash_set(0u64..300, 0..12),
        shuffled in prop::collection::vec((0u64..300, 0u64..300), 0..20),
        wanted in 0u64..300,
    ) {
        let (stream, mut kept) = (Stream { first: 0, every: 20, size: 12 }, Kept::default());
        let mut order: Vec<u64> = (0..300).collect();
        shuffled.iter().for_each(|(a, b)| order.swap(*a as usize, *b as usize));
        for index in order.into_iter().filter(|index| !lost.contains(index)) {
            stream.push(&mut kept, index);
        }
        if let Ok(grabbed) = kept.grab(stream.timestamp(wanted)) {
            let index = |blob: &Blob| u64::from_be_bytes(blob.0[..8].try_into().unwrap());
            let (first, last) = (index(&grabbed.packets[0].1), index(&grabbed.packets.last().unwrap().1));
            prop_assert_eq!(first % (20 * PARTS), 0);
            prop_assert_eq!(last % PARTS, PARTS - 1);
            prop_assert!(stream.frame(last) <= stream.frame(wanted));
            prop_assert_eq!(grabbed.packets, stream.between(first, last + 1));
        }
    }
}
