"""Whose a recorded track was and what it showed: the media journal knows its number, the log the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recordings.export.names import entry_name
from recordings.manifest import Track
from signalling import events as ev
from signalling.events import Event, Person
from signalling.ids import ParticipantId
from signalling.vocabulary import Purpose


@dataclass(frozen=True)
class Played:
    """A run of a track with a file. `person` None: the log does not say who sent it."""

    track: Track
    purpose: Purpose
    person: Person | None

    @property
    def is_video(self) -> bool:
        return self.track.kind == "video"

    @property
    def name(self) -> str:
        """Of the copy that anybody can play: `play/003-probe.webm`. A microphone is `voice`, whatever it came with."""
        what = self.purpose.value if self.is_video else "voice"
        return entry_name("play", f"{self.track.run:03}-{what}.{self.track.file.rpartition('.')[2]}")


def played(tracks: Iterable[Track], events: Iterable[Event]) -> list[Played]:
    """Those of the manifest's tracks that have a file, in its order."""
    people: dict[int, Person] = {}
    added: dict[int, ev.TrackAdded] = {}
    for event in events:
        match event.body:
            case ev.Joined(participant=participant, person=person):
                people[participant] = person
            case ev.TrackAdded(track=number):
                added[number] = event.body
            case _:
                pass
    return [_played(one, added.get(one.track), people) for one in tracks if one.file]


def _played(one: Track, added: ev.TrackAdded | None, people: Mapping[int, Person]) -> Played:
    if added is None:
        return Played(one, Purpose.ROOM, None)
    return Played(one, added.purpose, people.get(ParticipantId(added.participant)))
