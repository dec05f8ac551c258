"""One consultation's course, as the figures need it: folded from its log. Total over any events."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec.structs import replace

from signalling import events as ev
from signalling.record import Record
from signalling.vocabulary import CloseReason, Step

NEVER = -1


class Outcome(StrEnum):
    """How a consultation stands."""

    COMPLETED = "completed"  # answered, closed, and its opinion signed
    NO_OPINION = "no_opinion"  # answered and closed; nobody has signed an opinion
    NOT_ANSWERED = "not_answered"
    GOING_ON = "going_on"


class Recorded(Record, frozen=True):
    """How complete the recording is, in µs: how long it should have run, how much of that is missing (pauses that
    people asked for are not: they are `paused`), and in how many gaps. Then of the tracks altogether: packets that are
    there, packets that never came or were left out, µs of pictures and sound that cannot be shown, and in how many
    places a picture waits for its next keyframe. `recorded.py` makes it of a sealed manifest."""

    meant: int
    missed: int = 0
    paused: int = 0
    gaps: int = 0
    packets: int = 0
    lost: int = 0
    damaged: int = 0
    keyframe_gaps: int = 0


class Course(Record, frozen=True):
    """Times are µs on the session clock, where 0 is the request; -1 = never. `first_media`: the first packet after
    the answer. `critical_at`, `told_at`: Unix ms, when the first critical value was signed and when somebody was told
    of one. `recorded` None = no recording was made or it is not known."""

    requested: bool = False
    answered: int = NEVER
    first_media: int = NEVER
    opinion: int = NEVER
    closed: int = NEVER
    close_reason: CloseReason | None = None
    critical_at: int = NEVER
    told_at: int = NEVER
    recorded: Recorded | None = None
    chosen: bool = False
    reviewed: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.closed < 0:
            return Outcome.GOING_ON
        if self.answered < 0:
            return Outcome.NOT_ANSWERED
        return Outcome.COMPLETED if self.opinion >= 0 else Outcome.NO_OPINION


def course(
    events: Iterable[ev.Event], *, recorded: Recorded | None = None, chosen: bool = False, reviewed: bool = False
) -> Course:
    """`chosen`: the sample asks for a review; `reviewed`: all its cases are submitted."""
    result = Course(recorded=recorded, chosen=chosen, reviewed=reviewed)
    for event in events:
        result = _step(result, event)
    return result


def _step(s: Course, event: ev.Event) -> Course:
    match event.body:
        case ev.Requested():
            return replace(s, requested=True)
        case ev.Answered():
            return replace(s, answered=_first(s.answered, event.t))
        case ev.Observed(step=Step.FIRST_PACKET) if s.answered >= 0:
            return replace(s, first_media=_first(s.first_media, event.t))
        case ev.OpinionSigned(opinion=opinion, at=at):
            return _critical(replace(s, opinion=_first(s.opinion, event.t)), opinion, at)
        case ev.Closed(reason=reason) if s.closed < 0:
            return replace(s, closed=event.t, close_reason=reason)
        case _:
            return s


def _critical(s: Course, opinion: ev.Opinion, at: int) -> Course:
    """A later text may say who was told (an addendum); the earliest counts."""
    if opinion.critical:
        s = replace(s, critical_at=_first(s.critical_at, at))
    told = opinion.told
    if told is None:
        return s
    return replace(s, told_at=told.at if s.told_at < 0 else min(s.told_at, told.at))


def _first(known: int, now: int) -> int:
    return now if known < 0 else known
