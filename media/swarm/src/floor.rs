//! What a forwarded packet costs on this machine at the very least: write a header, copy 1,100 bytes, AES-256-GCM, and
//! eight of them in one GSO run, forty runs in one send call. The table gives every figure as a multiple of it.

use std::io;
use std::mem::zeroed;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sefaw_core::rtp::{ExtensionForm, HeaderWriter};
use sefaw_core::srtp::{Profile, SrtpKeys, SrtpSender};
use socket2::{SockAddr, Socket};

use crate::clock::thread_cpu;
use crate::net::{self, Inbox, Received};

const SUBSCRIBERS: usize = 40;
const BURST: usize = 8;
const PAYLOAD: usize = 1100;
/// Fixed header and 12 bytes of extensions.
const HEADER: usize = 12 + 4 + 12;
const PACKET: usize = HEADER + PAYLOAD + 16;
const ROUNDS: usize = 150;
const REPETITIONS: usize = 5;
/// How often the receiving side empties its sockets.
const DRAIN: Duration = Duration::from_micros(500);

/// µs of CPU per packet, the median of five.
pub fn measure() -> io::Result<f64> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sinks: Vec<Socket> = (0..SUBSCRIBERS).map(|_| net::bind(anywhere)).collect::<io::Result<_>>()?;
    let targets: Vec<SockAddr> = sinks.iter().map(Socket::local_addr).collect::<io::Result<_>>()?;
    let stop = Arc::new(AtomicBool::new(false));
    let drain = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || drain(&sinks, &stop)
    });
    let result = measure_to(&targets);
    stop.store(true, Ordering::Relaxed);
    let _ = drain.join();
    result
}

fn drain(sinks: &[Socket], stop: &AtomicBool) {
    let mut inbox = Inbox::new();
    let mut received = [Received::default(); Inbox::capacity()];
    while !stop.load(Ordering::Relaxed) {
        for sink in sinks {
            while inbox.receive(sink.as_raw_fd(), &mut received) == Inbox::capacity() {}
        }
        std::thread::sleep(DRAIN);
    }
}

fn measure_to(targets: &[SockAddr]) -> io::Result<f64> {
    let socket = net::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let senders = targets.iter().zip(1..).map(|(_, key)| sender(key)).collect::<io::Result<Vec<_>>>()?;
    let payload = [0x5a; PAYLOAD];
    let mut arena = vec![0; SUBSCRIBERS * BURST * PACKET];
    let mut index = 0_u64;
    let mut figures = Vec::new();
    for _ in 0..REPETITIONS {
        let begin = thread_cpu();
        for _ in 0..ROUNDS {
            for (sender, run) in senders.iter().zip(arena.chunks_exact_mut(BURST * PACKET)) {
                write_run(sender, run, &payload, index);
            }
            index += BURST as u64;
            send_runs(socket.as_raw_fd(), targets, &arena)?;
        }
        figures.push((thread_cpu() - begin).as_secs_f64() * 1e6 / (ROUNDS * SUBSCRIBERS * BURST) as f64);
    }
    figures.sort_by(f64::total_cmp);
    Ok(figures[REPETITIONS / 2])
}

fn sender(key: u8) -> io::Result<SrtpSender> {
    let keys = SrtpKeys::from_master(Profile::AeadAes256Gcm, &[key; 32], &[3; 12]).map_err(io::Error::other)?;
    SrtpSender::new(&keys).map_err(io::Error::other)
}

fn write_run(sender: &SrtpSender, run: &mut [u8], payload: &[u8; PAYLOAD], first: u64) {
    for (index, packet) in (first..).zip(run.chunks_exact_mut(PACKET)) {
        let Some(mut header) = HeaderWriter::new(packet, 96, false, index as u16, 3000, 77, ExtensionForm::OneByte)
        else {
            return;
        };
        header.extension(3, &(index as u16).to_be_bytes());
        header.extension(4, b"0");
        header.extension(2, &[1, 2, 3, 4, 5, 6]);
        let len = header.finish();
        packet[len..len + PAYLOAD].copy_from_slice(payload);
        sender.protect_rtp(packet, len, PAYLOAD, 77, index);
    }
}

/// A UDP_SEGMENT control message.
#[repr(C)]
#[derive(Clone, Copy)]
struct Segment {
    header: libc::cmsghdr,
    size: u16,
    padding: [u8; 6],
}

fn send_runs(fd: RawFd, targets: &[SockAddr], arena: &[u8]) -> io::Result<()> {
    // SAFETY: zeroed iovec and mmsghdr are valid empty ones.
    let (mut parts, mut messages): ([libc::iovec; SUBSCRIBERS], [libc::mmsghdr; SUBSCRIBERS]) =
        unsafe { (zeroed(), zeroed()) };
    // SAFETY: CMSG_LEN only computes.
    let len = unsafe { libc::CMSG_LEN(2) } as _;
    let header = libc::cmsghdr { cmsg_len: len, cmsg_level: libc::SOL_UDP, cmsg_type: libc::UDP_SEGMENT };
    let mut segment = Segment { header, size: PACKET as u16, padding: [0; 6] };
    for (index, (target, run)) in targets.iter().zip(arena.chunks_exact(BURST * PACKET)).enumerate() {
        parts[index] = libc::iovec { iov_base: run.as_ptr().cast_mut().cast(), iov_len: run.len() };
        let message = &mut messages[index].msg_hdr;
        message.msg_name = target.as_ptr().cast_mut().cast();
        message.msg_namelen = target.len();
        message.msg_iov = &raw mut parts[index];
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut segment).cast();
        message.msg_controllen = size_of::<Segment>() as _;
    }
    // SAFETY: every message points at bytes that outlive the call; the kernel only reads them.
    let sent = unsafe { libc::sendmmsg(fd, messages.as_mut_ptr(), targets.len() as u32, 0) };
    if sent == targets.len() as i32 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_packets_fill_their_place_exactly() {
        let sender = sender(1).unwrap();
        let mut run = vec![0; BURST * PACKET];
        write_run(&sender, &mut run, &[7; PAYLOAD], 0);
        let header = sefaw_core::rtp::RtpHeader::parse(&run[(BURST - 1) * PACKET..]).unwrap();
        assert_eq!((header.len, header.sequence), (HEADER, BURST as u16 - 1));
    }

    #[test]
    fn the_floor_is_a_plausible_time() {
        let floor = measure().unwrap();
        assert!(floor > 0.1 && floor < 1000.0, "{floor}");
    }
}
