//! The floor: when a watcher's link cannot even carry its sound, its pictures are suspended so that the sound goes on,
//! and tried again later, ever more rarely. Sound is never touched. Sans-IO and without knowledge of tracks: pictures
//! are ranks here, the highest is given up first.
//!
//! No estimator: it makes a bad link usable, it does not find out what a good one would carry.

use std::time::{Duration, Instant};

use crate::twcc::Measured;

/// Figures are gathered in steps of this, and looked at over [`STEPS`] of them: a roaming phone's outage and a burst that
/// retransmission repairs are over by then, and a doctor who hears only every third word has not yet hung up.
const STEP: Duration = Duration::from_millis(500);
const STEPS: usize = 4;

/// Freshly resumed pictures are judged after half of that: they were given up once, and the sound is at stake.
const STEPS_ON_TRIAL: usize = 2;
const TRIAL: Duration = Duration::from_secs(10);

/// Loss from which neither Opus' concealment nor retransmission keeps up, and a picture freezes more than it moves.
/// Random loss of 10 % is well below.
const LOST_PER_MILLE: u64 = 250;
/// What is lost of fewer packets is chance.
const FEWEST: u64 = 25;

/// A queue that never drains below this makes talking impossible (ITU-T G.114 calls 400 ms one way the limit).
const STANDING_US: u64 = 700_000;

/// A receiver that says so little (REMB), and is sent more, has no room for a picture beside 40 kbit/s of sound.
const REMB_BPS: u64 = 100_000;

/// A link that still carries less than this has no room for any picture: no use in giving up one after the other.
const ANY_PICTURE_KBPS: u32 = 150;

/// After pictures went, the queue that they left drains first.
const SETTLE: Duration = Duration::from_secs(3);

/// Before they are tried again: the sound shall be whole for most of the time.
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(160);
/// A link that has carried all pictures for so long starts with the shortest back-off again.
const PROVEN: Duration = Duration::from_secs(60);

/// All ranks are below.
const NONE: u8 = u8::MAX;

/// What is to change. `kbps`: what the link carried lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Suspend { kbps: u32 },
    Resume { kbps: u32 },
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    arrived: u64,
    lost: u64,
    bytes: u64,
    /// The shortest wait; `None` = nothing arrived.
    wait_us: Option<u64>,
    /// How long the step was: longer than [`STEP`] where feedback is rare.
    ms: u64,
    /// The receiver said that it takes less than it is sent.
    overrun: bool,
}

/// One per peer that watches.
#[derive(Debug)]
pub struct Floor {
    /// Pictures of this rank and above are suspended.
    cut: u8,
    buckets: [Bucket; STEPS],
    /// Whole steps gathered since the last change.
    whole: usize,
    turns: Option<Instant>,
    remb_bps: Option<u64>,
    /// There is transport-wide feedback: it says more than receiver reports do.
    measured: bool,
    sent_before: u64,
    changed: Option<Instant>,
    /// The last change was a resumption.
    tried: bool,
    back_off: Duration,
}

impl Default for Floor {
    fn default() -> Floor {
        Floor {
            cut: NONE,
            buckets: [Bucket::default(); STEPS],
            whole: 0,
            turns: None,
            remb_bps: None,
            measured: false,
            sent_before: 0,
            changed: None,
            tried: false,
            back_off: BACK_OFF,
        }
    }
}

impl Floor {
    /// May a picture of this rank be sent?
    #[inline]
    #[must_use]
    pub fn allows(&self, rank: u8) -> bool {
        rank < self.cut
    }

    /// What transport-wide feedback told.
    pub fn on_measured(&mut self, measured: &Measured) {
        self.measured = true;
        let bucket = &mut self.buckets[0];
        bucket.arrived += u64::from(measured.arrived);
        bucket.lost += u64::from(measured.lost);
        bucket.bytes += measured.bytes;
        if let Some(wait) = measured.wait_us {
            bucket.wait_us = Some(bucket.wait_us.map_or(wait, |shortest| shortest.min(wait)));
        }
    }

    /// A receiver report's fraction lost, in 1/256. Stands in for transport-wide feedback where there is none.
    pub fn on_report(&mut self, lost: u8) {
        if self.measured {
            return;
        }
        let bucket = &mut self.buckets[0];
        bucket.arrived += 256 - u64::from(lost);
        bucket.lost += u64::from(lost);
    }

    /// REMB: what the receiver thinks that it can take, until it says something else.
    pub fn on_remb(&mut self, bps: u64) {
        self.remb_bps = Some(bps);
    }

    /// When to call [`Floor::poll`] though nothing has come: only while pictures wait to be tried again.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let due = self.changed.filter(|_| self.cut != NONE)? + self.back_off;
        Some(self.turns.map_or(due, |turns| due.max(turns)))
    }

    /// Has [`Floor::poll`] anything to look at?
    #[inline]
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        self.turns.is_none_or(|turns| turns <= now)
    }

    /// Call after feedback and when [`Floor::deadline`] is over. `ranks`: of the pictures that this peer shows or wants;
    /// `sent`: bytes sent to it since it joined.
    pub fn poll(&mut self, now: Instant, ranks: &[u8], sent: u64) -> Option<Change> {
        let turns = *self.turns.get_or_insert(now + STEP);
        if now < turns {
            return None;
        }
        let ms = (STEP + now.saturating_duration_since(turns)).as_millis() as u64;
        self.turns = Some(now + STEP);
        let sent = sent - std::mem::replace(&mut self.sent_before, sent);
        let bucket = &mut self.buckets[0];
        let overrun = |bps: u64| bps < REMB_BPS && sent * 8 > bps * ms / 1000;
        bucket.ms = ms;
        bucket.overrun = self.remb_bps.is_some_and(overrun);
        if !self.measured {
            bucket.bytes = (sent * bucket.arrived).checked_div(bucket.arrived + bucket.lost).unwrap_or(sent);
        }
        self.whole = (self.whole + 1).min(STEPS);
        let change = self.judge(now, ranks);
        self.buckets.rotate_right(1);
        self.buckets[0] = Bucket::default();
        change
    }

    fn judge(&mut self, now: Instant, ranks: &[u8]) -> Option<Change> {
        let since = self.changed.map(|changed| now.saturating_duration_since(changed));
        let over = |time: Duration| since.is_some_and(|since| since >= time);
        let on_trial = self.tried && !over(TRIAL);
        let settled = self.tried || since.is_none() || over(SETTLE);
        if settled && self.is_bad(if on_trial { STEPS_ON_TRIAL } else { STEPS }) {
            return self.suspend(now, ranks);
        }
        if self.cut == NONE && over(PROVEN) {
            (self.changed, self.tried, self.back_off) = (None, false, BACK_OFF);
        }
        let due = self.cut != NONE && over(self.back_off) && !self.is_bad(STEPS_ON_TRIAL);
        due.then(|| self.resume(now, ranks))
    }

    fn suspend(&mut self, now: Instant, ranks: &[u8]) -> Option<Change> {
        let kbps = self.kbps();
        let shown = ranks.iter().copied().filter(|rank| self.allows(*rank));
        self.cut = if kbps < ANY_PICTURE_KBPS { shown.min() } else { shown.max() }?;
        if self.tried {
            self.back_off = (self.back_off * 2).min(LONGEST_BACK_OFF);
        }
        self.begin_anew(now, false);
        Some(Change::Suspend { kbps })
    }

    /// The picture that matters most comes first, the next one after another back-off.
    fn resume(&mut self, now: Instant, ranks: &[u8]) -> Change {
        let kbps = self.kbps();
        let suspended = || ranks.iter().copied().filter(|rank| *rank >= self.cut);
        let first = suspended().min();
        self.cut = suspended().filter(|rank| Some(*rank) != first).min().unwrap_or(NONE);
        self.begin_anew(now, true);
        Change::Resume { kbps }
    }

    fn begin_anew(&mut self, now: Instant, tried: bool) {
        (self.changed, self.tried) = (Some(now), tried);
        self.whole = 0;
        self.buckets = [Bucket::default(); STEPS];
    }

    /// Was it bad all the time, over the last `steps`?
    fn is_bad(&self, steps: usize) -> bool {
        if self.whole < steps {
            return false;
        }
        let seen = &self.buckets[..steps];
        let (arrived, lost) = seen.iter().fold((0, 0), |sum, step| (sum.0 + step.arrived, sum.1 + step.lost));
        // One short outage is not it: each step has its share.
        let each = seen.iter().all(|step| step.lost * 2000 >= (step.arrived + step.lost) * LOST_PER_MILLE);
        let losing = each && arrived + lost >= FEWEST && lost * 1000 >= (arrived + lost) * LOST_PER_MILLE;
        let standing = seen.iter().all(|step| step.wait_us.is_some_and(|wait| wait >= STANDING_US));
        losing || standing || seen.iter().all(|step| step.overrun)
    }

    /// What arrived in the last second.
    fn kbps(&self) -> u32 {
        let steps = self.whole.min(STEPS_ON_TRIAL);
        let (bits, ms) =
            self.buckets.iter().take(steps).fold((0, 0), |sum, one| (sum.0 + one.bytes * 8, sum.1 + one.ms));
        u64::checked_div(bits, ms).unwrap_or(0) as u32
    }
}

#[cfg(test)]
#[path = "floor_tests.rs"]
mod tests;
