"""A consultation that is over, in an archive of its own: log, data key, media journal. As a program it seals it:
`python -m tests.recordings.sealed FOLDER`."""

import sys
from dataclasses import dataclass
from pathlib import Path

from recordings import HeldSiteKey, Keyring, LogWriter
from recordings.chunk import Entry
from recordings.manifest import Manifest
from recordings.seal import seal
from signalling.codec import encode_event
from signalling.events import Body, Event, Observed
from signalling.ids import ParticipantId
from signalling.vocabulary import Step
from tests.recordings.media.senders import Person, audio, merged, video, write
from tests.recordings.segments import CONSULTATION

NOW = 1_764_118_800_000
SITE = HeldSiteKey(bytes(range(32)))


@dataclass(frozen=True)
class Archive:
    data: Path

    @property
    def keyring(self) -> Keyring:
        return Keyring(self.data / "archive", SITE)

    @property
    def folder(self) -> Path:
        return self.keyring.folder(CONSULTATION)

    @property
    def log(self) -> Path:
        return self.data / f"{CONSULTATION}.log"

    def seal(self, now: int = NOW) -> Manifest:
        return seal(self.folder, self.keyring, self.log, now)


def archive(
    data: Path, entries: list[Entry] | None = None, seconds: int = 24, bodies: list[tuple[int, Body]] | None = None
) -> Archive:
    """`bodies`: the log's events. `entries` None: one person, seen and heard for so many seconds."""
    made = Archive(data)
    key = made.keyring.create(CONSULTATION)
    with LogWriter.create(made.log, CONSULTATION, 1, key) as writer:
        told = Observed(participant=ParticipantId(0), step=Step.STORAGE_LOST, value=1)
        for seq, (t, body) in enumerate(bodies or [(1, told), (2, told), (3, told)], start=1):
            writer.append(encode_event(Event(seq=seq, t=t, by=0, body=body)))
    write(made.folder, talk(seconds) if entries is None else entries, key)
    return made


def talk(seconds: int) -> list[Entry]:
    person, us = Person(1), seconds * 1_000_000
    return merged(person.entries(video(1), 0, us), person.entries(audio(2), 0, us))


if __name__ == "__main__":
    print("begins", flush=True)
    Archive(Path(sys.argv[1])).seal()
