"""How complete a recording is, out of its sealed manifest. Pure."""

from collections.abc import Iterable
from typing import Final

from recordings.manifest import Gap, Manifest
from recordings.review.course import Recorded
from signalling.vocabulary import GapReason

# What people decide; everything else is a fault.
_DECIDED: Final = frozenset({GapReason.PRIVATE.value, GapReason.ASKED.value, GapReason.OTHER.value})
_VIDEO: Final = "video"


def recorded(sealed: Manifest) -> Recorded | None:
    """None: nothing was recorded and nothing should have been. It should have run from the first thing that is there or
    missing to the last, less what people paused."""
    begins = [one.t_from for one in sealed.segments] + [one.t_from for one in sealed.gaps]
    ends = [one.t_to for one in sealed.segments] + [one.t_to for one in sealed.gaps]
    if not ends:
        return None
    paused = _covered(gap for gap in sealed.gaps if gap.reason in _DECIDED)
    missed = _covered(gap for gap in sealed.gaps if gap.reason not in _DECIDED)
    span = max(ends) - min(begins)
    return Recorded(
        meant=max(0, span - paused),
        missed=min(missed, max(0, span - paused)),
        paused=paused,
        gaps=sum(gap.reason not in _DECIDED for gap in sealed.gaps),
        packets=sealed.counts.packets,
        lost=sealed.counts.lost + sealed.counts.dropped,
        damaged=sealed.counts.damaged_us,
        keyframe_gaps=sum(len(track.damaged) for track in sealed.tracks if track.kind == _VIDEO),
    )


def _covered(gaps: Iterable[Gap]) -> int:
    """µs that at least one of them covers."""
    total, reached = 0, -1
    for gap in sorted(gaps, key=lambda one: one.t_from):
        begin = max(gap.t_from, reached)
        if gap.t_to > begin:
            total += gap.t_to - begin
            reached = gap.t_to
    return total
