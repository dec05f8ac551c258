"""From units to frames that a player can show: coded pictures and sound packets with session times, and the spans of
which nothing can be shown. A picture that is not whole is never handed on, nor one that was coded after such a one
until a keyframe comes: what a decoder would make of them, nobody sent. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from recordings.media import av1, h264, opus, red, vp8, vp9
from recordings.media.payload import Payload, PayloadError
from recordings.media.units import Pictures, Sounds, Unit, Units

PAUSED_US: Final = 1_000_000  # so near a pause nothing can be shown because of it: a frame cut, a keyframe asked for
_US: Final = 1_000_000
_TURN: Final = 1 << 32


class Frame(NamedTuple):
    """`t`: session µs. `rtp`: the timestamp that it was sent with."""

    t: int
    data: bytes
    key: bool
    rtp: int


class Span(NamedTuple):
    """Session µs."""

    t_from: int
    t_to: int


@dataclass(frozen=True)
class Coding:
    """How a codec's frames are put together, whether one surely begins with a payload, whether one needs no other."""

    frame: Callable[[Sequence[Payload]], bytes]
    opens: Callable[[Payload], bool]
    is_key: Callable[[bytes], bool]


PICTURES: Final[Mapping[str, Coding]] = MappingProxyType(
    {
        "VP8": Coding(vp8.frame, vp8.opens, vp8.is_key),
        "VP9": Coding(vp9.frame, vp9.opens, vp9.is_key),
        "H264": Coding(h264.frame, h264.opens, h264.is_key),
        "AV1": Coding(av1.frame, av1.opens, av1.is_key),
    }
)
OPUS: Final = "OPUS"


@dataclass
class Report:
    """What of a run cannot be shown."""

    damaged: list[Span] = field(default_factory=list)
    frames: int = 0
    refused: int = 0  # units that are no frame, or that need one that is not there


class Framer(Protocol):
    """Makes frames of a run's units, given each with its session time."""

    report: Report

    def take(self, unit: Unit, t: int) -> Iterator[Frame]:
        """The frames of this unit."""

    def end(self) -> None:
        """Nothing more comes."""


def units_of(codec: str, payload_type: int, red_type: int | None) -> Units | None:
    """None for a codec that no file is made of."""
    if codec.upper() in PICTURES:
        return Pictures(payload_type)
    return Sounds({payload_type, red_type}) if codec.upper() == OPUS else None


def framer_of(codec: str, payload_type: int, pauses: Sequence[Span] = ()) -> Framer:
    """Of a codec for which there are `units_of`. `pauses`: when nothing was written on purpose, in order."""
    if codec.upper() == OPUS:
        return SoundFrames(payload_type, Pauses(pauses))
    return PictureFrames(PICTURES[codec.upper()], Pauses(pauses))


class Pauses:
    """What is missing over a pause is the pause's, not damage."""

    def __init__(self, pauses: Sequence[Span] = ()) -> None:
        self._pauses = pauses
        self._middles = [(one.t_from + one.t_to) // 2 for one in pauses]

    def between(self, before: int, after: int) -> Span | None:
        """That which lies between two units; several with nothing between them are one. By their middles: the clock
        of a run may be some milliseconds off that of the log."""
        first, end = bisect_right(self._middles, before), bisect_left(self._middles, after)
        return Span(self._pauses[first].t_from, self._pauses[end - 1].t_to) if first < end else None

    def left(self, span: Span) -> list[Span]:
        """Of a span of which nothing can be shown, what no pause is the reason for."""
        pause = self.between(*span)
        if pause is None:
            return [span]
        sides = Span(span.t_from, pause.t_from), Span(pause.t_to, span.t_to)
        return [side for side in sides if side.t_to - side.t_from > PAUSED_US]


class PictureFrames:
    """Of one video run. Damage lasts from the last good frame to the next keyframe."""

    def __init__(self, coding: Coding, pauses: Pauses) -> None:
        self.report = Report()
        self._coding = coding
        self._pauses = pauses
        self._damaged_since: int | None = None
        self._bears = 0  # µs until a keyframe that are no damage: after a pause
        self._is_cut = False  # only the last unit is damaged, and nothing is known to be lost before it
        self._begun = False
        self._last = 0

    def take(self, unit: Unit, t: int) -> Iterator[Frame]:
        self._missing(unit, t)
        data, key = self._data(unit)
        self._is_cut = data is None and self._damaged_since is None
        if self._is_cut:
            self._damage()
        self._last = t
        if data is None or (self._damaged_since is not None and not key):
            self.report.refused += 1
            return
        if self._damaged_since is not None:
            self._mend(t)
        self.report.frames += 1
        yield Frame(t, data, key, unit.rtp)

    def end(self) -> None:
        if self._damaged_since is not None:
            self._mend(self._last)

    def _missing(self, unit: Unit, t: int) -> None:
        """What there is not between the last unit and this one."""
        if not self._begun:
            self._begun, self._damaged_since, self._last = True, t, t
            return
        pause = self._pauses.between(self._last, t)
        if pause is not None and (self._damaged_since is None or self._is_cut):
            self.report.damaged += self._pauses.left(Span(self._last, pause.t_to))
            self._damaged_since, self._bears = pause.t_to, PAUSED_US
        elif unit.missing:
            self._damage()

    def _damage(self) -> None:
        if self._damaged_since is None:
            self._damaged_since = self._last
        self._bears = 0

    def _mend(self, t: int) -> None:
        if self._damaged_since is not None and t > self._damaged_since + self._bears:
            self.report.damaged.append(Span(self._damaged_since, t))
        self._damaged_since, self._bears = None, 0

    def _data(self, unit: Unit) -> tuple[bytes | None, bool]:
        """The coded frame, None if it is not whole, and whether it needs no other."""
        if not unit.whole or (unit.missing and not self._coding.opens(unit.payloads[0])):
            return None, False
        try:
            data = self._coding.frame(unit.payloads)
            return data or None, self._coding.is_key(data)
        except PayloadError:
            return None, False


class SoundFrames:
    """Of one run of Opus, some of it in RED: what was lost is taken from what a later packet repeats, where it does."""

    def __init__(self, payload_type: int, pauses: Pauses) -> None:
        self.report = Report()
        self._pauses = pauses
        self._type = payload_type
        self._end: int | None = None  # RTP timestamp behind the last one
        self._end_t = 0

    def take(self, unit: Unit, t: int) -> Iterator[Frame]:
        for before, data in self._blocks(unit):
            at = (unit.rtp - before) % _TURN
            if before and not self._is_new(at):
                continue
            try:
                ticks = opus.duration(data)
            except PayloadError:
                self.report.refused += 1
                continue
            t_block = t - before * _US // opus.RATE
            if unit.missing and self._end is not None and t_block - self._end_t > _US // 1000:
                self.report.damaged += self._pauses.left(Span(self._end_t, t_block))
            self._end, self._end_t = (at + ticks) % _TURN, t_block + ticks * _US // opus.RATE
            self.report.frames += 1
            yield Frame(t_block, data, key=True, rtp=at)

    def end(self) -> None:
        return

    def _is_new(self, at: int) -> bool:
        """Whether a repeated one is not there already."""
        return self._end is not None and (at - self._end) % _TURN < _TURN // 2

    def _blocks(self, unit: Unit) -> list[red.Block]:
        if unit.kind == self._type:
            return [red.Block(0, unit.payloads[0])]
        try:
            found = red.blocks(unit.payloads[0], self._type)
        except PayloadError:
            self.report.refused += 1
            return []
        return found if unit.missing else [block for block in found if not block.before]
