//! Coalescing, order and base64.

use proptest::prelude::*;

use super::*;

fn message(kind: u8, epoch: u16, counter: u32) -> Vec<u8> {
    on_lane(kind, 0, epoch, counter)
}

fn on_lane(kind: u8, lane: u8, epoch: u16, counter: u32) -> Vec<u8> {
    let mut bytes = vec![VERSION, kind, lane];
    bytes.extend(epoch.to_be_bytes());
    bytes.extend(counter.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(b"body");
    bytes
}

fn put(lane: &mut FastLane, from: PeerId, message: &[u8]) -> bool {
    lane.put(from, Header::parse(message).unwrap(), message.to_vec())
}

fn clock() -> impl Fn(u64) -> Instant {
    #[allow(clippy::disallowed_methods)] // the zero of a test
    let zero = Instant::now();
    move |ms| zero + Duration::from_millis(ms)
}

#[test]
fn the_latest_of_a_kind_wins_and_waits_its_turn() {
    let (at, mut lane) = (clock(), FastLane::default());
    assert!(put(&mut lane, 1, &message(3, 1, 1)));
    assert_eq!(lane.take(at(0)), [(1, message(3, 1, 1))], "the first at once");
    assert!(put(&mut lane, 1, &message(3, 1, 2)));
    assert!(put(&mut lane, 1, &message(3, 1, 4)));
    assert!(!put(&mut lane, 1, &message(3, 1, 3)), "late");
    assert_eq!(lane.take(at(15)), []);
    assert_eq!(lane.deadline(), Some(at(16)));
    assert_eq!(lane.take(at(16)), [(1, message(3, 1, 4))]);
    assert_eq!(lane.deadline(), None);
    assert!(put(&mut lane, 1, &message(3, 2, 0)), "a new lead starts its counters anew");
    assert!(put(&mut lane, 2, &message(3, 1, 1)), "senders do not hinder each other");
}

#[test]
fn lanes_and_kinds_do_not_hinder_each_other() {
    let (at, mut lane) = (clock(), FastLane::default());
    for (kind, viewport) in [(2, 0), (2, 1), (3, 0), (1, 0)] {
        assert!(put(&mut lane, 1, &on_lane(kind, viewport, 1, 7)), "{kind} {viewport}");
    }
    assert_eq!(lane.take(at(0)).len(), 4);
}

#[test]
fn pointers_go_together_and_the_leaders_picture_at_once() {
    let (at, mut lane) = (clock(), FastLane::default());
    assert!(put(&mut lane, 1, &message(1, 0, 1)));
    assert_eq!(lane.take(at(0)).len(), 1, "a lone pointer does not wait");
    for sender in 2..6 {
        assert!(put(&mut lane, sender, &message(1, 0, 1)));
        assert_eq!(lane.take(at(sender)), []);
    }
    assert_eq!(lane.deadline(), Some(at(16)));
    assert!(put(&mut lane, 1, &message(2, 1, 1)));
    assert_eq!(lane.take(at(9)), [(1, message(2, 1, 1))]);
    assert_eq!(lane.take(at(16)).len(), 4);
    assert_eq!(lane.deadline(), None);
    assert!(put(&mut lane, 1, &message(1, 0, 2)));
    assert_eq!(lane.take(at(40)).len(), 1, "nor does one after a while");
}

#[test]
fn a_pointer_s_epoch_does_not_order_it() {
    let mut lane = FastLane::default();
    assert!(put(&mut lane, 1, &message(1, 5, 10)));
    assert!(!put(&mut lane, 1, &message(1, 6, 9)));
    assert!(put(&mut lane, 1, &message(1, 0, 11)));
    assert!(put(&mut lane, 2, &message(1, 0, u32::MAX)));
    assert!(put(&mut lane, 2, &message(1, 0, 3)), "round the corner");
}

#[test]
fn rights() {
    let header = |kind, epoch| Header::parse(&message(kind, epoch, 1)).unwrap();
    let (nobody, watcher, leader) =
        (Rights { sender: None, lead: 4 }, Rights { sender: Some(1), lead: 0 }, Rights { sender: Some(1), lead: 4 });
    for kind in [0, 1, 16, 255] {
        assert!(watcher.allow(header(kind, 0)) && leader.allow(header(kind, 3)) && !nobody.allow(header(kind, 4)));
    }
    for kind in 2..16 {
        assert!(leader.allow(header(kind, 4)) && !leader.allow(header(kind, 3)) && !leader.allow(header(kind, 0)));
        assert!(!watcher.allow(header(kind, 4)) && !watcher.allow(header(kind, 0)), "0 is nobody's lead");
        assert!(!nobody.allow(header(kind, 4)));
    }
}

#[test]
fn what_waits_of_a_lead_that_ended_stays() {
    let (at, mut lane) = (clock(), FastLane::default());
    for counter in [1, 2] {
        assert!(put(&mut lane, 1, &message(2, 4, counter)) && put(&mut lane, 1, &message(1, 0, counter)));
        if counter == 1 {
            assert_eq!(lane.take(at(0)).len(), 2);
        }
    }
    lane.restrict(1, Rights { sender: Some(1), lead: 0 });
    assert_eq!(lane.take(at(16)), [(1, message(1, 0, 2))]);
    assert_eq!((lane.take(at(16)), lane.deadline()), (Vec::new(), None));
}

#[test]
fn malformed_and_too_many_are_refused() {
    assert_eq!(Header::parse(&[]), None);
    assert_eq!(Header::parse(&[9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]), None);
    assert_eq!(Header::parse(&[1; 10]), None);
    assert_eq!(&sign(&message(1, 0, 1), 0x0107).unwrap()[SENDER], [1, 7]);
    let mut lane = FastLane::default();
    let of_one = (0..=255).filter(|viewport| put(&mut lane, 1, &on_lane(1, *viewport, 0, 1))).count();
    assert_eq!(of_one, MAX_LANES);
    let of_all = (2..1000u64).filter(|sender| put(&mut lane, *sender, &message(0, 0, 1))).count();
    assert_eq!(of_all, MAX_ENTRIES - MAX_LANES);
    lane.forget(1);
    assert!(put(&mut lane, 1000, &message(0, 0, 1)));
}

/// Python, TypeScript and this file read the same vectors.
#[test]
fn the_golden_headers() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../../../tests/golden/fast.json")).unwrap();
    let messages = golden["messages"].as_array().unwrap();
    assert!(messages.len() >= 4);
    for message in messages {
        let bytes = crate::hex::hex(message["hex"].as_str().unwrap());
        let number = |name: &str| message["header"][name].as_u64().unwrap();
        let header = Header::parse(&bytes).unwrap();
        let read = [u64::from(header.lane), u64::from(header.epoch), u64::from(header.counter)];
        assert_eq!(read, [number("lane"), number("epoch"), number("counter")]);
        let kind = ["pointer", "area", "voi", "image"].iter().position(|name| message["kind"] == *name).unwrap() + 1;
        assert_eq!(usize::from(header.kind), kind);
        assert_eq!(header.is_lead(), kind > 1);
        assert_eq!(sign(&bytes, number("sender") as u16).unwrap(), bytes, "where the sender stands");
    }
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
