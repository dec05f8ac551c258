"""A consultation's course, for people who look for a fault: as data (`timeline`) and as one file (`page`)."""

from recordings.timeline.fold import ENTRIES_MOST, EVENTS_SHOWN, timeline
from recordings.timeline.page import page
from recordings.timeline.picture import lines
from recordings.timeline.records import NEVER, Durations, Entry, Lane, Sign, Span, Stretch, Timeline, Unit
from recordings.timeline.words import Language

__all__ = [
    "ENTRIES_MOST",
    "EVENTS_SHOWN",
    "NEVER",
    "Durations",
    "Entry",
    "Lane",
    "Language",
    "Sign",
    "Span",
    "Stretch",
    "Timeline",
    "Unit",
    "lines",
    "page",
    "timeline",
]
