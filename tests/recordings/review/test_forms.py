"""Forms: what comes with the program is right, what a site brings is read or refused with its place, nothing outside
the folder is touched."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.review.forms import MAX_FILES, MAX_FORM, Choice, FormError, FormFault, built_in, parse, read_folder
from signalling.canonical import canonical


def words(text: str = "a") -> dict[str, str]:
    return {"en": text, "zh-CN": "一"}


def document(**changes: Any) -> dict[str, Any]:
    return {
        "id": "own",
        "version": 1,
        "title": words(),
        "source": words(),
        "items": [
            {
                "type": "choice",
                "id": "one",
                "words": words(),
                "options": [{"value": "yes", "words": words()}, {"value": "no", "words": words()}],
            },
            {"type": "number", "id": "two", "words": words(), "lowest": 1, "highest": 5},
            {"type": "text", "id": "three", "words": words()},
        ],
    } | changes


def raw(**changes: Any) -> bytes:
    return json.dumps(document(**changes)).encode()


def item(at: int, **changes: Any) -> bytes:
    items = document()["items"]
    items[at] |= changes
    return raw(items=items)


def test_what_comes_with_the_program() -> None:
    forms = built_in()
    names = ("radpeer", "squalus-images", "remote-consultation", "ultrasound-quality")
    assert set(forms) == {(name, 1) for name in names}
    radpeer = forms["radpeer", 1].form.items[0]
    assert isinstance(radpeer, Choice)
    assert [option.value for option in radpeer.options] == ["1", "2a", "2b", "3a", "3b"]
    assert [option.moment for option in radpeer.options] == [False, True, True, True, True]
    assert sum(isinstance(one, Choice) for one in forms["squalus-images", 1].form.items) == 9
    aspects = [one.id for one in forms["remote-consultation", 1].form.items if isinstance(one, Choice)]
    assert aspects == ["response_time", "completeness", "image_quality", "communication"]


# A published form never changes: a better one is a new version, with a line of its own here.
PUBLISHED = {
    ("radpeer", 1): "31d76175fbe115ca7b5fa3ccba61be3d4bf8fb27ae095de94542796abb30b240",
    ("remote-consultation", 1): "dcd4971c3b9daa42762ae299c4ef90802b46c0d8990ac4c44634c089860bbb33",
    ("ultrasound-quality", 1): "0b32600a2b7ee91d1290bbc9e0a133b1bb30f222766cfe720aea0da364b647d5",
    ("squalus-images", 1): "a8c0e6f285ca3f60618448c1ee7cf4267a8c36730043329b1362b39ccb9f34f2",
}


def test_published_forms_stay_as_they_are() -> None:
    assert {key: one.digest for key, one in built_in().items()} == PUBLISHED


def test_the_digest_is_of_the_canonical_document_not_of_its_spelling() -> None:
    read = parse(raw())
    assert read.digest == hashlib.sha256(canonical(document())).hexdigest()
    assert parse(json.dumps(document(), indent=3, sort_keys=True).encode()).digest == read.digest
    assert parse(raw(version=2)).digest != read.digest
    assert read.ref.digest == read.digest


@pytest.mark.parametrize(
    ("content", "fault", "place"),
    [
        (b"", FormFault.NOT_JSON, ""),
        (b"{", FormFault.NOT_JSON, ""),
        (b"\xff", FormFault.NOT_JSON, ""),
        (b"[" * 60_000, FormFault.NOT_JSON, ""),
        (b" " * (MAX_FORM + 1), FormFault.TOO_LARGE, ""),
        (raw(version=1.5), FormFault.NOT_CANONICAL, ""),
        (raw(version=0), FormFault.MISSHAPEN, "$.version"),
        (raw(id="../up"), FormFault.MISSHAPEN, "$.id"),
        (raw(more=1), FormFault.MISSHAPEN, "$"),
        (raw(items=[]), FormFault.MISSHAPEN, "$.items"),
        (item(0, type="slider"), FormFault.MISSHAPEN, "$.items[0].type"),
        (item(1, words={"en": "a"}), FormFault.MISSHAPEN, "$.items[1].words: Object missing required field `zh-CN`"),
        (item(1, words={"zh-CN": "a", "en": ""}), FormFault.MISSHAPEN, "$.items[1].words.en"),
        (item(1, id="one"), FormFault.DUPLICATE, "items"),
        (item(0, options=[{"value": "x", "words": words()}] * 2), FormFault.DUPLICATE, "items.one.options"),
        (item(1, lowest=6), FormFault.EMPTY_RANGE, "items.two"),
    ],
)
def test_what_is_no_form_is_told_with_its_place(content: bytes, fault: FormFault, place: str) -> None:
    with pytest.raises(FormError) as caught:
        parse(content, "f.json")
    assert (caught.value.fault, caught.value.place, caught.value.file) == (fault, place, "f.json")


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_no_bytes_raise_anything_else(content: bytes | str) -> None:
    with pytest.raises(FormError):
        parse(content if isinstance(content, bytes) else content.encode())


def test_a_folder_gives_its_good_forms_and_says_what_is_wrong_with_the_others(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(raw(id="outside"))
    folder = tmp_path / "forms"
    folder.mkdir()
    (folder / "a.json").write_bytes(raw())
    (folder / "b.json").write_bytes(raw())
    (folder / "c.json").write_bytes(raw(version=2))
    (folder / "d.json").write_bytes(b"{")
    (folder / "e.json").symlink_to(outside)
    (folder / "f.json").mkdir()
    os.mkfifo(folder / "g.json")
    (folder / "h.json").write_bytes(raw(id="radpeer"))
    (folder / "i.json").write_bytes(b" " * (MAX_FORM + 1))
    (folder / "notes.txt").write_bytes(b"{")
    found = read_folder(folder)
    assert set(found.forms) - set(built_in()) == {("own", 1), ("own", 2)}
    assert [(one.file, one.fault) for one in found.faults] == [
        ("b.json", FormFault.DUPLICATE),
        ("d.json", FormFault.NOT_JSON),
        ("e.json", FormFault.NOT_A_FILE),
        ("f.json", FormFault.NOT_A_FILE),
        ("g.json", FormFault.NOT_A_FILE),
        ("h.json", FormFault.DUPLICATE),
        ("i.json", FormFault.TOO_LARGE),
    ]
    assert found.forms["radpeer", 1] is built_in()["radpeer", 1]


def test_no_folder_and_too_full_a_folder(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none") == (built_in(), [])
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number:03}.json").write_bytes(raw(version=number + 1))
    found = read_folder(tmp_path, {})
    assert len(found.forms) == MAX_FILES
    assert [one.fault for one in found.faults] == [FormFault.TOO_MANY]
