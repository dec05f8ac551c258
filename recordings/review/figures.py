"""The figures of the quality dashboard, over many consultations. Pure: from `Course`s to `Figures`, and to CSV.

What rests on fewer than `fewest` consultations is withheld: in a county with two specialists an average of three calls
names a person. Of a breakdown never one part alone is withheld: it would be what the others leave of the whole.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from recordings.review.agreement import Withheld
from recordings.review.course import Course, Outcome
from signalling.record import Record

FEWEST: Final = 10
TOLD_WITHIN_MS: Final = 10 * 60 * 1000  # the house's target for a critical value


class Duration(Record, frozen=True):
    """Of `n` consultations in which both ends are known. ms."""

    n: int
    median_ms: int | None = None
    p90_ms: int | None = None
    withheld: Withheld | None = None


class Share(Record, frozen=True):
    """Of `n`, 0 to 1."""

    n: int
    share: float | None = None
    withheld: Withheld | None = None


class Part(Record, frozen=True):
    """One line of a breakdown; `count` None = withheld."""

    name: str
    count: int | None


class Recording(Record, frozen=True):
    """Of `n` recorded consultations: the share of the time that is there, without what people paused, and the share of
    packets that never came or were left out; gaps, missing, paused and damaged seconds and places without a keyframe
    altogether."""

    n: int
    complete: float | None = None
    lost: float | None = None
    missed_s: int | None = None
    paused_s: int | None = None
    damaged_s: int | None = None
    gaps: int | None = None
    keyframe_gaps: int | None = None
    withheld: Withheld | None = None


class Figures(Record, frozen=True):
    """`completed` is of all that are closed; `outcomes` of all; `not_completed` by why the consultation closed.
    `told_in_time`: of those with a critical value, whether somebody was told within ten minutes of its signing, or
    before it. `reviewed`: of those chosen for review."""

    consultations: int
    to_answer: Duration
    to_media: Duration
    to_opinion: Duration
    completed: Share
    outcomes: list[Part]
    not_completed: list[Part]
    told_in_time: Share
    recording: Recording
    reviewed: Share


def figures(courses: Iterable[Course], fewest: int = FEWEST) -> Figures:
    """Of these consultations, whatever they have in common (a site, a month): that is the caller's choice."""
    known = list(courses)
    closed = [one for one in known if one.outcome is not Outcome.GOING_ON]
    critical = [one for one in known if one.critical_at >= 0]
    chosen = [one for one in known if one.chosen]
    unfinished = [one for one in closed if one.outcome is not Outcome.COMPLETED]
    return Figures(
        consultations=len(known),
        to_answer=_duration(known, lambda one: (0 if one.requested else -1, one.answered), fewest),
        to_media=_duration(known, lambda one: (one.answered, one.first_media), fewest),
        to_opinion=_duration(known, lambda one: (one.answered, one.opinion), fewest),
        completed=_share([one.outcome is Outcome.COMPLETED for one in closed], fewest),
        outcomes=parts((str(one.outcome) for one in known), fewest),
        not_completed=parts((str(one.close_reason) for one in unfinished), fewest),
        told_in_time=_share([_told_in_time(one) for one in critical], fewest),
        recording=_recording(known, fewest),
        reviewed=_share([one.reviewed for one in chosen], fewest),
    )


_RECORDING: Final = (
    ("complete", "share"),
    ("lost", "share"),
    ("missed_s", "s"),
    ("paused_s", "s"),
    ("damaged_s", "s"),
    ("gaps", "1"),
    ("keyframe_gaps", "1"),
)
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
COLUMNS: Final = ("figure", "part", "unit", "n", "value", "withheld")


def rows(figures: Figures) -> list[list[str]]:
    """One line a value, without a head: `COLUMNS`. Empty where there is none."""
    lines: list[list[str]] = [line("consultations", "", "1", figures.consultations, figures.consultations)]
    for name in ("to_answer", "to_media", "to_opinion"):
        one: Duration = getattr(figures, name)
        lines.append(line(name, "median", "ms", one.n, one.median_ms, one.withheld))
        lines.append(line(name, "p90", "ms", one.n, one.p90_ms, one.withheld))
    for name in ("completed", "told_in_time", "reviewed"):
        share: Share = getattr(figures, name)
        lines.append(line(name, "", "share", share.n, share.share, share.withheld))
    for name in ("outcomes", "not_completed"):
        listed: list[Part] = getattr(figures, name)
        lines += [line(name, part.name, "1", None, part.count, _hidden(part)) for part in listed]
    kept = figures.recording
    for part, unit in _RECORDING:
        lines.append(line("recording", part, unit, kept.n, getattr(kept, part), kept.withheld))
    return lines


def as_csv(figures: Figures, more: Mapping[str, str | Share] | None = None, lines: Iterable[list[str]] = ()) -> str:
    """RFC 4180, with a head. `more`: what the figures are of (a text, which somebody typed), or a share besides;
    `lines`: more rows, after them. No spreadsheet takes a cell for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for name, one in (more or {}).items():
        if isinstance(one, Share):
            writer.writerow(line(name, "", "share", one.n, one.share, one.withheld))
        else:
            writer.writerow([name, cell(one), "", "", "", ""])
    writer.writerows(rows(figures))
    writer.writerows(lines)
    return text.getvalue()


def cell(text: str) -> str:
    """A text that somebody typed, as a spreadsheet shows it: what it would take for a formula (CWE-1236) gets an
    apostrophe before it."""
    return f"'{text}" if text.strip()[:1] in _FORMULA or text[:1] in _FORMULA else text


# ---- one figure each ----------------------------------------------------------------------------------------------


def _duration(courses: Sequence[Course], ends: Callable[[Course], tuple[int, int]], fewest: int) -> Duration:
    """Between two times of a course (µs), where both are known and in this order."""
    spans = [end - begin for begin, end in map(ends, courses) if 0 <= begin <= end]
    if len(spans) < max(fewest, 1):
        return Duration(n=len(spans), withheld=Withheld.TOO_FEW)
    median, p90 = np.quantile(np.asarray(spans, dtype=np.float64) / 1000, [0.5, 0.9])
    return Duration(n=len(spans), median_ms=round(float(median)), p90_ms=round(float(p90)))


def _share(which: Sequence[bool], fewest: int) -> Share:
    if len(which) < max(fewest, 1):
        return Share(n=len(which), withheld=Withheld.TOO_FEW)
    return Share(n=len(which), share=sum(which) / len(which))


def parts(names: Iterable[str], fewest: int) -> list[Part]:
    """Counts by name, most first. Where only one were hidden the next is hidden too."""
    counted = sorted(Counter(names).items(), key=lambda part: (-part[1], part[0]))
    hidden = sum(count < fewest for _, count in counted)
    if hidden == 1:
        hidden = min(2, len(counted))
    shown = len(counted) - hidden
    return [Part(name=name, count=count if at < shown else None) for at, (name, count) in enumerate(counted)]


def _told_in_time(one: Course) -> bool:
    return one.told_at >= 0 and one.told_at - one.critical_at <= TOLD_WITHIN_MS


def _recording(courses: Sequence[Course], fewest: int) -> Recording:
    kept = [one.recorded for one in courses if one.recorded]
    meant = sum(one.meant for one in kept)
    if len(kept) < max(fewest, 1) or meant <= 0:
        return Recording(n=len(kept), withheld=Withheld.TOO_FEW)
    missed, lost = sum(one.missed for one in kept), sum(one.lost for one in kept)
    packets = lost + sum(one.packets for one in kept)
    return Recording(
        n=len(kept),
        complete=1 - missed / meant,
        lost=lost / packets if packets else None,
        missed_s=_seconds(missed),
        paused_s=_seconds(sum(one.paused for one in kept)),
        damaged_s=_seconds(sum(one.damaged for one in kept)),
        gaps=sum(one.gaps for one in kept),
        keyframe_gaps=sum(one.keyframe_gaps for one in kept),
    )


def _seconds(us: int) -> int:
    return round(us / 1_000_000)


# ---- CSV ----------------------------------------------------------------------------------------------------------


def line(
    figure: str, part: str, unit: str, n: int | None, value: float | None, withheld: Withheld | None = None
) -> list[str]:
    """One row of the table: `COLUMNS`."""
    said = "" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"
    return [figure, part, unit, "" if n is None else str(n), said, str(withheld or "")]


def _hidden(part: Part) -> Withheld | None:
    return Withheld.TOO_FEW if part.count is None else None
