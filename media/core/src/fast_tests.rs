//! Coalescing, order and base64.

use proptest::prelude::*;

use super::*;

fn message(kind: u8, epoch: u16, counter: u32) -> Vec<u8> {
    let mut bytes = vec![VERSION, kind];
    bytes.extend(epoch.to_be_bytes());
    bytes.extend(counter.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(b"body");
    bytes
}

#[test]
fn the_latest_of_a_kind_wins_and_waits_its_turn() {
    #[allow(clippy::disallowed_methods)] // the zero of a test
    let zero = Instant::now();
    let at = |ms| zero + Duration::from_millis(ms);
    let mut lane = FastLane::default();
    assert!(lane.put(1, &message(3, 0, 1)));
    assert_eq!(lane.poll(at(0)), Some((1, message(3, 0, 1))), "the first at once");
    assert!(lane.put(1, &message(3, 0, 2)));
    assert!(lane.put(1, &message(3, 0, 4)));
    assert!(!lane.put(1, &message(3, 0, 3)), "late");
    assert_eq!(lane.poll(at(15)), None);
    assert_eq!(lane.deadline(), Some(at(16)));
    assert_eq!(lane.poll(at(16)), Some((1, message(3, 0, 4))));
    assert_eq!(lane.deadline(), None);
    assert!(lane.put(1, &message(3, 1, 0)), "a new epoch starts its counters anew");
    assert!(lane.put(2, &message(3, 0, 1)), "senders do not hinder each other");
}

#[test]
fn malformed_and_too_many_are_refused() {
    let mut lane = FastLane::default();
    assert!(!lane.put(1, &[]));
    assert!(!lane.put(1, &[9, 0, 0, 0, 0, 0, 0, 1, 0, 0]));
    assert_eq!(sign(&[1; 9], 7), None);
    assert_eq!(&sign(&message(1, 0, 1), 0x0107).unwrap()[SENDER], [1, 7]);
    let accepted = (0..1000u64).filter(|sender| lane.put(*sender, &message(0, 0, 1))).count();
    assert_eq!(accepted, MAX_PENDING);
}

proptest! {
    #[test]
    fn base64_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(base64::decode(&base64::encode(&bytes)), Some(bytes));
    }
}

#[test]
fn base64_refuses_nonsense() {
    assert_eq!(base64::encode(b"Sefaw"), "U2VmYXc=");
    for text in ["a", "ab!=", "====", "ab=c"] {
        assert!(base64::decode(text).is_none_or(|bytes| bytes.is_empty()), "{text}");
    }
}
