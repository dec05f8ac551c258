//! What must hold for every profile, whatever the bytes.

use super::*;
use crate::rtp::{ExtensionForm, HeaderWriter, RtpHeader};
use proptest::prelude::*;

const PROFILES: [Profile; 3] = [Profile::AesCm128HmacSha1_80, Profile::AeadAes128Gcm, Profile::AeadAes256Gcm];

fn keys(profile: Profile) -> SrtpKeys {
    let key: Vec<u8> = (0..profile.key_len() as u8).collect();
    let salt: Vec<u8> = (100..100 + profile.salt_len() as u8).collect();
    SrtpKeys::from_master(profile, &key, &salt).unwrap()
}

fn pair(profile: Profile) -> (SrtpSender, SrtpReceiver) {
    (SrtpSender::new(&keys(profile)).unwrap(), SrtpReceiver::new(&keys(profile), 4).unwrap())
}

fn protected(sender: &SrtpSender, ssrc: u32, index: u64, payload: &[u8]) -> Vec<u8> {
    let mut buf = vec![0; 64 + payload.len() + 16];
    let mut writer = HeaderWriter::new(&mut buf, 96, true, index as u16, 1, ssrc, ExtensionForm::OneByte).unwrap();
    assert!(writer.extension(3, &[1, 2, 3]));
    let len = writer.finish();
    buf[len..len + payload.len()].copy_from_slice(payload);
    let total = sender.protect_rtp(&mut buf, len, payload.len(), ssrc, index);
    buf.truncate(total);
    buf
}

fn open(receiver: &mut SrtpReceiver, packet: &[u8]) -> Result<(u64, Vec<u8>), SrtpError> {
    let mut packet = packet.to_vec();
    let header = RtpHeader::parse(&packet).unwrap();
    let got = receiver.unprotect_rtp(&mut packet, &header)?;
    Ok((got.index, packet[header.len..header.len + got.payload_len].to_vec()))
}

#[test]
fn rollover_twice_and_no_replay() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        // every 4,096th packet, with the last and first of each round
        let steps = (40_000u64..200_000).filter(|i| i % 4_096 == 0 || i % 65_536 == 0 || i % 65_536 == 65_535);
        for index in steps {
            let packet = protected(&sender, 9, index, b"pressed one button");
            assert_eq!(
                open(&mut receiver, &packet),
                Ok((index, b"pressed one button".to_vec())),
                "{profile:?} {index}"
            );
            assert_eq!(open(&mut receiver, &packet), Err(SrtpError::Replayed));
        }
    }
}

#[test]
fn late_packets_from_before_the_rollover() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        for index in [65_530, 65_540, 65_535, 65_536, 65_534] {
            let packet = protected(&sender, 9, index, b"x");
            assert_eq!(open(&mut receiver, &packet).map(|(got, _)| got), Ok(index));
        }
    }
}

#[test]
fn a_forged_packet_changes_nothing() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        open(&mut receiver, &protected(&sender, 9, 100, b"x")).unwrap();
        let mut forged = protected(&sender, 9, 30_000, b"x");
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(open(&mut receiver, &forged), Err(SrtpError::Authentication));
        // had the forgery moved the window, these would be read as of another rollover, or as too old
        for index in [101, 99, 65_536 + 50] {
            let packet = protected(&sender, 9, index, b"x");
            let opened = open(&mut receiver, &packet);
            assert_eq!(opened.is_ok(), index < 65_536, "{profile:?} {index}");
        }
    }
}

#[test]
fn ssrcs_are_bounded_and_only_authentic_ones_count() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let (other, _) = (SrtpSender::new(&keys(profile)).unwrap(), ());
        for ssrc in 100..200 {
            let mut forged = protected(&other, ssrc, 1, b"x");
            forged[20] ^= 1;
            assert_eq!(open(&mut receiver, &forged), Err(SrtpError::Authentication));
        }
        for ssrc in 0..4 {
            open(&mut receiver, &protected(&sender, ssrc, 1, b"x")).unwrap();
        }
        assert_eq!(open(&mut receiver, &protected(&sender, 4, 1, b"x")), Err(SrtpError::TooManySsrcs));
        open(&mut receiver, &protected(&sender, 3, 2, b"x")).unwrap();
    }
}

fn rtcp(ssrc: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

#[test]
fn rtcp_counts_and_windows_per_sender_ssrc() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let plain = [rtcp(1, b"abcd"), rtcp(1, b"efgh"), rtcp(2, b"ijkl"), rtcp(1, b"")];
        let sent: Vec<Vec<u8>> = plain
            .iter()
            .map(|packet| {
                let mut packet = packet.clone();
                sender.protect_rtcp(&mut packet).unwrap();
                packet
            })
            .collect();
        assert!(sent.iter().zip(&plain).all(|(a, b)| a.len() == b.len() + profile.rtcp_overhead()));
        // SSRC 2's index 0 is news although SSRC 1 is at 2 already; replays are refused out of order too
        for at in [3, 2, 0, 1] {
            let mut packet = sent[at].clone();
            let len = receiver.unprotect_rtcp(&mut packet).unwrap();
            assert_eq!(packet[..len], plain[at]);
        }
        for packet in &sent {
            assert_eq!(receiver.unprotect_rtcp(&mut packet.clone()), Err(SrtpError::Replayed));
        }
    }
}

#[test]
fn unencrypted_rtcp_is_refused() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let mut packet = rtcp(1, b"abcd");
        sender.protect_rtcp(&mut packet).unwrap();
        let word = if profile == Profile::AesCm128HmacSha1_80 { packet.len() - 14 } else { packet.len() - 4 };
        packet[word] &= 0x7F;
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Err(SrtpError::NotEncrypted));
    }
}

#[test]
fn refuses_what_does_not_fit() {
    for profile in PROFILES {
        let (mut sender, _) = pair(profile);
        let room = profile.rtp_overhead();
        assert_eq!(sender.protect_rtp(&mut vec![0x80; 12 + 5 + room - 1], 12, 5, 1, 1), 0);
        assert_eq!(sender.protect_rtp(&mut vec![0x80; 12 + 5 + room], 12, 5, 1, 1 << 48), 0);
        assert_eq!(sender.protect_rtp(&mut vec![0x80; 12 + 5 + room], 12, 5, 1, 1), 17 + room);
        assert_eq!(sender.protect_rtcp(&mut vec![0x80; 7]), Err(SrtpError::TooShort));
        assert!(SrtpKeys::from_exporter(profile, &vec![0; profile.keying_material_len() - 1], true).is_err());
    }
}

#[test]
fn exporter_order_is_rfc_5764() {
    for profile in PROFILES {
        let material: Vec<u8> = (0..profile.keying_material_len() as u8).collect();
        let (ours, theirs) = SrtpKeys::from_exporter(profile, &material, true).unwrap();
        let (server_send, server_receive) = SrtpKeys::from_exporter(profile, &material, false).unwrap();
        assert_eq!(ours.key()[0], 0);
        assert_eq!(usize::from(theirs.key()[0]), profile.key_len());
        assert_eq!(usize::from(ours.padded_salt()[0]), 2 * profile.key_len());
        assert_eq!((server_send.key(), server_receive.key()), (theirs.key(), ours.key()));
    }
}

proptest! {
    #[test]
    fn round_trip(which in 0usize..3, ssrc: u32, index in 0u64..1 << 15, payload in prop::collection::vec(any::<u8>(), 0..1400)) {
        let (sender, mut receiver) = pair(PROFILES[which]);
        let packet = protected(&sender, ssrc, index, &payload);
        prop_assert_eq!(open(&mut receiver, &packet), Ok((index, payload)));
    }

    #[test]
    fn any_flipped_bit_is_noticed(which in 0usize..3, at: prop::sample::Index, bit in 0u8..8) {
        let (sender, mut receiver) = pair(PROFILES[which]);
        let mut packet = protected(&sender, 7, 1_000, b"the picture is sharp");
        let at = at.index(packet.len());
        packet[at] ^= 1 << bit;
        if let Ok(header) = RtpHeader::parse(&packet) {
            prop_assert!(receiver.unprotect_rtp(&mut packet, &header).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(which in 0usize..3, mut bytes in prop::collection::vec(any::<u8>(), 0..200), plain: bool) {
        let (mut sender, mut receiver) = pair(PROFILES[which]);
        let _ = receiver.unprotect_rtcp(&mut bytes.clone());
        let _ = sender.protect_rtcp(&mut bytes.clone());
        if plain && !bytes.is_empty() {
            bytes[0] = 0x80;
        }
        if let Ok(header) = RtpHeader::parse(&bytes) {
            prop_assert!(receiver.unprotect_rtp(&mut bytes, &header).is_err());
        }
    }
}
