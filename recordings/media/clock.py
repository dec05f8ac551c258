"""From RTP timestamps to the session clock, run by run.

A sender's reports (RFC 3550 6.4.1) say which RTP timestamp was at which of the sender's own NTP times; when they came
says how far the sender's NTP time is from the session's. Sound and picture of one sender share the second part, so they
stay together as the sender meant it, whatever the way did to their packets. RTP clocks do stop and jump while time
goes on: there the run is cut into pieces, each with a mapping of its own. Nothing is ever stretched over such a place.
All times are µs.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

US: Final = 1_000_000
TURN: Final = 1 << 32
SHIFT_US: Final = 300_000  # a delay that changes by more, and stays changed, is the clock's and not the way's
LOOK_US: Final = 2 * US  # as long as a stalled line may take to come back
LOOK_PACKETS: Final = 50
LOOK_REPORTS: Final = 6  # one a second
WINDOW_US: Final = 10 * US  # the least delay of such a time stands for the clocks; 200 ppm are 2 ms in it
STRAIGHT_US: Final = 10 * US  # reports further apart measure the RTP clock's true rate


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet: when it came (session clock), its RTP timestamp as sent (32 bits)."""

    t: int
    rtp: int


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report: when it came (session clock), the sender's NTP time, the RTP timestamp of that moment."""

    t: int
    ntp: int
    rtp: int


class Break(StrEnum):
    STOPPED = "stopped"  # the RTP clock stood still, or fell back, while time went on
    JUMPED = "jumped"  # it went forward by more than time did


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """At `t` (session clock) the RTP clock left time by `us`."""

    t: int
    kind: Break
    us: int


class Unwrap:
    """32-bit timestamps as numbers that do not turn over. Reordering of up to half a turn is understood."""

    def __init__(self) -> None:
        self._last: int | None = None

    def __call__(self, rtp: int) -> int:
        if self._last is None:
            self._last = rtp % TURN
            return self._last
        step = (rtp - self._last + TURN // 2) % TURN - TURN // 2
        self._last += step
        return self._last


@dataclass(frozen=True, slots=True)
class Line:
    """Piecewise straight through its points; beyond them it goes on with `slope`. At least one point, `xs` rising."""

    xs: Sequence[float]
    ys: Sequence[float]
    slope: float

    def __call__(self, x: float) -> float:
        at = bisect_right(self.xs, x)
        if at == 0:
            return self.ys[0] + (x - self.xs[0]) * self.slope
        if at == len(self.xs):
            return self.ys[-1] + (x - self.xs[-1]) * self.slope
        share = (x - self.xs[at - 1]) / (self.xs[at] - self.xs[at - 1])
        return self.ys[at - 1] + share * (self.ys[at] - self.ys[at - 1])


@dataclass(frozen=True, slots=True)
class SenderClock:
    """How far the session clock is ahead of a sender's NTP time, over that time; anew from each time (session µs) on
    at which the sender's clock was set."""

    since: Sequence[int]
    lines: Sequence[Line]

    def session(self, report: Report) -> float:
        """The session time of the moment that a report tells of."""
        line = self.lines[max(0, bisect_right(self.since, report.t) - 1)]
        return report.ntp + line(report.ntp)


def sender_clock(reports: Iterable[Report]) -> SenderClock | None:
    """From all reports of a sender, of whichever track. The least delay in each window stands for the clocks, the rest
    for the way. None without reports."""
    told = sorted(reports, key=lambda one: one.t)
    if not told:
        return None
    delays = [float(one.t - one.ntp) for one in told]
    edges = [0, *(at for at, _ in _breaks([one.t for one in told], delays, LOOK_REPORTS)), len(told)]
    lines = [Line(*_windows(told[first:end]), 0.0) for first, end in pairwise(edges)]
    return SenderClock([told[first].t for first in edges[:-1]], lines)


def _windows(reports: Sequence[Report]) -> tuple[list[float], list[float]]:
    """NTP times and offsets: the report of each window that was least delayed."""
    best: dict[int, Report] = {}
    for report in reports:
        window = report.ntp // WINDOW_US
        if window not in best or report.t - report.ntp < best[window].t - best[window].ntp:
            best[window] = report
    points = sorted({one.ntp: one.t - one.ntp for one in best.values()}.items())
    return [float(ntp) for ntp, _ in points], [float(offset) for _, offset in points]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch in which the RTP clock ran: from packet number `first` of the run on. `line`: unwrapped RTP → session
    µs. `by_reports`: made of the sender's reports, not of arrivals alone."""

    first: int
    line: Line
    by_reports: bool


@dataclass(frozen=True, slots=True)
class RunClock:
    """The times of a run's packets, in the order in which they were given, and where its clock broke."""

    times: list[int]
    pieces: list[Piece]
    discontinuities: list[Discontinuity] = field(default_factory=list)


def run_clock(
    rate: int, arrivals: Sequence[Arrival], reports: Iterable[Report], sender: SenderClock | None
) -> RunClock:
    """`rate`: ticks a second. `arrivals` in order of sending (sequence numbers). `reports`: those of this run's SSRC.
    `sender`: of all reports of the same sender."""
    if rate < 1:
        raise ValueError("a clock rate is at least 1")
    unwrap = Unwrap()
    ticks = [unwrap(one.rtp) for one in arrivals]
    delays = [one.t - tick * US / rate for one, tick in zip(arrivals, ticks, strict=True)]
    breaks = _breaks([one.t for one in arrivals], delays, LOOK_PACKETS)
    edges = [0, *(at for at, _ in breaks), len(arrivals)]
    knots = _placed(list(reports), arrivals, ticks)
    pieces: list[Piece] = []
    times: list[int] = []
    for first, end in pairwise(edges):
        if first == end:
            continue
        mine = [(tick, report) for at, tick, report in knots if first <= at < end]
        piece = _piece(first, rate, ticks[first:end], arrivals[first:end], mine, sender)
        pieces.append(piece)
        times += [round(piece.line(tick)) for tick in ticks[first:end]]
    return RunClock(times, pieces, [found for _, found in breaks])


def _breaks(times: Sequence[int], delays: Sequence[float], look: int) -> list[tuple[int, Discontinuity]]:
    """Where the least delay changes for good. A stalled line delays too, but comes back. `look`: how many on each side
    are looked at, at least."""
    found: list[tuple[int, Discontinuity]] = []
    since = 0
    for at in range(1, len(times)):
        if abs(delays[at] - delays[at - 1]) <= SHIFT_US:
            continue
        shift = _least_after(times, delays, at, look) - _least_before(times, delays, since, at, look)
        if abs(shift) <= SHIFT_US:
            continue
        kind = Break.STOPPED if shift > 0 else Break.JUMPED
        found.append((at, Discontinuity(times[at], kind, abs(round(shift)))))
        since = at
    return found


def _least_after(times: Sequence[int], delays: Sequence[float], at: int, look: int) -> float:
    least = delays[at]
    for n in range(at + 1, len(times)):
        if n - at > look and times[n] - times[at] > LOOK_US:
            break
        least = min(least, delays[n])
    return least


def _least_before(times: Sequence[int], delays: Sequence[float], since: int, at: int, look: int) -> float:
    least = delays[at - 1]
    for n in range(at - 1, since - 1, -1):
        if at - n > look and times[at - 1] - times[n] > LOOK_US:
            break
        least = min(least, delays[n])
    return least


def _placed(reports: list[Report], arrivals: Sequence[Arrival], ticks: Sequence[int]) -> list[tuple[int, int, Report]]:
    """Each report beside the packet that came last before it: (its number, the report's RTP unwrapped, the report)."""
    times = [one.t for one in arrivals]
    latest: list[int] = []
    for t in times:
        latest.append(max(t, latest[-1]) if latest else t)
    placed = []
    for report in reports:
        at = max(0, bisect_right(latest, report.t) - 1)
        if not ticks:
            break
        step = (report.rtp - ticks[at] + TURN // 2) % TURN - TURN // 2
        placed.append((at, ticks[at] + step, report))
    return placed


def _piece(
    first: int,
    rate: int,
    ticks: Sequence[int],
    arrivals: Sequence[Arrival],
    knots: list[tuple[int, Report]],
    sender: SenderClock | None,
) -> Piece:
    if sender is not None and knots:
        points = {tick: sender.session(report) for tick, report in knots}
        return Piece(first, _through(points, rate), by_reports=True)
    delays = {tick: one.t - tick * US / rate for tick, one in zip(ticks, arrivals, strict=True)}
    return Piece(first, _through(_least_by_window(delays, rate), rate), by_reports=False)


def _through(points: dict[int, float], rate: int) -> Line:
    """Through knots of unwrapped RTP → session µs, one in each window. Beyond them with the rate that they measure, or
    the nominal one where they are too near to measure."""
    xs: list[int] = []
    for x in sorted(points):
        if not xs or (x - xs[-1]) * US / rate >= US:  # nearer ones would only carry their own error
            xs.append(x)
    ys = [points[x] for x in xs]
    far = (xs[-1] - xs[0]) * US / rate >= STRAIGHT_US
    slope = (ys[-1] - ys[0]) / (xs[-1] - xs[0]) if far else US / rate
    return Line(xs, ys, slope)


def _least_by_window(delays: dict[int, float], rate: int) -> dict[int, float]:
    best: dict[int, tuple[float, int]] = {}
    for tick, delay in delays.items():
        window = int(tick * US / rate // WINDOW_US)
        if window not in best or delay < best[window][0]:
            best[window] = (delay, tick)
    return {tick: tick * US / rate + delay for delay, tick in best.values()}
