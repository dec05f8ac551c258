"""The timeline as one file: two pictures, a table, the data itself. It loads nothing and runs nothing: it opens from a
disk, prints, and travels by mail. Its own policy says so, should a browser be asked to do otherwise.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from importlib import resources
from typing import Final

import msgspec

from recordings.timeline.picture import Scale, amount, clock, of_what, picture, sign, who
from recordings.timeline.records import NEVER, Durations, Entry, Sign, Timeline
from recordings.timeline.words import Language, Words, words

_BEGINNING_MOST_US: Final = 60_000_000
_FIGURES: Final = ("joined", "ice", "dtls", "first_packet", "first_keyframe", "answer")
_COUNTS: Final = ("disconnections", "losses")


def page(timeline: Timeline, language: Language) -> str:
    """The file's text. Nothing of it comes unescaped from anybody."""
    said = words(language)
    style = resources.files("recordings.timeline").joinpath("page.css").read_text("utf-8")
    title = f"{said.say('title')} · {timeline.consultation}"
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>",
            *_head(timeline, said),
            *_legend(said),
            *_pictures(timeline, said),
            *_durations(timeline, said),
            *_table(timeline, said),
            f'<script type="application/json" id="timeline">{_data(timeline)}</script>',
            "</body>\n</html>\n",
        ]
    )


def _policy(style: str) -> str:
    """Only this very style sheet, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'"


def _data(timeline: Timeline) -> str:
    """JSON inside HTML: no `<` can end the element that holds it."""
    return msgspec.json.encode(timeline).decode().replace("<", "\\u003c").replace(">", "\\u003e")


def _head(timeline: Timeline, said: Words) -> Iterator[str]:
    started = datetime.fromtimestamp(timeline.started_unix_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield f"<h1>{said.say('title')}</h1>"
    yield f"<p>{said.say('of', id=escape(timeline.consultation))}<br>{said.say('started', time=started)}</p>"
    yield f'<p class="quiet">{said.say("no_names")}</p>'
    if timeline.closed < 0:
        yield f"<p><strong>{said.say('goes_on')}</strong></p>"
    if timeline.left_out:
        yield f"<p><strong>{said.say('left_out', n=timeline.left_out)}</strong></p>"


def _legend(said: Words) -> Iterator[str]:
    yield f'<ul class="legend" aria-label="{said.say("legend")}">'
    for kind in Sign:
        shape = sign(kind, 14, 14)
        yield f'<li><svg width="28" height="28" aria-hidden="true">{shape}</svg> {said.say(f"sign.{kind}")}</li>'
    for stretch in ("here", "away", "ringing", "media", "loss"):
        fill = ' fill="url(#hatch-whole)"' if stretch == "away" else ""
        bar = f'<rect class="bar {stretch}"{fill} x="1" y="8" width="34" height="12"/>'
        words_ = said.say(f"stretch.{stretch}")
        yield f'<li><svg width="36" height="28" aria-hidden="true">{bar}</svg> {words_}</li>'
    yield "</ul>"


def _pictures(timeline: Timeline, said: Words) -> Iterator[str]:
    """The whole; and, where that is long, the beginning by itself: everything is set up within its first seconds."""
    first = beginning(timeline)
    shown = [("beginning", Scale(0, first))] if first < timeline.end // 2 else []
    for name, scale in [*shown, ("whole", Scale(0, max(1, timeline.end)))]:
        yield f'<h2>{said.say(name)}</h2>\n<div class="wide">{picture(timeline, scale, said, name)}</div>'


def beginning(timeline: Timeline) -> int:
    """Until when (µs) it was being set up: the last first keyframe within a minute of the answer, and a second."""
    limit = max(0, timeline.answered) + _BEGINNING_MOST_US
    setting_up = {"answered", "joined", "ice_connected", "dtls_connected", "first_packet", "first_keyframe"}
    times = [entry.t for entry in timeline.entries if entry.what in setting_up and entry.t <= limit]
    return max(times, default=0) + 1_000_000


def _durations(timeline: Timeline, said: Words) -> Iterator[str]:
    yield f"<h2>{said.say('durations')}</h2>\n<dl>"
    whole = {"answered": timeline.answered, "lasted": _lasted(timeline)}
    for name, value in whole.items():
        text = clock(value) if value >= 0 else said.say("never")
        yield f"<div><dt>{said.say(f'figure.{name}')}</dt><dd>{text}</dd></div>"
    yield '</dl>\n<div class="wide"><table><thead><tr>'
    yield f'<th scope="col">{said.say("column.who")}</th>'
    for name in (*_FIGURES, *_COUNTS):
        yield f'<th scope="col">{said.say(f"figure.{name}")}</th>'
    yield "</tr></thead><tbody>"
    for row in timeline.durations[1:]:
        yield f'<tr><th scope="row">{escape(who(timeline.lanes[row.lane], said))}</th>{_figures(row, said)}</tr>'
    yield "</tbody></table></div>"


def _lasted(timeline: Timeline) -> int:
    return timeline.end - timeline.answered if timeline.answered >= 0 else NEVER


def _figures(row: Durations, said: Words) -> str:
    figures = [getattr(row, name) for name in _FIGURES]
    cells = [said.say("unit.ms", n=value) if value >= 0 else said.say("never") for value in figures]
    cells += [said.say("times", n=getattr(row, name)) for name in _COUNTS]
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _table(timeline: Timeline, said: Words) -> Iterator[str]:
    columns = ("number", "time", "who", "what", "of", "value", "reason")
    yield f'<h2>{said.say("all")}</h2>\n<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{said.say(f"column.{name}")}</th>' for name in columns)
    yield "</tr></thead><tbody>"
    for number, entry in enumerate(timeline.entries, start=1):
        yield f'<tr class="{entry.sign}">{_cells(number, entry, timeline, said)}</tr>'
    yield "</tbody></table></div>"


def _cells(number: int, entry: Entry, timeline: Timeline, said: Words) -> str:
    reason = said.say(f"reason.{entry.reason}") if entry.reason is not None else ""
    cells = [
        str(number),
        clock(entry.t),
        who(timeline.lanes[entry.lane], said),
        said.say(f"what.{entry.what}"),
        of_what(entry, said),
        amount(entry, said),
        " · ".join(part for part in (reason, entry.text) if part),
    ]
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)
