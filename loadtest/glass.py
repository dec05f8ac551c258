"""From drawing to seeing: how old is a frame when the receiving page gets it, by our server and page to page, on one
machine without a proxy? Interleaved runs, so that both meet the same machine."""

import time
from typing import Final

import msgspec

from loadtest import pages
from loadtest.calls import WAYS, Pair, Settings, Way
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number, share
from loadtest.server import demo_server

# Our page's settings on a small machine: viewer/src/rtc/codecs.ts and peer.ts.
KINDS: Final = {
    "VP8, browser's defaults": Settings(),
    "H264 at 700 kbit/s, as our page sends a face, always whole": Settings(codec="video/H264", bitrate=700_000),
}
RUNS: Final = 6
WARMUP_S: Final = 3.0
SECONDS: Final = 6.0
UNREADABLE_MS: Final = 10_000
TARGET_P50_MS: Final = 5
TARGET_P95_MS: Final = 17


class Run(msgspec.Struct, frozen=True):
    """One call: the age of every frame shown in the window, ms."""

    kind: str
    way: Way
    number: int
    width: int
    ages: list[float]
    unreadable: int


class Glass(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    runs: list[Run]

    def ages(self, kind: str, way: Way) -> list[float]:
        """Of all runs."""
        return [age for run in self.runs if (run.kind, run.way) == (kind, way) for age in run.ages]


def measure(at: str, *, brief: bool) -> Glass:
    runs, seconds = (1, 2.0) if brief else (RUNS, SECONDS)
    with demo_server(1) as ready, pages.chromium() as browser:
        pair = Pair(browser, ready)
        order = [(kind, way, number) for number in range(runs) for kind in KINDS for way in _turn(number)]
        _run(pair, next(iter(KINDS)), "server", 0, seconds)  # codecs are loaded, pages are laid out
        done = [_run(pair, kind, way, number, seconds) for kind, way, number in order]
        return Glass(at, this_machine(), browser.version, done)


def _turn(number: int) -> tuple[Way, ...]:
    """Who goes first changes."""
    return WAYS if number % 2 == 0 else WAYS[::-1]


def _run(pair: Pair, kind: str, way: Way, number: int, seconds: float) -> Run:
    with pair.call(way, KINDS[kind]):
        time.sleep(WARMUP_S)
        seen = pair.receiver.evaluate("(it) => bench.ages(it)", {"seconds": seconds})
    # Coding may spoil a block; such a stamp is years off, or from the future.
    ages = [age for age in seen["ages"] if 0 <= age < UNREADABLE_MS]
    return Run(kind, way, number, int(seen["width"]), ages, len(seen["ages"]) - len(ages))


def tables(result: Glass) -> list[Table]:
    head: Row = [
        "picture",
        "call",
        "runs",
        "frames (unreadable)",
        "p50 ms",
        "p95 ms",
        "p50 of each run",
        "beyond page to page",
    ]
    rows: list[Row] = [head]
    for kind in KINDS:
        for way in WAYS:
            runs = [run for run in result.runs if (run.kind, run.way) == (kind, way)]
            ages = result.ages(kind, way)
            each = " ".join(number(share(run.ages, 0.5), digits=0) for run in runs)
            figures = [number(share(ages, part), digits=0) for part in (0.5, 0.95)]
            name = "by our server" if way == "server" else "page to page"
            beyond = _beyond(result, kind) if way == "server" else "–"
            rows.append(
                [
                    kind,
                    name,
                    str(len(runs)),
                    f"{len(ages)} ({sum(run.unreadable for run in runs)})",
                    *figures,
                    each,
                    beyond,
                ]
            )
    says = (
        f"Glass to glass, 640×480 at 30 frames/s, targets ≤ +{TARGET_P50_MS} ms at p50 and "
        f"≤ +{TARGET_P95_MS} ms at p95; Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    return [Table(says, rows)]


def differences(result: Glass, kind: str) -> tuple[float, float]:
    """How much later by our server, at p50 and p95, ms."""
    ours, theirs = (result.ages(kind, way) for way in WAYS)
    p50, p95 = ((share(ours, part) or 0.0) - (share(theirs, part) or 0.0) for part in (0.5, 0.95))
    return p50, p95


def _beyond(result: Glass, kind: str) -> str:
    p50, p95 = differences(result, kind)
    return f"{p50:+.0f} / {p95:+.0f} ms"


def missed(result: Glass) -> list[str]:
    """The targets that were not reached, in words."""
    said = []
    for kind in KINDS:
        p50, p95 = differences(result, kind)
        if p50 > TARGET_P50_MS or p95 > TARGET_P95_MS:
            said.append(f"glass to glass, {kind}: {p50:+.0f} / {p95:+.0f} ms beyond page to page")
    return said
