//! Round trips of every message, RFC examples, and arbitrary bytes.

use super::*;
use crate::hex::hex;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn one(bytes: &[u8]) -> Rtcp<'_> {
    let mut messages = parse(bytes);
    let message = messages.next().unwrap().unwrap();
    assert!(messages.next().is_none());
    message
}

/// A compound packet as Chromium sends it: sender report, SDES, NACK, REMB.
#[test]
fn a_browsers_compound_packet() {
    let bytes = hex("80c80006 1f2e3d4c e4d7c5b6 80000000 00015f90 0000000a 00002710
         81ca0004 1f2e3d4c 01085869 6e67416e 00000000
         81cd0003 1f2e3d4c 0a0b0c0d fffe8001
         8fce0006 1f2e3d4c 00000000 52454d42 020a4cb8 0a0b0c0d 0a0b0c0e");
    let messages: Vec<Rtcp> = parse(&bytes).map(Result::unwrap).collect();
    let [
        Rtcp::SenderReport { report, blocks },
        Rtcp::Sdes,
        Rtcp::Nack { media_ssrc, lost, .. },
        Rtcp::Remb { bps, ssrcs, .. },
    ] = &messages[..]
    else {
        panic!("{messages:?}");
    };
    assert_eq!((report.rtp_timestamp, report.packets, report.octets), (90_000, 10, 10_000));
    assert_eq!(blocks.clone().count(), 0);
    assert_eq!((*media_ssrc, lost.clone().collect::<Vec<_>>()), (0x0a0b_0c0d, vec![0xFFFE, 0xFFFF, 14]));
    assert_eq!((*bps, ssrcs.clone().count()), (0x2_4cb8 << 2, 2));
}

/// An empty receiver report, then a length field that points past the end.
#[test]
fn an_error_ends_the_compound_packet() {
    let bytes = hex("80c90001 00000001 80c90009 00000001");
    let messages: Vec<_> = parse(&bytes).collect();
    assert!(matches!(messages[..], [Ok(Rtcp::ReceiverReport { sender_ssrc: 1, .. }), Err(RtcpError::TooShort)]));
    for (bytes, error) in [
        ("40c90001 00000001", RtcpError::Version),
        ("81c90001 00000001", RtcpError::Malformed),
        ("a0c90001 00000000", RtcpError::Padding),
        ("a0c90001 00000005", RtcpError::Padding),
        ("80c8", RtcpError::TooShort),
        ("82cb0001 00000001", RtcpError::Malformed),
        ("8fcd0004 00000001 00000002 00000010 00000000", RtcpError::Malformed),
    ] {
        assert_eq!(parse(&hex(bytes)).next().unwrap().unwrap_err(), error, "{bytes}");
    }
}

#[test]
fn padding_is_taken_off() {
    let bytes = hex("a1cd0004 00000001 00000002 00050000 00000004");
    let Rtcp::Nack { lost, .. } = one(&bytes) else { panic!() };
    assert_eq!(lost.collect::<Vec<_>>(), [5]);
}

#[test]
fn feedback_filled_up_to_a_word_is_read_as_libwebrtc_writes_it() {
    // One packet: base 7, count 1, one run chunk, one delta; then one byte of padding.
    let bytes = hex("afcd0005 00000001 00000002 00070001 00000000 2001 04 01");
    let Rtcp::TransportCc(feedback) = one(&bytes) else { panic!() };
    assert_eq!(feedback.packets().collect::<Vec<_>>(), [(7, Some(1000))]);
}

#[test]
fn small_messages_round_trip() {
    let mut out = Vec::new();
    build::pli(&mut out, 1, 2);
    build::fir(&mut out, 3, 4, 250);
    build::bye(&mut out, &[5, 6]);
    build::sdes_cname(&mut out, 7, "abc");
    build::nack(&mut out, 1, 2, &[]);
    let messages: Vec<Rtcp> = parse(&out).map(Result::unwrap).collect();
    let [
        Rtcp::Pli { sender_ssrc: 1, media_ssrc: 2 },
        Rtcp::Fir { sender_ssrc: 3, entries },
        Rtcp::Bye { ssrcs },
        Rtcp::Sdes,
    ] = &messages[..]
    else {
        panic!("{messages:?}");
    };
    assert_eq!(entries.clone().collect::<Vec<_>>(), [FirEntry { media_ssrc: 4, seq: 250 }]);
    assert_eq!(ssrcs.clone().collect::<Vec<_>>(), [5, 6]);
}

/// RFC 3550 6.5: items end with at least one zero, at a word.
#[test]
fn sdes_always_ends_in_a_zero_and_at_a_word() {
    for len in 0..40 {
        let mut out = vec![0xEE; 3];
        build::sdes_cname(&mut out, 7, &"x".repeat(len));
        let packet = &out[3..];
        assert_eq!((packet.len() % 4, packet.last()), (0, Some(&0)), "{len}");
        assert!(matches!(one(packet), Rtcp::Sdes));
    }
}

/// The example of RFC 3550 6.4.1, figure 2: a round trip of 6.125 s.
#[test]
fn round_trip_of_the_rfc() {
    let block = ReportBlock {
        last_sender_report: 0xb705_2000,
        delay_since_last_sender_report: 0x0005_4000,
        ..ReportBlock::default()
    };
    assert_eq!(round_trip(0xb710_8000 << 16, &block), Some(Duration::from_millis(6_125)));
    assert_eq!(round_trip(0xb70a_5fff << 16, &block), None);
    assert_eq!(round_trip(0xb710_8000 << 16, &ReportBlock::default()), None);
}

#[test]
fn ntp_begins_in_1900() {
    assert_eq!(ntp_from_unix(Duration::from_millis(1_500)), (2_208_988_801 << 32) | 0x8000_0000);
}

#[test]
fn reception_counts_loss_per_interval() {
    let start = Instant::now_for_test();
    let mut reception = Reception::new(90_000);
    assert_eq!(reception.report(start, 1), None);
    for index in (65_500..65_600).filter(|index| index % 4 != 3) {
        reception.on_packet(start, index, 0);
    }
    let block = reception.report(start, 1).unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost, block.highest_sequence), (62, 24, 65_598));
    reception.on_packet(start, 65_599, 0);
    let block = reception.report(start, 1).unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost, reception.lost()), (0, 24, 24));
}

#[test]
fn a_restarted_sender_is_not_loss() {
    let start = Instant::now_for_test();
    let mut reception = Reception::new(90_000);
    for index in [1, 2, 4, 10_000, 10_001] {
        reception.on_packet(start, index, 0);
    }
    let block = reception.report(start, 1).unwrap();
    assert_eq!((block.cumulative_lost, block.highest_sequence, block.fraction_lost), (1, 10_001, 0));
}

#[test]
fn sender_reports_are_echoed() {
    let start = Instant::now_for_test();
    let mut reception = Reception::new(48_000);
    reception.on_packet(start, 1, 0);
    reception.on_sender_report(start, 0x0123_4567_89AB_CDEF);
    let block = reception.report(start + Duration::from_millis(1_500), 1).unwrap();
    assert_eq!((block.last_sender_report, block.delay_since_last_sender_report), (0x4567_89AB, 0x1_8000));
}

#[test]
fn jitter_of_an_even_and_of_an_uneven_stream() {
    let start = Instant::now_for_test();
    let (mut even, mut uneven) = (Reception::new(48_000), Reception::new(48_000));
    for n in 0..500u32 {
        let sent = start + Duration::from_millis(20) * n;
        even.on_packet(sent, u64::from(n), n * 960);
        uneven.on_packet(sent + Duration::from_millis(u64::from(n % 2) * 10), u64::from(n), n * 960);
    }
    assert_eq!((even.jitter_ms(), uneven.jitter_ms()), (0, 9));
}

/// Tests have no clock of their own either; any instant will do.
trait AnyInstant {
    fn now_for_test() -> Instant;
}

impl AnyInstant for Instant {
    #[allow(clippy::disallowed_methods, reason = "an arbitrary zero")]
    fn now_for_test() -> Instant {
        Instant::now()
    }
}

fn any_block() -> impl Strategy<Value = ReportBlock> {
    (any::<[u32; 5]>(), any::<u8>(), -0x80_0000i32..0x80_0000).prop_map(|(words, fraction_lost, cumulative_lost)| {
        ReportBlock {
            ssrc: words[0],
            fraction_lost,
            cumulative_lost,
            highest_sequence: words[1],
            jitter: words[2],
            last_sender_report: words[3],
            delay_since_last_sender_report: words[4],
        }
    })
}

/// Everything that can be read of a packet.
fn exhaust(bytes: &[u8]) -> usize {
    parse(bytes)
        .filter_map(Result::ok)
        .map(|message| match message {
            Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. } => blocks.count(),
            Rtcp::Nack { lost, .. } => lost.count(),
            Rtcp::Fir { entries, .. } => entries.count(),
            Rtcp::Remb { ssrcs, .. } | Rtcp::Bye { ssrcs } => ssrcs.count(),
            Rtcp::TransportCc(feedback) => feedback.packets().count(),
            _ => 0,
        })
        .sum()
}

#[test]
fn the_worst_loss_behind_us_is_passed_on_while_it_is_fresh() {
    let start = Instant::now_for_test();
    let mut reception = Reception::new(48_000);
    let mut fraction = |ms: u64, heard: Option<u8>| {
        let now = start + Duration::from_millis(ms);
        if let Some(lost) = heard {
            reception.on_onward_loss(now, lost);
        }
        reception.on_packet(now, ms / 20, 0);
        reception.report(now, 1).map(|block| block.fraction_lost)
    };
    assert_eq!(fraction(0, None), Some(0));
    assert_eq!(fraction(20, Some(25)), Some(25));
    assert_eq!(fraction(40, Some(3)), Some(25), "of several receivers the worst");
    assert_eq!(fraction(60, Some(30)), Some(30));
    assert_eq!(fraction(80, Some(255)), Some(64), "one listener without a line does not spoil the sound of all");
    assert!(fraction(5_060, Some(3)) > Some(3), "our own loss is worse: the packets between never came");
    assert_eq!(fraction(5_080, None), Some(3), "what was worse is old");
    assert_eq!(fraction(5_100, Some(0)), Some(3));
    assert!(fraction(20_100, None) > Some(3));
    assert_eq!(fraction(20_120, None), Some(0), "nobody repeats it");
}

proptest! {
    #[test]
    fn sender_report(ssrc: u32, ntp: u64, rtp_timestamp: u32, packets: u32, octets: u32) {
        let mut out = Vec::new();
        build::sender_report(&mut out, ssrc, ntp, rtp_timestamp, packets, octets);
        let Rtcp::SenderReport { report, .. } = one(&out) else { panic!() };
        prop_assert_eq!(report, SenderReport { ssrc, ntp, rtp_timestamp, packets, octets });
    }

    #[test]
    fn receiver_report(ssrc: u32, blocks in prop::collection::vec(any_block(), 0..40)) {
        let mut out = Vec::new();
        build::receiver_report(&mut out, ssrc, &blocks);
        let Rtcp::ReceiverReport { sender_ssrc, blocks: read } = one(&out) else { panic!() };
        prop_assert_eq!(sender_ssrc, ssrc);
        prop_assert_eq!(read.collect::<Vec<_>>(), &blocks[..blocks.len().min(31)]);
    }

    #[test]
    fn nack(start: u16, gaps in prop::collection::vec(1u16..40, 0..60)) {
        let lost: Vec<u16> = std::iter::once(start)
            .chain(gaps.iter().scan(start, |at, gap| { *at = at.wrapping_add(*gap); Some(*at) }))
            .collect();
        let mut out = Vec::new();
        build::nack(&mut out, 1, 2, &lost);
        let Rtcp::Nack { lost: read, .. } = one(&out) else { panic!() };
        prop_assert_eq!(read.collect::<Vec<_>>(), lost);
    }

    #[test]
    fn remb(bps: u64, ssrcs in prop::collection::vec(any::<u32>(), 0..300)) {
        let mut out = Vec::new();
        build::remb(&mut out, 1, bps, &ssrcs);
        let Rtcp::Remb { bps: read, ssrcs: listed, .. } = one(&out) else { panic!() };
        prop_assert!(read <= bps && bps - read <= bps >> 17, "{} {}", read, bps);
        prop_assert_eq!(listed.collect::<Vec<_>>(), &ssrcs[..ssrcs.len().min(255)]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        exhaust(&bytes);
    }

    /// Well-framed messages with arbitrary contents get further than noise does.
    #[test]
    fn arbitrary_bodies_never_panic(kind in 199u8..208, count in 0u8..32, body in prop::collection::vec(any::<u8>(), 0..50)) {
        let mut packet = vec![0x80 | count, kind, 0, body.len() as u8];
        packet.extend(body.iter().flat_map(|byte| [*byte; 4]));
        prop_assert!(exhaust(&packet) <= 65_535);
    }

    #[test]
    fn reception_of_anything(packets in prop::collection::vec((0u64..200_000, any::<u32>(), 0u64..10_000), 1..100)) {
        let start = Instant::now_for_test();
        let mut reception = Reception::new(90_000);
        for (index, timestamp, ms) in packets {
            reception.on_packet(start + Duration::from_millis(ms), index, timestamp);
            prop_assert!(reception.report(start, 1).is_some());
        }
        prop_assert!(reception.jitter_ms() <= 1_000);
    }
}
