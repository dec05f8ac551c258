//! The recorder against the reader of `rtcp`, and its bounds.

use super::*;
use crate::rtcp::{Feedback, Rtcp, parse};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[allow(clippy::disallowed_methods, reason = "an arbitrary zero")]
fn start() -> Instant {
    Instant::now()
}

fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

/// All that is due, as (sequence number, arrival in µs) messages; checks the framing on the way.
fn drain(recorder: &mut TwccRecorder, now: Instant) -> Vec<Vec<(u16, Option<i64>)>> {
    let mut messages = Vec::new();
    let mut out = Vec::new();
    while recorder.poll(now, 1, 2, &mut out) {
        assert!(out.len() < 1_000, "{} bytes", out.len());
        let read: Vec<Rtcp> = parse(&out).map(Result::unwrap).collect();
        let [Rtcp::TransportCc(feedback)] = &read[..] else { panic!("{read:?}") };
        messages.push(all_of(feedback));
        out.clear();
    }
    messages
}

fn all_of(feedback: &Feedback) -> Vec<(u16, Option<i64>)> {
    let packets: Vec<_> = feedback.packets().collect();
    assert_eq!(packets.len(), usize::from(feedback.count), "every status has its delta");
    packets
}

#[test]
fn due_after_the_interval_or_when_much_has_come() {
    let (zero, mut out) = (start(), Vec::new());
    let mut recorder = TwccRecorder::new(zero);
    assert_eq!(recorder.poll_timeout(), None);
    recorder.on_packet(zero + ms(10), 5);
    assert_eq!(recorder.poll_timeout(), Some(zero + ms(60)));
    assert!(!recorder.poll(zero + ms(59), 1, 2, &mut out) && out.is_empty());
    for sequence in 6..300 {
        recorder.on_packet(zero + ms(11), sequence);
    }
    let messages = drain(&mut recorder, zero + ms(12));
    assert_eq!(messages.iter().map(Vec::len).collect::<Vec<_>>(), [250, 45]);
    assert_eq!(recorder.poll_timeout(), None);
}

/// By hand, after 3.1: base 65535, three packets, the middle one lost; one small delta, one large.
#[test]
fn bytes_of_a_message() {
    let (zero, mut out) = (start(), Vec::new());
    let mut recorder = TwccRecorder::new(zero);
    recorder.on_packet(zero + ms(65), 65_535);
    recorder.on_packet(zero + ms(165), 1);
    assert!(recorder.poll(zero + ms(200), 0xA, 0xB, &mut out));
    let expected = [
        0x8F, 205, 0, 6, 0, 0, 0, 0xA, 0, 0, 0, 0xB, // header
        0xFF, 0xFF, 0, 3, 0, 0, 1, 0, // base, count, 64 ms, message 0
        0xD2, 0x00, // vector of small, missing, large
        4, 0x01, 0x90, // 1 ms, 100 ms
        0, 0, 0,
    ];
    assert_eq!(out, expected);
}

#[test]
fn loss_between_messages_is_reported_in_the_next() {
    let zero = start();
    let mut recorder = TwccRecorder::new(zero);
    recorder.on_packet(zero, 10);
    drain(&mut recorder, zero + ms(50));
    recorder.on_packet(zero + ms(60), 13);
    let messages = drain(&mut recorder, zero + ms(110));
    assert_eq!(messages, [[(11, None), (12, None), (13, Some(60_000))]]);
}

#[test]
fn a_late_packet_is_told_of_alone() {
    let zero = start();
    let mut recorder = TwccRecorder::new(zero);
    for sequence in [10, 13, 14] {
        recorder.on_packet(zero, sequence);
    }
    drain(&mut recorder, zero + ms(50));
    for sequence in [11, 15] {
        recorder.on_packet(zero + ms(60), sequence);
    }
    assert_eq!(drain(&mut recorder, zero + ms(110)), [[(11, Some(60_000))], [(15, Some(60_000))]]);
}

/// str0m 0.25 allocated without bound here until the process died.
#[test]
fn jumps_cost_nothing() {
    let zero = start();
    let mut recorder = TwccRecorder::new(zero);
    for sequence in [0, 1, 40_001, 7, 50_000] {
        recorder.on_packet(zero, sequence);
    }
    let messages = drain(&mut recorder, zero + ms(50));
    assert!(messages.iter().map(Vec::len).sum::<usize>() <= 10, "{messages:?}");
    assert!(recorder.arrivals.capacity() <= 8);
}

#[test]
fn bounded_when_nobody_polls() {
    let zero = start();
    let mut recorder = TwccRecorder::new(zero);
    for n in 0..100_000u32 {
        recorder.on_packet(zero, n as u16);
    }
    assert!(recorder.arrivals.capacity() <= MAX_ARRIVALS);
    assert_eq!(drain(&mut recorder, zero + ms(50)).iter().map(Vec::len).sum::<usize>(), MAX_ARRIVALS);
}

proptest! {
    /// Every arrival is reported once, with its time to a tick; nothing else is reported as received.
    #[test]
    fn reports_what_arrived(
        first: u16,
        steps in prop::collection::vec((prop_oneof![8 => 1u16..2, 3 => 2u16..40, 1 => 900u16..1_200], 0u64..200_000), 1..600),
        swap in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let zero = start();
        let mut recorder = TwccRecorder::new(zero);
        let mut sequence = first;
        let mut sequences: Vec<u16> = steps.iter().map(|(step, _)| { sequence = sequence.wrapping_add(*step); sequence }).collect();
        for at in &swap {
            let at = at.index(sequences.len());
            sequences.swap(at, at.saturating_sub(1));
        }
        let (mut expected, mut reported, mut now) = (BTreeMap::new(), BTreeMap::new(), zero);
        for (n, (sequence, (_, micros))) in sequences.iter().zip(&steps).enumerate() {
            now += Duration::from_micros(*micros);
            recorder.on_packet(now, *sequence);
            expected.insert((n / 500, *sequence), now.duration_since(zero).as_micros() as i64);
            if n % 500 == 499 || n + 1 == steps.len() {
                now += INTERVAL;
                for (sequence, time) in drain(&mut recorder, now).into_iter().flatten() {
                    if let Some(time) = time {
                        prop_assert_eq!(reported.insert((n / 500, sequence), time), None);
                    }
                }
            }
        }
        prop_assert_eq!(reported.len(), expected.len());
        for (sequence, time) in expected {
            let told = reported[&sequence];
            prop_assert!((0..250).contains(&(time - told)), "{:?}: {} told {}", sequence, time, told);
        }
    }

    #[test]
    fn bounded_whatever_comes(packets in prop::collection::vec((any::<u16>(), 0u64..20_000), 0..300)) {
        let zero = start();
        let (mut recorder, mut now) = (TwccRecorder::new(zero), zero);
        for (sequence, ms) in packets {
            now += Duration::from_millis(ms);
            recorder.on_packet(now, sequence);
            drain(&mut recorder, now);
            prop_assert!(recorder.arrivals.len() <= MAX_ARRIVALS);
        }
    }
}
