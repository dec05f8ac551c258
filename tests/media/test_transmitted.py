"""A grabbed frame comes out as it went in: clips made by real encoders, packetised, and compared pixel by pixel with
the same clip decoded directly. What is broken is refused, never shown."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sefaw_rtc.media import transmitted
from sefaw_rtc.media.port import Grabbed
from sefaw_rtc.media.transmitted import FrameDecoder, GrabError, decode, h264_frame, vp8_frame
from signalling.vocabulary import FreezeFault

SIZE = (320, 240)
FRAMES = 12
MTU = 300  # small, so that every frame is fragmented

Packets = list[tuple[int, bytes]]


def picture(number: int) -> NDArray[np.uint8]:
    """Noise that moves: no two frames are alike, and nothing of it is flat."""
    noise = np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    return np.roll(noise // 2 + 60, number * 7, axis=1)


def encoded(encoder: str, options: dict[str, str]) -> list[bytes]:
    """One access unit a frame; the first is a keyframe."""
    context = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = *SIZE, "yuv420p"
    context.time_base, context.bit_rate, context.options = Fraction(1, 30), 500_000, options
    context.max_b_frames = 0
    units = []
    for number in range(FRAMES):
        frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
        frame.pts = number
        units += [bytes(packet) for packet in context.encode(frame)]
    units += [bytes(packet) for packet in context.encode(None)]
    assert len(units) == FRAMES
    return units


def decoded(codec: str, units: Sequence[bytes]) -> list[NDArray[np.uint8]]:
    """By the plainest way there is."""
    context = av.CodecContext.create(codec, "r")
    frames = [frame for unit in units for frame in context.decode(av.Packet(unit))]
    frames += context.decode(None)
    return [frame.to_ndarray(format="rgb24") for frame in frames]


def vp8_payloads(unit: bytes) -> Iterator[bytes]:
    """RFC 7741, with the picture id that browsers send."""
    for at in range(0, len(unit), MTU):
        yield bytes([0x90 if at == 0 else 0x80, 0x80, 0x81, 0x23]) + unit[at : at + MTU]


def h264_payloads(unit: bytes) -> Iterator[bytes]:
    """RFC 6184: parameter sets in a STAP-A, large units in FU-A, others alone."""
    starts = [at for at in range(len(unit) - 3) if unit[at : at + 3] == b"\0\0\1"]
    units = [unit[a + 3 : b].rstrip(b"\0") for a, b in pairwise([*starts, len(unit)])]
    small = [one for one in units if one[0] & 0x1F in {6, 7, 8}]
    if len(small) > 1:
        yield bytes([24]) + b"".join(len(one).to_bytes(2, "big") + one for one in small)
    for one in units if len(small) < 2 else [one for one in units if one not in small]:
        yield from [one] if len(one) <= MTU else fragments(one)


def fragments(unit: bytes) -> Iterator[bytes]:
    parts = [unit[at : at + MTU] for at in range(1, len(unit), MTU)]
    for number, part in enumerate(parts):
        mark = (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
        yield bytes([unit[0] & 0xE0 | 28, mark | unit[0] & 0x1F]) + part


ZERO_LATENCY = {"preset": "ultrafast", "tune": "zerolatency"}
KINDS = {
    "VP8": (encoded("libvpx", {"deadline": "realtime", "lag-in-frames": "0"}), vp8_payloads),
    "H264": (encoded("libx264", ZERO_LATENCY), h264_payloads),
}


def packets(units: Sequence[bytes], payloads: Callable[[bytes], Iterator[bytes]]) -> Packets:
    return [(1_000 + 3_000 * number, payload) for number, unit in enumerate(units) for payload in payloads(unit)]


@pytest.mark.parametrize("codec", KINDS)
@pytest.mark.parametrize("last", [0, 1, FRAMES - 1])
def test_pixel_by_pixel(codec: str, last: int) -> None:
    units, payloads = KINDS[codec]
    sent = packets(units[: last + 1], payloads)
    assert len(sent) > 3 * (last + 1)
    found = decode(codec, sent)
    assert found.shape == (SIZE[1], SIZE[0], 3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, decoded(codec.lower(), units)[last])


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
    for codec in ("VP9", "AV1", ""):
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
        with pytest.raises(GrabError):
            h264_frame([payload])
    with pytest.raises(GrabError):
        vp8_frame([b"\x90"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=12), max_size=4))
def test_arbitrary_payloads_are_read_or_refused(payloads: list[bytes]) -> None:
    for unpack in (vp8_frame, h264_frame):
        with contextlib.suppress(GrabError):
            assert isinstance(unpack(payloads), bytes)


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
