"""The raw result of a benchmark, as it is kept in build/bench/, and the medians that the table shows."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from loadtest.swarm import Report


class Machine(msgspec.Struct, frozen=True):
    cpu: str
    cores: int
    memory_gib: float
    kernel: str

    @property
    def title(self) -> str:
        return f"{self.cores} × {self.cpu}, {self.memory_gib:g} GiB, Linux {self.kernel}"


class Round(msgspec.Struct, frozen=True):
    """One server's life: every case once, in the order in which they ran."""

    floor_us: float
    reports: dict[str, Report]


class FirstFrames(msgspec.Struct, frozen=True):
    """Milliseconds from the click to the first decoded frame in Chromium."""

    browser: str
    apart: list[float]
    back_to_back: list[float]


class Results(msgspec.Struct, frozen=True):
    at: str
    version: str
    machine: Machine
    rounds: list[Round]
    first_frames: FirstFrames | None = None

    def floor_us(self) -> float:
        return median(one.floor_us for one in self.rounds)

    def valid(self, name: str) -> list[Report]:
        """The rounds' reports of a case that count: an overloaded generator's do not."""
        reports = [one.reports[name] for one in self.rounds if name in one.reports]
        return [report for report in reports if report.generator.valid]

    def complaints(self, name: str) -> list[str]:
        reports = [one.reports[name] for one in self.rounds if name in one.reports]
        return [complaint for report in reports for complaint in report.generator.complaints]

    def median(self, name: str, figure: Callable[[Report], float | None]) -> float | None:
        """The median over the valid rounds; None when there is none."""
        figures = [value for report in self.valid(name) if (value := figure(report)) is not None]
        return median(figures) if figures else None


def this_machine() -> Machine:
    return Machine(
        cpu=_cpu_model(),
        cores=os.cpu_count() or 0,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        kernel=platform.release(),
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
