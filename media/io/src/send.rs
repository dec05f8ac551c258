//! Datagrams out: many runs per system call (sendmmsg), each cut into packets by the kernel (UDP GSO) where it can.

use std::io;
use std::mem::zeroed;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use crate::sockaddr::{Control, RawAddress};

/// The kernel's own limit on messages per call (UIO_MAXIOV).
const MESSAGES: usize = 1024;
/// How long one flush may wait in all for a full socket buffer, which means that the network card is behind. A
/// gigabit link empties 250 kB in this time; what is left then is dropped and repaired by RTX.
const PATIENCE: Duration = Duration::from_millis(2);

/// What became of a flush.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub packets: u64,
    pub dropped: u64,
    pub calls: u64,
}

/// One run: where its pieces and packets are, and how it is addressed.
#[derive(Clone, Copy)]
struct Message {
    first_piece: usize,
    pieces: usize,
    packets: u64,
    segment: usize,
}

/// Memory for system calls, re-used from flush to flush.
#[derive(Default)]
pub struct Sender {
    messages: Vec<Message>,
    pieces: Vec<libc::iovec>,
    addresses: Vec<(RawAddress, libc::socklen_t)>,
    controls: Vec<Control>,
    headers: Vec<libc::mmsghdr>,
    offload_refused: u32,
}

/// Runs the kernel may refuse to segment before we stop asking. One network card without checksums refuses all, one
/// peer behind IPsec only its own: the first should cost nothing for long, the second must not spoil it for others.
const REFUSALS: u32 = 256;

// SAFETY: the raw pointers in it are only used within one `Flush`, which borrows what they lead to.
unsafe impl Send for Sender {}

impl Sender {
    /// Begin to collect runs whose packets lie in `arena`.
    pub fn begin<'a>(&'a mut self, arena: &'a [u8]) -> Flush<'a> {
        self.messages.clear();
        self.pieces.clear();
        self.addresses.clear();
        self.controls.clear();
        Flush { sender: self, arena }
    }

    fn headers(&mut self) {
        self.headers.clear();
        for (index, message) in self.messages.iter().enumerate() {
            // SAFETY: integers and pointers, for which zero is valid.
            let mut header: libc::mmsghdr = unsafe { zeroed() };
            let (address, length) = &mut self.addresses[index];
            header.msg_hdr.msg_name = (&raw mut *address).cast();
            header.msg_hdr.msg_namelen = *length;
            header.msg_hdr.msg_iov = &raw mut self.pieces[message.first_piece];
            header.msg_hdr.msg_iovlen = message.pieces as _;
            let control = &mut self.controls[index];
            if control.used() > 0 {
                header.msg_hdr.msg_controllen = control.used() as _;
                header.msg_hdr.msg_control = control.as_mut_ptr();
            }
            self.headers.push(header);
        }
    }
}

/// Runs on their way to one socket.
pub struct Flush<'a> {
    sender: &'a mut Sender,
    arena: &'a [u8],
}

impl Flush<'_> {
    /// Add a run: packets of `segment` bytes each, the last perhaps shorter, to leave from `source` (any if `None`).
    pub fn push(
        &mut self,
        destination: SocketAddr,
        source: Option<IpAddr>,
        segment: usize,
        packets: impl ExactSizeIterator<Item = Range<usize>>,
    ) {
        if packets.len() > 1 && self.sender.offload_refused >= REFUSALS {
            packets.for_each(|packet| self.push(destination, source, packet.len(), std::iter::once(packet)));
            return;
        }
        let first_piece = self.sender.pieces.len();
        let count = packets.len();
        packets.for_each(|packet| self.piece(first_piece, packet));
        let mut control = Control::empty();
        if let Some(source) = source {
            control.push_source(source);
        }
        if count > 1 {
            control.push_segment(segment as u16);
        }
        let pieces = self.sender.pieces.len() - first_piece;
        self.sender.messages.push(Message { first_piece, pieces, packets: count as u64, segment });
        self.sender.addresses.push(RawAddress::new(destination));
        self.sender.controls.push(control);
    }

    /// Neighbours in the arena become one piece.
    fn piece(&mut self, first_piece: usize, packet: Range<usize>) {
        let Some(bytes) = self.arena.get(packet) else { return };
        let pieces = &mut self.sender.pieces;
        if let Some(last) = pieces[first_piece..].last_mut()
            && last.iov_base.cast::<u8>().wrapping_add(last.iov_len).cast_const() == bytes.as_ptr()
        {
            last.iov_len += bytes.len();
            return;
        }
        pieces.push(libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() });
    }

    /// Send all that was pushed. Never blocks for longer than [`PATIENCE`]; what cannot go is dropped and counted.
    pub fn send(mut self, socket: &impl AsFd) -> Sent {
        self.sender.headers();
        let (mut sent, mut at, mut until) = (Sent::default(), 0, None);
        while at < self.sender.headers.len() {
            let end = self.sender.headers.len().min(at + MESSAGES);
            sent.calls += 1;
            let trouble = match send_messages(socket, &mut self.sender.headers[at..end]) {
                Ok(count) => {
                    sent.packets += self.packets(at, at + count);
                    at += count;
                    continue;
                }
                Err(error) => error,
            };
            if trouble.kind() == io::ErrorKind::WouldBlock {
                let until = *until.get_or_insert_with(|| Instant::now() + PATIENCE);
                if !writable(socket, until) {
                    break;
                }
                continue;
            }
            // This one cannot go as it is; the others can.
            sent.packets += self.one_by_one(socket, at, &mut sent.calls);
            at += 1;
        }
        sent.dropped = self.packets(0, self.sender.messages.len()) - sent.packets;
        sent
    }

    fn packets(&self, from: usize, to: usize) -> u64 {
        self.sender.messages[from..to].iter().map(|message| message.packets).sum()
    }

    /// The kernel refused a run: its packets without segmentation. How many went.
    fn one_by_one(&mut self, socket: &impl AsFd, at: usize, calls: &mut u64) -> u64 {
        let message = self.sender.messages[at];
        if message.packets < 2 {
            return 0;
        }
        self.sender.offload_refused = self.sender.offload_refused.saturating_add(1);
        let mut plain = self.sender.headers[at];
        let mut control = self.sender.controls[at];
        control.drop_segment();
        plain.msg_hdr.msg_control = control.as_mut_ptr();
        plain.msg_hdr.msg_controllen = control.used() as _;
        let mut gone = 0;
        for piece in &self.sender.pieces[message.first_piece..message.first_piece + message.pieces] {
            for offset in (0..piece.iov_len).step_by(message.segment.max(1)) {
                let mut packet = libc::iovec {
                    iov_base: piece.iov_base.wrapping_byte_add(offset),
                    iov_len: message.segment.min(piece.iov_len - offset),
                };
                plain.msg_hdr.msg_iov = &raw mut packet;
                plain.msg_hdr.msg_iovlen = 1;
                *calls += 1;
                gone += u64::from(send_messages(socket, std::slice::from_mut(&mut plain)).is_ok());
            }
        }
        gone
    }
}

/// How many messages went, at least one.
fn send_messages(socket: &impl AsFd, headers: &mut [libc::mmsghdr]) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the headers lead to names, pieces and controls that the caller keeps alive and unmoved.
    let count = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), headers.len() as u32, libc::MSG_DONTWAIT as _) };
    match usize::try_from(count) {
        Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
        Ok(count) => Ok(count),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Wait until the socket takes more, at most until `until`.
fn writable(socket: &impl AsFd, until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = libc::timespec { tv_sec: 0, tv_nsec: left.as_nanos().min(999_999_999) as _ };
    let mut poll = libc::pollfd { fd: socket.as_fd().as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one pollfd on our stack.
    !left.is_zero() && unsafe { libc::ppoll(&raw mut poll, 1, &raw const timeout, std::ptr::null()) } > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    const SIZES: [usize; 5] = [100, 100, 100, 100, 40];

    fn pair() -> (UdpSocket, UdpSocket) {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        theirs.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        (ours, theirs)
    }

    /// Send one run whose packets begin `stride` apart, and look at what arrives.
    fn send_run(ours: &UdpSocket, theirs: &UdpSocket, sender: &mut Sender, stride: usize) -> Sent {
        let arena: Vec<u8> = (0..SIZES.len() * stride).map(|at| (at / stride) as u8).collect();
        let mut flush = sender.begin(&arena);
        let packets = SIZES.iter().enumerate().map(|(n, size)| n * stride..n * stride + size);
        flush.push(theirs.local_addr().unwrap(), None, SIZES[0], packets);
        let sent = flush.send(ours);
        for (n, size) in SIZES.iter().enumerate() {
            let mut buffer = [0; 200];
            assert_eq!(theirs.recv(&mut buffer).unwrap(), *size);
            assert!(buffer[..*size].iter().all(|byte| usize::from(*byte) == n));
        }
        sent
    }

    #[test]
    fn a_run_is_one_message_wherever_its_packets_lie() {
        let (ours, theirs) = pair();
        let mut sender = Sender::default();
        for stride in [100, 150] {
            let sent = send_run(&ours, &theirs, &mut sender, stride);
            assert_eq!(sent, Sent { packets: 5, dropped: 0, calls: 1 });
            assert_eq!(sender.messages.len(), 1);
        }
        assert_eq!(sender.offload_refused, 0);
    }

    #[test]
    fn what_the_kernel_will_not_cut_goes_packet_by_packet() {
        let (ours, theirs) = pair();
        // Without UDP checksums there is no segmentation: as on a card that cannot do either.
        let (on, size) = (1i32, size_of::<i32>() as libc::socklen_t);
        let fd = ours.as_raw_fd();
        assert_eq!(0, unsafe {
            libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_NO_CHECK, (&raw const on).cast(), size)
        });
        let mut sender = Sender::default();
        for stride in [100, 150] {
            assert_eq!(send_run(&ours, &theirs, &mut sender, stride), Sent { packets: 5, dropped: 0, calls: 6 });
        }
        assert_eq!(sender.offload_refused, 2);
        sender.offload_refused = REFUSALS;
        assert_eq!(send_run(&ours, &theirs, &mut sender, 100), Sent { packets: 5, dropped: 0, calls: 1 });
        assert_eq!(sender.messages.len(), 5);
    }

    #[test]
    fn one_unreachable_destination_does_not_stop_the_others() {
        let (ours, theirs) = pair();
        let (arena, mut sender) = ([1; 10], Sender::default());
        let mut flush = sender.begin(&arena);
        for to in ["[::1]:9".parse().unwrap(), theirs.local_addr().unwrap()] {
            flush.push(to, None, 10, std::iter::once(0..10));
        }
        assert_eq!(flush.send(&ours), Sent { packets: 1, dropped: 1, calls: 2 });
        assert_eq!(theirs.recv(&mut [0; 20]).unwrap(), 10);
    }
}
