"""`python -m loadtest.bench`: everything that is measured, or one part of it with `--only`. Raw results stay in
build/bench/ as JSON; tables go to the terminal and, with `--docs`, into their places in a document.

Parts: `cpu` (the load generator against the server; single cases of it by name), `join`, `loss`, `glass`, `marks`,
`marks_loss`, `fast`, `views`, `first_picture`, `whole_series`, `journal`, `verify`, `seal`, `leaves`,
`replay`, `search`, `churn`.
Exit code 1: something could not be measured, or something grew that must not.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from loadtest import (
    churn,
    cpu,
    fast,
    first_picture,
    glass,
    join,
    journal,
    leaves,
    loss,
    marks,
    replay,
    seal,
    search,
    sections,
    swarm,
    table,
    verify,
    views,
)
from loadtest.impair import ImpairError
from loadtest.results import Results
from loadtest.server import ServerError

FOLDER: Final = swarm.ROOT / "build" / "bench"


class Scenario(msgspec.Struct, frozen=True):
    """How one part measures, what it shows, and what it says of targets that were missed."""

    measure: Callable[..., Any]
    tables: Callable[[Any], Sequence[sections.Table]]
    missed: Callable[[Any], list[str]]
    kind: type[Any]
    # Missed targets end the bench with an error: growth is a fault, a slow machine is not.
    strict: bool = False


SCENARIOS: Final = {
    "join": Scenario(join.measure, join.tables, join.missed, join.Joins),
    "loss": Scenario(loss.measure, loss.tables, lambda _: [], loss.Losses),
    "glass": Scenario(glass.measure, glass.tables, glass.missed, glass.Glass),
    "marks": Scenario(marks.measure, marks.tables, marks.missed, marks.Marks),
    "marks_loss": Scenario(marks.measure_loss, marks.tables, marks.missed, marks.Marks),
    "fast": Scenario(fast.measure, fast.tables, fast.missed, fast.Fast),
    "views": Scenario(views.measure, views.tables, views.missed, views.Views),
    "first_picture": Scenario(
        first_picture.measure, first_picture.tables, first_picture.missed, first_picture.FirstPictures
    ),
    "whole_series": Scenario(
        first_picture.measure_whole, first_picture.tables, lambda _: [], first_picture.FirstPictures
    ),
    "journal": Scenario(journal.measure, journal.tables, journal.missed, journal.Journal),
    "verify": Scenario(verify.measure, verify.tables, verify.missed, verify.Verify),
    "seal": Scenario(seal.measure, seal.tables, seal.missed, seal.Sealed),
    "leaves": Scenario(leaves.measure, leaves.tables, lambda _: [], leaves.Leaves),
    "replay": Scenario(replay.measure, replay.tables, replay.missed, replay.Replayed),
    "search": Scenario(search.measure, search.tables, search.missed, search.Search),
    "churn": Scenario(churn.measure, churn.tables, churn.missed, churn.Churn, strict=True),
}


def main() -> int:
    arguments = _arguments()
    wanted = set(filter(None, arguments.only.split(",")))
    if arguments.render:
        return _render(arguments)
    try:
        if not wanted or wanted - set(SCENARIOS):
            _cpu(arguments, wanted - set(SCENARIOS) - {"cpu"})
        faults = [_scenario(name, arguments) for name in SCENARIOS if not wanted or name in wanted]
    except (ServerError, swarm.SwarmError, ImpairError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return int(any(faults))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench", description="Everything that is measured.")
    parser.add_argument("--only", default="", help="parts or cases, e.g. 'join,loss' or '1:1 x20,video x40'")
    parser.add_argument("--brief", action="store_true", help="short versions of all but cpu")
    parser.add_argument("--rounds", type=int, default=3, help="cpu: servers started; the table shows medians")
    parser.add_argument("--seconds", type=float, default=None, help="cpu: measured window per shape")
    parser.add_argument("--tick-us", type=int, default=0, help="cpu: read sockets this often instead of being woken")
    parser.add_argument("--no-browser", action="store_true", help="cpu: leave out joins by Chromium")
    parser.add_argument("--swarm", default=None, help="cpu: the swarm's program")
    parser.add_argument("--render", default=None, metavar="JSON", help="show a kept result instead of measuring")
    parser.add_argument("--docs", default=None, metavar="FILE", help="also write the tables into this document")
    return parser.parse_args()


def _cpu(arguments: argparse.Namespace, cases: set[str]) -> None:
    results = cpu.measure(
        cases,
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        tick_us=arguments.tick_us,
        program=swarm.binary(arguments.swarm),
        with_browser=not arguments.no_browser,
    )
    _keep("cpu", results)
    _show_cpu(results, arguments.docs)


def _show_cpu(results: Results, docs: str | None) -> None:
    print(table.text(results))
    _write(docs, table.NAME, table.markdown(results))


def _scenario(name: str, arguments: argparse.Namespace) -> bool:
    """Measure and show one part; true if it found a fault."""
    scenario = SCENARIOS[name]
    began = time.monotonic()
    result = scenario.measure(datetime.now(UTC).isoformat(timespec="seconds"), brief=arguments.brief)
    _keep(name, result)
    _show(name, result, arguments.docs)
    missed = scenario.missed(result)
    print(*missed, f"{name} took {time.monotonic() - began:.0f} s", sep="\n", file=sys.stderr, flush=True)
    return scenario.strict and bool(missed)


def _show(name: str, result: Any, docs: str | None) -> None:
    tables = SCENARIOS[name].tables(result)
    print(f"\n{sections.text(tables)}", flush=True)
    _write(docs, name, sections.markdown(tables))


def _render(arguments: argparse.Namespace) -> int:
    kept = Path(arguments.render)
    name = kept.name.partition("-")[0].partition(".")[0]
    if name in SCENARIOS:
        _show(name, msgspec.json.decode(kept.read_bytes(), type=SCENARIOS[name].kind), arguments.docs)
    else:
        _show_cpu(msgspec.json.decode(kept.read_bytes(), type=Results), arguments.docs)
    return 0


def _write(docs: str | None, name: str, body: str) -> None:
    if docs:
        document = Path(docs)
        document.write_text(sections.put_into(document.read_text("utf-8"), name, body), "utf-8")


def _keep(name: str, result: Any) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(result), indent=1)
    for file in (f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json", f"{name}.json"):
        (FOLDER / file).write_bytes(encoded)


if __name__ == "__main__":
    sys.exit(main())
