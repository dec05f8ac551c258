"""VP9 out of RTP (RFC 9628), and what its frames say of themselves (VP9 bitstream specification 6.2)."""

from collections.abc import Sequence
from typing import Final

from recordings.media.payload import Payload, PayloadError, byte_at

_BEGINS: Final = 0x08


def frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 9628 4.2: what stands behind the descriptors. One spatial layer: several would be several frames. Raises
    `PayloadError`."""
    if sum(bool(payload[0] & _BEGINS) for payload in payloads) > 1:
        raise PayloadError("several spatial layers")
    return b"".join([payload[_descriptor(payload) :] for payload in payloads])


def opens(payload: Payload) -> bool:
    """Whether a frame surely begins here (B)."""
    return bool(payload[0] & _BEGINS)


def is_key(data: bytes) -> bool:
    """The uncompressed header: marker 10, profile (3 bits where it is 3), show_existing_frame 0, frame_type 0."""
    if not data or data[0] >> 6 != 2:
        return False
    shift = 1 if data[0] & 0x30 == 0x30 else 0
    return not data[0] & (0x0C >> shift)


def _descriptor(payload: Payload) -> int:
    """The length of the payload descriptor: its first byte says what follows (I, P, L, F, B, E, V)."""
    flags, at = payload[0], 1
    if flags & 0x80:
        at += 2 if byte_at(payload, at) & 0x80 else 1
    if flags & 0x20:
        at += 1 if flags & 0x10 else 2  # layer indices; without flexible mode also TL0PICIDX
    if flags & 0x50 == 0x50:
        for _ in range(3):
            at += 1
            if not byte_at(payload, at - 1) & 1:
                break
    return at + _structure(payload, at) if flags & 0x02 else at


def _structure(payload: Payload, start: int) -> int:
    """The length of the scalability structure (RFC 9628 4.2.1)."""
    flags, at = byte_at(payload, start), start + 1
    if flags & 0x10:
        at += 4 * ((flags >> 5) + 1)
    if flags & 0x08:
        pictures, at = byte_at(payload, at), at + 1
        for _ in range(pictures):
            at += 1 + (byte_at(payload, at) >> 2 & 3)
    return at - start
