"""A consultation with everything that an export has, sealed: a probe in H264, a face in VP8, two voices, a chat with a
script in it, a consent; and its exports, opened."""

import io
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from msgspec import structs

from recordings.chunk import Entry
from recordings.crypt import DataKey
from recordings.export import ExportKind, Wishes
from recordings.exporting import OUT, Said, Task, run
from recordings.files import SealedFile
from signalling import events as ev
from signalling import recording as rec
from signalling.events import Body
from signalling.generate.people import PATIENT, SPECIALIST, VILLAGE
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.vocabulary import (
    CloseReason,
    ConsentEnd,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    Kind,
    Purpose,
    Urgency,
)
from tests.recordings.media.senders import Person, Track, audio, merged, video
from tests.recordings.sealed import Archive, archive
from tests.recordings.segments import CONSULTATION

US = 1_000_000
ONE, TWO = ParticipantId(1), ParticipantId(2)
SCRIPT = "<script>alert(1)</script>"
MADE_KEY = bytes(range(1, 33))
USES = [ConsentUse.CARE, ConsentUse.TEACHING]
NOW_MS = 1_764_118_800_000


def bodies(uses: list[ConsentUse] | None = None, until: int = 0) -> list[tuple[int, Body]]:
    consent = rec.Consent(
        key="k1",
        how=ConsentKind.WITNESSED,
        giver=ConsentGiver.PATIENT,
        uses=USES if uses is None else uses,
        witness="Sun",
        until=until,
    )
    tracks = [
        (1, ONE, Kind.VIDEO, Purpose.PROBE),
        (2, ONE, Kind.AUDIO, Purpose.FACE),
        (3, TWO, Kind.VIDEO, Purpose.FACE),
        (4, TWO, Kind.AUDIO, Purpose.FACE),
    ]
    return [
        (0, ev.Requested(requester=VILLAGE, patient=PATIENT, reason=f"gallbladder {SCRIPT}", urgency=Urgency.URGENT)),
        (5, ev.Joined(participant=ONE, person=VILLAGE)),
        (6, ev.Joined(participant=TWO, person=SPECIALIST)),
        (7, rec.ConsentTaken(participant=ONE, consent=consent, at=1)),
        *(
            (8, ev.TrackAdded(track=TrackId(n), participant=who, kind=kind, purpose=purpose, mid=Mid(str(n))))
            for n, who, kind, purpose in tracks
        ),
        (9, ev.ChatSaid(participant=TWO, text=f"{SCRIPT} {PATIENT.name}", key="c1")),
        (10, ev.Closed(reason=CloseReason.HUNG_UP)),
    ]


WITHDRAWN: tuple[int, Body] = (11, rec.ConsentEnded(participant=ONE, reason=ConsentEnd.WITHDRAWN))


def of(track: Track, number: int) -> Track:
    """As the log names it."""
    return replace(track, info=structs.replace(track.info, track=number))


@cache
def media(seconds: int = 4, probe: str = "H264") -> tuple[Entry, ...]:
    """The specialist is heard and seen a second later."""
    until = seconds * US
    village, specialist = Person(1), Person(2)
    return tuple(
        merged(
            village.entries(of(video(1, probe), 1), 0, until),
            village.entries(of(audio(2), 2), 0, until),
            specialist.entries(of(video(3), 3), US, until),
            specialist.entries(of(audio(4), 4), US, until),
        )
    )


def sealed(
    folder: Path, *, seconds: int = 4, probe: str = "H264", events: list[tuple[int, Body]] | None = None
) -> Archive:
    folder.mkdir(parents=True, exist_ok=True)
    made = archive(folder, list(media(seconds, probe)), bodies=events or bodies())
    made.seal()
    return made


def task(made: Archive, what: ExportKind, wishes: Wishes | None = None, parts: Path | None = None) -> Task:
    work = made.data / "work"
    work.mkdir(exist_ok=True)
    return Task(
        what=what,
        consultation=CONSULTATION,
        folder=str(made.folder),
        log=str(made.log),
        key=made.keyring.open(CONSULTATION).raw,
        made_key=MADE_KEY,
        work=str(work),
        out=str(made.data / what),
        parts=str(parts or ""),
        wishes=wishes or Wishes(software="1.0"),
        now_unix_ms=NOW_MS,
    )


@dataclass(frozen=True)
class Done:
    data: bytes
    said: list[Said]

    @property
    def zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.data))

    def unpack(self, folder: Path) -> Path:
        self.zip.extractall(folder)
        return folder


def export(one: Task, proofs: dict[str, bytes] | None = None) -> Done:
    said: list[Said] = []
    run(one, said.append, lambda _digest: proofs or {})
    with SealedFile(Path(one.out), CONSULTATION, OUT, DataKey(MADE_KEY)) as file:
        return Done(file.read(), said)
