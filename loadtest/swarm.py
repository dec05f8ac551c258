"""The swarm's two messages: the scenario that goes in, the report that comes out (media/swarm/src/scenario.rs and
report.rs are their other side)."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
TIMEOUT_S: Final = 180


class SwarmError(Exception):
    """The swarm found no result; the message is its own."""


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the swarm's shapes, as its `scenario.rs` reads them."""

    kind: str
    consultations: int = 0
    viewers: int = 0
    audio: bool = False
    video: bool = False
    peers: int = 0
    joins: int = 0
    gap_ms: int = 0


class Scenario(msgspec.Struct, frozen=True):
    consultations: list[dict[str, Any]]
    shape: Shape
    warmup_s: float
    seconds: float
    server_pid: int
    tick_us: int = 0
    windows: int = 1


class Percentiles(msgspec.Struct, frozen=True):
    n: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float


class Joins(msgspec.Struct, frozen=True):
    answered: Percentiles
    reachable: Percentiles
    keyed: Percentiles
    first_packet: Percentiles
    server_cpu_ms: float


class Server(msgspec.Struct, frozen=True):
    cpu_s: float
    cpu_joining_s: float
    resident_before: int
    resident_connected: int
    resident_after: int
    threads: dict[str, float] = {}


class Generator(msgspec.Struct, frozen=True):
    cpu_share: float
    late: Percentiles
    valid: bool
    complaints: list[str]


class Report(msgspec.Struct, frozen=True):
    publishers: int
    viewers: int
    connected: int
    failures: list[str]
    srtp: str
    window_s: float
    lost: int
    recovered: int
    counts: dict[str, int]
    delay: Percentiles
    us_per_forwarded: float | None
    joins: Joins | None
    server: Server
    generator: Generator


def binary(given: str | None) -> Path:
    """The swarm's program: as told, else where `make bench` builds it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "media" / "target"))
    path = Path(given) if given else target / "release" / "sefaw-swarm"
    if not path.exists():
        raise SwarmError(f"{path} is not there; `make bench` builds it")
    return path


def run(program: Path, scenario: Scenario) -> Report:
    return msgspec.json.decode(_call(program, [], msgspec.json.encode(scenario)), type=Report)


def windows(program: Path, scenario: Scenario) -> Iterator[Report]:
    """Each window's report when it ends, while the load goes on. SwarmError: it did not come to its end."""
    pipes = subprocess.PIPE
    with subprocess.Popen([str(program)], stdin=pipes, stdout=pipes, stderr=pipes) as process:
        late = threading.Timer(scenario.windows * (scenario.warmup_s + scenario.seconds) + TIMEOUT_S, process.kill)
        late.start()
        try:
            if process.stdin is None or process.stdout is None or process.stderr is None:
                raise SwarmError("the swarm has no pipes")
            process.stdin.write(msgspec.json.encode(scenario))
            process.stdin.close()
            for line in process.stdout:
                yield msgspec.json.decode(line, type=Report)
            if process.wait():
                raise SwarmError(process.stderr.read().decode("utf-8", "replace").strip())
        finally:
            late.cancel()
            process.kill()


def floor_us(program: Path) -> float:
    """µs of CPU that a forwarded packet costs on this machine at the very least."""
    return float(msgspec.json.decode(_call(program, ["--floor"], b""))["floor_us"])


def _call(program: Path, arguments: list[str], text: bytes) -> bytes:
    done = subprocess.run([str(program), *arguments], input=text, capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise SwarmError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout
