"""Which frame of a video is which: found by any time, page by page, and never in another file's place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import DataKey
from recordings.errors import FileDamaged, NotAuthentic
from recordings.files import SealedWriter
from recordings.frame_keys import PAGE, FrameKeys, KeyedFrame, keys_of, read_frame_keys
from signalling.ids import ConsultationId

ONE = ConsultationId("a" * 26)
KEY = DataKey(bytes(range(32)))
NAME = keys_of("1.webm")


def written(folder: Path, frames: list[KeyedFrame]) -> None:
    keys = FrameKeys()
    for frame in frames:
        keys.add(*frame)
    keys.write(folder, NAME, ONE, KEY)


def seen_at(frames: list[KeyedFrame], t: int) -> KeyedFrame | None:
    return next((frame for frame in reversed(frames) if frame.t <= t), None)


@given(st.lists(st.integers(0, 5_000), max_size=40).map(sorted), st.integers(0, 6_000), st.integers(1, PAGE))
def test_the_frame_that_is_seen_is_on_the_page(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], t: int, each: int
) -> None:
    folder = tmp_path_factory.mktemp("frames")
    frames = [KeyedFrame(n * each + begin, (n * 3_000 - 9_000) % (1 << 32)) for begin in times for n in range(3)]
    frames.sort(key=lambda frame: frame.t)
    written(folder, frames)
    page = read_frame_keys(folder, NAME, ONE, KEY, t)
    assert seen_at(page.frames, t) == seen_at(frames, t)
    assert page.until is None


def test_page_by_page_all_of_them_come(tmp_path: Path) -> None:
    frames = [KeyedFrame(n * 33_000, n * 3_000) for n in range(2 * PAGE + 7)]
    written(tmp_path, frames)
    found: list[KeyedFrame] = []
    at: int | None = 0
    while at is not None:
        page = read_frame_keys(tmp_path, NAME, ONE, KEY, at)
        found, at = found + page.frames, page.until
    assert found == frames
    behind = read_frame_keys(tmp_path, NAME, ONE, KEY, 1 << 60)
    assert (behind.frames, behind.until) == (frames[2 * PAGE :], None)


def test_of_another_file_or_none_at_all(tmp_path: Path) -> None:
    written(tmp_path, [KeyedFrame(0, 1)])
    other = ConsultationId("b" * 26)
    with pytest.raises(FileDamaged):
        read_frame_keys(tmp_path, NAME, other, KEY, 0)
    with pytest.raises(NotAuthentic):
        read_frame_keys(tmp_path, NAME, ONE, DataKey(bytes(32)), 0)
    writer = SealedWriter(tmp_path / NAME, ONE, NAME, KEY, head=0)
    writer.write(b"thirteen byte")
    writer.close()
    with pytest.raises(FileDamaged, match="not a list"):
        read_frame_keys(tmp_path, NAME, ONE, KEY, 0)
