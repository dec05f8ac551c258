//! Waiting: a few descriptors by ppoll, the many TCP connections behind one of them by epoll.
//!
//! The UDP sockets are not in the epoll set on purpose: while a shard lets datagrams lie (`coalesce.rs`) nothing then
//! listens on them, and the kernel spares itself the wake-up of every packet.

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Wait until one of `fds` is readable or `timeout` is over. `revents` say which.
pub fn wait(fds: &mut [libc::pollfd], timeout: Duration) {
    let timeout = libc::timespec { tv_sec: timeout.as_secs().min(3600) as _, tv_nsec: timeout.subsec_nanos() as _ };
    // SAFETY: pointer and length of one slice; the time outlives the call. An interrupted wait has set no revents.
    let count = unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as _, &raw const timeout, std::ptr::null()) };
    if count <= 0 {
        fds.iter_mut().for_each(|fd| fd.revents = 0);
    }
}

pub fn readable(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

/// Events taken at once; more are taken the next time.
const EVENTS: usize = 128;

/// Bytes, or the other side's end.
const READ: i32 = libc::EPOLLIN | libc::EPOLLRDHUP;

/// What is known of one descriptor in the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    pub token: u64,
    /// There is something to read, or the end.
    pub readable: bool,
    pub writable: bool,
}

#[derive(Debug)]
pub struct Epoll(OwnedFd);

impl Epoll {
    pub fn new() -> io::Result<Self> {
        // SAFETY: a new descriptor that nobody else has.
        match unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) } {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) })),
        }
    }

    pub fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token, READ)
    }

    /// Also tell when `fd` takes bytes again, or no longer.
    pub fn want_writable(&self, fd: BorrowedFd<'_>, token: u64, wanted: bool) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, token, if wanted { READ | libc::EPOLLOUT } else { READ })
    }

    /// Tell when `fd` has something to read, or no longer.
    pub fn want_readable(&self, fd: BorrowedFd<'_>, token: u64, wanted: bool) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, token, if wanted { READ } else { 0 })
    }

    fn control(&self, operation: i32, fd: BorrowedFd<'_>, token: u64, interest: i32) -> io::Result<()> {
        let mut event = libc::epoll_event { events: interest as u32, u64: token };
        // SAFETY: both descriptors are open, the event outlives the call.
        match unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, fd.as_raw_fd(), &raw mut event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Those that are ready now; does not wait.
    pub fn ready(&self, out: &mut Vec<Readiness>) {
        // SAFETY: plain integers.
        let mut events: [libc::epoll_event; EVENTS] = unsafe { zeroed() };
        // SAFETY: pointer and length of one array.
        let count = unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), EVENTS as i32, 0) };
        out.clear();
        out.extend(events.iter().take(usize::try_from(count).unwrap_or(0)).map(|event| {
            let (flags, token) = (event.events as i32, event.u64);
            let readable = flags & (libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR) != 0;
            Readiness { token, readable, writable: flags & libc::EPOLLOUT != 0 }
        }));
    }
}

impl AsRawFd for Epoll {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
