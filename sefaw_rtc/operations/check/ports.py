"""Are the ports free, or held by the running server of this very data directory?"""

import errno
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final

from sefaw_rtc.config import Config, is_loopback, parse_address
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning
from sefaw_rtc.operations.data_lock import is_locked

_KINDS: Final = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM}
_ANSWER_S: Final = 3.0


def examine(config: Config) -> Iterator[Finding]:
    running = is_locked(config.data)
    if running:
        yield _asked(config)
    host, port = parse_address(config.server.http, "server.http")
    yield _port("http", host, port, "TCP", running=running)
    if config.scp.listen:
        host, port = parse_address(config.scp.listen, "scp.listen")
        yield _port("scp", host, port, "TCP", running=running)
        if not config.scp.tls_cert and not is_loopback(host):
            do = "Give scp.tls_cert and scp.tls_key, or see that only the devices' own network reaches it."
            yield warning("scp", "Devices send pictures without encryption, and their AE titles prove nothing.", do)
    for entry in config.server.media:
        host, base = parse_address(entry, "server.media")
        for shard in range(config.server.shards if base else 1):
            for kind in _KINDS:
                yield _port("media", host, base + shard, kind, running=running)


def _port(area: str, host: str, port: int, kind: str, *, running: bool) -> Finding:
    where = f"{kind} [{host}]:{port}" if ":" in host else f"{kind} {host}:{port}"
    key = "scp.listen" if area == "scp" else f"server.{area}"
    trouble = _bind(host, port, _KINDS[kind])
    if trouble is None:
        return ok(area, f"{where} is free.")
    if trouble.errno == errno.EADDRINUSE and running:
        return ok(area, f"{where} is in use while this data directory's server runs.")
    if trouble.errno == errno.EADDRINUSE:
        return problem(area, f"{where} is used by another program.", f"Stop it (ss -lp shows it) or change {key}.")
    if trouble.errno == errno.EACCES:
        do = "Use a port above 1023, or give the service AmbientCapabilities=CAP_NET_BIND_SERVICE."
        return problem(area, f"{where} needs a right that this user does not have.", do)
    do = f"Give an address of this machine in {key}; 0.0.0.0 or [::] means all of them."
    return problem(area, f"{where} cannot be used: {trouble.strerror or trouble}.", do)


def _bind(host: str, port: int, kind: int) -> OSError | None:
    """Take the port for a moment; why not, if not."""
    try:
        family, _kind, proto, _name, where = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, proto) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: not held up by TIME_WAIT
            probe.bind(where)
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
    except OSError as error:
        return error
    return None


def _asked(config: Config) -> Finding:
    """What the running server says of itself."""
    url = f"{local_url(config)}/readyz"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificate is judged elsewhere
    try:
        with urllib.request.urlopen(url, timeout=_ANSWER_S, context=context) as reply:  # noqa: S310 - our own URL
            said = reply.read(200).decode("utf-8", "replace").strip()
    except urllib.error.HTTPError as error:
        said = error.read(200).decode("utf-8", "replace").strip()
        return warning("http", f"The running server takes no calls: {said}.", "If it stays so, look at its log.")
    except (OSError, ValueError) as error:
        do = "Is it configured by another file? Compare `sefaw-rtc config show`; else restart it."
        return problem("http", f"A server holds the data directory but does not answer at {url}: {error}.", do)
    return ok("http", f"The running server says: {said}.")


def local_url(config: Config) -> str:
    """Where this machine itself reaches the server."""
    host, port = parse_address(config.server.http, "server.http")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{'https' if config.tls else 'http'}://{authority}"
