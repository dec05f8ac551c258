"""The fast lane's bytes: golden, round trip, and never anything but a FastError."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalling import fast
from signalling.fast import (
    Area,
    FastError,
    FastKind,
    Image,
    Pointer,
    Voi,
    decode_fast,
    decode_header,
    encode_fast,
    newer,
)
from tests.signalling.vectors import entries

u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
i32 = st.integers(-(1 << 31), (1 << 31) - 1)
pointers = st.builds(Pointer, track=u32, x=u16, y=u16, shown=st.booleans())
areas = st.builds(
    Area, centre_x=i32, centre_y=i32, width=u32, height=u32, unit=u8, rotation=u16,
    flip_horizontal=st.booleans(), flip_vertical=st.booleans(),
)  # fmt: skip
vois = st.builds(Voi, centre=i32, width=u32, invert=st.booleans())
uids = st.lists(st.integers(0, 10**9).map(str), min_size=1, max_size=6).map(".".join)
images = st.builds(Image, instance=uids, frame=u32)


@pytest.mark.parametrize("entry", entries("fast.json"), ids=lambda e: e["kind"])
def test_golden_bytes(entry: dict[str, Any]) -> None:
    header, body = decode_fast(bytes.fromhex(entry["hex"]))
    assert dataclasses.asdict(body) == entry["body"]
    assert {name: getattr(header, name) for name in entry["header"]} == entry["header"]
    assert encode_fast(body, **entry["header"]).hex() == entry["hex"]


@given(pointers | areas | vois | images, u8, u16, u32, u16)
def test_round_trip(body: fast.Body, lane: int, epoch: int, counter: int, sender: int) -> None:
    data = encode_fast(body, lane=lane, epoch=epoch, counter=counter, sender=sender)
    header, again = decode_fast(data)
    assert again == body
    assert (header.lane, header.epoch, header.counter, header.sender) == (lane, epoch, counter, sender)
    assert len(data) <= fast.MAX_FAST


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_fast_error(data: bytes) -> None:
    try:
        header, body = decode_fast(data)
    except FastError:
        return
    assert encode_fast(body, lane=header.lane, epoch=header.epoch, counter=header.counter, sender=header.sender) == data


@given(pointers, st.integers(1, 60))
def test_cut_and_lengthened_messages_are_refused(body: Pointer, count: int) -> None:
    data = encode_fast(body, epoch=0, counter=0)
    for changed in (data[: max(0, len(data) - count)], data + b"\0" * count):
        with pytest.raises(FastError):
            decode_fast(changed)


def test_a_flag_is_0_or_1() -> None:
    data = encode_fast(Pointer(track=0, x=0, y=0, shown=True), epoch=0, counter=0)
    with pytest.raises(FastError, match="flag"):
        decode_fast(data[:-1] + b"\x02")


def test_headers_of_unknown_kinds_are_read_but_not_their_bodies() -> None:
    data = bytes([1, 77, 5, 0, 1, 0, 0, 0, 2, 0, 3, 9, 9])
    assert decode_header(data) == fast.FastHeader(kind=77, lane=5, epoch=1, counter=2, sender=3)
    with pytest.raises(FastError, match="unknown kind"):
        decode_fast(data)


@pytest.mark.parametrize("data", [b"", b"\x01" * 9, b"\x02" + b"\0" * 30, b"\x01" * 1201])
def test_bad_headers(data: bytes) -> None:
    with pytest.raises(FastError):
        decode_header(data)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(FastError):
        encode_fast(Pointer(track=0, x=65_536, y=0, shown=True), epoch=0, counter=0)


def test_every_kind_has_a_body() -> None:
    assert set(fast.BODIES) == set(FastKind)


@given(u32, st.integers(1, (1 << 31) - 1))
def test_newer_across_the_wrap(last: int, step: int) -> None:
    after = (last + step) % (1 << 32)
    assert newer(after, last)
    assert not newer(last, after)
    assert not newer(last, last)
