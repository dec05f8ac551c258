"""The timeline as data: lanes, entries, spans, durations. Times are µs on the session clock (0 = requested)."""

from enum import StrEnum
from typing import Final

from signalling.record import Record
from signalling.vocabulary import CloseReason, Kind, Purpose, Role

NEVER: Final = -1


class Unit(StrEnum):
    """What an entry's `value` is counted in."""

    NONE = "none"
    MS = "ms"
    PER_MILLE = "per_mille"
    KBPS = "kbps"
    EVENTS = "events"
    TRANSPORT = "transport"  # 1 = UDP, 2 = TCP


class Sign(StrEnum):
    """Which of four kinds an entry is: its shape and colour in the picture."""

    PEOPLE = "people"
    MEDIA = "media"
    TROUBLE = "trouble"
    BETTER = "better"


class Stretch(StrEnum):
    """What lasts: the bars of the picture."""

    RINGING = "ringing"
    HERE = "here"
    AWAY = "away"
    MEDIA = "media"
    LOSS = "loss"
    SUSPENDED = "suspended"
    NO_KEYFRAMES = "no_keyframes"
    STORAGE = "storage"


class Lane(Record, frozen=True):
    """The server (the first lane, without a role), or somebody who asked, was rung or came. `participant` 0 = never
    came in."""

    participant: int
    role: Role | None
    site: str
    department: str = ""


class Entry(Record, frozen=True):
    """One thing that happened. `what` is an event's name on the wire or a `Step`; `lane` the number of its lane;
    `text` an administrator's own words for ending the consultation, else empty."""

    t: int
    lane: int
    what: str
    sign: Sign
    track: int = 0
    kind: Kind | None = None
    purpose: Purpose | None = None
    value: int = 0
    unit: Unit = Unit.NONE
    reason: CloseReason | None = None
    text: str = ""


class Span(Record, frozen=True):
    """One thing that lasted. `end` -1 = it goes on."""

    lane: int
    what: Stretch
    begin: int
    end: int
    track: int = 0


class Durations(Record, frozen=True):
    """How long one lane's steps took, ms; -1 = never came. `answer` is from the answer to its first packet,
    `first_packet` and `first_keyframe` are from the publishing of its first track that got one."""

    lane: int
    joined: int = NEVER
    ice: int = NEVER
    dtls: int = NEVER
    first_packet: int = NEVER
    first_keyframe: int = NEVER
    answer: int = NEVER
    disconnections: int = 0
    losses: int = 0


class Timeline(Record, frozen=True):
    """The whole. `answered` and `closed` are times, -1 = not (yet); `end` is where the picture ends; `left_out`
    counts entries that were too many."""

    consultation: str
    started_unix_us: int
    answered: int
    closed: int
    end: int
    lanes: list[Lane]
    entries: list[Entry]
    spans: list[Span]
    durations: list[Durations]
    left_out: int = 0
