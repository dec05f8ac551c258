//! A bell between threads that can be waited for together with sockets (eventfd).

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, RawFd};

#[derive(Debug)]
pub struct Bell(File);

impl Bell {
    pub fn new() -> io::Result<Self> {
        // SAFETY: a new descriptor that nobody else has; `File` closes it.
        match unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) } {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(Self(unsafe { File::from_raw_fd(fd) })),
        }
    }

    /// Whoever waits wakes up. Ringing twice is ringing once.
    pub fn ring(&self) {
        let _ = (&self.0).write(&1u64.to_ne_bytes()); // only fails when it has rung 2^64 times
    }

    pub fn silence(&self) {
        let _ = (&self.0).read(&mut [0; 8]); // fails when it has not rung
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
