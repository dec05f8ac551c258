"""VP8 out of RTP (RFC 7741), and what its frames say of themselves (RFC 6386)."""

from collections.abc import Sequence
from typing import Final

from recordings.media.payload import Payload, byte_at

_BEGINS: Final = 0x10  # S
_PARTITION: Final = 0x07  # PID


def frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 7741 4: what stands behind the descriptors. Raises `PayloadError`."""
    return b"".join([payload[_descriptor(payload) :] for payload in payloads])


def opens(payload: Payload) -> bool:
    """Whether a frame surely begins here: the first partition does (RFC 7741 4.2)."""
    return payload[0] & (_BEGINS | _PARTITION) == _BEGINS


def is_key(data: bytes) -> bool:
    """RFC 6386 9.1: the lowest bit is 0."""
    return bool(data) and not data[0] & 1


def _descriptor(payload: Payload) -> int:
    """The length of the payload descriptor: X brings a byte that says what else (I, L, T or K)."""
    length = 1
    if payload[0] & 0x80:
        flags, length = byte_at(payload, 1), 2
        if flags & 0x80:
            length += 2 if byte_at(payload, 2) & 0x80 else 1
        length += bool(flags & 0x40) + bool(flags & 0x30)
    return length
