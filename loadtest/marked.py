"""What is to be said of the frames with marks that a canvas showed: by the pictures in them, not by what the page says.

A presented frame is wrong if its canvas shows another picture than its key's (the painted times do not rise with the
keys, or one is off from where its key puts it), or if a mark stands on it unflagged although

- this page never got, under that mark's key, the very picture that was drawn on (the next picture that came, where
  that one itself never came: the encoder had left it out), or
- what is shown is older than what was drawn on.

It is flagged if a mark on it says that its own frame never came here; unreadable if coding spoilt the blocks.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Final, Literal

import msgspec

# A picture is painted before it is captured and keyed: it may be older than its key, never newer; the next is 33 ms on.
EARLY_MS: Final = 100
LATE_MS: Final = 16

Fate = Literal["shown", "skipped", "unsent", "another"]
Stamps = Mapping[int, int | None]


class Frame(msgspec.Struct, frozen=True):
    """What the looking page's canvas showed in one callback. `marks`, `flagged`: keys of marks. `stamp`: when the
    picture was painted, Unix ms mod 2³², null = unreadable; `age`: ms."""

    rtp: int | None
    stamp: int | None
    marks: list[str]
    flagged: list[str]
    age: float | None


class Decoded(msgspec.Struct, frozen=True):
    """A frame as the looking page's decoder gave it, whatever the page then did with it."""

    rtp: int
    stamp: int | None


class Drawn(msgspec.Struct, frozen=True):
    """A mark, where its author drew it: its frame's key, and the picture that was under the hand."""

    key: str
    rtp: int
    stamp: int | None


class Seen(msgspec.Struct, frozen=True):
    """The frames that one line brought to the looking page. `came`: decoded there, `left_out`: of those, never on the
    canvas; `astray`: frames with a mark that stands unflagged where it must not. `before`: frames flagged by the rule
    that was before, under which a mark is plain only if its own picture was on this very canvas. `marks`: drawn and
    judged; `skipped`: their picture came and the screen left it out; `unsent`: nobody but their author ever had their
    picture. `odd`: what is known of the first frames that were wrong."""

    line: str
    frames: int
    with_marks: int
    unreadable: int
    wrong: int
    astray: int
    flagged: int
    marks: int
    marks_flagged: int
    odd: list[str]
    came: int = 0
    left_out: int = 0
    before: int = 0
    marks_skipped: int = 0
    marks_unsent: int = 0


def judged(line: str, frames: Sequence[Frame], drawn: Sequence[Drawn], decoded: Sequence[Decoded] = ()) -> Seen:
    """What is to be said of these frames. A frame that was looked at twice is one; one without a key is wrong."""
    once = [
        one
        for n, one in enumerate(frames)
        if n == 0 or (one.rtp, one.stamp) != (frames[n - 1].rtp, frames[n - 1].stamp)
    ]
    shown = {one.rtp: one.stamp for one in once if one.rtp is not None}
    came = {one.rtp: one.stamp for one in decoded} | shown
    misled = wrong(once)
    known = {one.key: one for one in drawn if one.stamp is not None and once and ahead(one.rtp, once[0].rtp or 0) >= 0}
    fates = {key: fate(one, shown, came) for key, one in known.items()}
    stray = [n for n, one in enumerate(once) if _astray(one, known, fates)]
    flagged = {key for one in once for key in one.flagged}
    judged_marks = {key for one in once for key in one.marks} & known.keys()
    count = {each: sum(1 for key in judged_marks - flagged if fates[key] == each) for each in ("skipped", "unsent")}
    within = {one.rtp for one in decoded if once and _between(one.rtp, once[0].rtp, once[-1].rtp)} | shown.keys()
    return Seen(
        line=line,
        frames=len(once),
        with_marks=sum(1 for one in once if one.marks),
        unreadable=sum(1 for one in once if one.stamp is None),
        wrong=len({*misled, *stray}),
        astray=len(stray),
        flagged=sum(1 for one in once if one.flagged),
        marks=len(judged_marks),
        marks_flagged=len(judged_marks & flagged),
        odd=[f"{n}: {once[n].rtp} {once[n].stamp} {misled.get(n, 'astray')}" for n in sorted({*misled, *stray})[:20]],
        came=len(within),
        left_out=len(within - shown.keys()),
        before=sum(1 for one in once if one.flagged or any(fates.get(key) not in {None, "shown"} for key in one.marks)),
        marks_skipped=count["skipped"],
        marks_unsent=count["unsent"],
    )


def fate(mark: Drawn, shown: Stamps, came: Stamps) -> Fate:
    """What became of the picture that a mark was drawn on. `unsent`: it never came under any key, and the mark's key is
    that of the very next picture that did. `another`: none of these, so the mark must be flagged."""
    if mark.rtp not in came or mark.stamp is None:
        return "another"
    picture = came[mark.rtp]
    if picture is None or picture == mark.stamp:
        return "shown" if mark.rtp in shown else "skipped"
    later = [one for one in came.values() if one is not None and one >= mark.stamp]
    return "unsent" if picture == min(later, default=None) and picture - mark.stamp <= EARLY_MS else "another"


def _between(rtp: int, first: int | None, last: int | None) -> bool:
    return first is not None and last is not None and ahead(rtp, first) >= 0 and ahead(rtp, last) <= 0


def _astray(frame: Frame, known: dict[str, Drawn], fates: dict[str, Fate]) -> bool:
    """Whether a mark stands here unflagged that was drawn on another picture than its key brought here, or over a
    picture from before the one that it was drawn on."""
    plain = [key for key in frame.marks if key in known and key not in frame.flagged]
    return any(fates[key] == "another" or _is_older(frame, known[key]) for key in plain)


def _is_older(frame: Frame, mark: Drawn) -> bool:
    if frame.rtp is not None and ahead(frame.rtp, mark.rtp) < 0:
        return True
    return frame.stamp is not None and mark.stamp is not None and frame.stamp < mark.stamp


def ahead(rtp: int, of: int) -> int:
    """RTP ticks, within half the circle."""
    return ((rtp - of + (1 << 31)) % (1 << 32)) - (1 << 31)


def wrong(frames: Sequence[Frame]) -> dict[int, str]:
    """Frames that show another picture than their key's, by place, and why."""
    found = {n: "no key" for n, one in enumerate(frames) if one.rtp is None}
    first = next((one.rtp for one in frames if one.rtp is not None), 0)
    placed = sorted(
        (ahead(one.rtp, first), one.stamp, n)
        for n, one in enumerate(frames)
        if one.rtp is not None and one.stamp is not None
    )
    usual = median(stamp - ticks / 90 for ticks, stamp, _ in placed) if placed else 0
    for ticks, stamp, n in placed:
        off = stamp - ticks / 90 - usual
        if not -EARLY_MS <= off <= LATE_MS:
            found[n] = f"{off:+.0f} ms"
    for (ticks, stamp, _), (next_ticks, next_stamp, n) in pairwise(placed):
        if (ticks == next_ticks) != (stamp == next_stamp) or stamp > next_stamp:
            found.setdefault(n, f"{next_stamp - stamp:+} ms after {next_ticks - ticks:+}")
    return found
