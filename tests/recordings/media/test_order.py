"""Packets put back in order: whatever the way did to them, as far as it can be undone."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.media.order import HELD_MOST, HELD_US, Order, Packet, parsed
from recordings.media.payload import PayloadError
from recordings.media.red import Block, blocks
from recordings.media.reports import sender_reports
from recordings.media.units import Pictures


def packet(seq: int, t: int = 0, **more: object) -> Packet:
    return Packet(t, seq % 65_536, 0, False, 96, b"x")._replace(**more)


def put(packets: list[Packet]) -> list[Packet]:
    order = Order()
    out = [due for one in packets for due in order.take(one)]
    return out + order.rest()


@given(st.integers(0, 65_535), st.integers(0, 2**32), st.integers(1, 20))
def test_reordered_and_repeated_packets_come_once_and_in_order(start: int, seed: int, reach: int) -> None:
    dice = random.Random(seed)
    sent = [packet(start + n, n) for n in range(300)]
    came = [*sent[:1], *sorted(sent[1:], key=lambda one: one.t + dice.random() * reach)]
    for _ in range(20):
        at = dice.randrange(1, len(came))
        came.insert(at, came[at - 1])
    out = put(came)
    assert [one.seq for one in out] == [one.seq for one in sent]
    assert sum(one.missing for one in out) == 0


@given(st.integers(0, 65_535), st.sets(st.integers(1, 298)))
def test_what_is_missing_is_counted(start: int, lost: set[int]) -> None:
    sent = [packet(start + n, n) for n in range(300) if n not in lost]
    out = put(sent)
    assert [one.seq for one in out] == [one.seq for one in sent]
    assert sum(one.missing for one in out) == len(lost)


def test_what_is_missing_is_waited_for_only_so_long() -> None:
    order = Order()
    assert order.take(packet(1))
    assert order.take(packet(3, t=10)) == []
    assert [one.seq for one in order.take(packet(4, t=11 + HELD_US))] == [3, 4]
    assert order.take(packet(2, t=12 + HELD_US)) == []
    assert order.late == 1


def test_little_is_held() -> None:
    order = Order()
    order.take(packet(0))
    out = [due for n in range(2, HELD_MOST + 4) for due in order.take(packet(n))]
    assert out[0].seq == 2
    assert out[0].missing == 1


def test_a_sender_that_begins_anew_is_followed() -> None:
    sent = [packet(n) for n in range(40_000, 40_100)] + [packet(n) for n in range(20_000, 20_100)]
    out = put([*sent[:1], *sent[1:]])
    assert [one.seq for one in out][:100] == list(range(40_000, 40_100))
    assert [one.seq for one in out][100:] == list(range(20_001, 20_100)), "two in a row tell"


def test_headers() -> None:
    plain = parsed(5, struct.pack(">BBHII", 0x80, 0xE0, 7, 9, 1) + b"abc")
    assert plain == Packet(5, 7, 9, True, 96, b"abc")
    extended = struct.pack(">BBHIIIHHI", 0x91, 0x60, 7, 9, 1, 2, 0xBEDE, 1, 0) + b"abc"
    assert parsed(5, extended) == Packet(5, 7, 9, False, 96, b"abc")
    assert parsed(5, extended[:22]) is None


def test_a_picture_ends_with_the_marker_or_the_next_timestamp() -> None:
    pictures = Pictures(96)
    assert pictures.take(packet(1, rtp=1)) == []
    (first,) = pictures.take(packet(2, rtp=1, marker=True))
    assert (first.whole, len(first.payloads)) == (True, 2)
    pictures.take(packet(3, rtp=2))
    (second,) = pictures.take(packet(4, rtp=3))
    assert second.whole, "nothing is missing between them"
    (third,) = pictures.take(packet(6, rtp=4, missing=1))
    assert not third.whole, "its end may be"
    assert [unit.whole for unit in pictures.rest()] == [False]


@given(st.binary(max_size=60), st.integers(0, 127))
def test_red_of_anything_is_blocks_or_an_error(payload: bytes, codec: int) -> None:
    try:
        found = blocks(payload, codec)
    except PayloadError:
        return
    assert all(block.data in payload for block in found)


def test_red() -> None:
    payload = bytes([0x80 | 111, 1920 >> 6, (1920 & 63) << 2, 2, 0x80 | 111, 960 >> 6, (960 & 63) << 2, 3, 111])
    assert blocks(payload + b"aabbbc", 111) == [Block(1920, b"aa"), Block(960, b"bbb"), Block(0, b"c")]
    with pytest.raises(PayloadError):
        blocks(payload + b"a", 111)


@given(st.binary(max_size=200))
def test_reports_of_anything(data: bytes) -> None:
    assert all(report.ntp > 0 for report in sender_reports(data))


def test_reports_of_a_compound_packet() -> None:
    receiver = struct.pack(">BBHI", 0x80, 201, 1, 5)
    sender = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 10, 1 << 31, 99, 0, 0)
    (found,) = sender_reports(receiver + sender)
    assert (found.ssrc, found.ntp, found.rtp) == (7, 10_500_000, 99)
