"""The engine port is the same in Python and in Rust: see media/core/tests/engine_port.rs, the other half."""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from sefaw_rtc.media import port
from signalling.record import snake
from signalling.vocabulary import Notice, Transport

GOLDEN: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent.parent / "golden" / "engine_port.json").read_text("utf-8")
)


@pytest.mark.parametrize(("section", "union"), [("commands", port.Command), ("events", port.Event)])
def test_each_is_read_and_written_back(section: str, union: Any) -> None:
    for value in GOLDEN[section]:
        message = msgspec.convert(value, union)
        assert json.loads(msgspec.json.encode(message)) == value


@pytest.mark.parametrize(("section", "union"), [("commands", port.Command), ("events", port.Event)])
def test_none_is_missing(section: str, union: Any) -> None:
    assert {value["type"] for value in GOLDEN[section]} == {snake(member.__name__) for member in get_args(union)}


def values(kind: str, field: str) -> set[Any]:
    return {value[field] for section in GOLDEN.values() for value in section if value["type"] == kind}


def test_every_word_is_there() -> None:
    assert values("join", "kind") == set(port.PeerKind)
    assert values("refused", "code") == set(port.RefuseCode)
    assert values("ended", "reason") == set(port.EndReason)
    assert values("track", "notice") == set(Notice)
    assert values("connected", "transport") == set(Transport) - {Transport.NONE}
    assert values("recording", "state") == set(port.RecordingState)
    assert values("journal_trouble", "reason") == set(port.TroubleReason)
    (joined,) = (value for value in GOLDEN["events"] if value["type"] == "joined")
    assert {line["direction"] for line in joined["media"]} == set(port.Direction)


def test_a_data_key_is_never_shown() -> None:
    (record,) = (value for value in GOLDEN["commands"] if value["type"] == "record")
    command = msgspec.convert(record, port.Record)
    assert command.key == bytes(range(32))
    assert "key" not in repr(command)
