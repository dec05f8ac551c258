"""Clips made by real encoders and packetised as browsers do, beside what decoding them directly gives."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray

SIZE = (320, 240)
FRAMES = 12
MTU = 300  # small, so that every frame is fragmented

Packets = list[tuple[int, bytes]]


def picture(number: int) -> NDArray[np.uint8]:
    """Noise that moves: no two frames are alike, and nothing of it is flat."""
    noise = np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    return np.roll(noise // 2 + 60, number * 7, axis=1)


@contextmanager
def in_turn() -> Iterator[None]:
    """SVT-AV1 makes the thread that calls it a real-time one where it may (root): it goes back to what it was, or the
    tests' process takes the machine from everything else."""
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)


@in_turn()
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


def vp9_payloads(unit: bytes) -> Iterator[bytes]:
    """RFC 9628, as browsers send one layer: picture id of 15 bits, no flexible mode."""
    for at in range(0, len(unit), MTU):
        begins, ends = 0x08 if at == 0 else 0, 0x04 if at + MTU >= len(unit) else 0
        yield bytes([0x80 | begins | ends, 0x81, 0x23]) + unit[at : at + MTU]


def av1_payloads(unit: bytes) -> Iterator[bytes]:
    """AOM's payload format, as browsers send it: no delimiters, no sizes inside, one element a packet or its part."""
    for obu in obus(unit):
        parts = [obu[at : at + MTU] for at in range(0, len(obu), MTU)]
        for number, part in enumerate(parts):
            yield bytes([(0x80 if number else 0) | (0x40 if number < len(parts) - 1 else 0) | 0x10]) + part


def obus(unit: bytes) -> Iterator[bytes]:
    """Without their size fields; the temporal delimiter (type 2) stays behind."""
    at = 0
    while at < len(unit):
        head, at, size, shift = unit[at], at + 1, 0, 0
        assert head & 0x06 == 0x02, "with a size, without an extension"
        while True:
            byte, at = unit[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if head >> 3 & 15 != 2:
            yield bytes([head & ~0x02]) + unit[at : at + size]
        at += size


ZERO_LATENCY = {"preset": "ultrafast", "tune": "zerolatency"}
KINDS = {
    "VP8": (encoded("libvpx", {"deadline": "realtime", "lag-in-frames": "0"}), vp8_payloads),
    "H264": (encoded("libx264", ZERO_LATENCY), h264_payloads),
    "VP9": (encoded("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}), vp9_payloads),
    "AV1": (encoded("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:rc=2"}), av1_payloads),
}


def packets(units: Sequence[bytes], payloads: Callable[[bytes], Iterator[bytes]]) -> Packets:
    return [(1_000 + 3_000 * number, payload) for number, unit in enumerate(units) for payload in payloads(unit)]
