"""From a journal to files that people can play, end to end: written by synthetic senders, read back by FFmpeg."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import av
import pytest

from recordings.chunk import Entry
from recordings.files import SealedFile
from recordings.frame_keys import KeyedFrame, read_frame_keys
from recordings.journal import MediaJournal
from recordings.media.clock import Break
from recordings.media.runs import Survey, survey
from recordings.projection import Projected, project
from tests.recordings.media.senders import KEY, US, WAY, Person, Track, audio, merged, video, write
from tests.recordings.segments import CONSULTATION

SKEW = 20_000
MOST_LOST = 90_000


def projected(folder: Path, entries: Sequence[Entry]) -> tuple[Survey, dict[int, Projected]]:
    write(folder, entries)
    journal = MediaJournal(folder, CONSULTATION, KEY)
    found = survey(journal.read())
    made = project(journal.read, found, folder, CONSULTATION, KEY)
    return found, {one.survey.run: one for one in made}


def played(folder: Path, one: Projected) -> list[int]:
    """The session times of a file's packets, as a player sees them."""
    with SealedFile(folder / one.name, CONSULTATION, one.name, KEY) as file, av.open(file) as container:
        stream = container.streams[0]
        assert stream.time_base is not None
        times = [round(p.pts * stream.time_base * US) for p in container.demux(stream) if p.pts is not None]
    return [one.t0 + t for t in times]


def keyed(folder: Path, one: Projected) -> list[KeyedFrame]:
    """What is said of the file's frames, page by page."""
    found: list[KeyedFrame] = []
    at: int | None = 0
    while at is not None:
        page = read_frame_keys(folder, one.keys, CONSULTATION, KEY, at)
        found, at = found + page.frames, page.until
    return found


def late(folder: Path, one: Projected, track: Track) -> dict[int, int]:
    """By true time: how much later it stands in the file."""
    return {true: t - true for true, t in zip(track.true, played(folder, one), strict=True)}


def skew(first: dict[int, int], second: dict[int, int]) -> int:
    """The furthest that what was together is apart. Both have something every 34 ms."""
    pairs = 0
    most = 0
    for true, error in first.items():
        near = min(second, key=lambda other: abs(other - true)) if len(second) < 400 else true // 20_000 * 20_000
        if near in second:
            pairs += 1
            most = max(most, abs(second[near] - error))
    assert pairs > len(first) / 2
    return most


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1"])
def test_every_codec_plays_and_decodes(tmp_path: Path, codec: str) -> None:
    track = video(1, codec)
    found, made = projected(tmp_path, merged(Person(1).entries(track, 0, 3 * US)))
    one = made[1]
    assert one.frames == len(track.true)
    assert one.damaged == []
    assert found.runs[1].lost == 0
    assert one.name == f"tracks/1.{'mp4' if codec == 'H264' else 'webm'}"
    assert set(late(tmp_path, one, track).values()) <= set(range(WAY - 2_000, WAY + 20_000))
    with SealedFile(tmp_path / one.name, CONSULTATION, one.name, KEY) as file:
        data = file.read_at(0, file.size)
        with av.open(file) as container:
            assert sum(1 for _ in container.decode(video=0)) == one.frames
    keys = keyed(tmp_path, one)
    assert [key.rtp for key in keys] == track.rtp, "the timestamps that live pages knew them by"
    shown = [t - one.t0 for t in played(tmp_path, one)]
    assert all(abs(key.t - t) <= 1000 for key, t in zip(keys, shown, strict=True)), "WebM has milliseconds"
    if codec == "H264":
        assert data.index(b"moov") < data.index(b"mdat"), "it plays before it is whole"
    else:
        assert data.count(b"\x1c\x53\xbb\x6b") == 2, "its cues, and where they are"


def test_sound_decodes_and_has_its_header(tmp_path: Path) -> None:
    track = audio(1)
    _, made = projected(tmp_path, merged(Person(1).entries(track, 0, 3 * US)))
    with SealedFile(tmp_path / made[1].name, CONSULTATION, made[1].name, KEY) as file, av.open(file) as container:
        assert container.streams.audio[0].codec_context.extradata[:8] == b"OpusHead"
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert made[1].keys == ""
    assert abs(samples - 3 * 48_000) < 1_000


@pytest.mark.parametrize("codec", ["VP8", "H264"])
@pytest.mark.parametrize("drift", [200.0, -200.0])
def test_sound_and_picture_stay_together(tmp_path: Path, codec: str, drift: float) -> None:
    """Five minutes of a clock that is wrong by 200 ppm, which turns over meanwhile."""
    person = Person(1, drift=drift)
    sound, picture = audio(1, start=(1 << 32) - 48_000), video(2, codec, start=(1 << 32) - 90_000 * 100)
    picture.every_us = 100_000
    entries = merged(person.entries(sound, 0, 300 * US), person.entries(picture, 0, 300 * US))
    _, made = projected(tmp_path, entries)
    heard, seen = late(tmp_path, made[1], sound), late(tmp_path, made[2], picture)
    assert skew(seen, heard) <= SKEW
    assert max(seen.values()) - min(seen.values()) <= SKEW, "and not stretched"


def test_a_clock_that_stood_still_for_18_seconds_leaves_a_gap(tmp_path: Path) -> None:
    person = Person(1, stop=(20 * US, 38 * US))
    sound, picture = audio(1), video(2)
    found, made = projected(tmp_path, merged(person.entries(sound, 0, 60 * US), person.entries(picture, 0, 60 * US)))
    heard, seen = late(tmp_path, made[1], sound), late(tmp_path, made[2], picture)
    assert skew(seen, heard) <= SKEW
    for run in (1, 2):
        (broken,) = found.runs[run].breaks
        assert broken.kind is Break.STOPPED
        times = played(tmp_path, made[run])
        assert max(b - a for a, b in pairwise(times)) > 17 * US, "a gap stays a gap"


def test_a_restart_is_another_run_in_its_own_file(tmp_path: Path) -> None:
    person, again = Person(1), Person(2)
    tracks = [video(1), audio(2), video(3, start=77), audio(4, start=99)]
    entries = merged(
        *(person.entries(track, 0, 20 * US) for track in tracks[:2]),
        *(again.entries(track, 25 * US, 45 * US) for track in tracks[2:]),
    )
    _, made = projected(tmp_path, entries)
    assert [one.name for one in made.values()] == [f"tracks/{n}.webm" for n in (1, 2, 3, 4)]
    assert abs(made[3].t0 - (25 * US + WAY)) < SKEW, "time 0 of the file, on the session's clock"
    for seen, heard in ((0, 1), (2, 3)):
        pair = [late(tmp_path, made[tracks[n].run], tracks[n]) for n in (seen, heard)]
        assert skew(*pair) <= SKEW


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1"])
def test_what_was_lost_is_damaged_until_the_next_keyframe(tmp_path: Path, codec: str) -> None:
    track = video(1, codec)
    counts = [len(track.payloads(n)) for n in range(60)]
    lost = sum(counts[:16]) + counts[16] // 2  # in the middle of frame 16; keyframes are every 12
    found, made = projected(tmp_path, merged(Person(1, loses=lambda _run, n: n == lost).entries(track, 0, 60 * 33_333)))
    one = made[1]
    assert found.runs[1].lost == 1
    (span,) = one.damaged
    assert abs(span.t_from - (track.true[15] + WAY)) < SKEW, "from the last good picture on"
    assert abs(span.t_to - (track.true[24] + WAY)) < SKEW, "until the next keyframe"
    assert one.frames == 60 - 8
    assert one.refused in {7, 8}, "a picture of one packet leaves nothing to refuse"
    with SealedFile(tmp_path / one.name, CONSULTATION, one.name, KEY) as file, av.open(file) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 52
    assert not any(frame.is_corrupt for frame in frames)
    assert [key.rtp for key in keyed(tmp_path, one)] == track.rtp[:16] + track.rtp[24:]


def loses(first: int, count: int) -> Callable[[int, int], bool]:
    return lambda _run, n: first <= n < first + count


def test_lost_sound_is_a_gap(tmp_path: Path) -> None:
    track = audio(1)
    found, made = projected(tmp_path, merged(Person(1, loses=loses(50, 5)).entries(track, 0, 4 * US)))
    assert found.runs[1].lost == 5
    (span,) = made[1].damaged
    assert abs(span.t_to - span.t_from - 100_000) < 10_000
    times = played(tmp_path, made[1])
    assert max(b - a for a, b in pairwise(times)) > 110_000
