//! What a track's frames are grabbed from: its packets since the last keyframe, and those of some seconds before, in
//! the clear. Only for tracks whose stills matter (a probe's); bounded in bytes, so the publisher is asked for a
//! keyframe before it overflows.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::grab::{Grabbed, Piece, grab};
use crate::port::RefuseCode;
use crate::serial::diff32;

/// 24 s at 2 Mbit/s. What it takes to decode them is a second or two.
const MAX_BYTES: usize = 6 << 20;

/// From here on a keyframe is asked for, and again at every further step: it comes long before the end.
const ASK_FROM: usize = MAX_BYTES / 4 * 3;
const ASK_STEP: usize = MAX_BYTES / 16;

/// A still is asked of the publisher first: until that has failed, the frame must not be gone.
const KEEP: Duration = Duration::from_secs(8);

/// Runs of packets, each from a keyframe on: keyframes are asked for every 300 ms at most.
const MAX_RUNS: usize = 32;

/// Memory that a run holds on to when it is used again.
const SPARE_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, Copy)]
struct Place {
    index: u64,
    timestamp: u32,
    marker: bool,
    start: usize,
    end: usize,
}

/// From a keyframe up to the next.
#[derive(Debug)]
struct Run {
    began: Instant,
    /// Of the keyframe.
    timestamp: u32,
    index: u64,
    /// In the order of their coming: late ones at the end.
    places: Vec<Place>,
    bytes: Vec<u8>,
}

impl Run {
    fn push(&mut self, piece: Piece<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(piece.payload);
        let (index, timestamp, marker, end) = (piece.index, piece.timestamp, piece.marker, self.bytes.len());
        self.places.push(Place { index, timestamp, marker, start, end });
    }

    /// Bytes that it takes, packets of a byte included.
    fn size(&self) -> usize {
        self.bytes.len() + self.places.len() * size_of::<Place>()
    }

    fn piece(&self, place: Place) -> Piece<'_> {
        let payload = self.bytes.get(place.start..place.end).unwrap_or_default();
        Piece { index: place.index, timestamp: place.timestamp, marker: place.marker, payload }
    }
}

/// One per kept track. In a steady stream nothing is allocated but where a run is longer than those before.
#[derive(Debug, Default)]
pub struct Kept {
    runs: VecDeque<Run>,
    spare: Option<Run>,
    size: usize,
    /// Where the next keyframe is asked for.
    ask_at: usize,
}

impl Kept {
    /// Keep a packet. True: ask for a keyframe.
    pub fn push(&mut self, now: Instant, keyframe: bool, piece: Piece<'_>) -> bool {
        if keyframe && self.runs.back().is_none_or(|run| run.timestamp != piece.timestamp && piece.index > run.index) {
            self.begin(now, piece);
        } else if let Some(run) = self.run_of(piece) {
            run.push(piece);
        } else {
            return false;
        }
        self.size += piece.payload.len() + size_of::<Place>();
        self.make_room();
        self.is_time_to_ask()
    }

    /// The source changed: other timestamps.
    pub fn clear(&mut self) {
        *self = Kept::default();
    }

    /// # Errors
    /// `NotKept`.
    pub fn grab(&self, wanted: u32) -> Result<Grabbed, RefuseCode> {
        let run = self.runs.iter().rev().find(|run| diff32(wanted, run.timestamp) >= 0).ok_or(RefuseCode::NotKept)?;
        let mut places = run.places.clone();
        places.sort_unstable_by_key(|place| place.index);
        grab(places.into_iter().map(|place| run.piece(place)), wanted)
    }

    #[cfg(test)]
    pub fn memory(&self) -> usize {
        let held = |run: &Run| run.bytes.capacity() + run.places.capacity() * size_of::<Place>();
        self.runs.iter().chain(&self.spare).map(held).sum()
    }

    /// The run that a packet belongs to: late ones to an earlier run.
    fn run_of(&mut self, piece: Piece<'_>) -> Option<&mut Run> {
        let belongs = |run: &&mut Run| run.index <= piece.index || run.timestamp == piece.timestamp;
        let run = self.runs.iter_mut().rev().find(belongs)?;
        // The keyframe's first packet came late.
        run.index = run.index.min(piece.index);
        Some(run)
    }

    #[cold]
    fn begin(&mut self, now: Instant, piece: Piece<'_>) {
        while self.runs.len() >= MAX_RUNS || self.is_old(now) {
            self.forget_first();
        }
        let mut run = self.spare.take().unwrap_or_else(|| Run {
            began: now,
            timestamp: 0,
            index: 0,
            places: Vec::new(),
            bytes: Vec::new(),
        });
        (run.began, run.timestamp, run.index) = (now, piece.timestamp, piece.index);
        self.take_over(&mut run, piece);
        self.size += run.size();
        run.push(piece);
        self.runs.push_back(run);
        self.ask_at = ASK_FROM;
    }

    /// The rest of a keyframe whose beginning came late stands in the run before.
    fn take_over(&mut self, run: &mut Run, first: Piece<'_>) {
        let Some(before) = self.runs.back_mut() else { return };
        if before.places.iter().all(|place| place.index < first.index) {
            return;
        }
        let places = std::mem::take(&mut before.places);
        let (earlier, later): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.index < first.index);
        before.places = earlier;
        self.size = self.size.saturating_sub(later.len() * size_of::<Place>());
        later.into_iter().for_each(|place| run.push(before.piece(place)));
    }

    /// Is the first run of no use any more: have others been there for so long?
    fn is_old(&self, now: Instant) -> bool {
        self.runs.get(1).is_some_and(|second| now.saturating_duration_since(second.began) > KEEP)
    }

    fn forget_first(&mut self) {
        let Some(mut run) = self.runs.pop_front() else { return };
        self.size = self.size.saturating_sub(run.size());
        run.places.clear();
        run.bytes.clear();
        run.bytes.shrink_to(SPARE_BYTES);
        run.places.shrink_to(SPARE_BYTES / size_of::<Place>());
        self.spare = Some(run);
    }

    fn make_room(&mut self) {
        while self.size > MAX_BYTES {
            self.forget_first();
        }
    }

    fn is_time_to_ask(&mut self) -> bool {
        let due = self.runs.back().is_some_and(|run| run.size() >= self.ask_at);
        if due {
            self.ask_at += ASK_STEP;
        }
        due
    }
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
