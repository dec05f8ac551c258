//! The addresses of this machine's interfaces that are up.

use std::io;
use std::net::IpAddr;

use crate::sockaddr::RawAddress;

pub fn interface_addresses() -> io::Result<Vec<IpAddr>> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the kernel's library allocates the list; it is freed below, after the last use.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let (mut found, mut entry) = (Vec::new(), list);
    // SAFETY: `entry` walks a null-terminated list that nobody else changes.
    while let Some(interface) = unsafe { entry.as_ref() } {
        let up = interface.ifa_flags & libc::IFF_UP as u32 != 0;
        found.extend(up.then(|| address(interface.ifa_addr)).flatten());
        entry = interface.ifa_next;
    }
    // SAFETY: allocated by getifaddrs, freed once.
    unsafe { libc::freeifaddrs(list) };
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn address(raw: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: null, or a sockaddr whose size its family says; only IP families are read further.
    let known =
        unsafe { raw.as_ref() }.is_some_and(|a| matches!(i32::from(a.sa_family), libc::AF_INET | libc::AF_INET6));
    if !known {
        return None;
    }
    let mut copy = RawAddress::zeroed();
    // SAFETY: as above; a v4 address is shorter than the union, so only its own bytes are copied.
    unsafe {
        let size = if i32::from((*raw).sa_family) == libc::AF_INET {
            size_of::<libc::sockaddr_in>()
        } else {
            size_of::<libc::sockaddr_in6>()
        };
        std::ptr::copy_nonoverlapping(raw.cast::<u8>(), (&raw mut copy).cast::<u8>(), size);
    }
    copy.get().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_among_them() {
        assert!(interface_addresses().unwrap().contains(&"127.0.0.1".parse().unwrap()));
    }
}
