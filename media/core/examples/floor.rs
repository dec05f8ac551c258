//! What a forwarded packet costs at least on this machine, without the socket: header, copy, encryption. Prints µs per
//! packet; the best of some rounds, because machines are noisy. `cargo run --release -p sefaw-core --example floor`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measuring program: it has a clock and a terminal"
)]

use sefaw_core::rtp::{ExtensionForm, HeaderWriter, RtpHeader};
use sefaw_core::srtp::{Profile, SrtpError, SrtpKeys, SrtpReceiver, SrtpSender};
use std::hint::black_box;
use std::time::Instant;

const PAYLOAD: usize = 1_100;
/// One burst to each of 40 subscribers, as in the benchmark's fan-out.
const PACKETS: usize = 8 * 40;
/// More than a packet with its header and any tag.
const STRIDE: usize = 1_200;
const ROUNDS: usize = 60;

/// MID, transport-wide number and abs-send-time, as on the wire.
fn header(buf: &mut [u8], index: u64) -> usize {
    let writer = HeaderWriter::new(buf, 96, false, index as u16, 90_000, 7, ExtensionForm::OneByte);
    let Some(mut writer) = writer else {
        return 0;
    };
    writer.extension(4, b"3");
    writer.extension(3, &(index as u16).to_be_bytes());
    writer.extension(2, &[1, 2, 3]);
    writer.finish()
}

/// Best round in µs per packet. `work` gets each packet's place in the arena and a fresh index.
fn measure(name: &str, mut work: impl FnMut(&mut [u8], u64)) {
    let mut arena = vec![0; PACKETS * STRIDE];
    let mut index = 0;
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for packet in arena.chunks_exact_mut(STRIDE) {
            work(packet, index);
            index += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / PACKETS as f64);
        black_box(&arena);
    }
    println!("{name:<44} {best:.3} µs");
}

fn keys(profile: Profile) -> Result<SrtpKeys, SrtpError> {
    SrtpKeys::from_master(profile, &[1; 32][..profile.key_len()], &[2; 14][..profile.salt_len()])
}

fn main() -> Result<(), SrtpError> {
    let payload = vec![0xAB; PAYLOAD];
    let write = |packet: &mut [u8], index: u64| {
        let len = header(packet, index);
        packet[len..len + PAYLOAD].copy_from_slice(&payload);
        len
    };
    measure("header + copy", |packet, index| {
        write(packet, index);
    });
    for profile in [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::AesCm128HmacSha1_80] {
        let sender = SrtpSender::new(&keys(profile)?)?;
        measure(&format!("header + copy + {}", profile.name()), |packet, index| {
            let len = write(packet, index);
            black_box(sender.protect_rtp(packet, len, PAYLOAD, 7, index));
        });
        let mut receiver = SrtpReceiver::new(&keys(profile)?, 4)?;
        measure(&format!("the same + parse + open {}", profile.name()), |packet, index| {
            let len = write(packet, index);
            let total = sender.protect_rtp(packet, len, PAYLOAD, 7, index);
            let opened = RtpHeader::parse(packet).map(|header| receiver.unprotect_rtp(&mut packet[..total], &header));
            assert!(opened.is_ok_and(|opened| opened.is_ok_and(|opened| opened.index == index)));
        });
    }
    Ok(())
}
