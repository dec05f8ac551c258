"""Sound and picture of sealed recordings, measured against their senders' own reports."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from recordings.manifest import Manifest
from tests.recordings.media.senders import Person, audio, merged, video
from tests.recordings.sealed import Archive, archive
from tests.recordings.segments import CONSULTATION
from tests.recordings.skew import skews

US = 1_000_000
MOST_US = 20_000


def sealed(folder: Path, person: Person, seconds: int = 30, start: int = 0) -> tuple[Archive, Manifest]:
    tracks = [video(1, start=start), audio(2, start=start)]
    made = archive(folder, merged(*(person.entries(track, 0, seconds * US) for track in tracks)))
    return made, made.seal()


@pytest.mark.parametrize(
    ("drift", "stop", "start"),
    [
        (0.0, (0, 0), 0),
        (200.0, (0, 0), 0),
        (-200.0, (0, 0), (1 << 32) - 5 * 48_000),  # and turns over
        (200.0, (5 * US, 23 * US), 0),
    ],
)
def test_sound_and_picture_are_as_the_sender_meant_them(
    tmp_path: Path, drift: float, stop: tuple[int, int], start: int
) -> None:
    made, manifest = sealed(tmp_path, Person(1, drift=drift, stop=stop), start=start)
    (found,) = skews(made.folder, manifest, made.keyring.open(CONSULTATION))
    assert found <= MOST_US


def test_the_measure_would_find_it(tmp_path: Path) -> None:
    made, manifest = sealed(tmp_path, Person(1))
    picture, sound = manifest.tracks
    moved = replace(manifest, tracks=(replace(picture, t0=picture.t0 + 50_000), sound))
    (found,) = skews(made.folder, moved, made.keyring.open(CONSULTATION))
    assert found >= 50_000 - MOST_US
