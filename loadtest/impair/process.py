"""The proxy as a process of its own, for scenarios: what they measure must not wait for it, nor it for them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, Final

import msgspec

PATIENCE_S: Final = 20.0
# Its few microseconds a packet must not wait behind a browser's video codecs. Needs the right to; without it, not.
FIRST: Final = os.sched_param(1)


class ImpairError(Exception):
    """The proxy did not start or refused a command; the message is its own."""


class Impaired:
    """A running proxy: `address` for clients, `do` for commands; `also_port` leads to the second server (0: none)."""

    def __init__(self, address: str, control: tuple[str, int], also: str = "") -> None:
        self.address = address
        self.port = int(address.rpartition(":")[2])
        self.also_port = int(also.rpartition(":")[2] or 0)
        with socket.create_connection(control, PATIENCE_S) as connection:
            self._lines = connection.makefile("rwb")  # keeps the connection open until it is closed itself

    def close(self) -> None:
        self._lines.close()

    def do(self, **command: Any) -> dict[str, Any]:
        """`do(do="set", down={"loss": 0.1})`; the answer. ImpairError if it is refused."""
        self._lines.write(msgspec.json.encode(command) + b"\n")
        self._lines.flush()
        said: dict[str, Any] = msgspec.json.decode(self._lines.readline())
        if not said["ok"]:
            raise ImpairError(said["error"])
        return said

    def stats(self) -> dict[str, Any]:
        return self.do(do="stats")


@contextmanager
def impaired(to: str, *options: str) -> Iterator[Impaired]:
    """`with impaired("127.0.0.1:7881", "--delay", "50") as proxy:`"""
    command = [sys.executable, "-m", "loadtest.impair", "--to", to, "--control", "127.0.0.1:0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with suppress(OSError):
        os.sched_setscheduler(process.pid, os.SCHED_RR, FIRST)
    try:
        ready = _ready(process)
        host, _, port = ready["control"].rpartition(":")
        with closing(Impaired(ready["address"], (host, int(port)), ready.get("also", ""))) as proxy:
            yield proxy
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise ImpairError(f"the proxy ended with {process.wait(PATIENCE_S)} before it was ready")
    ready: dict[str, Any] = msgspec.json.decode(line)
    return ready
