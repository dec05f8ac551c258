"""What the wire's types promise, whatever they are used for."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import signalling
from signalling import events, messages, vocabulary
from signalling.generate import __main__ as generate
from signalling.generate import schema
from signalling.record import Record, snake

ROOT = Path(__file__).resolve().parents[2]
TAGGED = [m for union in (events.Body, messages.ClientMessage, messages.ServerMessage) for m in get_args(union)]
FROM_CLIENTS = [*get_args(messages.ClientMessage), messages.Media, messages.Send, messages.Slot, events.Patient]
EVERY = [*TAGGED, *schema.plain_records()]


def test_all_is_complete_and_true() -> None:
    public = {name for name, value in vars(signalling).items() if not name.startswith("_")}
    machinery = {
        "canonical",
        "codec",
        "fold",
        "looking_fold",
        "looking_state",
        "recording_fold",
        "recording_state",
        "record",
        "generate",
    }  # modules whose names are functions, or private
    assert public - machinery <= set(signalling.__all__) | machinery
    assert all(hasattr(signalling, name) for name in signalling.__all__)
    assert len(set(signalling.__all__)) == len(signalling.__all__)


@pytest.mark.parametrize("record", EVERY, ids=lambda r: r.__name__)
def test_every_record_is_frozen_strict_and_explained(record: type[Record]) -> None:
    assert record.__struct_config__.frozen
    assert record.__struct_config__.forbid_unknown_fields
    assert (record.__doc__ or "").strip()


@pytest.mark.parametrize("record", FROM_CLIENTS, ids=lambda r: r.__name__)
def test_every_number_and_text_from_a_client_is_bounded(record: type[Record]) -> None:
    for field in schema.shape(record).fields:
        inner, _ = schema.strip(field.type)
        if inner in (int, str, bytes) or "list" in str(inner):
            assert field.bounds, f"{record.__name__}.{field.name} has no bounds"


def test_tags_are_unique_within_a_union() -> None:
    for union in (events.Body, messages.ClientMessage, messages.ServerMessage):
        tags = [member.__struct_config__.tag for member in get_args(union)]
        assert len(set(tags)) == len(tags)


def test_names_on_the_wire_are_snake_case() -> None:
    assert snake("TrackAdded") == "track_added"
    words = [word.value for enum in schema.ENUMS for word in enum]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", word) for word in words)


def test_the_vocabularies_are_all_generated() -> None:
    assert {vocabulary.CloseReason, vocabulary.ErrorCode, vocabulary.Status} <= set(schema.ENUMS)


@pytest.mark.parametrize("text", ["a" * 26 + "\n", "A" * 26, "1" * 26, "a" * 25, "a" * 27])
def test_an_id_is_exactly_26_characters_of_base32(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "enter", "re": 1, "consultation": text}, messages.Enter)


def test_generated_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_drift_is_found_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "differs: docs/wire.md" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "docs" / "wire.md").write_text("edited by hand")
    assert generate.main(["--check"]) == 1


@pytest.mark.parametrize("record", EVERY, ids=lambda r: r.__name__)
def test_everything_is_documented(record: type[Record]) -> None:
    shape = schema.shape(record)
    heading = f"### `{shape.tag}`" if shape.tag else f"### {shape.name}"
    text = (ROOT / "docs" / "wire.md").read_text("utf-8")
    assert f"\n{heading}\n\n{shape.doc}" in text
    assert "{{" not in text
