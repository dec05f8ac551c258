"""AV1 out of RTP (AOM's RTP Payload Format for AV1, v1.0), as temporal units (AV1 specification 7.5)."""

from collections.abc import Iterable, Sequence
from typing import Final

from recordings.media.payload import Payload, PayloadError, byte_at

_CONTINUES: Final = 0x80
_GOES_ON: Final = 0x40
_NEW_SEQUENCE: Final = 0x08
_DELIMITER: Final = b"\x12\x00"
_HAS_EXTENSION: Final = 0x04
_HAS_SIZE: Final = 0x02
_LEB128_MOST: Final = 4  # bytes: a larger unit is none of a packet's
_SEQUENCE_HEADER: Final = 1


def frame(payloads: Sequence[Payload]) -> bytes:
    """4: OBUs, put together again and each with its size, behind a temporal delimiter (AV1 5.3, 7.5). Raises
    `PayloadError`."""
    units: list[bytes] = []
    open_unit = b""
    for payload in payloads:
        elements = list(_elements(payload))
        if bool(payload[0] & _CONTINUES) != bool(open_unit) or not elements:
            raise PayloadError("a unit without its beginning or its end")
        elements[0] = open_unit + elements[0]
        open_unit = elements.pop() if payload[0] & _GOES_ON else b""
        units += elements
    if open_unit:
        raise PayloadError("a unit without its end")
    return _DELIMITER + b"".join(_sized(unit) for unit in units)


def opens(payload: Payload) -> bool:
    """Whether a coded video sequence, and with it a keyframe, surely begins here (N, without Z)."""
    return payload[0] & (_CONTINUES | _NEW_SEQUENCE) == _NEW_SEQUENCE


def is_key(data: bytes) -> bool:
    """Whether a sequence header is in what `frame` made: encoders for real time send it with keyframes and with nothing
    else. Raises `PayloadError`."""
    at = 0
    while at < len(data):
        if data[at] >> 3 & 15 == _SEQUENCE_HEADER:
            return True
        size, body = _leb128(data, at + (2 if data[at] & _HAS_EXTENSION else 1))
        at = body + size
    return False


def _elements(payload: Payload) -> Iterable[bytes]:
    """Each behind its size; where their number is said, the last has none."""
    count, number, at = payload[0] >> 4 & 3, 0, 1
    while at < len(payload):
        number += 1
        if number == count:
            size = len(payload) - at
        else:
            size, at = _leb128(payload, at)
        if not size or at + size > len(payload):
            raise PayloadError("a unit of another size than it says")
        yield payload[at : at + size]
        at += size
    if count and number != count:
        raise PayloadError("fewer units than it says")


def _sized(unit: bytes) -> bytes:
    """An OBU with its size in it (AV1 5.3.2)."""
    if unit[0] & _HAS_SIZE:
        return unit
    head = 2 if unit[0] & _HAS_EXTENSION else 1
    size, rest = bytearray(), len(unit) - head
    if rest < 0:
        raise PayloadError("cut short")
    while rest >= 0x80:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    size.append(rest)
    return bytes([unit[0] | _HAS_SIZE]) + unit[1:head] + bytes(size) + unit[head:]


def _leb128(payload: Payload, at: int) -> tuple[int, int]:
    """The number, and where it ends (AV1 4.10.5)."""
    value = 0
    for n in range(_LEB128_MOST):
        byte = byte_at(payload, at + n)
        value |= (byte & 0x7F) << 7 * n
        if not byte & 0x80:
            return value, at + n + 1
    raise PayloadError("a size without end")
