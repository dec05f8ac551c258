"""The video for people: who is seen where, who is heard when, at the session's times."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from recordings.errors import StorageFull
from recordings.export import CannotFilm, ExportKind, Wishes
from recordings.export.canvas import Canvas
from recordings.export.whose import played
from recordings.exporting import Step
from recordings.files import SealedWriter
from recordings.timeline.words import Language
from signalling.vocabulary import Purpose
from tests.recordings.export.made import Done, export, sealed, task
from tests.recordings.sealed import Archive, archive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return sealed(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def video(made: Archive) -> Done:
    return export(task(made, ExportKind.SIDE_BY_SIDE, Wishes(language=Language.EN)))


def test_it_is_one_file_that_everybody_plays(video: Done) -> None:
    assert video.data[4:8] == b"ftyp"
    assert video.data.index(b"moov") < video.data.index(b"mdat"), "its index is in front"
    with av.open(io.BytesIO(video.data)) as container:
        picture, sound = container.streams
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert picture.frames == pytest.approx(60, abs=2)
        assert (picture.width, picture.height) == (1280, 420)
    steps = [one for one in video.said if isinstance(one, Step)]
    assert (steps[-1].done, steps[-1].name) == (steps[-1].of, "side_by_side")


def test_who_comes_later_is_seen_and_heard_from_then_on(video: Done) -> None:
    with av.open(io.BytesIO(video.data)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(video.data)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    left = [float(frame[:360, 80:560].mean()) for frame in frames]
    right = [float(frame[:360, 720:1200].mean()) for frame in frames]
    assert min(left[3:]) > 100, "the probe, from the first second on"
    assert max(right[:13]) < 5, "nobody yet"
    assert min(right[20:]) > 100
    assert all(frame[:360, 640:700].std() < 5 for frame in frames), "nothing is cut off, nothing stretched"
    early, late = heard[10_000:40_000], heard[80_000:180_000]
    loud = [float(np.sqrt((part**2).mean())) for part in (early, late)]
    assert loud[0] > 0.1
    assert abs(loud[0] - loud[1]) > 0.05, "another one of the same tone is added, with or against the first"
    window = late[:48_000] * np.hanning(48_000)
    assert abs(int(np.argmax(np.abs(np.fft.rfft(window)))) - 440) <= 2


def test_nobody_recorded_is_said(tmp_path: Path) -> None:
    empty = archive(tmp_path, entries=[])
    empty.seal()
    with pytest.raises(CannotFilm):
        export(task(empty, ExportKind.SIDE_BY_SIDE))


def test_a_full_disk_leaves_nothing(made: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    one = task(made, ExportKind.SIDE_BY_SIDE)
    Path(one.out).unlink(missing_ok=True)

    def full(*_: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(SealedWriter, "_append", full)
    monkeypatch.setattr(SealedWriter, "_finish", full)
    with pytest.raises(StorageFull):
        export(one)
    assert [path.name for path in made.data.iterdir() if "side" in path.name] == []


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 25])
def test_tiles_have_room_for_all(count: int) -> None:
    canvas = Canvas([f"one {n}" for n in range(count)])
    assert canvas.width % 2 == canvas.height % 2 == 0
    assert canvas.width <= 1280
    for number in range(count):
        for size in ((640, 480), (480, 640), (16, 16), (1920, 1080)):
            canvas.show(number, av.VideoFrame(*size, "yuv420p"))
        canvas.blank(number)
    canvas.tell("\x1b[31m 2026-01-01 \n")
    assert canvas.picture().width == canvas.width


def test_a_track_that_the_log_does_not_know_is_nobodys(made: Archive) -> None:
    manifest = made.seal()
    found = played(manifest.tracks, [])
    assert {(one.person, one.purpose) for one in found} == {(None, Purpose.ROOM)}
    assert [one.name for one in found][:2] == ["play/001-room.mp4", "play/002-voice.webm"]
