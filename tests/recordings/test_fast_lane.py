"""The fast lane as a file of its own: what was put comes back in order, from any time on, over chunks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import DataKey
from recordings.chunk import Fast
from recordings.errors import FileDamaged, NotAuthentic
from recordings.fast_lane import FAST, FastLaneWriter, read_fast_lane
from recordings.files import CHUNK, SealedWriter
from signalling.fast import Pointer, encode_fast
from signalling.ids import ConsultationId

ONE = ConsultationId("a" * 26)
KEY = DataKey(bytes(range(32)))


def message(number: int, sender: int = 1) -> bytes:
    return encode_fast(Pointer(track=2, x=number % 1000, y=1, shown=True), epoch=0, counter=number, sender=sender)


def written(folder: Path, entries: list[Fast]) -> bool:
    lane = FastLaneWriter(folder, ONE, KEY)
    for entry in entries:
        lane.put(entry)
    return lane.close()


def read(folder: Path, since: int) -> list[tuple[int, bytes]]:
    return list(read_fast_lane(folder, ONE, KEY, since))


@given(st.lists(st.integers(0, 2000), max_size=60).map(sorted), st.integers(0, 2000))
def test_what_was_put_comes_back_from_any_time_on(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], since: int
) -> None:
    folder = tmp_path_factory.mktemp("lane")
    entries = [Fast(t, 1, message(number)) for number, t in enumerate(times)]
    if written(folder, entries):
        assert read(folder, since) == [(one.t, one.message) for one in entries if one.t >= since]
    assert (folder / FAST).exists() == bool(entries)


def test_over_many_chunks_a_time_is_found_and_nothing_is_lost_between_them(tmp_path: Path) -> None:
    count = 3 * CHUNK // len(message(0))
    assert written(tmp_path, [Fast(n // 2, 1, message(n)) for n in range(count)])
    assert [body for _, body in read(tmp_path, 0)] == [message(n) for n in range(count)]
    for since in (1, count // 5, count // 3, count // 2 - 1):
        assert next(iter(read(tmp_path, since))) == (since, message(2 * since))
    assert read(tmp_path, count) == []


def test_a_clock_that_falls_back_a_little_and_what_is_no_message(tmp_path: Path) -> None:
    strange = [Fast(6, 1, b"no message"), Fast(7, 2, message(3)), Fast(8, 1, b"")]
    assert written(tmp_path, [Fast(10, 1, message(1)), *strange, Fast(9, 1, message(2))])
    assert read(tmp_path, 0) == [(10, message(1)), (10, message(2))]


def test_what_a_cut_sealing_left_is_gone_where_there_is_none(tmp_path: Path) -> None:
    written(tmp_path, [Fast(1, 1, message(1))])
    assert not written(tmp_path, [])
    assert not (tmp_path / FAST).exists()


@pytest.mark.parametrize("plain", [b"\1", b"\xff\xff" + bytes(8) + b"short"])
def test_nonsense_under_the_right_key_is_damage(tmp_path: Path, plain: bytes) -> None:
    file = SealedWriter(tmp_path / FAST, ONE, FAST, KEY, head=0)
    file.write(plain)
    file.close()
    with pytest.raises(FileDamaged):
        read(tmp_path, 1)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    written(tmp_path, [Fast(1, 1, message(1))])
    with pytest.raises(NotAuthentic):
        list(read_fast_lane(tmp_path, ONE, DataKey(bytes(32)), 0))
