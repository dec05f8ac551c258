//! Compound RTCP packets, every list in them read to its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_core::rtcp::{Rtcp, parse, round_trip};
use sefaw_core::twcc::SentLog;

fuzz_target!(|compound: &[u8]| {
    let (mut log, mut missing) = (SentLog::default(), Vec::new());
    (0..100).for_each(|n| log.sent((1, n.into()), [0, n, 0], 1000));
    for message in parse(compound) {
        let items = match message {
            Err(_) => continue,
            Ok(Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. }) => {
                blocks.filter(|block| round_trip(1 << 40, block).is_some_and(|trip| trip.as_secs() <= 32_768)).count()
            }
            Ok(Rtcp::Nack { lost, .. }) => lost.count() / 17,
            Ok(Rtcp::Fir { entries, .. }) => entries.count(),
            Ok(Rtcp::Remb { ssrcs, .. } | Rtcp::Bye { ssrcs }) => ssrcs.count(),
            Ok(Rtcp::TransportCc(feedback)) => {
                let measured = log.measure(&feedback, &mut missing);
                assert!(missing.len() <= 100, "and is missing once");
                assert!(measured.arrived + measured.lost <= 100, "each packet counts once");
                feedback.packets().count() / 8_191
            }
            Ok(Rtcp::Sdes | Rtcp::Pli { .. } | Rtcp::Other { .. }) => 0,
        };
        assert!(items <= compound.len());
    }
});
