"""What a reviewer wants to jump to: freezes, marks, cues, chat, opinions, who leads, trouble on the network, what was
not recorded and what is damaged. A fold of the log and the manifest; times are µs of the session.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from recordings.manifest import Manifest
from recordings.replay.course import end_of
from signalling import looking as look
from signalling import recording as rec
from signalling.events import (
    ChatSaid,
    Disconnected,
    Event,
    Joined,
    Left,
    Observed,
    OpinionSigned,
    Returned,
)
from signalling.record import Record
from signalling.vocabulary import Step

MOST: Final = 20_000
TEXT: Final = 80  # characters of somebody's words
SERVER: Final = 0


class MarkerKind(StrEnum):
    """The page has words and a sign for each."""

    FREEZE = "freeze"
    MARK = "mark"
    CUE = "cue"
    CHAT = "chat"
    OPINION = "opinion"
    LEAD = "lead"
    NETWORK = "network"
    RECORDING = "recording"
    GAP = "gap"
    DAMAGED = "damaged"


class About(Record, frozen=True, omit_defaults=True):
    """What a marker says besides. `peer`: the participant it is about; `key`: that of the event; `reason`: a word of
    the wire; `run`: of a damaged track."""

    peer: int = 0
    track: int = 0
    run: int = 0
    key: str = ""
    text: str = ""
    cue: str = ""
    reason: str = ""


class Marker(Record, frozen=True):
    """From `t` to `t_to`, the same for a moment. `seq`: of its event, 0 = none."""

    t: int
    t_to: int
    kind: MarkerKind
    data: About
    seq: int = 0


def markers(manifest: Manifest, events: Sequence[Event]) -> list[Marker]:
    """In order of time; of too many, the first."""
    found = [*_moments(events), *_network(events), *_missing(manifest)]
    return sorted(found, key=lambda one: (one.t, one.kind, one.seq))[:MOST]


def _moments(events: Sequence[Event]) -> Iterator[Marker]:
    asked = {event.body.key: event.body for event in events if isinstance(event.body, look.FreezeAsked)}
    for event in events:
        found = _moment(event, asked)
        if found is not None:
            kind, about = found
            yield Marker(t=event.t, t_to=event.t, kind=kind, data=about, seq=event.seq)


def _moment(event: Event, asked: dict[str, look.FreezeAsked]) -> tuple[MarkerKind, About] | None:
    match event.body:
        case look.Frozen(key=key, frame=frame):
            who = asked[key].participant if key in asked else SERVER
            return MarkerKind.FREEZE, About(peer=who, track=frame.track, key=key)
        case look.MarkAdded(participant=who, mark=mark):
            track = mark.frame.track if mark.frame is not None else 0
            return MarkerKind.MARK, About(
                peer=who, track=track, key=mark.key, text=mark.text[:TEXT], reason=mark.shape.value
            )
        case look.CueGiven(participant=who, cue=cue):
            return MarkerKind.CUE, About(peer=who, cue=cue.value)
        case look.LeadChanged(holder=who, reason=reason):
            return MarkerKind.LEAD, About(peer=who, reason=reason.value)
        case ChatSaid(participant=who, key=key, text=text):
            return MarkerKind.CHAT, About(peer=who, key=key, text=text[:TEXT])
        case OpinionSigned(number=number, opinion=opinion):
            return MarkerKind.OPINION, About(key=str(number), text=opinion.impression[:TEXT])
        case body:
            return _of_recording(body)


def _of_recording(body: object) -> tuple[MarkerKind, About] | None:
    match body:
        case rec.RecordingStarted():
            return MarkerKind.RECORDING, About(reason="started")
        case rec.RecordingStopped():
            return MarkerKind.RECORDING, About(reason="stopped")
        case rec.ConsentTaken(participant=who):
            return MarkerKind.RECORDING, About(peer=who, reason="consent")
        case rec.ConsentEnded(participant=who, reason=reason):
            return MarkerKind.RECORDING, About(peer=who, reason=reason.value)
        case _:
            return None


# What begins trouble, and what ends it.
_BEGINS: Final = {
    Step.LOSS_BEGAN: Step.LOSS_ENDED,
    Step.VIDEO_SUSPENDED: Step.VIDEO_RESUMED,
    Step.KEYFRAMES_MISSING: Step.KEYFRAMES_BACK,
}
_ENDS: Final = {end: begin for begin, end in _BEGINS.items()}
_GONE: Final = "disconnected"


def _network(events: Sequence[Event]) -> Iterator[Marker]:
    """What nothing ended lasts until the end."""
    open_: dict[tuple[str, int, int], Event] = {}
    for event in events:
        body = event.body
        match body:
            case Observed(step=step) if step in _BEGINS:
                open_.setdefault((step.value, body.participant, body.track), event)
            case Observed(step=step) if step in _ENDS:
                yield from _over(open_, (_ENDS[step].value, body.participant, body.track), event.t)
            case Disconnected():
                open_.setdefault((_GONE, body.participant, 0), event)
            case Returned() | Joined() | Left():
                yield from _over(open_, (_GONE, body.participant, 0), event.t)
            case _:
                pass
    for what in list(open_):
        yield from _over(open_, what, end_of(events))


def _over(open_: dict[tuple[str, int, int], Event], what: tuple[str, int, int], t: int) -> Iterator[Marker]:
    began = open_.pop(what, None)
    if began is not None:
        reason, peer, track = what
        about = About(peer=peer, track=track, reason=reason)
        yield Marker(t=began.t, t_to=max(began.t, t), kind=MarkerKind.NETWORK, data=about, seq=began.seq)


def _missing(manifest: Manifest) -> Iterator[Marker]:
    for gap in manifest.gaps:
        yield Marker(t=gap.t_from, t_to=gap.t_to, kind=MarkerKind.GAP, data=About(reason=gap.reason))
    for track in manifest.tracks:
        about = About(track=track.track, run=track.run)
        for span in track.damaged:
            yield Marker(t=span.t_from, t_to=span.t_to, kind=MarkerKind.DAMAGED, data=about)
