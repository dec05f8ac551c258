"""A demo server of its own for a run, through its public door: the command line and the ready file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

# A cold start makes the database and the demo accounts (argon2).
START_S: Final = 60
STOP_S: Final = 10
DATA: Final = "data"
# The load is many peers from one address, and many calls of one account, on purpose.
ENVIRONMENT: Final = {
    "SEFAW_LIMITS_WHIP_PER_MINUTE": "1000000",
    "SEFAW_LIMITS_OFFERS_PER_MINUTE": "1000000",
    "SEFAW_LIMITS_MESSAGES_PER_S": "10000",
    "SEFAW_LIMITS_MESSAGE_BURST": "100000",
    "SEFAW_LOGS_LEVEL": "warning",
    "SEFAW_SERVER_DRAIN_S": "0",
}


class ServerError(Exception):
    """The server did not come up; the message holds what it said."""


class Ready(msgspec.Struct, frozen=True):
    """What the benchmark needs of the ready file; `consultations` goes to the swarm as it is."""

    http: str
    media: Any
    pid: int
    consultation: str
    whip: str
    whep: str
    tokens: dict[str, str]
    consultations: list[dict[str, Any]] = []

    @property
    def media_port(self) -> int:
        first = self.media[0] if isinstance(self.media, list) else self.media
        return int(str(first).rpartition(":")[2])


@contextmanager
def demo_server(consultations: int) -> Iterator[Ready]:
    """A running server without its bot; killed and its data removed at the end."""
    with TemporaryDirectory(prefix="sefaw-bench-") as name, server_in(Path(name), consultations) as ready:
        yield ready


@contextmanager
def server_in(folder: Path, consultations: int) -> Iterator[Ready]:
    """The same on `folder`/data, which stays: to go on with it afterwards."""
    ready_file, log_path = folder / "ready.json", folder / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            _command(folder / DATA, ready_file, consultations),
            stdout=log,
            stderr=log,
            env={**os.environ, **ENVIRONMENT},
        )
        try:
            yield _wait(process, ready_file, log_path)
        finally:
            _stop(process)


def _command(data: Path, ready_file: Path, consultations: int) -> list[str]:
    program = Path(sys.executable).with_name("sefaw-rtc")
    doors = ["--http", "127.0.0.1:0", "--media", "127.0.0.1:0", "--ready-file", str(ready_file)]
    demo = ["--demo", "--no-bot", "--demo-consultations", str(consultations)]
    return [str(program), "serve", *demo, *doors, "--data", str(data)]


def _wait(process: subprocess.Popen[bytes], ready_file: Path, log: Path) -> Ready:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if ready_file.exists():
            return msgspec.json.decode(ready_file.read_bytes(), type=Ready)
        if process.poll() is not None:
            raise ServerError(f"the server ended with {process.returncode}:\n{_tail(log)}")
        time.sleep(0.05)
    raise ServerError(f"the server was not ready within {START_S} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
