//! The floor against links of every kind.

use proptest::prelude::*;

use super::*;

const FACE: u8 = 3;
const PROBE: u8 = 0;

/// A link, and who is asked every half second; remembers what changed and when (ms).
struct Run {
    zero: Instant,
    ms: u64,
    floor: Floor,
    sent: u64,
    changes: Vec<(u64, Change)>,
}

impl Run {
    fn new() -> Run {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        Run { zero, ms: 0, floor: Floor::default(), sent: 0, changes: Vec::new() }
    }

    /// `seconds` of feedback: of 100 packets a second so many per mille are lost, and the rest waits so long.
    fn pass(&mut self, seconds: u64, lost: u64, wait_ms: u64) -> &mut Run {
        self.pass_of(seconds, lost, wait_ms, 1000)
    }

    fn pass_of(&mut self, seconds: u64, lost: u64, wait_ms: u64, len: u64) -> &mut Run {
        for _ in 0..seconds * 10 {
            self.ms += 100;
            self.sent += 10 * len;
            // Ten packets each time; what a tenth of a second owes in fractions of a packet, a later one pays.
            let lost = (lost * self.ms / 10_000 - lost * (self.ms - 100) / 10_000) as u32;
            let arrived = 10 - lost;
            let wait_us = (arrived > 0).then_some(wait_ms * 1000);
            self.floor.on_measured(&Measured { arrived, lost, bytes: u64::from(arrived) * len, wait_us });
            self.poll();
        }
        self
    }

    fn poll(&mut self) {
        let now = self.zero + Duration::from_millis(self.ms);
        if let Some(change) = self.floor.poll(now, &[PROBE, FACE], self.sent) {
            self.changes.push((self.ms, change));
        }
    }

    fn kinds(&self) -> Vec<(u64, bool)> {
        self.changes.iter().map(|(ms, change)| (*ms, matches!(change, Change::Suspend { .. }))).collect()
    }
}

/// A report every two seconds makes steps of two seconds: what was sent in them is measured by them.
#[test]
fn rare_feedback_makes_a_link_neither_faster_nor_overrun() {
    let mut run = Run::new();
    run.floor.on_remb(90_000);
    for _ in 0..10 {
        run.ms += 2000;
        run.sent += 20_000; // 80 kbit/s: less than it says that it takes
        run.floor.on_report(0);
        run.poll();
    }
    assert_eq!(run.changes, []);
    assert_eq!(run.floor.kbps(), 80);
}

#[test]
fn a_good_link_and_ten_per_cent_of_loss_change_nothing() {
    let mut run = Run::new();
    run.pass(60, 0, 5).pass(60, 100, 30).pass(60, 200, 300);
    assert_eq!(run.changes, []);
    assert!(run.floor.allows(FACE));
}

#[test]
fn two_seconds_of_heavy_loss_take_the_face_and_then_the_probe() {
    let mut run = Run::new();
    run.pass(10, 0, 0).pass(3, 400, 0);
    assert_eq!(run.changes.len(), 1, "{:?}", run.changes);
    let (ms, change) = run.changes[0];
    assert!((11_500..=13_000).contains(&ms), "{ms}");
    let Change::Suspend { kbps } = change else { panic!("{change:?}") };
    assert!((400..800).contains(&kbps), "{kbps}");
    assert!(run.floor.allows(PROBE) && !run.floor.allows(FACE));
    run.pass(6, 400, 0);
    assert!(!run.floor.allows(PROBE), "{:?}", run.changes);
}

#[test]
fn a_second_without_anything_is_no_weak_link() {
    let mut run = Run::new();
    for _ in 0..10 {
        run.pass(1, 1000, 0).pass(5, 0, 0);
    }
    assert_eq!(run.changes, []);
}

#[test]
fn a_link_that_carries_next_to_nothing_loses_all_pictures_at_once() {
    let mut run = Run::new();
    run.pass(5, 0, 0).pass_of(3, 900, 0, 1000);
    assert_eq!(run.changes.len(), 1);
    assert!(!run.floor.allows(PROBE) && !run.floor.allows(FACE));
}

#[test]
fn a_queue_that_never_drains_counts_and_a_short_one_does_not() {
    let mut run = Run::new();
    run.pass(5, 0, 0);
    for _ in 0..10 {
        run.pass(1, 0, 900).pass(1, 0, 100);
    }
    assert_eq!(run.changes, []);
    run.pass(3, 0, 900);
    assert_eq!(run.changes.len(), 1);
}

#[test]
fn resuming_backs_off_and_a_proven_link_starts_over() {
    let mut run = Run::new();
    run.pass(2, 0, 0);
    // Sound alone passes; as soon as pictures come, most is lost.
    while run.ms < 400_000 {
        if run.floor.allows(PROBE) {
            run.pass(1, 900, 0)
        } else {
            run.pass(1, 0, 0)
        };
    }
    let waits: Vec<u64> = run.kinds().windows(2).filter(|pair| pair[0].1).map(|pair| pair[1].0 - pair[0].0).collect();
    let backs_off = waits.iter().zip([10, 20, 40, 80, 160]).all(|(wait, s)| (s * 1000..s * 1000 + 1000).contains(wait));
    assert!(backs_off && waits.len() >= 4, "{waits:?}");
    run.pass(300, 0, 0).pass(5, 900, 0).pass(11, 0, 0);
    let last: Vec<(u64, bool)> = run.kinds().split_off(run.changes.len() - 2);
    assert!(last[0].1 && !last[1].1 && last[1].0 - last[0].0 < 11_000, "{last:?}");
}

#[test]
fn the_probe_comes_back_before_the_face() {
    let mut run = Run::new();
    run.pass(2, 0, 0).pass(3, 900, 0).pass(9, 0, 0);
    assert!(run.floor.allows(PROBE) && !run.floor.allows(FACE), "{:?}", run.changes);
    run.pass(11, 0, 0);
    assert!(run.floor.allows(FACE), "{:?}", run.changes);
}

#[test]
fn a_receiver_that_takes_less_than_it_is_sent_is_believed() {
    let mut run = Run::new();
    run.floor.on_remb(60_000);
    run.pass(4, 0, 0);
    assert_eq!(run.changes.len(), 1);
    let mut small = Run::new();
    small.floor.on_remb(60_000);
    small.pass_of(20, 0, 0, 50);
    assert_eq!(small.changes, [], "40 kbit/s fit into 60");
}

#[test]
fn receiver_reports_stand_in_where_there_is_no_other_feedback() {
    let mut run = Run::new();
    for second in 0..9u8 {
        run.ms += 1000;
        run.sent += 50_000;
        run.floor.on_report(if second < 5 { 20 } else { 100 });
        run.poll();
    }
    assert_eq!(run.changes.len(), 1, "{:?}", run.changes);
    run.pass(20, 0, 0);
    run.floor.on_report(255);
    run.pass(3, 0, 0);
    assert!(run.changes.iter().filter(|(_, change)| matches!(change, Change::Suspend { .. })).count() == 1);
}

proptest! {
    #[test]
    fn it_never_flaps_faster_than_its_back_off(
        links in prop::collection::vec((1u64..12, 0u64..1000, 0u64..1500), 1..60)
    ) {
        let mut run = Run::new();
        for (seconds, lost, wait) in links {
            run.pass(seconds, lost, wait);
        }
        for pair in run.kinds().windows(2) {
            let between = Duration::from_millis(pair[1].0 - pair[0].0);
            let least = match (pair[0].1, pair[1].1) {
                (_, false) => BACK_OFF,
                (true, true) => SETTLE,
                (false, true) => STEP * STEPS_ON_TRIAL as u32,
            };
            prop_assert!(between + STEP / 5 >= least, "{:?} after {:?}", pair, between);
        }
    }
}
