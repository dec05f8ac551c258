//! Opening the sockets: UDP and TCP on one port number, one more per shard, and the addresses to tell others.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsRawFd;

use socket2::{Domain, Protocol, Socket, Type};

use crate::PlaneError;
use crate::config::Config;
use crate::interfaces::interface_addresses;
use crate::seam::AnnouncedAddress;

/// Half a second of 100 Mbit/s: what may wait in the kernel while a shard is at its longest work.
const SOCKET_BUFFER: usize = 8 << 20;
/// Connections the kernel completes before we take them.
const TCP_BACKLOG: i32 = 128;
/// Ports tried for a port that is free on UDP and TCP and in every family, for every shard.
const TRIES: usize = 64;

/// The sockets of one shard; index = the `local` of a route.
#[derive(Debug)]
pub struct Sockets {
    pub udp: Vec<UdpSocket>,
    pub tcp: Vec<TcpListener>,
    pub bound: Vec<SocketAddr>,
    pub candidates: Vec<AnnouncedAddress>,
}

/// Open the sockets of all shards, or none.
pub fn open(config: &Config) -> Result<Vec<Sockets>, PlaneError> {
    let mut last = None;
    for _ in 0..TRIES {
        let port = if config.bind.iter().any(|bind| bind.port() == 0) { free_port(config.bind[0].ip())? } else { 0 };
        let at = |bind: &SocketAddr| if bind.port() == 0 { port } else { bind.port() };
        match (0..config.shards).map(|shard| open_shard(config, shard, at)).collect() {
            Ok(sockets) => return Ok(sockets),
            // Somebody has the number on TCP, on the other family or one further: the next try finds another.
            Err(PlaneError::Bind(_, error)) if port != 0 && error.kind() == io::ErrorKind::AddrInUse => {
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(PlaneError::Socket(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into())))
}

fn free_port(ip: IpAddr) -> Result<u16, PlaneError> {
    let probe = SocketAddr::new(ip, 0);
    let socket = UdpSocket::bind(probe).map_err(|error| PlaneError::Bind(probe, error))?;
    Ok(socket.local_addr()?.port())
}

fn open_shard(config: &Config, shard: u16, port: impl Fn(&SocketAddr) -> u16) -> Result<Sockets, PlaneError> {
    let nth = |first: u16| {
        first.checked_add(shard).ok_or_else(|| PlaneError::Config("bind: no port is left for every shard".to_owned()))
    };
    let (mut udp, mut tcp, mut bound) = (Vec::new(), Vec::new(), Vec::new());
    for bind in &config.bind {
        let address = SocketAddr::new(bind.ip(), nth(port(bind))?);
        udp.push(open_udp(address).map_err(|error| PlaneError::Bind(address, error))?);
        tcp.push(open_tcp(address).map_err(|error| PlaneError::Bind(address, error))?);
        bound.push(address);
    }
    let announced = config.announced(port(&config.bind[0]))?;
    let mut told = Vec::new();
    for address in &announced {
        told.push(SocketAddr::new(address.ip(), nth(address.port())?));
    }
    if announced.is_empty() {
        told = reachable(&bound, &interface_addresses()?);
    }
    let candidates = told.iter().flat_map(|&addr| [false, true].map(|tcp| AnnouncedAddress { addr, tcp })).collect();
    Ok(Sockets { udp, tcp, bound, candidates })
}

/// The bound addresses, wildcards replaced by those of the interfaces of their family: loopback only where there is
/// nothing else, link-local never (a browser on another link could not use it).
fn reachable(bound: &[SocketAddr], interfaces: &[IpAddr]) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for address in bound {
        if !address.ip().is_unspecified() {
            found.push(*address);
            continue;
        }
        let family = || interfaces.iter().filter(|ip| ip.is_ipv4() == address.is_ipv4() && !is_link_local(**ip));
        let outside: Vec<_> = family().filter(|ip| !ip.is_loopback()).collect();
        let usable = if outside.is_empty() { family().collect() } else { outside };
        found.extend(usable.into_iter().map(|ip| SocketAddr::new(*ip, address.port())));
    }
    found.dedup();
    found
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn open_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = new_socket(address, Type::DGRAM, Protocol::UDP)?;
    set_buffer(&socket, libc::SO_RCVBUFFORCE, libc::SO_RCVBUF);
    set_buffer(&socket, libc::SO_SNDBUFFORCE, libc::SO_SNDBUF);
    if address.ip().is_unspecified() {
        // Answers must leave from the address they were asked at.
        let (level, name) = if address.is_ipv4() {
            (libc::IPPROTO_IP, libc::IP_PKTINFO)
        } else {
            (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)
        };
        set_option(&socket, level, name, 1)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn open_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = new_socket(address, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?; // a restart must not wait for TIME_WAIT
    socket.bind(&address.into())?;
    socket.listen(TCP_BACKLOG)?;
    Ok(socket.into())
}

fn new_socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind.nonblocking().cloexec(), Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?; // IPv4 has a socket of its own
    }
    Ok(socket)
}

/// As much as we may: beyond the system's limit only with the right to.
fn set_buffer(socket: &Socket, forced: i32, polite: i32) {
    let size = SOCKET_BUFFER as i32;
    if set_option(socket, libc::SOL_SOCKET, forced, size).is_err() {
        let _ = set_option(socket, libc::SOL_SOCKET, polite, size); // smaller is slower, not wrong
    }
}

fn set_option(socket: &Socket, level: i32, name: i32, value: i32) -> io::Result<()> {
    let size = size_of::<i32>() as libc::socklen_t;
    // SAFETY: the value is an int that outlives the call.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const value).cast(), size) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_json(json: &str) -> Result<Vec<Sockets>, PlaneError> {
        open(&Config::from_json(json.as_bytes())?)
    }

    #[test]
    fn port_zero_is_one_number_for_every_family_and_transport() {
        let sockets = &open_json(r#"{"bind": ["127.0.0.1:0", "[::1]:0"]}"#).unwrap()[0];
        let port = sockets.bound[0].port();
        assert_ne!(port, 0);
        assert!(sockets.udp.iter().all(|s| s.local_addr().unwrap().port() == port));
        assert!(sockets.tcp.iter().all(|s| s.local_addr().unwrap().port() == port));
        assert_eq!(sockets.candidates.iter().filter(|c| c.tcp).count(), 2);
    }

    #[test]
    fn each_shard_is_one_port_further() {
        let shards = open_json(r#"{"bind": ["127.0.0.1:0"], "shards": 3, "announce": ["192.0.2.9:5000"]}"#).unwrap();
        let base = shards[0].bound[0].port();
        for (n, shard) in (0u16..).zip(&shards) {
            assert_eq!(shard.bound[0].port(), base + n);
            assert!(shard.candidates.iter().all(|c| c.addr.port() == 5000 + n));
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = open_json(&format!(r#"{{"bind": ["{address}"]}}"#)).unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[test]
    fn wildcards_become_the_interfaces_of_their_family() {
        let interfaces = ["127.0.0.1", "192.0.2.7", "169.254.3.4", "::1", "fe80::1"].map(|ip| ip.parse().unwrap());
        let bound = ["0.0.0.0:9", "[::]:9"].map(|a| a.parse().unwrap());
        let expected: Vec<SocketAddr> = ["192.0.2.7:9", "[::1]:9"].map(|a| a.parse().unwrap()).to_vec();
        assert_eq!(reachable(&bound, &interfaces), expected);
    }

    #[test]
    fn bound_addresses_are_told_as_they_are() {
        let bound: [SocketAddr; 1] = ["127.0.0.1:9".parse().unwrap()];
        assert_eq!(reachable(&bound, &[]), bound);
    }
}
