"""Sealed files: read anywhere, written once, whole or not there."""

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.crypt import DataKey
from recordings.errors import FileDamaged, NotAuthentic
from recordings.files import CHUNK, SealedFile, SealedWriter
from signalling.ids import ConsultationId

ONE = ConsultationId("a" * 26)
KEY = DataKey(bytes(range(32)))


def written(path: Path, data: bytes, head: int = 0) -> None:
    writer = SealedWriter(path, ONE, path.name, KEY, head)
    for at in range(0, len(data), 100_000):
        writer.write(data[at : at + 100_000])
    writer.close()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize("head", [0, 10, CHUNK + 1])
def test_round_trip(tmp_path: Path, size: int, head: int) -> None:
    data = random.Random(size).randbytes(size)
    written(tmp_path / "f", data, head)
    with SealedFile(tmp_path / "f", ONE, "f", KEY) as file:
        assert file.size == size
        assert file.read() == data
    assert data[:32] not in (tmp_path / "f").read_bytes() or size < 32


@settings(max_examples=40)
@given(st.data())
def test_any_range(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = random.Random(1).randbytes(2 * CHUNK + 77)
    path = tmp_path_factory.mktemp("files") / "f"
    written(path, content)
    with SealedFile(path, ONE, "f", KEY) as file:
        for _ in range(5):
            at, size = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, CHUNK + 9))
            assert file.read_at(at, size) == content[at : at + size]


@given(st.lists(st.tuples(st.integers(0, 2 * CHUNK), st.binary(max_size=50)), max_size=8))
@settings(max_examples=40)
def test_the_head_is_written_again(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, bytes]]) -> None:
    path, plain = tmp_path_factory.mktemp("files") / "f", io.BytesIO()
    writer = SealedWriter(path, ONE, "f", KEY, head=2 * CHUNK + 100)
    for file in (plain, writer):
        file.write(b"z" * (3 * CHUNK + 5))
        for at, data in edits:
            file.seek(at)
            file.write(data)
    writer.close()
    with SealedFile(path, ONE, "f", KEY) as read:
        assert read.read() == plain.getvalue()


def test_behind_its_head_a_file_is_written_once(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path / "f", ONE, "f", KEY, head=1)
    writer.write(bytes(3 * CHUNK))
    writer.seek(CHUNK + 1)
    with pytest.raises(ValueError, match="once"):
        writer.write(b"x")
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_closed_is_not_there(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path / "f", ONE, "f", KEY)
    writer.write(bytes(3 * CHUNK))
    assert not (tmp_path / "f").exists()
    writer.discard()
    writer.discard()


def test_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "f"
    written(path, random.Random(2).randbytes(3 * CHUNK))
    whole = path.read_bytes()
    cuts = [0, 5, 100, CHUNK, len(whole) - 1, len(whole) - 24]  # 24: the empty last chunk, and nothing else
    for cut in cuts:
        path.write_bytes(whole[:cut])
        with pytest.raises(FileDamaged), SealedFile(path, ONE, "f", KEY) as file:
            file.read()
    flipped = bytearray(whole)
    flipped[CHUNK + 500] ^= 1
    path.write_bytes(flipped)
    with SealedFile(path, ONE, "f", KEY) as file:
        assert len(file.read_at(0, 100)) == 100
        with pytest.raises(FileDamaged, match="chunk 1"):
            file.read_at(CHUNK, 1)


def test_another_file_and_another_key(tmp_path: Path) -> None:
    path = tmp_path / "f"
    written(path, b"x")
    for consultation, name in ((ConsultationId("b" * 26), "f"), (ONE, "g")):
        with pytest.raises(FileDamaged):
            SealedFile(path, consultation, name, KEY)
    with SealedFile(path, ONE, "f", DataKey(bytes(32))) as file, pytest.raises(NotAuthentic):
        file.read()
