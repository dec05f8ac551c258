"""Bytes in: one message or one ParseError, whatever the bytes."""

import contextlib
import json
import time
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalling import codec, messages
from signalling.codec import MAX_MESSAGE, ParseError, decode_client, decode_event, decode_server
from signalling.generate import examples, scenarios
from signalling.vocabulary import ErrorCode
from tests.signalling.vectors import entries, hostile_bytes


@pytest.mark.parametrize("entry", entries("codec.json"), ids=lambda e: f"{e['from']}-{e['type']}")
def test_golden_messages_are_understood_and_written_the_same(entry: dict[str, Any]) -> None:
    if entry["from"] == "client":
        assert codec.encode_client(decode_client(entry["text"])).decode() == entry["text"]
    else:
        assert codec.encode_server(decode_server(entry["text"].encode())).decode() == entry["text"]


def test_every_message_has_an_example() -> None:
    assert [type(m) for m in examples.CLIENT] == list(get_args(messages.ClientMessage))
    assert [type(m) for m in examples.SERVER] == list(get_args(messages.ServerMessage))


@pytest.mark.parametrize("entry", entries("codec_hostile.json"), ids=lambda e: e["name"])
def test_hostile_messages_get_one_clear_error(entry: dict[str, Any]) -> None:
    data = hostile_bytes(entry)
    started = time.process_time()
    with pytest.raises(ParseError) as caught:
        decode_client(data)
    assert (caught.value.code, caught.value.re) == (entry["code"], entry["re"])
    assert time.process_time() - started < 0.2  # nothing takes more than one pass


@pytest.mark.parametrize("entry", [e for e in entries("codec_hostile.json") if "parts" in e], ids=lambda e: e["name"])
def test_text_is_refused_as_bytes_are(entry: dict[str, Any]) -> None:
    with pytest.raises(ParseError) as caught:
        decode_client(hostile_bytes(entry).decode())
    assert caught.value.code == entry["code"]


def test_a_str_that_is_no_text_is_malformed() -> None:
    with pytest.raises(ParseError) as caught:
        decode_client('{"type":"chat","re":1,"key":"k","text":"\ud800"}')
    assert caught.value.code is ErrorCode.MALFORMED


def test_the_detail_never_repeats_what_was_sent() -> None:
    secret = "赵晓明-1961"
    for text in (
        f'{{"type":"hang_up","re":3,"{secret}":1}}',
        f'{{"type":"{secret}","re":3}}',
        f'{{"type":"decline_call","re":3,"consultation":"{secret}","reason":"busy"}}',
        f'{{"type":"decline_call","re":3,"consultation":"{"a" * 26}","reason":"{secret}"}}',
        f'{{"type":"chat","re":3,"key":"k","text":"{secret}"',
    ):
        with pytest.raises(ParseError) as caught:
            decode_client(text)
        assert secret not in str(caught.value)


def test_defaults_may_be_left_out_and_unusual_json_is_the_same_message() -> None:
    text = ' {\n"n" : 1 , "type":"\\u0070ing"}\t'
    assert decode_client(text) == messages.Ping(n=1, rtt_ms=0)


def test_brackets_in_a_text_are_no_nesting() -> None:
    text = "[{" * 500 + '\\"' + "[[" * 100
    sent = f'{{"type":"chat","re":1,"key":"k","text":"{text}"}}'
    assert isinstance(decode_client(sent), messages.Chat)


@pytest.mark.parametrize("name", ["deep lists", "deep in an unknown field", "seventeen deep", "deep objects"])
def test_depth_is_counted_before_anything_recurses(name: str) -> None:
    (entry,) = [e for e in entries("codec_hostile.json") if e["name"] == name]
    with pytest.raises(ParseError, match="nested too deeply"):
        decode_client(hostile_bytes(entry))


def test_the_size_limit_is_exact() -> None:
    text = '{"type":"hang_up","re":3}'
    padded = text + " " * (MAX_MESSAGE - len(text))
    assert decode_client(padded) == messages.HangUp(re=3)
    with pytest.raises(ParseError) as caught:
        decode_client(padded + " ")
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_the_largest_honest_offer_fits() -> None:
    media = messages.Media(offer="a\r\n" * (65_535 // 3), sends=[], slots=[])
    join = messages.Join(re=1, version=1, token="t" * 2048, media=media)
    assert decode_client(codec.encode_client(join)) == join


def test_events_of_every_kind_survive() -> None:
    for log in scenarios.scenarios().values():
        assert [decode_event(codec.encode_event(event)) for event in log] == log


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_parse_error(data: bytes) -> None:
    for decode in (decode_client, decode_server, decode_event):
        with contextlib.suppress(ParseError):
            decode(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(examples.CLIENT), st.data())
def test_any_change_of_a_message_is_a_message_or_a_parse_error(message: messages.ClientMessage, data: Any) -> None:
    fields = json.loads(codec.encode_client(message))
    name = data.draw(st.sampled_from(sorted(fields)) | st.text(max_size=8))
    fields[name] = data.draw(json_values)
    try:
        again = decode_client(json.dumps(fields))
    except ParseError:
        return
    assert decode_client(codec.encode_client(again)) == again


@given(st.sampled_from(examples.CLIENT), st.integers(0, 5000), st.integers(0, 7))
def test_any_flipped_bit_is_a_message_or_a_parse_error(message: messages.ClientMessage, at: int, bit: int) -> None:
    data = bytearray(codec.encode_client(message))
    data[at % len(data)] ^= 1 << bit
    with contextlib.suppress(ParseError):
        decode_client(bytes(data))
