"""When a consultation's log says that nothing was journaled: pauses with their reason, and while the server was away. A
fold of the log; what the disk did not take stands in the journal itself."""

from collections.abc import Iterable, Sequence
from typing import Final

from recordings.media.frames import Span
from recordings.media.runs import Hole
from signalling.events import Event
from signalling.recording import RecordingMissed, RecordingPaused, RecordingResumed, RecordingStarted, RecordingStopped
from signalling.vocabulary import GapReason

LAST_US: Final = 1_000_000  # before a server ended, of what came then: not on the disk yet (docs/journal.md)


def pauses(events: Iterable[Event]) -> list[Hole]:
    """In order, none in another. A pause that nothing ended lasts until the log's last event."""
    found: list[Hole] = []
    since, reason, last = 0, "", 0
    for event in events:
        last = event.t
        match event.body:
            case RecordingPaused():
                since, reason = (since, reason) if reason else (event.t, event.body.reason.value)
            case RecordingResumed() | RecordingStarted() | RecordingStopped() if reason:
                found.append(Hole(since, event.t, reason))
                reason = ""
            case RecordingMissed(reason=GapReason.RESTARTED, from_t=t_from, to_t=t_to) if t_to >= t_from:
                found.append(Hole(t_from, t_to, GapReason.RESTARTED.value))
            case _:
                pass
    if reason:
        found.append(Hole(since, last, reason))
    return sorted(found)


def without(spans: Sequence[Span], away: Sequence[Hole]) -> list[Span]:
    """The spans, less what lies in a pause: what is not recorded is not damaged."""
    left = list(spans)
    for hole in away:
        parts = [
            part
            for span in left
            for part in (
                Span(span.t_from, min(span.t_to, hole.t_from)),
                Span(max(span.t_from, hole.t_to), span.t_to),
            )
        ]
        left = [part for part in parts if part.t_from < part.t_to]
    return left


def fitted(away: Sequence[Hole], segments: Sequence[Span]) -> list[Hole]:
    """Restarts, from where the journal ends: the log knows only of its own last event, before which the journal's last
    second may be missing, and behind which media may have been written for long. `segments`: the journal's."""
    found: list[Hole] = []
    for hole in away:
        if hole.reason == GapReason.RESTARTED.value:
            start = max([_journal_end(hole, segments), *(one.t_to for one in found[-1:])])
            found.append(hole._replace(t_from=min(start, hole.t_to)))
        else:
            found.append(hole)
    return found


def _journal_end(hole: Hole, segments: Sequence[Span]) -> int:
    """A segment that holds nothing says that recording had begun, if it had for the log as well: else it is of a start
    that came no further."""
    before = [one for one in segments if one.t_to <= hole.t_to]
    ends = [one.t_to for one in before if one.t_from < one.t_to or one.t_from <= hole.t_from]
    return max(0, hole.t_from - LAST_US, *ends)
