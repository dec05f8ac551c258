"""What a packet and a join cost: starts a server per round, runs every shape of the load generator once, in another
order every round. CPU time of the whole server process is read by the swarm at the edges of each measured window."""

import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from loadtest import browser, swarm
from loadtest.results import FirstFrames, Results, Round, this_machine
from loadtest.server import Ready, demo_server
from loadtest.shapes import CONSULTATIONS, FORWARDING, JOINS, SILENT, Case

WARMUP_S: Final = 1.5


def measure(
    wanted: set[str], *, rounds: int, seconds: float | None, tick_us: int, program: Path, with_browser: bool
) -> Results:
    """`wanted`: names of cases, `browser` among them; empty: all. SwarmError: there is no such case."""
    cases = [case for case in (*FORWARDING, JOINS, SILENT) if not wanted or case.name in wanted]
    if not cases and wanted != {"browser"}:
        raise swarm.SwarmError(f"no case is called {', '.join(sorted(wanted))!r}")
    done = [_round(program, turned(cases, number), seconds, tick_us) for number in range(rounds)]
    frames = _first_frames() if with_browser and (not wanted or "browser" in wanted) else None
    version = metadata.version("sefaw-rtc")
    return Results(datetime.now(UTC).isoformat(timespec="seconds"), version, this_machine(), done, frames)


def turned(cases: list[Case], by: int) -> list[Case]:
    """Another order every round, so that no shape always follows the same one."""
    shift = by * 3 % len(cases) if cases else 0
    return cases[shift:] + cases[:shift]


def _round(program: Path, cases: Iterable[Case], seconds: float | None, tick_us: int) -> Round:
    floor = swarm.floor_us(program)
    reports: dict[str, swarm.Report] = {}
    with demo_server(CONSULTATIONS) as ready:
        for case in cases:
            report = reports[case.name] = _run(program, ready, case, seconds, tick_us)
            _progress(case, report)
    return Round(floor, reports)


def _run(program: Path, ready: Ready, case: Case, seconds: float | None, tick_us: int) -> swarm.Report:
    scenario = swarm.Scenario(
        consultations=ready.consultations,
        shape=case.shape,
        warmup_s=WARMUP_S,
        seconds=seconds or case.seconds,
        server_pid=ready.pid,
        tick_us=tick_us,
    )
    return swarm.run(program, scenario)


def _progress(case: Case, report: swarm.Report) -> None:
    cost = "" if report.us_per_forwarded is None else f"{report.us_per_forwarded:.2f} µs"
    print(f"{time.strftime('%H:%M:%S')} {case.title}: {cost}", *report.generator.complaints, file=sys.stderr)


def _first_frames() -> FirstFrames | None:
    with demo_server(1) as ready:
        return browser.first_frames(ready)
