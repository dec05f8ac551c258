"""The timeline as an SVG: a lane for the server and for each person, on one time axis. What lasts is a bar, what
happened a sign with the number that it has in the table. Shapes differ as colours do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate
from typing import Final

from recordings.timeline.records import Entry, Lane, Sign, Span, Stretch, Timeline, Unit
from recordings.timeline.words import Language, Words
from recordings.timeline.words import words as words_of

WIDTH: Final = 1180
LEFT: Final = 230  # for the names of the lanes
_RIGHT: Final = 24
_AXIS: Final = 32
_BARS_HEIGHT: Final = 44
_ROW: Final = 24
_SIGN: Final = 22  # px that a sign needs to its neighbour
_ROWS: Final = 8  # of signs in a lane; what has no room is counted at the last one that has
_TICKS: Final = 9
_STEPS_US: Final = (
    *(n * 1000 for n in (10, 20, 50, 100, 200, 500)),
    *(n * 1_000_000 for n in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)),
)
# Where a bar is drawn: its top within the lane, and its height.
_BARS: Final = {
    Stretch.RINGING: (8, 12),
    Stretch.HERE: (8, 12),
    Stretch.AWAY: (8, 12),
    Stretch.MEDIA: (22, 6),
    Stretch.LOSS: (30, 8),
    Stretch.SUSPENDED: (30, 8),
    Stretch.NO_KEYFRAMES: (30, 8),
    Stretch.STORAGE: (30, 8),
}


@dataclass(frozen=True)
class Scale:
    """Which part of the time the width is."""

    begin: int
    end: int

    def x(self, t: int) -> float:
        share = (t - self.begin) / max(1, self.end - self.begin)
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - _RIGHT)

    def shows(self, t: int) -> bool:
        return self.begin <= t <= self.end


def picture(timeline: Timeline, scale: Scale, words: Words, name: str) -> str:
    """One picture. `name` is its id in the page, which may hold several."""
    placed = [_placed(timeline, lane, scale) for lane in range(len(timeline.lanes))]
    tops = list(accumulate((_lane_height(signs) for signs in placed), initial=_AXIS))
    height = tops[-1]
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    tile = 'width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"'
    parts = [
        f'<svg {size} role="img" aria-label="{escape(words.say(name))}">',
        f'<defs><pattern id="hatch-{name}" {tile}><rect width="3" height="6" class="hatch"/></pattern></defs>',
        *_axis(scale, height),
    ]
    for index, (lane, top) in enumerate(zip(timeline.lanes, tops, strict=False)):
        parts += _title(lane, words, top)
        parts += [_bar(span, scale, top, words, name) for span in timeline.spans if _seen(span, index, scale)]
        parts += [_sign(one, top, words) for one in placed[index]]
    return "\n".join([*parts, "</svg>"])


def sign(kind: Sign, x: float, y: float) -> str:
    """The shape of a sign: square, circle, triangle, diamond."""
    match kind:
        case Sign.PEOPLE:
            return f'<rect class="people" x="{x - 9:.1f}" y="{y - 9:.1f}" width="18" height="18"/>'
        case Sign.MEDIA:
            return f'<circle class="media" cx="{x:.1f}" cy="{y:.1f}" r="10"/>'
        case Sign.TROUBLE:
            shape = f"{x:.1f},{y - 12:.1f} {x + 12:.1f},{y + 9:.1f} {x - 12:.1f},{y + 9:.1f}"
            return f'<polygon class="trouble" points="{shape}"/>'
        case Sign.BETTER:
            shape = f"{x:.1f},{y - 12:.1f} {x + 12:.1f},{y:.1f} {x:.1f},{y + 12:.1f} {x - 12:.1f},{y:.1f}"
            return f'<polygon class="better" points="{shape}"/>'


def clock(t: int) -> str:
    """µs as `m:ss.mmm`, with hours where there are any."""
    ms = t // 1000
    seconds, minutes, hours = ms // 1000 % 60, ms // 60_000 % 60, ms // 3_600_000
    front = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{front}:{seconds:02}.{ms % 1000:03}"


def who(lane: Lane, words: Words) -> str:
    """A lane's name in words: never a person's."""
    if lane.role is None:
        return words.say("server")
    role = words.say(f"role.{lane.role}")
    if lane.participant == 0:
        return words.say("not_in", role=role)
    return words.say("person", number=lane.participant, role=role)


def described(entry: Entry, words: Words) -> str:
    """An entry in one line."""
    parts = [clock(entry.t), words.say(f"what.{entry.what}"), of_what(entry, words), amount(entry, words)]
    if entry.reason is not None:
        parts.append(words.say(f"reason.{entry.reason}"))
    return " · ".join(part for part in [*parts, entry.text] if part)


def lines(timeline: Timeline, language: Language) -> Iterator[str]:
    """The whole as lines of text, for a terminal."""
    said = words_of(language)
    for entry in timeline.entries:
        moment, _, rest = described(entry, said).partition(" · ")
        yield f"{moment:>12}  {who(timeline.lanes[entry.lane], said):<28}  {rest}"
    if timeline.left_out:
        yield said.say("left_out", n=timeline.left_out)
    if timeline.closed < 0:
        yield said.say("goes_on")


def of_what(entry: Entry, words: Words) -> str:
    """Which track an entry is about; empty = none."""
    if entry.track == 0:
        return ""
    if entry.kind is None or entry.purpose is None:
        return words.say("track_gone", n=entry.track)
    kind, purpose = words.say(f"kind.{entry.kind}"), words.say(f"purpose.{entry.purpose}")
    return words.say("track", kind=kind, purpose=purpose, n=entry.track)


def amount(entry: Entry, words: Words) -> str:
    """An entry's value with its unit; empty = none."""
    if entry.unit is Unit.NONE:
        return ""
    way = {1: "UDP", 2: "TCP"}.get(entry.value, "?")
    percent = f"{entry.value / 10:g}"
    return words.say(f"unit.{entry.unit}", n=entry.value, percent=percent, way=way)


def _axis(scale: Scale, height: int) -> Iterator[str]:
    step = _step(scale.end - scale.begin)
    at = math.ceil(scale.begin / step) * step
    while at <= scale.end:
        x = scale.x(at)
        yield f'<line class="tick" x1="{x:.1f}" y1="{_AXIS - 6}" x2="{x:.1f}" y2="{height}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{_AXIS - 12}" text-anchor="middle">{_tick(at, step)}</text>'
        at += step


def _step(length: int) -> int:
    return next((step for step in _STEPS_US if length / step <= _TICKS), max(1, length // _TICKS))


def _tick(t: int, step: int) -> str:
    return clock(t) if step < 1_000_000 else clock(t)[:-4]


def _title(lane: Lane, words: Words, top: int) -> Iterator[str]:
    yield f'<line class="lane" x1="0" y1="{top}" x2="{WIDTH}" y2="{top}"/>'
    yield f'<text class="who" x="8" y="{top + 24}">{escape(who(lane, words))}</text>'
    named = " · ".join(part for part in (lane.site, lane.department) if part)
    for row, line in enumerate(_wrapped(named)):
        yield f'<text class="site" x="8" y="{top + 42 + 17 * row}">{escape(line)}</text>'


def _wrapped(text: str, width: int = 29, most: int = 2) -> list[str]:
    """What fits beside a lane; a Chinese sign is as wide as two letters."""
    lines, used = [""], 0
    for letter in text:
        wide = 2 if ord(letter) > 0x2E80 else 1
        if used + wide > width:
            if len(lines) == most:
                return [*lines[:-1], f"{lines[-1]}…"]
            # A word that is cut begins the next line, unless it fills a whole one.
            head, space, tail = lines[-1].rpartition(" ")
            lines[-1:] = [head, tail] if space else [lines[-1], ""]
            used = sum(2 if ord(kept) > 0x2E80 else 1 for kept in lines[-1])
        lines[-1] += letter
        used += wide
    return lines


def _seen(span: Span, lane: int, scale: Scale) -> bool:
    return span.lane == lane and span.begin <= scale.end and (span.end < 0 or span.end >= scale.begin)


def _bar(span: Span, scale: Scale, top: int, words: Words, name: str) -> str:
    begin = scale.x(span.begin)
    end = scale.x(span.end if span.end >= 0 else scale.end)
    y, height = _BARS[span.what]
    until = clock(span.end) if span.end >= 0 else "…"
    title = f"{words.say(f'stretch.{span.what}')} {clock(span.begin)} – {until}"
    place = f'x="{begin:.1f}" y="{top + y}" width="{max(2.0, end - begin):.1f}" height="{height}"'
    fill = f'fill="url(#hatch-{name})" ' if span.what is Stretch.AWAY else ""
    return f'<rect class="bar {span.what}" {fill}{place}><title>{escape(title)}</title></rect>'


@dataclass
class _Placed:
    """A sign with its place; `hidden` are those that had no room beside it."""

    number: int
    entry: Entry
    x: float
    row: int
    hidden: list[tuple[int, Entry]] = field(default_factory=list)


def _placed(timeline: Timeline, lane: int, scale: Scale) -> list[_Placed]:
    """Each in the first row with room; what finds none is counted at the one before it."""
    taken = [-math.inf] * _ROWS
    found: list[_Placed] = []
    for number, entry in enumerate(timeline.entries, start=1):
        if entry.lane != lane or not scale.shows(entry.t):
            continue
        x = scale.x(entry.t)
        row = next((row for row, last in enumerate(taken) if x - last >= _SIGN), None)
        if row is not None:
            taken[row] = x
            found.append(_Placed(number, entry, x, row))
        elif found:
            found[-1].hidden.append((number, entry))
    return found


def _lane_height(signs: Sequence[_Placed]) -> int:
    return _BARS_HEIGHT + _ROW * (1 + max((one.row for one in signs), default=0))


def _sign(one: _Placed, top: int, words: Words) -> str:
    y = top + _BARS_HEIGHT + 10 + one.row * _ROW
    title = escape(f"{one.number}. {described(one.entry, words)}")
    base = y + (7 if one.entry.sign is Sign.TROUBLE else 4)  # where a triangle is wide enough for a number
    text = f'<text class="number" x="{one.x:.1f}" y="{base}" text-anchor="middle">{one.number}</text>'
    drawn = f"<g><title>{title}</title>{sign(one.entry.sign, one.x, y)}{text}</g>"
    if not one.hidden:
        return drawn
    listed = escape("\n".join(f"{number}. {described(entry, words)}" for number, entry in one.hidden[:40]))
    said = words.say("more", n=len(one.hidden))
    return f'{drawn}<text class="more" x="{one.x + 14:.1f}" y="{y + 5}"><title>{listed}</title>{said}</text>'
