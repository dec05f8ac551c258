"""What recording costs: the media plane alone in a process (`sefaw-swarm --plane`), the same load with and without a
journal in turn, each thread's CPU time per packet that came, the forwarding delay, and the bytes on the disk."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

import msgspec

from loadtest import swarm
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number

ROOMS: Final = 10
ROUNDS: Final = 8
SECONDS: Final = 8.0
WARMUP_S: Final = 1.5
SHARD: Final = "sefaw-media-0"

TARGET_SHARD_US: Final = 0.3
TARGET_PROCESS_US: Final = 1.5


class Files(msgspec.Struct, frozen=True):
    """What a recording left on the disk."""

    disk_bytes: int = 0
    packets: int = 0
    packet_bytes: int = 0
    dropped: int = 0


class Window(msgspec.Struct, frozen=True):
    """One run of the load: CPU time in its measured window, the packets that were sent in it, the delay of those
    forwarded, and what lies on the disk afterwards."""

    recorded: bool
    shard_s: float
    process_s: float
    packets: int
    p99_ms: float
    files: Files
    complaints: list[str]

    @property
    def shard_us(self) -> float:
        return self.shard_s * 1e6 / max(1, self.packets)

    @property
    def process_us(self) -> float:
        return self.process_s * 1e6 / max(1, self.packets)


class Journal(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    windows: list[Window]


def measure(at: str, *, brief: bool) -> Journal:
    """Without and with, in turn, in one process. SwarmError: the generator or the plane did not come up."""
    program, rounds = swarm.binary(None), 2 if brief else ROUNDS
    with TemporaryDirectory(prefix="sefaw-bench-") as name, _plane(program) as plane:
        windows = [_window(program, plane, Path(name) / str(at), at % 2 == 1) for at in range(2 * rounds)]
    return Journal(at, this_machine(), windows)


class _Plane:
    """A plane in a process of its own, by the lines it is told and tells."""

    def __init__(self, told: IO[str], tells: IO[str]) -> None:
        self._told, self._tells = told, tells
        ready = self._line()
        self.pid: int = ready["pid"]
        self.places: list[dict[str, Any]] = ready["consultations"]

    def switch(self, line: str) -> Any:
        """Record or stop; returns when it is true on the disk."""
        self._told.write(line + "\n")
        self._told.flush()
        return self._line()

    def _line(self) -> Any:
        line = self._tells.readline()
        if not line:
            raise swarm.SwarmError("the plane ended")
        return msgspec.json.decode(line)


@contextmanager
def _plane(program: Path) -> Iterator[_Plane]:
    command = [str(program), "--plane", str(ROOMS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdin is None or process.stdout is None:
                raise swarm.SwarmError("the plane has no pipes")
            yield _Plane(process.stdin, process.stdout)
        finally:
            process.kill()


def _window(program: Path, plane: _Plane, folder: Path, recorded: bool) -> Window:
    folder.mkdir()
    if recorded:
        plane.switch(f"record {folder}")
    shape = swarm.Shape(kind="one_to_one", consultations=ROOMS)
    report = swarm.run(program, swarm.Scenario(plane.places, shape, WARMUP_S, SECONDS, plane.pid))
    files = msgspec.convert(plane.switch(f"stop {folder}"), Files)
    return Window(
        recorded=recorded,
        shard_s=report.server.threads[SHARD],
        process_s=report.server.cpu_s,
        packets=report.counts["sent"] + report.counts["rtcp_sent"],
        p99_ms=report.delay.p99_ms,
        files=files,
        complaints=report.generator.complaints,
    )


def tables(found: Journal) -> list[Table]:
    rows: list[Row] = [["", "without", "with", "recording costs", "target"]]
    without, recorded = _halves(found)
    for says, of, target in (
        ("the shard's thread, µs a received packet", lambda window: window.shard_us, TARGET_SHARD_US),
        ("the whole process, µs a received packet", lambda window: window.process_us, TARGET_PROCESS_US),
    ):
        one, other = median(map(of, without)), median(map(of, recorded))
        rows.append([says, number(one), number(other), number(_cost(found, of)), f"≤ {target}"])
    delays = [median(window.p99_ms for window in half) for half in (without, recorded)]
    rows.append(["delay p99, ms", *(number(delay) for delay in delays), number(delays[1] - delays[0]), "–"])
    disk, media = (sum(getattr(w.files, of) for w in recorded) for of in ("disk_bytes", "packet_bytes"))
    rows.append(["bytes on the disk, per byte of packets", "–", number(disk / max(1, media), digits=3), "–", "≤ 1.03"])
    rows.append(["packets left out", "–", str(sum(w.files.dropped for w in recorded)), "–", "0"])
    says = f"{ROOMS} consultations 1:1, audio and video both ways, the plane alone; {len(recorded)} windows of each."
    return [Table(says, rows)]


def missed(found: Journal) -> list[str]:
    """Targets that were not met, and windows that do not count."""
    shard, process = _cost(found, lambda window: window.shard_us), _cost(found, lambda window: window.process_us)
    faults = [complaint for window in found.windows for complaint in window.complaints]
    if shard > TARGET_SHARD_US:
        faults.append(f"recording costs the shard {shard:.2f} µs a packet, not {TARGET_SHARD_US}")
    if process > TARGET_PROCESS_US:
        faults.append(f"recording costs the process {process:.2f} µs a packet, not {TARGET_PROCESS_US}")
    return faults


def _cost(found: Journal, of: Callable[[Window], float]) -> float:
    """What recording adds: the median over windows that follow each other, since a machine changes its pace by more."""
    return median(of(recorded) - of(without) for without, recorded in zip(*_halves(found), strict=True))


def _halves(found: Journal) -> tuple[list[Window], list[Window]]:
    return [w for w in found.windows if not w.recorded], [w for w in found.windows if w.recorded]
