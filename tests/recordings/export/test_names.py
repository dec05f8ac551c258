"""No name of a bundle's file leads anywhere else, whatever people are called."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import verify
from recordings.export.names import entry_name, is_entry_name
from recordings.export.pack import Bundle, Progress
from recordings.manifest import BLOCK, FileKind, describe
from signalling.ids import ConsultationId


@given(st.lists(st.text(max_size=200), min_size=1, max_size=8))
def test_whatever_it_is_made_of(parts: list[str]) -> None:
    name = entry_name(*parts)
    assert is_entry_name(name)
    assert verify.NAME.match(name)
    assert name.count("/") == len(parts) - 1
    for part in name.split("/"):
        assert re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,58}[A-Za-z0-9_])?", part)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("张桂英", "x"),
        ("a\x00b\x1b[31m", "a-b-31m"),
        ("CON.", "CON"),
        ("Ünï", "U-ni"),
        ("", "x"),
    ],
)
def test_examples(text: str, name: str) -> None:
    assert entry_name(text) == name


def test_no_part_or_nine_are_no_name() -> None:
    for parts in ([], ["a"] * 9):
        with pytest.raises(ValueError, match="one to eight"):
            entry_name(*parts)


@given(st.lists(st.binary(max_size=700_000), max_size=4))
def test_the_list_says_what_is_in_it(chunks: list[bytes]) -> None:
    out = io.BytesIO()
    with Bundle(out, Progress(lambda _done, _of, _step: None)) as bundle:
        bundle.put("a/b", chunks)
        (entry,) = bundle.listed(ConsultationId("a" * 26)).files
    data = b"".join(chunks)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as archive:
        assert archive.read("a/b") == data
        assert archive.infolist()[0].external_attr >> 16 == 0o600
    assert (entry.size, len(entry.blocks)) == (len(data), -(-len(data) // BLOCK) if len(data) > BLOCK else 0)


def test_its_digests_are_those_of_the_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    path = tmp_path / "f"
    path.write_bytes(data)
    with Bundle(io.BytesIO(), Progress(lambda _done, _of, _step: None)) as bundle:
        bundle.put("f", [data[:999_999], data[999_999:]])
        listed = bundle.listed(ConsultationId("a" * 26))
    assert listed.files == [describe(path, "f", FileKind.OTHER)]


def test_what_a_list_is_logged_as_cannot_be_guessed_from_its_files() -> None:
    lists = []
    for _ in range(2):
        with Bundle(io.BytesIO(), Progress(lambda _done, _of, _step: None)) as bundle:
            bundle.put("f", [b"the same"])
            lists.append(bundle.listed(ConsultationId("a" * 26)))
    assert lists[0].files == lists[1].files
    assert lists[0].digest != lists[1].digest
