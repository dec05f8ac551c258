"""Numbers for ports that must be known before a program takes them, or that it must get again after a restart."""

import itertools
import random
import socket
from contextlib import ExitStack
from typing import Final

# Below Linux's `ip_local_port_range` (32768 and up): whoever asks for any number, or connects, is never given one of
# these, so that nobody gets it by chance between this look and the program's own.
FIRST: Final = 20_000
END: Final = 32_000
TRIES: Final = 50


def free_port() -> int:
    """A number on loopback that is free for TCP and UDP right now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    for _ in range(TRIES):
        ports = random.sample(range(FIRST, END), count)
        with ExitStack() as sockets:
            try:
                for port, kind in itertools.product(ports, (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
                    sockets.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return ports
    raise RuntimeError("no port numbers are free for UDP and TCP")
