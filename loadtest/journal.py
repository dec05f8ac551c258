"""What recording costs: the media plane alone in a process (`sefaw-swarm --plane`), one load that goes on while
recording is switched on and off, each thread's CPU time per packet that came, the forwarding delay, the bytes on
disk.

Whatever else the hardware does slows the plane and its load alike. So beside the CPU time as it was there stands the
same "at an even speed": by what the load's own packets took it in that window."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from math import comb
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

import msgspec

from loadtest import swarm
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number

ROOMS: Final = 40
# Pairs of windows, without and with, every other pair the other way round, so that a machine that grows slower does
# not make either of them dearer.
PAIRS: Final = 16
SECONDS: Final = 5.0
# What a switch makes (keyframes, the first segment) is over before a window begins.
WARMUP_S: Final = 1.2
# How sure it is that the median of many more pairs lies in what is printed.
SURE: Final = 0.9
SHARD: Final = "sefaw-media-0"
WRITER: Final = "sefaw-journal"

TARGET_SHARD_US: Final = 0.3
TARGET_PROCESS_US: Final = 1.5


class Files(msgspec.Struct, frozen=True):
    """What a recording left on the disk."""

    disk_bytes: int = 0
    packets: int = 0
    packet_bytes: int = 0
    dropped: int = 0


class Window(msgspec.Struct, frozen=True):
    """CPU time in one measured window, the packets that were sent in it, and the delay of those forwarded."""

    recorded: bool
    shard_s: float
    writer_s: float
    process_s: float
    load_s: float
    packets: int
    p99_ms: float
    complaints: list[str]

    @property
    def shard_us(self) -> float:
        return self.shard_s * 1e6 / max(1, self.packets)

    @property
    def writer_us(self) -> float:
        return self.writer_s * 1e6 / max(1, self.packets)

    @property
    def process_us(self) -> float:
        return self.process_s * 1e6 / max(1, self.packets)

    @property
    def load_us(self) -> float:
        return self.load_s * 1e6 / max(1, self.packets)


class Journal(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    windows: list[Window]
    # Of all recorded windows, with what came between them.
    files: Files


class Cost(msgspec.Struct, frozen=True):
    """What recording adds, µs a packet: the median over pairs of windows that follow each other, and two of them
    between which the median of many more pairs lies (`SURE`)."""

    us: float
    low: float
    high: float


def measure(at: str, *, brief: bool) -> Journal:
    """SwarmError: the generator or the plane did not come up."""
    program, pairs = swarm.binary(None), 2 if brief else PAIRS
    recorded = [on for pair in range(pairs) for on in (pair % 2 == 1, pair % 2 == 0)]
    with TemporaryDirectory(prefix="sefaw-bench-") as name, _plane(program) as plane:
        shape = swarm.Shape(kind="one_to_one", consultations=ROOMS)
        scenario = swarm.Scenario(plane.places, shape, WARMUP_S, SECONDS, plane.pid, windows=len(recorded))
        windows = list(_windows(swarm.windows(program, scenario), plane, Path(name), recorded))
        files = msgspec.convert([plane.switch(f"stop {folder}") for folder in Path(name).iterdir()], list[Files])
    together = Files(*(sum(getattr(each, of) for each in files) for of in Files.__struct_fields__))
    return Journal(at, this_machine(), windows, together)


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


def _windows(reports: Iterator[swarm.Report], plane: _Plane, folder: Path, recorded: list[bool]) -> Iterator[Window]:
    """A window is measured while the generator waits for its end; the next one is switched as soon as it is."""
    for at, (report, on) in enumerate(zip(reports, recorded, strict=True)):
        if on:
            plane.switch("stop")
        if at + 1 < len(recorded) and recorded[at + 1]:
            (folder / str(at)).mkdir()
            plane.switch(f"record {folder / str(at)}")
        yield Window(
            recorded=on,
            shard_s=report.server.threads[SHARD],
            writer_s=report.server.threads[WRITER],
            process_s=report.server.cpu_s,
            load_s=report.generator.cpu_share * SECONDS,
            packets=report.counts["sent"] + report.counts["rtcp_sent"],
            p99_ms=report.delay.p99_ms,
            complaints=report.generator.complaints,
        )


Of = Callable[[Window], float]


class _Row(msgspec.Struct, frozen=True):
    says: str
    of: Of
    target: float | None = None
    even: bool = False


_COSTS: Final = [
    _Row("the shard's thread, µs a received packet", lambda window: window.shard_us),
    _Row("the same at an even speed", lambda window: window.shard_us, TARGET_SHARD_US, even=True),
    _Row("the writer's thread, µs a received packet", lambda window: window.writer_us),
    _Row("the whole process, µs a received packet", lambda window: window.process_us),
    _Row("the same at an even speed", lambda window: window.process_us, TARGET_PROCESS_US, even=True),
    _Row("its load, µs a packet", lambda window: window.load_us),
    _Row("delay p99, ms", lambda window: window.p99_ms),
]


def tables(found: Journal) -> list[Table]:
    rows: list[Row] = [["", "without", "with", "recording costs", "from – to", "target"]]
    without, recorded = _halves(found)
    for row in _COSTS:
        of = _of(row, found)
        cost = _cost(found, of)
        spread = f"{number(cost.low)} – {number(cost.high)}"
        aim = "–" if row.target is None else f"≤ {row.target}"
        halves = [number(median(map(of, half))) for half in (without, recorded)]
        rows.append([row.says, *halves, number(cost.us), spread, aim])
    disk = number(found.files.disk_bytes / max(1, found.files.packet_bytes), digits=3)
    rows.append(["bytes on the disk, per byte of packets", "–", disk, "–", "–", "≤ 1.03"])
    rows.append(["packets left out", "–", str(found.files.dropped), "–", "–", "0"])
    says = f"{ROOMS} consultations 1:1, audio and video both ways, the plane alone; {len(recorded)} windows of each."
    return [Table(says, rows)]


def missed(found: Journal) -> list[str]:
    """Targets that were not met, and windows that do not count."""
    faults = [complaint for window in found.windows for complaint in window.complaints]
    for says, row in zip(("shard", "process"), (row for row in _COSTS if row.target is not None), strict=True):
        us = _cost(found, _of(row, found)).us
        if row.target is not None and us > row.target:
            faults.append(f"recording costs the {says} {us:.2f} µs a packet, not {row.target}")
    return faults


def _of(row: _Row, found: Journal) -> Of:
    """The figure of a window; `even`: as if the load's packets took it the same in all of them."""
    if not row.even:
        return row.of
    usual = median(window.load_us for window in found.windows)
    return lambda window: row.of(window) * usual / window.load_us


def _cost(found: Journal, of: Of) -> Cost:
    each = sorted(of(recorded) - of(without) for without, recorded in zip(*_halves(found), strict=True))
    trim = _trim(len(each))
    return Cost(median(each), each[trim], each[-1 - trim])


def _trim(pairs: int) -> int:
    """How many of the smallest, and of the largest, lie outside: the sign test's interval of a median."""
    beyond = accumulate(comb(pairs, few) for few in range(pairs // 2))
    return max(0, sum(2 * ways <= (1 - SURE) * (1 << pairs) for ways in beyond) - 1)


def _halves(found: Journal) -> tuple[list[Window], list[Window]]:
    return [w for w in found.windows if not w.recorded], [w for w in found.windows if w.recorded]
