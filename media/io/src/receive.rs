//! Datagrams in: many per system call (recvmmsg), into buffers made once.

use std::io;
use std::mem::zeroed;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use crate::framing::MAX_DATAGRAM;
use crate::sockaddr::{CONTROL_SIZE, Control, RawAddress};

/// Datagrams taken by one system call at most.
pub const BATCH: usize = 64;

/// Buffers for one `recvmmsg`, and what it brought.
pub struct Batch {
    bytes: Box<[u8]>,
    addresses: Box<[RawAddress]>,
    controls: Box<[Control]>,
    // Points into the boxes above, which never move or grow.
    vectors: Box<[libc::iovec]>,
    messages: Box<[libc::mmsghdr]>,
    count: usize,
}

// SAFETY: the raw pointers lead into boxes that the batch owns.
unsafe impl Send for Batch {}

impl Default for Batch {
    fn default() -> Self {
        // SAFETY: both are plain integers and pointers, for which zero is valid.
        let (vector, message) = unsafe { (zeroed::<libc::iovec>(), zeroed::<libc::mmsghdr>()) };
        let mut batch = Self {
            bytes: vec![0; BATCH * MAX_DATAGRAM].into_boxed_slice(),
            addresses: vec![RawAddress::zeroed(); BATCH].into_boxed_slice(),
            controls: vec![Control::empty(); BATCH].into_boxed_slice(),
            vectors: vec![vector; BATCH].into_boxed_slice(),
            messages: vec![message; BATCH].into_boxed_slice(),
            count: 0,
        };
        batch.point();
        batch
    }
}

impl Batch {
    fn point(&mut self) {
        for (vector, buffer) in self.vectors.iter_mut().zip(self.bytes.chunks_exact_mut(MAX_DATAGRAM)) {
            *vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: MAX_DATAGRAM };
        }
        for (index, message) in self.messages.iter_mut().enumerate() {
            message.msg_hdr.msg_iov = &raw mut self.vectors[index];
            message.msg_hdr.msg_iovlen = 1;
            message.msg_hdr.msg_name = (&raw mut self.addresses[index]).cast();
            message.msg_hdr.msg_control = self.controls[index].as_mut_ptr();
        }
    }

    /// Take what lies in the socket, without waiting; `wildcard` if the kernel tells where each arrived. How many came.
    pub fn receive(&mut self, socket: &impl AsFd, wildcard: bool) -> io::Result<usize> {
        let room = if wildcard { CONTROL_SIZE } else { 0 };
        // The kernel overwrote what the last call filled, and nothing else; one socket may want less than another.
        for message in &mut self.messages[..] {
            message.msg_hdr.msg_namelen = RawAddress::SIZE;
            message.msg_hdr.msg_controllen = room as _;
        }
        self.count = 0;
        let fd = socket.as_fd().as_raw_fd();
        // SAFETY: every header points to a name, a buffer and a control area of the stated sizes, all owned by self.
        let count = unsafe {
            libc::recvmmsg(fd, self.messages.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT as _, std::ptr::null_mut())
        };
        self.count = match usize::try_from(count) {
            Ok(count) => count,
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::WouldBlock => 0,
                error => return Err(error),
            },
        };
        Ok(self.count)
    }

    /// Datagram `index` of the last call, whence it came and perhaps where it arrived. `None`: longer than we take, or
    /// not from an IP address.
    pub fn datagram(&mut self, index: usize) -> Option<(SocketAddr, Option<IpAddr>, &mut [u8])> {
        let message = self.messages[..self.count].get(index)?;
        if message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
            return None;
        }
        let from = self.addresses[index].get()?;
        let at = self.controls[index].arrived_at(message.msg_hdr.msg_controllen);
        let start = index * MAX_DATAGRAM;
        let length = (message.msg_len as usize).min(MAX_DATAGRAM);
        Some((from, at, &mut self.bytes[start..start + length]))
    }
}
