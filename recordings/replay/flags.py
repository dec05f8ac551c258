"""In words what a list of consultations can be searched for besides names and times, made of log and seal alone: the
index is made of it again."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from recordings.manifest import Manifest
from recordings.replay.markers import MarkerKind, markers
from signalling.events import Event, OpinionSigned
from signalling.state import State


class Flag(StrEnum):
    """The page has words for each."""

    CRITICAL = "critical"  # a critical value
    UNSIGNED = "unsigned"  # it was open, and nobody signed an opinion
    GAPS = "gaps"  # something was not recorded: a pause, a restart, a full disk
    DAMAGED = "damaged"  # something that was recorded cannot be shown
    NETWORK = "network"
    FREEZE = "freeze"
    MARK = "mark"
    UNRECORDED = "unrecorded"


_OF_MARKERS: Final[Mapping[MarkerKind, Flag]] = MappingProxyType(
    {
        MarkerKind.GAP: Flag.GAPS,
        MarkerKind.DAMAGED: Flag.DAMAGED,
        MarkerKind.NETWORK: Flag.NETWORK,
        MarkerKind.FREEZE: Flag.FREEZE,
        MarkerKind.MARK: Flag.MARK,
    }
)


def flags(manifest: Manifest, events: Sequence[Event], state: State) -> list[Flag]:
    """In a fixed order."""
    found = {_OF_MARKERS[one.kind] for one in markers(manifest, events) if one.kind in _OF_MARKERS}
    if manifest.damages:
        found.add(Flag.DAMAGED)
    if any(one.opinion.critical for one in state.opinions):
        found.add(Flag.CRITICAL)
    if state.opened_t >= 0 and not state.opinions:
        found.add(Flag.UNSIGNED)
    if not manifest.segments:
        found.add(Flag.UNRECORDED)
    return [one for one in Flag if one in found]


def findings(events: Sequence[Event]) -> str:
    """The words of all signed opinions: what a search for a finding looks at."""
    opinions = [event.body.opinion for event in events if isinstance(event.body, OpinionSigned)]
    return "\n".join(text for one in opinions for text in (one.findings, one.impression, one.advice))
