"""HOST:PORT, IPv6 in brackets: parsed once, here."""

import ipaddress

from sefaw_rtc.errors import ConfigError


def parse_address(text: str, key: str) -> tuple[str, int]:
    """`127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` → host without brackets, port. `key` names the culprit."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ConfigError(f"{key}: {text} has an IPv6 address without brackets; write [ADDRESS]:PORT.")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ConfigError(f"{key}: {text} is not HOST:PORT.")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`. Names other than `localhost` are not looked up: they are not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
