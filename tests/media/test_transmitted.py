"""A grabbed frame comes out as it went in: clips made by real encoders, packetised, and compared pixel by pixel with
the same clip decoded directly. What is broken is refused, never shown."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.media import av1, h264, vp8, vp9
from recordings.media.frames import PICTURES
from recordings.media.payload import PayloadError
from sefaw_rtc.media import transmitted
from sefaw_rtc.media.port import Grabbed
from sefaw_rtc.media.transmitted import FrameDecoder, GrabError, decode
from signalling.vocabulary import FreezeFault
from tests.media.clips import FRAMES, KINDS, SIZE, Packets, decoded, packets


@pytest.mark.parametrize("codec", KINDS)
@pytest.mark.parametrize("last", [0, 1, FRAMES - 1])
def test_pixel_by_pixel(codec: str, last: int) -> None:
    units, payloads = KINDS[codec]
    sent = packets(units[: last + 1], payloads)
    assert len(sent) > 3 * (last + 1)
    found = decode(codec, sent)
    assert found.shape == (SIZE[1], SIZE[0], 3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, decoded("libdav1d" if codec == "AV1" else codec.lower(), units)[last])


def fault(codec: str, sent: Packets, **more: float) -> FreezeFault:
    with pytest.raises(GrabError) as error:
        decode(codec, sent, **more)
    return error.value.fault


@pytest.mark.parametrize("codec", KINDS)
def test_what_is_broken_is_refused(codec: str) -> None:
    units, payloads = KINDS[codec]
    sent = packets(units, payloads)
    in_key = [payload for timestamp, payload in sent if timestamp == 1_000]
    assert fault(codec, []) is FreezeFault.UNREADABLE
    assert fault(codec, [(1, b"")]) is FreezeFault.UNREADABLE
    assert fault(codec, [(1, b"\xff")]) is FreezeFault.UNREADABLE
    assert fault(codec, sent[len(in_key) :]) is FreezeFault.UNREADABLE  # no keyframe
    assert fault(codec, [(timestamp, payload[:1]) for timestamp, payload in sent]) is FreezeFault.UNREADABLE


def test_a_codec_that_is_not_ours() -> None:
    for codec in ("H265", ""):
        assert fault(codec, [(1, b"\x90")]) is FreezeFault.UNREADABLE


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    units, payloads = KINDS["VP8"]
    sent = packets(units, payloads)
    assert fault("VP8", sent, seconds=-1) is FreezeFault.UNREADABLE
    monkeypatch.setattr(transmitted, "MAX_PIXELS", SIZE[0] * SIZE[1] - 1)
    for codec, (units, payloads) in KINDS.items():
        assert fault(codec, packets(units, payloads)) is FreezeFault.UNREADABLE


def test_units_that_do_not_fit() -> None:
    for payload in (
        b"\x18\x00",
        b"\x18\x00\x00",
        b"\x18\x00\x09\x67",
        b"\x1c",
        b"\x1c\x05\x88",
        b"\x1c\x85\x88",
        b"\x1d\x00",
    ):
        with pytest.raises(PayloadError):
            h264.frame([payload])
    with pytest.raises(PayloadError):
        vp8.frame([b"\x90"])
    for payloads in (
        [b"\x80"],
        [b"\x50\x01\x01"],
        [b"\x02"],
        [b"\x02\x08"],
        [b"\x02\x08\x02\x00"],
        [b"\x08a", b"\x08b"],
    ):
        with pytest.raises(PayloadError):
            vp9.frame(payloads)
    for payloads in (
        [b"\x80\x01\x0a"],  # goes on with what did not begin
        [b"\x50\x0a"],  # ends with what does not end
        [b"\x10"],
        [b"\x00\x05\x0a"],
        [b"\x00\x00"],
        [b"\x20\x01\x0a"],
        [b"\x00\xff\xff\xff\xff\x01"],
        [b"\x10\x0c"],
    ):
        with pytest.raises(PayloadError):
            av1.frame(payloads)


def test_vp9_descriptors_of_every_kind() -> None:
    for descriptor in (
        b"\x0c",
        b"\x8c\x05",
        b"\xac\x81\x05\x20\x07",  # picture id of 15 bits, layers, TL0PICIDX
        b"\xfc\x05\x20\x03\x04",  # flexible: two references
        b"\x8e\x05\x18\x01\x40\x00\xf0\x02\x04\x01\x08\x01\x02",  # one layer's size, two pictures of a group
    ):
        assert vp9.frame([descriptor + b"frame"]) == b"frame"


def test_av1_units_get_their_sizes() -> None:
    large = bytes([0x30]) + bytes(300)
    packets_ = [b"\x60\x02\x08\x01" + large[:100], b"\xd0" + large[100:200], b"\x90" + large[200:]]
    assert av1.frame(packets_) == b"\x12\x00" + b"\x0a\x01\x01" + b"\x32\xac\x02" + bytes(300)
    assert av1.frame([b"\x00\x03\x0c\x08\x07\x02\x12\x00"]) == b"\x12\x00" + b"\x0e\x08\x01\x07" + b"\x12\x00"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=12), max_size=4))
def test_arbitrary_payloads_are_read_or_refused(payloads: list[bytes]) -> None:
    for coding in PICTURES.values():
        assert isinstance(coding.opens(payloads[0]) if payloads else False, bool)
        with contextlib.suppress(PayloadError):
            data = coding.frame(payloads)
            assert isinstance(data, bytes)
            assert isinstance(coding.is_key(data), bool)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_damage_is_refused_or_gives_a_picture_of_that_size(codec: str, data: st.DataObject) -> None:
    units, payloads = KINDS[codec]
    sent = packets(units[:3], payloads)
    at = data.draw(st.integers(0, len(sent) - 1))
    timestamp, payload = sent[at]
    sent[at] = (timestamp, payload[:4] + data.draw(st.binary(min_size=1, max_size=64)))
    with contextlib.suppress(GrabError):
        assert decode(codec, sent).shape[2] == 3


async def test_one_at_a_time_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    units, payloads = KINDS["VP8"]
    grabbed = Grabbed(request=1, codec="VP8", rtp=1_000, packets=packets(units[:1], payloads))
    desk = FrameDecoder()
    try:
        still = await desk.decode(grabbed)
        assert (still.rtp, still.picture.shape, still.codec) == (1_000, (SIZE[1], SIZE[0], 3), "VP8")
        assert still.bytes_sent == sum(len(payload) for _, payload in grabbed.packets)
        monkeypatch.setattr(transmitted, "MAX_WAITING", 0)
        with pytest.raises(GrabError) as error:
            await desk.decode(grabbed)
        assert error.value.fault is FreezeFault.NO_ANSWER
    finally:
        desk.close()
