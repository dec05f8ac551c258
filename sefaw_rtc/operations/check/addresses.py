"""Will the media addresses in our answers reach anybody?"""

import ipaddress
import socket
from collections.abc import Iterator

from sefaw_rtc.config import Config, is_loopback, parse_address
from sefaw_rtc.operations import interfaces
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning

_AREA = "announced"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def examine(config: Config) -> Iterator[Finding]:
    local = is_loopback(parse_address(config.server.http, "server.http")[0]) and not config.server.public_url
    announced: list[Address] = []
    for entry in config.server.announce or config.server.media:
        found, host = _resolved(entry)
        if not found:
            do = "Write an address instead, or mend the name in the DNS."
            yield problem(_AREA, f"The media address {host} cannot be resolved.", do)
        announced += found
    announced = _expanded(announced)
    for address in announced:
        yield _one(address, local=local)
    if announced and not local and not any(address.is_global for address in announced):
        do = "For callers from elsewhere: forward the media port (UDP and TCP); server.announce = the outer address."
        yield warning(_AREA, "All media addresses are private: only this network reaches them.", do)


def _one(address: Address, *, local: bool) -> Finding:
    if address.is_loopback and not local:
        do = "Set server.media to 0.0.0.0:PORT, or server.announce to what callers can reach."
        return problem(_AREA, f"Pages come from outside, but media is announced as {address}: nobody gets sound.", do)
    if address.is_loopback:
        return ok(_AREA, f"{address}: this machine only, as the pages.")
    return ok(_AREA, f"{address}: {'public' if address.is_global else 'private (this network)'}.")


def _resolved(entry: str) -> tuple[list[Address], str]:
    """The addresses of `HOST` or `HOST:PORT`."""
    host = entry.rpartition(":")[0] if ":" in entry.replace("::", "") or entry.startswith("[") else entry
    host = host.strip("[]") if host else entry
    try:
        return [ipaddress.ip_address(host)], host
    except ValueError:
        pass
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return [], host
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers], host


def _expanded(found: list[Address]) -> list[Address]:
    """`0.0.0.0` and `::` stand for the interfaces' addresses, as the plane announces them."""
    listed: dict[Address, None] = {}
    for address in found:
        if address.is_unspecified:
            own = [each for each in interfaces.addresses() if each.version == address.version and not each.is_loopback]
            listed.update(dict.fromkeys(own))
        else:
            listed[address] = None
    return list(listed)
