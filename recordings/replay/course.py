"""What a player is told before anything plays: who was there, which files there are and whose, what is missing.

Times are µs of the session. A pure fold of the log's events and the manifest; it opens no file.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from recordings.manifest import Damaged, Gap, Located, Manifest, Track
from recordings.replay.thumbnails import every_us
from signalling.events import Closed, Event, Joined, TrackAdded
from signalling.ids import ConsultationId, ParticipantId
from signalling.record import Record
from signalling.vocabulary import CloseReason, Purpose, Role

NOBODY: Final = ParticipantId(0)


class Attended(Record, frozen=True):
    """Somebody who was in it. `peer`: the participant's number; `institution`: its name."""

    peer: ParticipantId
    name: str
    role: Role
    institution: str
    department: str = ""


class Played(Record, frozen=True):
    """A run of a track and its file ("" = none could be made). Time 0 of the file is `t0`. `peer` 0 and `label` None =
    the log does not say whose; `missing`: the file that was sealed is gone."""

    run: int
    track: int
    peer: ParticipantId
    kind: str
    label: Purpose | None
    codec: str
    rid: str
    file: str
    t0: int
    t_end: int
    frames: int
    damaged: tuple[Damaged, ...]
    missing: bool = False


class Thumbnails(Record, frozen=True):
    """Small pictures: how often (µs), and of which runs."""

    every_us: int
    runs: list[int]


class Course(Record, frozen=True):
    """The whole. `length_us`: to the closing, or to the last frame if that is later. `recorded`: there is media."""

    consultation: ConsultationId
    started_unix_us: int
    length_us: int
    closed_reason: CloseReason | None
    people: list[Attended]
    tracks: list[Played]
    gaps: tuple[Gap, ...]
    damages: tuple[Located, ...]
    recorded: bool
    seq: int
    digest: str
    thumbnails: Thumbnails
    sealed: bool = True


def course(manifest: Manifest, events: Sequence[Event], there: Mapping[str, bool]) -> Course:
    """`there`: of each file of a track whether it is still there."""
    added: dict[int, TrackAdded] = {}
    added.update((event.body.track, event.body) for event in events if isinstance(event.body, TrackAdded))
    closed = next((event.body for event in reversed(events) if isinstance(event.body, Closed)), None)
    tracks = [_played(one, added.get(one.track), missing=not there.get(one.file, True)) for one in manifest.tracks]
    length = max([end_of(events), *(one.t_end for one in tracks)])
    shown = [one.run for one in tracks if one.kind == "video" and one.file and not one.missing]
    return Course(
        consultation=manifest.consultation,
        started_unix_us=manifest.started_unix_us,
        length_us=length,
        closed_reason=closed.reason if closed is not None else None,
        people=people_of(events),
        tracks=tracks,
        gaps=manifest.gaps,
        damages=manifest.damages,
        recorded=bool(manifest.segments),
        seq=events[-1].seq if events else 0,
        digest=manifest.digest,
        thumbnails=Thumbnails(every_us=every_us(length), runs=shown),
    )


def end_of(events: Sequence[Event]) -> int:
    """Session µs. Paperwork after the closing is not part of the play."""
    closed = [event.t for event in events if isinstance(event.body, Closed)]
    return closed[0] if closed else max((event.t for event in events), default=0)


def people_of(events: Iterable[Event]) -> list[Attended]:
    """In order of arrival; who came back is one."""
    found: dict[ParticipantId, Attended] = {}
    for event in events:
        body = event.body
        if isinstance(body, Joined) and body.participant not in found:
            who = body.person
            found[body.participant] = Attended(
                peer=body.participant, name=who.name, role=who.role, institution=who.site, department=who.department
            )
    return list(found.values())


def _played(one: Track, added: TrackAdded | None, *, missing: bool) -> Played:
    return Played(
        run=one.run,
        track=one.track,
        peer=added.participant if added is not None else NOBODY,
        kind=one.kind,
        label=added.purpose if added is not None else None,
        codec=one.codec,
        rid=one.rid,
        file=one.file,
        t0=one.t0,
        t_end=one.t_end,
        frames=one.frames,
        damaged=one.damaged,
        missing=missing,
    )
