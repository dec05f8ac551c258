"""Numbers for ports that must be known before a program takes them, or that it must get again after a restart."""

import itertools
import os
import random
import socket
from contextlib import ExitStack
from typing import Final

# Below Linux's `ip_local_port_range` (32768 and up): whoever asks for any number, or connects, is never given one of
# these, so that nobody gets it by chance between this look and the program's own.
FIRST: Final = 20_000
END: Final = 32_000
TRIES: Final = 50
# Each lane of the tests has numbers of its own, and gives none twice: whoever took one may be down just now, or not up.
LANE: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
LANES: Final = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))

_given = set[int]()


def free_port() -> int:
    """A number on loopback that is free for TCP and UDP right now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    for _ in range(TRIES):
        ports = random.sample([port for port in range(FIRST + LANE, END, LANES) if port not in _given], count)
        with ExitStack() as sockets:
            try:
                for port, kind in itertools.product(ports, (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
                    sockets.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.update(ports)
            return ports
    raise RuntimeError("no port numbers are free for UDP and TCP")
