"""The addresses of this machine's interfaces, as Linux tells them; elsewhere what the host's name resolves to."""

import fcntl
import ipaddress
import socket
import struct
from pathlib import Path
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SIOCGIFADDR: Final = 0x8915  # netdevice(7)
_IF_INET6: Final = Path("/proc/net/if_inet6")


def addresses() -> list[Address]:
    """Each once, IPv4 first, without link-local ones (nobody types them)."""
    found = dict.fromkeys([*_ipv4(), *_ipv6()] or _by_name())
    return [address for address in found if not address.is_link_local]


def _ipv4() -> list[Address]:
    found: list[Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
        for _number, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(query.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # an interface without an address
            found.append(ipaddress.IPv4Address(answer[20:24]))
    return found


def _ipv6() -> list[Address]:
    try:
        lines = _IF_INET6.read_text("ascii").splitlines()
    except OSError:
        return []
    return [ipaddress.IPv6Address(int(line.split()[0], 16)) for line in lines]


def _by_name() -> list[Address]:
    try:
        answers = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return []
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
