"""From a consultation's media journal to the frames of its runs, in two passes of bounded memory: the first (`survey`)
keeps of every frame no more than when it came and its RTP timestamp, and makes session times of them; the second
(`frames`) goes through the journal again and hands the frames out, each with its time.

Both passes must see the same journal, as that of a consultation that is over is."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from recordings.chunk import Dropped, Entry, Rtcp, Rtp, RunInfo, RunNamed
from recordings.journal import Damage
from recordings.media.clock import Arrival, Discontinuity, Report, RunClock, run_clock, sender_clock
from recordings.media.frames import Frame, Framer, Span, framer_of, units_of
from recordings.media.order import Order, Packet, parsed
from recordings.media.reports import sender_reports
from recordings.media.units import Unit, Units

REPORT_AFTER_US: Final = 10_000_000  # a report may come so long after the last packet that it speaks of


@dataclass
class RunSurvey:
    """What the first pass found of one run. `times`: session µs of each of its units."""

    run: int
    info: RunInfo
    t_from: int
    t_to: int
    packets: int = 0
    lost: int = 0
    times: "array[int]" = field(default_factory=lambda: array("q"))
    breaks: list[Discontinuity] = field(default_factory=list)
    by_reports: bool = False


class Hole(NamedTuple):
    """A span (session µs) of which the journal lacks something, and why."""

    t_from: int
    t_to: int
    reason: str


@dataclass
class Survey:
    """What the first pass found: the runs by number, the places that are damaged, when something is missing, and how
    many packets were left out."""

    runs: dict[int, RunSurvey] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)
    gaps: list[Hole] = field(default_factory=list)
    dropped: int = 0


_AHEAD: Final = frozenset({RunNamed, Dropped})  # they stand at the beginning of what follows


def survey(entries: Iterable[Entry | Damage], pauses: Sequence[Span] = ()) -> Survey:
    """The first pass. `pauses`: when nothing was written on purpose; what is missing over such a one is not lost."""
    found, reports, holes, last = Survey(), _Reports(), _Holes(), 0
    first: dict[int, _First] = {}
    for entry in entries:
        if type(entry) is Rtp:  # as most are
            first[entry.run].take(entry)
        elif isinstance(entry, Rtcp):
            reports.take(entry)
        elif isinstance(entry, RunNamed) and entry.run not in first:
            first[entry.run] = _First(entry, pauses)
        elif isinstance(entry, Damage):
            found.damages.append(entry)
            holes.open(entry.reason.value, last)
            continue
        elif isinstance(entry, Dropped):
            found.dropped += entry.packets
            holes.dropped(entry, last)
            if entry.run in first:
                first[entry.run].dropped += entry.packets
        if holes.are_open:
            holes.close(entry.t)
        if type(entry) not in _AHEAD:
            last = entry.t
    found.runs = {run: one.surveyed(reports) for run, one in first.items()}
    found.gaps = holes.found(last)
    return found


class _Holes:
    """When something is missing: from the entry before to the entry behind."""

    _WHY: Final = {1: "slow", 2: "full", 3: "failed"}  # `chunk.Lost`

    def __init__(self) -> None:
        self._found: list[Hole] = []
        self._open: dict[str, int] = {}  # by reason: since when
        self.are_open = False

    def open(self, reason: str, last: int) -> None:
        """`last`: the time of the entry before."""
        self._open.setdefault(reason, last)
        self.are_open = True

    def dropped(self, entry: Dropped, last: int) -> None:
        self._found.append(Hole(last, max(last, entry.t), self._WHY.get(entry.reason, "other")))

    def close(self, t: int) -> None:
        """An entry that is there."""
        self._found += [Hole(since, max(since, t), reason) for reason, since in self._open.items()]
        self._open.clear()
        self.are_open = False

    def found(self, last: int) -> list[Hole]:
        self.close(last)
        return sorted(set(self._found))


class RunFrame(NamedTuple):
    """A frame of a run; None: the run is over, and nothing of it follows."""

    run: int
    frame: Frame | None


def frames(
    entries: Iterable[Entry | Damage], found: Survey, framers: dict[int, Framer], pauses: Sequence[Span] = ()
) -> Iterator[RunFrame]:
    """The second pass. `framers`: filled with one for every run that has frames; each then has its report. `pauses`: as
    of `survey`, in order."""
    going: dict[int, _Second] = {}
    for entry in entries:
        if isinstance(entry, Rtp):
            second = going.get(entry.run)
            if second is not None:
                yield from second.take(entry)
                if second.over:
                    del going[entry.run]
                    yield RunFrame(entry.run, None)
        elif isinstance(entry, RunNamed) and entry.run not in framers and entry.run in found.runs:
            second = _second(found.runs[entry.run], pauses)
            if second is not None:
                going[entry.run] = second
                framers[entry.run] = second.framer
    for run, second in going.items():
        yield from second.rest()
        yield RunFrame(run, None)


class _Packets:
    """A run's packets as units, in order: what both passes do alike."""

    def __init__(self, units: Units) -> None:
        self.packets = 0
        self._units = units
        self._order = Order()

    def take(self, entry: Rtp) -> list[Unit]:
        self.packets += 1
        packet = parsed(entry.t, entry.packet)
        if packet is None:
            return []
        due = self._order.take(packet)
        if len(due) == 1:  # as most are
            self.passed(due[0])
            return self._units.take(due[0])
        return self._passed(due)

    def rest(self) -> list[Unit]:
        return self._passed(self._order.rest()) + self._units.rest()

    def _passed(self, due: list[Packet]) -> list[Unit]:
        units: list[Unit] = []
        for packet in due:
            self.passed(packet)
            units += self._units.take(packet)
        return units

    def passed(self, packet: Packet) -> None:
        """A packet whose turn it was."""


class _Counted(_Packets):
    """Counts what is missing, but for what is missing over a pause."""

    def __init__(self, units: Units, pauses: Sequence[Span]) -> None:
        super().__init__(units)
        self.lost = 0
        self._ends = [pause.t_to for pause in pauses]
        self._before = 0

    def passed(self, packet: Packet) -> None:
        if packet.missing and bisect_right(self._ends, self._before) == bisect_right(self._ends, packet.t):
            self.lost += packet.missing
        self._before = packet.t


class _NoUnits:
    """Of a codec that no file is made of: its packets are counted all the same."""

    def take(self, packet: Packet) -> list[Unit]:
        del packet
        return []

    def rest(self) -> list[Unit]:
        return []


class _First:
    """A run in the first pass."""

    def __init__(self, named: RunNamed, pauses: Sequence[Span]) -> None:
        info = named.info
        self._named = named
        self._packets = _Counted(units_of(info.codec, info.payload_type, info.red) or _NoUnits(), pauses)
        self._t_from, self._t_to = named.t, named.t
        self.dropped = 0  # of those missing, the ones that came
        self._came = array("q")
        self._rtp = array("I")

    def take(self, entry: Rtp) -> None:
        self._t_to = entry.t if entry.t > self._t_to else self._t_to
        for unit in self._packets.take(entry):
            self._keep(unit)

    def surveyed(self, reports: "_Reports") -> RunSurvey:
        for unit in self._packets.rest():
            self._keep(unit)
        info = self._named.info
        clock = self._clock(reports)
        return RunSurvey(
            run=self._named.run,
            info=info,
            t_from=self._t_from,
            t_to=self._t_to,
            packets=self._packets.packets,
            lost=max(0, self._packets.lost - self.dropped),
            times=array("q", clock.times),
            breaks=clock.discontinuities,
            by_reports=any(piece.by_reports for piece in clock.pieces),
        )

    def _keep(self, unit: Unit) -> None:
        self._came.append(unit.t)
        self._rtp.append(unit.rtp)

    def _clock(self, reports: "_Reports") -> RunClock:
        arrivals = [Arrival(t, rtp) for t, rtp in zip(self._came, self._rtp, strict=True)]
        self._came, self._rtp = array("q"), array("I")
        mine, senders = reports.of(self._named.info.ssrc, self._t_from, self._t_to + REPORT_AFTER_US)
        return run_clock(self._named.info.clock_rate, arrivals, mine, sender_clock(senders))


class _Reports:
    """All sender reports, by who sent them."""

    def __init__(self) -> None:
        self._by_peer: dict[int, dict[int, list[Report]]] = defaultdict(lambda: defaultdict(list))

    def take(self, entry: Rtcp) -> None:
        for told in sender_reports(entry.packet):
            self._by_peer[entry.peer][told.ssrc].append(Report(entry.t, told.ntp, told.rtp))

    def of(self, ssrc: int, t_from: int, t_to: int) -> tuple[list[Report], list[Report]]:
        """Those of a run, and all of its sender."""
        for by_ssrc in self._by_peer.values():
            mine = [one for one in by_ssrc.get(ssrc, ()) if t_from <= one.t <= t_to]
            if mine:
                return mine, [one for told in by_ssrc.values() for one in told]
        return [], []


class _Second:
    """A run in the second pass."""

    def __init__(self, found: RunSurvey, units: Units, framer: Framer) -> None:
        self.framer = framer
        self._found = found
        self._packets = _Packets(units)
        self._at = 0
        self.over = False  # all that the first pass found was taken

    def take(self, entry: Rtp) -> list[RunFrame]:
        units = self._packets.take(entry)
        out = self._framed(units) if units else []
        self.over = self._packets.packets >= self._found.packets
        return out + self.rest() if self.over else out

    def rest(self) -> list[RunFrame]:
        out = self._framed(self._packets.rest())
        self.framer.end()
        return out

    def _framed(self, units: Iterable[Unit]) -> list[RunFrame]:
        out: list[RunFrame] = []
        for unit in units:
            t, self._at = self._found.times[self._at], self._at + 1
            out += [RunFrame(self._found.run, frame) for frame in self.framer.take(unit, t)]
        return out


def _second(found: RunSurvey, pauses: Sequence[Span]) -> _Second | None:
    info = found.info
    units = units_of(info.codec, info.payload_type, info.red)
    return None if units is None else _Second(found, units, framer_of(info.codec, info.payload_type, pauses))
