//! Whatever numbers an authenticated peer puts into its packets: NACK queue, retransmission ring, transport-wide feedback
//! and reception statistics stay bounded, and the feedback can be read.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sefaw_core::nack::NackQueue;
use sefaw_core::rtcp::{Reception, Rtcp, parse};
use sefaw_core::rtp::RtpHeader;
use sefaw_core::rtx::Ring;
use sefaw_core::serial::unwrap16;
use sefaw_core::twcc::TwccRecorder;
use std::time::{Duration, Instant};

#[derive(Debug, Arbitrary)]
struct Step {
    sequence: u16,
    transport: u16,
    timestamp: u32,
    ms: u8,
    len: u8,
    poll: bool,
}

fuzz_target!(|steps: Vec<Step>| {
    let start = Instant::now();
    let mut now = start;
    let (mut queue, mut ring) = (NackQueue::new(), Ring::new());
    let (mut recorder, mut reception) = (TwccRecorder::new(start), Reception::new(90_000));
    let mut highest = 0;
    for step in steps {
        now += Duration::from_millis(u64::from(step.ms));
        let index = unwrap16(highest, step.sequence);
        highest = highest.max(index);
        let mut packet = vec![0x80; 12 + usize::from(step.len)];
        packet[2..4].copy_from_slice(&step.sequence.to_be_bytes());
        let header = RtpHeader::parse(&packet).expect("a plain header");
        queue.on_packet(now, index);
        ring.push(now, index, &header, &packet);
        assert!(ring.get(now, index).is_none_or(|kept| kept.index == index));
        recorder.on_packet(now, step.transport);
        reception.on_packet(now, index, step.timestamp);
        if step.poll {
            poll(now, &mut queue, &mut recorder, &mut reception);
        }
    }
    assert!(ring.memory() < 600_000);
    assert!(ring.iter_from(0).map(|packet| packet.index).is_sorted());
});

fn poll(now: Instant, queue: &mut NackQueue, recorder: &mut TwccRecorder, reception: &mut Reception) {
    assert!(queue.poll(now, Duration::from_millis(40)).len() <= 512);
    assert!(reception.report(now, 1).is_some());
    let mut out = Vec::new();
    while recorder.poll(now, 1, 2, &mut out) {
        let mut messages = parse(&out);
        let Some(Ok(Rtcp::TransportCc(feedback))) = messages.next() else {
            panic!("our own feedback is unreadable");
        };
        assert_eq!(feedback.packets().count(), usize::from(feedback.count));
        assert!(messages.next().is_none() && out.len() < 1_200);
        out.clear();
    }
}
