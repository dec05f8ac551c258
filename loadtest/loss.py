"""What loss does to a call, beside what it does to a direct call of the same two pages: the receiver's line alone is
bad, both ways, by the same proxy. 480p30 VP8 and Opus as the browser sends them by itself."""

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from loadtest import pages
from loadtest.calls import WAYS, Pair, Settings, Way
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, middle
from loadtest.server import demo_server

ONE_WAY_MS: Final = 25
CONDITIONS: Final = {
    "1 % random": ("--loss", "1%"),
    "3 % random": ("--loss", "3%"),
    "10 % random": ("--loss", "10%"),
    "10 % in bursts of 4": ("--loss", "10%", "--burst", "4"),
}
# Until the sound's sender has heard of the loss (reports come every five seconds) and believes it.
WARMUP_S: Final = 10.0
SECONDS: Final = 60.0
ROUNDS: Final = 2


class Cell(msgspec.Struct, frozen=True):
    """One call, its measured window only."""

    condition: str
    way: Way
    round: int
    seconds: float
    frames_per_s: float
    freezes: float
    frozen_s: float
    concealed: float
    resent: int
    lost_of_sent: float
    kbit_per_s: float
    details: dict[str, float]


class Losses(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    cells: list[Cell]


def measure(at: str, *, brief: bool) -> Losses:
    rounds, seconds = (1, 8.0) if brief else (ROUNDS, SECONDS)
    with demo_server(1) as ready, pages.chromium() as browser:
        pair = Pair(browser, ready)
        order = [
            (number, condition, way) for number in range(rounds) for condition in CONDITIONS for way in _turn(number)
        ]
        cells = [_cell(pair, condition, way, number, seconds) for number, condition, way in order]
        return Losses(at, this_machine(), browser.version, cells)


def _turn(number: int) -> tuple[Way, ...]:
    """Who goes first changes."""
    return WAYS if number % 2 == 0 else WAYS[::-1]


def _cell(pair: Pair, condition: str, way: Way, number: int, seconds: float) -> Cell:
    # The same seed for both, so that both meet the same dice.
    line = ("--delay", str(ONE_WAY_MS), "--seed", str(number + 1), *CONDITIONS[condition])
    with pair.call(way, Settings(), line) as proxy:
        time.sleep(WARMUP_S)
        before, began = pair.receiver.evaluate("() => bench.stats()"), time.monotonic()
        lost_before = proxy.stats()["down_udp"] if proxy else {}
        time.sleep(seconds)
        after, took = pair.receiver.evaluate("() => bench.stats()"), time.monotonic() - began
        lost_after = proxy.stats()["down_udp"] if proxy else {}
    return _difference(condition, way, number, took, _grown(before, after), _share_lost(lost_before, lost_after))


def _share_lost(before: dict[str, int], after: dict[str, int]) -> float:
    sent = after["packets"] - before["packets"]
    return (after["lost"] - before["lost"]) / sent if sent else 0.0


def _grown(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Callable[[str, str], float]:
    """`grown("video", "framesDecoded")`: by how much a received stream's counter grew."""

    def of(report: list[dict[str, Any]], kind: str) -> dict[str, Any]:
        streams = (one for one in report if one["type"] == "inbound-rtp" and one["kind"] == kind)
        return max(streams, key=lambda one: one.get("packetsReceived", 0))

    ends = {kind: (of(before, kind), of(after, kind)) for kind in ("audio", "video")}

    def grown(kind: str, what: str) -> float:
        begin, end = ends[kind]
        return float(end.get(what, 0)) - float(begin.get(what, 0))

    return grown


def _difference(
    condition: str, way: Way, number: int, seconds: float, grown: Callable[[str, str], float], lost: float
) -> Cell:
    samples = grown("audio", "totalSamplesReceived")
    video = ("nackCount", "pliCount", "keyFramesDecoded", "packetsReceived", "packetsLost", "framesDropped", "qpSum")
    audio = ("fecPacketsReceived", "packetsReceived", "retransmittedPacketsReceived", "concealmentEvents")
    buffered = ("jitterBufferDelay", "jitterBufferEmittedCount")
    details = {f"video {what}": grown("video", what) for what in (*video, *buffered)}
    details |= {f"audio {what}": grown("audio", what) for what in (*audio, *buffered)}
    return Cell(
        condition=condition,
        way=way,
        round=number,
        seconds=seconds,
        frames_per_s=grown("video", "framesDecoded") / seconds,
        freezes=grown("video", "freezeCount"),
        frozen_s=grown("video", "totalFreezesDuration"),
        concealed=grown("audio", "concealedSamples") / samples if samples else 1.0,
        resent=int(grown("video", "retransmittedPacketsReceived")),
        lost_of_sent=lost,
        kbit_per_s=grown("video", "bytesReceived") * 8 / 1000 / seconds,
        details=details,
    )


# The column, its figure, the digits shown.
COLUMNS: Final[tuple[tuple[str, Callable[[Cell], float], int], ...]] = (
    ("frames/s", lambda cell: cell.frames_per_s, 1),
    ("freezes a minute", lambda cell: cell.freezes * 60 / cell.seconds, 1),
    ("frozen, % of time", lambda cell: cell.frozen_s * 100 / cell.seconds, 1),
    ("concealed sound, %", lambda cell: cell.concealed * 100, 2),
    ("resent packets/s", lambda cell: cell.resent / cell.seconds, 1),
    ("video kbit/s", lambda cell: cell.kbit_per_s, 0),
)


def tables(result: Losses) -> list[Table]:
    head: Row = ["loss", "call", "lost on the line, %", *(title for title, *_ in COLUMNS)]
    rows: list[Row] = [head]
    for condition in CONDITIONS:
        for way in WAYS:
            cells = [cell for cell in result.cells if (cell.condition, cell.way) == (condition, way)]
            if cells:
                name = "by our server" if way == "server" else "page to page"
                lost = middle([cell.lost_of_sent * 100 for cell in cells], digits=1)
                figures = [middle([of(cell) for cell in cells], digits=digits) for _, of, digits in COLUMNS]
                rows.append([condition, name, lost, *figures])
    count = max((cell.round + 1 for cell in result.cells), default=0)
    says = (
        f"Loss on the receiver's line (both ways, {2 * ONE_WAY_MS} ms round trip), {count} rounds of "
        f"{result.cells[0].seconds:.0f} s, interleaved, medians; Chromium {result.browser}, {result.machine.title}, "
        f"{result.at}."
    )
    return [Table(says, rows)]
