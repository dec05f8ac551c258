"""`python -m loadtest.bench`: the performance table. Starts a server per round, runs every shape once, keeps the raw
reports as JSON in build/bench/ and prints the medians.

CPU time of the whole server process is read by the swarm at the edges of each measured window.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from loadtest import browser, swarm, table
from loadtest.results import FirstFrames, Results, Round, this_machine
from loadtest.server import Ready, ServerError, demo_server
from loadtest.shapes import CONSULTATIONS, FORWARDING, JOINS, SILENT, Case

FOLDER: Final = swarm.ROOT / "build" / "bench"
WARMUP_S: Final = 1.5


def main() -> int:
    arguments = _arguments()
    try:
        results = _load(arguments.render) if arguments.render else _measure(arguments)
    except (ServerError, swarm.SwarmError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(table.text(results))
    if arguments.docs:
        document = Path(arguments.docs)
        document.write_text(table.put_into(document.read_text("utf-8"), results), "utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench", description="The performance table.")
    parser.add_argument("--rounds", type=int, default=3, help="servers started; the table shows medians")
    parser.add_argument("--seconds", type=float, default=None, help="measured window per shape")
    parser.add_argument("--only", default="", help="comma-separated cases, e.g. '1:1 x20,video x40,joins'")
    parser.add_argument("--tick-us", type=int, default=0, help="read sockets this often instead of being woken")
    parser.add_argument("--no-browser", action="store_true", help="leave out joins by Chromium")
    parser.add_argument("--swarm", default=None, help="the swarm's program")
    parser.add_argument("--render", default=None, metavar="JSON", help="show a kept result instead of measuring")
    parser.add_argument("--docs", default=None, metavar="FILE", help="also write the table into this document")
    return parser.parse_args()


def _load(path: str) -> Results:
    return msgspec.json.decode(Path(path).read_bytes(), type=Results)


def _measure(arguments: argparse.Namespace) -> Results:
    program = swarm.binary(arguments.swarm)
    wanted = set(filter(None, arguments.only.split(",")))
    cases = [case for case in (*FORWARDING, JOINS, SILENT) if not wanted or case.name in wanted]
    if not cases and wanted != {"browser"}:
        raise swarm.SwarmError(f"no case is called {arguments.only!r}")
    rounds = [_round(program, _turned(cases, number), arguments) for number in range(arguments.rounds)]
    frames = None
    if not arguments.no_browser and (not wanted or "browser" in wanted):
        frames = _first_frames()
    now = datetime.now(UTC)
    version = metadata.version("sefaw-rtc")
    results = Results(now.isoformat(timespec="seconds"), version, this_machine(), rounds, frames)
    _keep(results, now)
    return results


def _turned(cases: list[Case], by: int) -> list[Case]:
    """Another order every round, so that no shape always follows the same one."""
    shift = by * 3 % len(cases) if cases else 0
    return cases[shift:] + cases[:shift]


def _round(program: Path, cases: Iterable[Case], arguments: argparse.Namespace) -> Round:
    floor = swarm.floor_us(program)
    reports: dict[str, swarm.Report] = {}
    with demo_server(CONSULTATIONS) as ready:
        for case in cases:
            report = reports[case.name] = _run(program, ready, case, arguments)
            _progress(case, report)
    return Round(floor, reports)


def _run(program: Path, ready: Ready, case: Case, arguments: argparse.Namespace) -> swarm.Report:
    scenario = swarm.Scenario(
        consultations=ready.consultations,
        shape=case.shape,
        warmup_s=WARMUP_S,
        seconds=arguments.seconds or case.seconds,
        server_pid=ready.pid,
        tick_us=arguments.tick_us,
    )
    return swarm.run(program, scenario)


def _progress(case: Case, report: swarm.Report) -> None:
    cost = "" if report.us_per_forwarded is None else f"{report.us_per_forwarded:.2f} µs"
    print(f"{time.strftime('%H:%M:%S')} {case.title}: {cost}", *report.generator.complaints, file=sys.stderr)


def _first_frames() -> FirstFrames | None:
    with demo_server(1) as ready:
        return browser.first_frames(ready)


def _keep(results: Results, now: datetime) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(results), indent=1)
    for name in (f"bench-{now:%Y%m%dT%H%M%S}.json", "latest.json"):
        (FOLDER / name).write_bytes(encoded)


if __name__ == "__main__":
    sys.exit(main())
