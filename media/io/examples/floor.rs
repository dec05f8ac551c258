//! What this machine cannot do below: µs of thread CPU per packet for header + copy + encryption + a GSO run of eight
//! per receiver, all in one sendmmsg, on loopback. `cargo run --release -p sefaw-io --example floor`; one JSON line.

#![allow(clippy::print_stdout)] // a program whose output is its purpose

use std::error::Error;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sefaw_core::srtp::{Profile, SrtpKeys, SrtpSender};
use sefaw_io::receive::Batch;
use sefaw_io::send::Sender;

const RECEIVERS: usize = 40;
const BURST: usize = 8;
const HEADER: usize = 28; // 12 and two header extensions
const PAYLOAD: usize = 1100;
const ROUNDS: usize = 400;
/// The best of several is the machine; the rest is its neighbours.
const REPEATS: usize = 5;

struct Bench {
    socket: UdpSocket,
    receivers: Vec<SocketAddr>,
    sender: Sender,
    arena: Vec<u8>,
    payloads: Vec<[u8; PAYLOAD]>,
    sequence: u64,
}

impl Bench {
    /// One frame for every receiver, each with its own keys.
    fn round(&mut self, keys: &[SrtpSender], send: bool) {
        let size = HEADER + PAYLOAD + keys.first().map_or(0, |key| key.profile().rtp_overhead());
        for (receiver, key) in keys.iter().enumerate() {
            for index in 0..BURST {
                let at = (receiver * BURST + index) * size;
                let packet = &mut self.arena[at..at + size];
                let sequence = self.sequence + index as u64;
                write_header(&mut packet[..HEADER], sequence as u16, receiver as u32 + 77);
                packet[HEADER..HEADER + PAYLOAD].copy_from_slice(&self.payloads[index]);
                key.protect_rtp(packet, HEADER, PAYLOAD, receiver as u32 + 77, sequence);
            }
        }
        self.sequence += BURST as u64;
        if send {
            self.send(size);
        }
    }

    fn send(&mut self, size: usize) {
        let mut flush = self.sender.begin(&self.arena);
        for (receiver, address) in self.receivers.iter().enumerate() {
            let first = receiver * BURST;
            flush.push(*address, None, size, (first..first + BURST).map(|n| n * size..(n + 1) * size));
        }
        flush.send(&self.socket);
    }

    fn measure(&mut self, profile: Profile, send: bool) -> Result<f64, Box<dyn Error>> {
        let material = vec![3; profile.key_len() + profile.salt_len()];
        let (key, salt) = material.split_at(profile.key_len());
        let keys = SrtpKeys::from_master(profile, key, salt)?;
        let keys = (0..RECEIVERS).map(|_| SrtpSender::new(&keys)).collect::<Result<Vec<_>, _>>()?;
        let mut best = f64::INFINITY;
        for _ in 0..REPEATS {
            let before = thread_cpu();
            (0..ROUNDS).for_each(|_| self.round(&keys, send));
            let spent = thread_cpu().saturating_sub(before).as_secs_f64() * 1e6;
            best = best.min(spent / (ROUNDS * RECEIVERS * BURST) as f64);
        }
        Ok(best)
    }
}

fn write_header(header: &mut [u8], sequence: u16, ssrc: u32) {
    header.fill(0);
    header[..2].copy_from_slice(&[0x90, 96]);
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    header[8..12].copy_from_slice(&ssrc.to_be_bytes());
    header[12..16].copy_from_slice(&[0xbe, 0xde, 0, 3]);
}

fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is ours and outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Empties the receivers' sockets, so that the kernel does all it does for a living receiver.
fn drain(sockets: &[UdpSocket], stop: &AtomicBool) {
    let mut batch = Batch::default();
    while !stop.load(Ordering::Relaxed) {
        let got = sockets.iter().any(|socket| batch.receive(socket, false).is_ok_and(|count| count > 0));
        if !got {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let bind = || UdpSocket::bind("127.0.0.1:0");
    let sockets = (0..RECEIVERS).map(|_| bind()).collect::<io::Result<Vec<_>>>()?;
    let receivers = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<Vec<_>>>()?;
    let stop = Arc::new(AtomicBool::new(false));
    let drained = stop.clone();
    let thread = std::thread::spawn(move || drain(&sockets, &drained));
    let payloads = (0..BURST).map(|n| [n as u8; PAYLOAD]).collect();
    let arena = vec![0; RECEIVERS * BURST * (HEADER + PAYLOAD + 16)];
    let mut bench = Bench { socket: bind()?, receivers, sender: Sender::default(), arena, payloads, sequence: 1 };
    let mut figures = serde_json::Map::new();
    for (name, profile, send) in [
        ("floor_gcm128_us", Profile::AeadAes128Gcm, true),
        ("floor_gcm256_us", Profile::AeadAes256Gcm, true),
        ("protect_gcm128_us", Profile::AeadAes128Gcm, false),
        ("protect_gcm256_us", Profile::AeadAes256Gcm, false),
        ("protect_cm_sha1_us", Profile::AesCm128HmacSha1_80, false),
    ] {
        let figure = (bench.measure(profile, send)? * 1000.0).round() / 1000.0;
        figures.insert(name.to_owned(), figure.into());
    }
    stop.store(true, Ordering::Relaxed);
    let _ = thread.join();
    println!("{}", serde_json::Value::Object(figures));
    Ok(())
}
