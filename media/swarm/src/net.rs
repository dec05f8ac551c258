//! Sockets without waiting: one UDP socket per peer, batches of datagrams in and out, kernel receive times.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

/// Datagrams per receive call; a viewer gets a few per tick.
const BATCH: usize = 32;
const DATAGRAM: usize = 2048;
/// Room for one SCM_TIMESTAMPNS message.
const CONTROL: usize = 64;
/// Asked for; the kernel gives what it allows.
const SOCKET_BUFFER: usize = 4 << 20;

/// Wakes the swarm's thread from another one.
#[derive(Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    pub fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes no pointers; its result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a fresh descriptor that nobody else owns.
        Ok(Self(Arc::new(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    pub fn wake(&self) {
        let one = 1_u64;
        // SAFETY: eight readable bytes, as eventfd wants.
        unsafe { libc::write(self.0.as_raw_fd(), (&raw const one).cast(), size_of::<u64>()) };
    }

    pub fn clear(&self) {
        let mut count = 0_u64;
        // SAFETY: eight writable bytes, as eventfd wants.
        unsafe { libc::read(self.0.as_raw_fd(), (&raw mut count).cast(), size_of::<u64>()) };
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A socket of the same family as the server's address, on any port.
pub fn bind(server: SocketAddr) -> io::Result<Socket> {
    let local: SocketAddr = match server {
        SocketAddr::V4(address) if address.ip().is_loopback() => (Ipv4Addr::LOCALHOST, 0).into(),
        SocketAddr::V6(address) if address.ip().is_loopback() => (Ipv6Addr::LOCALHOST, 0).into(),
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    let on: libc::c_int = 1;
    // SAFETY: an int-sized option that outlives the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPNS,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as u32,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    socket.bind(&local.into())?;
    Ok(socket)
}

/// Which sockets have something to read.
pub struct Poller {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Poller {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the result is checked before it is owned.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: an epoll_event is plain numbers, and fd is a fresh descriptor.
        Ok(Self { fd: unsafe { OwnedFd::from_raw_fd(fd) }, events: vec![unsafe { zeroed() }; 256] })
    }

    pub fn add(&self, fd: RawFd, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
        // SAFETY: `event` outlives the call.
        let result = unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &raw mut event) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Waits for at most `limit`, to the nanosecond, and appends the tokens that are ready.
    pub fn wait(&mut self, limit: Duration, ready: &mut Vec<u64>) {
        let limit = timespec(limit);
        // SAFETY: the event buffer has the length we say; the time outlives the call; no signal mask.
        let count = unsafe {
            libc::epoll_pwait2(
                self.fd.as_raw_fd(),
                self.events.as_mut_ptr(),
                self.events.len() as i32,
                &raw const limit,
                std::ptr::null(),
            )
        };
        ready.extend(self.events.iter().take(count.max(0) as usize).map(|event| event.u64));
    }
}

/// Waits for `fd` alone, at most `limit`: datagrams that arrive meanwhile wake nobody.
pub fn wait_for(fd: RawFd, limit: Duration) {
    let mut wanted = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let limit = timespec(limit);
    // SAFETY: one pollfd and a time that outlive the call.
    unsafe { libc::ppoll(&raw mut wanted, 1, &raw const limit, std::ptr::null()) };
}

fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}

/// One receive call's datagrams and the kernel's time of each.
pub struct Inbox {
    datagrams: Vec<[u8; DATAGRAM]>,
    controls: Vec<[u64; CONTROL / 8]>,
}

/// A datagram's length and the Unix nanoseconds at which the kernel took it in (0 = not told).
#[derive(Clone, Copy, Default)]
pub struct Received {
    pub len: usize,
    pub at_ns: u64,
}

impl Inbox {
    pub fn new() -> Self {
        Self { datagrams: vec![[0; DATAGRAM]; BATCH], controls: vec![[0; CONTROL / 8]; BATCH] }
    }

    pub const fn capacity() -> usize {
        BATCH
    }

    /// Fills `into`, which holds at least [`Inbox::capacity`] entries; returns how many there are.
    pub fn receive(&mut self, fd: RawFd, into: &mut [Received; BATCH]) -> usize {
        // SAFETY: zeroed iovec and mmsghdr are valid empty ones.
        let (mut parts, mut messages): ([libc::iovec; BATCH], [libc::mmsghdr; BATCH]) = unsafe { (zeroed(), zeroed()) };
        for index in 0..BATCH {
            parts[index] = libc::iovec { iov_base: self.datagrams[index].as_mut_ptr().cast(), iov_len: DATAGRAM };
            let header = &mut messages[index].msg_hdr;
            header.msg_iov = &raw mut parts[index];
            header.msg_iovlen = 1;
            header.msg_control = self.controls[index].as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
        }
        // SAFETY: every message points into buffers of this struct and arrays of this frame, with their true lengths.
        let count = unsafe {
            libc::recvmmsg(fd, messages.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT, std::ptr::null_mut())
        };
        let count = count.max(0) as usize;
        for (slot, message) in into.iter_mut().zip(&messages).take(count) {
            *slot = Received { len: message.msg_len as usize, at_ns: kernel_time(&message.msg_hdr) };
        }
        count
    }

    pub fn datagram(&mut self, index: usize, len: usize) -> &mut [u8] {
        &mut self.datagrams[index][..len.min(DATAGRAM)]
    }
}

fn kernel_time(header: &libc::msghdr) -> u64 {
    // SAFETY: the kernel filled the control buffer of this header; CMSG_FIRSTHDR checks its length.
    unsafe {
        let message = libc::CMSG_FIRSTHDR(header);
        if message.is_null() || (*message).cmsg_type != libc::SCM_TIMESTAMPNS {
            return 0;
        }
        let time: libc::timespec = std::ptr::read_unaligned(libc::CMSG_DATA(message).cast());
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}

/// Datagrams to one destination, back to back in one buffer.
#[derive(Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Outbox {
    /// Gives `write` a buffer of `room` bytes; it returns how many it used, 0 for none.
    pub fn push(&mut self, room: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        let start = self.bytes.len();
        self.bytes.resize(start + room, 0);
        let used = write(&mut self.bytes[start..]).min(room);
        self.bytes.truncate(start + used);
        if used > 0 {
            self.ends.push(start + used);
        }
    }

    pub fn push_bytes(&mut self, datagram: &[u8]) {
        self.push(datagram.len(), |buffer| {
            buffer.copy_from_slice(datagram);
            datagram.len()
        });
    }

    /// The datagrams, for a test to look at.
    #[cfg(test)]
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let datagrams = starts.zip(&self.ends).map(|(start, end)| self.bytes[start..*end].to_vec()).collect();
        self.bytes.clear();
        self.ends.clear();
        datagrams
    }

    /// Sends everything in as few calls as possible, each datagram by itself: a run in one GSO call would spare the
    /// server the receive work that a real uplink causes. Returns how many the kernel took.
    pub fn flush(&mut self, socket: &Socket, to: SocketAddr) -> usize {
        let target = SockAddr::from(to);
        let mut sent = 0;
        let mut start = 0;
        for ends in self.ends.chunks(BATCH) {
            sent += send_batch(socket.as_raw_fd(), &target, &self.bytes, start, ends);
            start = ends.last().copied().unwrap_or(start);
        }
        self.bytes.clear();
        self.ends.clear();
        sent
    }
}

fn send_batch(fd: RawFd, target: &SockAddr, bytes: &[u8], mut start: usize, ends: &[usize]) -> usize {
    // SAFETY: zeroed iovec and mmsghdr are valid empty ones.
    let (mut parts, mut messages): ([libc::iovec; BATCH], [libc::mmsghdr; BATCH]) = unsafe { (zeroed(), zeroed()) };
    for (index, end) in ends.iter().enumerate() {
        let datagram = &bytes[start..*end];
        parts[index] = libc::iovec { iov_base: datagram.as_ptr().cast_mut().cast(), iov_len: datagram.len() };
        let header = &mut messages[index].msg_hdr;
        header.msg_name = target.as_ptr().cast_mut().cast();
        header.msg_namelen = target.len();
        header.msg_iov = &raw mut parts[index];
        header.msg_iovlen = 1;
        start = *end;
    }
    // SAFETY: every message points at bytes that outlive the call; the kernel only reads them.
    let sent = unsafe { libc::sendmmsg(fd, messages.as_mut_ptr(), ends.len() as u32, libc::MSG_DONTWAIT) };
    sent.max(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_arrives_whole_with_kernel_times() {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let (from, to) = (bind(anywhere).unwrap(), bind(anywhere).unwrap());
        let target = to.local_addr().unwrap().as_socket().unwrap();
        let mut outbox = Outbox::default();
        for index in 0..40_u8 {
            outbox.push_bytes(&[index; 3]);
        }
        assert_eq!(outbox.flush(&from, target), 40);
        assert_eq!(outbox.flush(&from, target), 0);
        let mut inbox = Inbox::new();
        let mut received = [Received::default(); BATCH];
        let mut seen = 0_u8;
        loop {
            let count = inbox.receive(to.as_raw_fd(), &mut received);
            for (index, Received { len, at_ns }) in received.iter().take(count).enumerate() {
                assert_eq!(inbox.datagram(index, *len), [seen; 3]);
                assert!(*at_ns > 1_600_000_000_000_000_000);
                seen += 1;
            }
            if count == 0 {
                break;
            }
        }
        assert_eq!(seen, 40);
    }

    #[test]
    fn the_poller_tells_what_is_ready_and_the_waker_wakes() {
        let waker = Waker::new().unwrap();
        let mut poller = Poller::new().unwrap();
        poller.add(waker.fd(), 9).unwrap();
        let mut ready = Vec::new();
        poller.wait(Duration::ZERO, &mut ready);
        assert!(ready.is_empty());
        waker.wake();
        poller.wait(Duration::ZERO, &mut ready);
        assert_eq!(ready, vec![9]);
        waker.clear();
        ready.clear();
        poller.wait(Duration::ZERO, &mut ready);
        assert!(ready.is_empty());
    }
}
