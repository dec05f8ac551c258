"""When a consultation's log says that nothing was journaled: pauses with their reason, and while the server was away. A
fold of the log; what the disk did not take stands in the journal itself."""

from collections.abc import Iterable, Sequence

from recordings.media.frames import Span
from recordings.media.runs import Hole
from signalling.events import Event
from signalling.recording import RecordingMissed, RecordingPaused, RecordingResumed, RecordingStarted, RecordingStopped
from signalling.vocabulary import GapReason


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
