//! Socket addresses and control messages in the kernel's own layout.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An IPv4 or IPv6 address as `msg_name` wants it. Both begin with the family.
#[repr(C)]
#[derive(Clone, Copy)]
pub union RawAddress {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl RawAddress {
    pub const SIZE: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

    pub fn zeroed() -> Self {
        // SAFETY: plain integers; all zero is family AF_UNSPEC.
        unsafe { zeroed() }
    }

    /// The kernel's form of `address`, and how long it is.
    pub fn new(address: SocketAddr) -> (Self, libc::socklen_t) {
        match address {
            SocketAddr::V4(v4) => {
                let raw = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(v4.ip().octets()) },
                    sin_zero: [0; 8],
                };
                (Self { v4: raw }, size_of::<libc::sockaddr_in>() as libc::socklen_t)
            }
            SocketAddr::V6(v6) => {
                let raw = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                    sin6_scope_id: v6.scope_id(),
                };
                (Self { v6: raw }, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
            }
        }
    }

    /// What the kernel wrote; `None` for a family that is not IP.
    pub fn get(&self) -> Option<SocketAddr> {
        // SAFETY: both members are plain integers that begin with the family; every bit pattern is valid.
        unsafe {
            match i32::from(self.v4.sin_family) {
                libc::AF_INET => {
                    let ip = Ipv4Addr::from(self.v4.sin_addr.s_addr.to_ne_bytes());
                    Some(SocketAddr::V4(SocketAddrV4::new(ip, u16::from_be(self.v4.sin_port))))
                }
                libc::AF_INET6 => {
                    let ip = Ipv6Addr::from(self.v6.sin6_addr.s6_addr);
                    let port = u16::from_be(self.v6.sin6_port);
                    // The flow label is dropped: one peer must not look like many.
                    Some(SocketAddr::V6(SocketAddrV6::new(ip, port, 0, self.v6.sin6_scope_id)))
                }
                _ => None,
            }
        }
    }
}

/// Room for what we send or get beside a datagram: the local address (at most 20 bytes) and the segment size (2), each
/// with a header of 16, padded to 8.
pub const CONTROL_SIZE: usize = 64;

/// Control messages of one datagram, aligned as `cmsghdr` must be.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Control {
    bytes: [u8; CONTROL_SIZE],
    used: usize,
}

impl Control {
    pub const fn empty() -> Self {
        Self { bytes: [0; CONTROL_SIZE], used: 0 }
    }

    pub fn as_mut_ptr(&mut self) -> *mut libc::c_void {
        self.bytes.as_mut_ptr().cast()
    }

    pub const fn used(&self) -> usize {
        self.used
    }

    /// Cut the datagram into packets of `size` bytes (UDP GSO).
    pub fn push_segment(&mut self, size: u16) {
        self.push(libc::SOL_UDP, libc::UDP_SEGMENT, &size.to_ne_bytes());
    }

    /// Undo `push_segment`, which must have been the last push.
    pub fn drop_segment(&mut self) {
        self.used = self.used.saturating_sub((size_of::<libc::cmsghdr>() + 2).next_multiple_of(8));
    }

    /// Send from this address of ours.
    pub fn push_source(&mut self, source: IpAddr) {
        match source {
            IpAddr::V4(v4) => {
                let mut info = [0; 12]; // in_pktinfo: interface (any), source, destination (unused)
                info[4..8].copy_from_slice(&v4.octets());
                self.push(libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
            }
            IpAddr::V6(v6) => {
                let mut info = [0; 20]; // in6_pktinfo: source, interface (any)
                info[..16].copy_from_slice(&v6.octets());
                self.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
            }
        }
    }

    fn push(&mut self, level: i32, kind: i32, data: &[u8]) {
        let header = size_of::<libc::cmsghdr>();
        let total = header + data.len();
        let Some(place) = self.bytes.get_mut(self.used..self.used + total.next_multiple_of(8)) else { return };
        place[..8].copy_from_slice(&(total as u64).to_ne_bytes());
        place[8..12].copy_from_slice(&level.to_ne_bytes());
        place[12..16].copy_from_slice(&kind.to_ne_bytes());
        place[header..total].copy_from_slice(data);
        self.used += total.next_multiple_of(8);
    }

    /// The address of ours a datagram was sent to, if the kernel wrote it into the first `length` bytes. Only sockets
    /// bound to a wildcard ask for it.
    pub fn arrived_at(&self, length: usize) -> Option<IpAddr> {
        let mut rest = &self.bytes[..length.min(CONTROL_SIZE)];
        while let Some((level, kind, data, tail)) = split(rest) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => return array::<4>(data, 8).map(IpAddr::from),
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => return array::<16>(data, 0).map(IpAddr::from),
                _ => rest = tail,
            }
        }
        None
    }
}

/// One control message: level, type, data, and what follows.
fn split(bytes: &[u8]) -> Option<(i32, i32, &[u8], &[u8])> {
    let header = size_of::<libc::cmsghdr>();
    let total = usize::try_from(u64::from_ne_bytes(array(bytes, 0)?)).ok()?;
    let level = i32::from_ne_bytes(array(bytes, 8)?);
    let kind = i32::from_ne_bytes(array(bytes, 12)?);
    let data = bytes.get(header..total)?;
    Some((level, kind, data, bytes.get(total.next_multiple_of(8)..).unwrap_or_default()))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn addresses_survive_the_kernels_form(v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>(), port in any::<u16>()) {
            for ip in [IpAddr::from(v4), IpAddr::from(v6)] {
                let address = SocketAddr::new(ip, port);
                prop_assert_eq!(RawAddress::new(address).0.get(), Some(address));
            }
        }

        #[test]
        fn any_control_bytes_are_harmless(bytes in prop::collection::vec(any::<u8>(), CONTROL_SIZE), length in 0usize..200) {
            let mut control = Control::empty();
            control.bytes.copy_from_slice(&bytes);
            control.arrived_at(length);
        }
    }

    #[test]
    fn a_zeroed_address_is_none() {
        assert_eq!(RawAddress::zeroed().get(), None);
    }

    #[test]
    fn control_messages_have_the_kernels_lengths() {
        let mut control = Control::empty();
        control.push_source("::1".parse().unwrap());
        control.push_segment(1200);
        // SAFETY: these only do arithmetic.
        let expected = unsafe { libc::CMSG_SPACE(20) + libc::CMSG_SPACE(2) } as usize;
        assert_eq!(control.used(), expected);
        assert_eq!(control.arrived_at(control.used()), Some("::1".parse().unwrap()));
    }
}
