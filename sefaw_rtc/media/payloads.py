"""RTP payloads of one video frame, back into what an encoder made (VP8: RFC 7741; H264: RFC 6184; VP9: RFC 9628; AV1:
AOM's payload format). Remote input: what is not surely a whole frame is refused. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

Payload = bytes


class PayloadError(Exception):
    """It is no whole frame. The sentence says why, for developers."""


def vp8_frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 7741 4: what stands behind the descriptors. Raises `PayloadError`."""
    return b"".join(payload[_vp8_descriptor(payload) :] for payload in payloads)


def _vp8_descriptor(payload: Payload) -> int:
    """The length of the payload descriptor: X brings a byte that says what else (I, L, T or K)."""
    length = 1
    if payload[0] & 0x80:
        flags, length = _at(payload, 1), 2
        if flags & 0x80:
            length += 2 if _at(payload, 2) & 0x80 else 1
        length += bool(flags & 0x40) + bool(flags & 0x30)
    return length


def h264_frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 6184 5: single units, STAP-A and FU-A, as a byte stream (H.264 annex B). Raises `PayloadError`."""
    units: list[bytes] = []
    fragments: list[bytes] | None = None
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            fragments = _fragment(payload, fragments, units)
        elif kind == _STAP_A:
            units += _aggregated(payload)
        elif 1 <= kind < _STAP_A:
            units.append(payload)
        else:
            raise PayloadError("a packetisation that is not ours")
    if fragments is not None:
        raise PayloadError("a unit without its end")
    return b"".join(_START_CODE + unit for unit in units)


_STAP_A: Final = 24
_FU_A: Final = 28
_START_CODE: Final = b"\x00\x00\x00\x01"


def _aggregated(payload: Payload) -> Iterable[bytes]:
    """RFC 6184 5.7.1: units, each behind its 16-bit size."""
    at = 1
    while at < len(payload):
        size = _at(payload, at) << 8 | _at(payload, at + 1)
        at += 2
        if not size or at + size > len(payload):
            raise PayloadError("a unit of another size than it says")
        yield payload[at : at + size]
        at += size


def _fragment(payload: Payload, fragments: list[bytes] | None, units: list[bytes]) -> list[bytes] | None:
    """RFC 6184 5.8. What has been collected of the unit; None when it is complete and among the `units`."""
    head = _at(payload, 1)
    if head & 0x80:
        fragments = [bytes([payload[0] & 0xE0 | head & 0x1F])]
    if fragments is None:
        raise PayloadError("a unit without its beginning")
    fragments.append(payload[2:])
    if head & 0x40:
        units.append(b"".join(fragments))
        return None
    return fragments


def vp9_frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 9628 4.2: what stands behind the descriptors. One spatial layer: several would be several frames. Raises
    `PayloadError`."""
    if sum(bool(payload[0] & _VP9_BEGINS) for payload in payloads) > 1:
        raise PayloadError("several spatial layers")
    return b"".join(payload[_vp9_descriptor(payload) :] for payload in payloads)


_VP9_BEGINS: Final = 0x08


def _vp9_descriptor(payload: Payload) -> int:
    """The length of the payload descriptor: its first byte says what follows (I, P, L, F, B, E, V)."""
    flags, at = payload[0], 1
    if flags & 0x80:
        at += 2 if _at(payload, at) & 0x80 else 1
    if flags & 0x20:
        at += 1 if flags & 0x10 else 2  # layer indices; without flexible mode also TL0PICIDX
    if flags & 0x50 == 0x50:
        for _ in range(3):
            at += 1
            if not _at(payload, at - 1) & 1:
                break
    return at + _vp9_structure(payload, at) if flags & 0x02 else at


def _vp9_structure(payload: Payload, start: int) -> int:
    """The length of the scalability structure (RFC 9628 4.2.1)."""
    flags, at = _at(payload, start), start + 1
    if flags & 0x10:
        at += 4 * ((flags >> 5) + 1)
    if flags & 0x08:
        pictures, at = _at(payload, at), at + 1
        for _ in range(pictures):
            at += 1 + (_at(payload, at) >> 2 & 3)
    return at - start


def av1_frame(payloads: Sequence[Payload]) -> bytes:
    """RTP Payload Format for AV1 (AOM, v1.0) 4: OBUs, put together again and each with its size, behind a temporal
    delimiter (AV1 5.3, 7.5). Raises `PayloadError`."""
    units: list[bytes] = []
    open_unit = b""
    for payload in payloads:
        elements = list(_av1_elements(payload))
        if bool(payload[0] & _AV1_CONTINUES) != bool(open_unit) or not elements:
            raise PayloadError("a unit without its beginning or its end")
        elements[0] = open_unit + elements[0]
        open_unit = elements.pop() if payload[0] & _AV1_GOES_ON else b""
        units += elements
    if open_unit:
        raise PayloadError("a unit without its end")
    return _AV1_DELIMITER + b"".join(_sized(unit) for unit in units)


_AV1_CONTINUES: Final = 0x80
_AV1_GOES_ON: Final = 0x40
_AV1_DELIMITER: Final = b"\x12\x00"
_AV1_HAS_EXTENSION: Final = 0x04
_AV1_HAS_SIZE: Final = 0x02


def _av1_elements(payload: Payload) -> Iterable[bytes]:
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
    if unit[0] & _AV1_HAS_SIZE:
        return unit
    head = 2 if unit[0] & _AV1_HAS_EXTENSION else 1
    size, rest = bytearray(), len(unit) - head
    if rest < 0:
        raise PayloadError("cut short")
    while rest >= 0x80:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    size.append(rest)
    return bytes([unit[0] | _AV1_HAS_SIZE]) + unit[1:head] + bytes(size) + unit[head:]


def _leb128(payload: Payload, at: int) -> tuple[int, int]:
    """The number, and where it ends (AV1 4.10.5)."""
    value = 0
    for n in range(_LEB128_MOST):
        byte = _at(payload, at + n)
        value |= (byte & 0x7F) << 7 * n
        if not byte & 0x80:
            return value, at + n + 1
    raise PayloadError("a size without end")


_LEB128_MOST: Final = 4  # bytes: a larger unit is none of a packet's


UNPACK: Final[Mapping[str, Callable[[Sequence[Payload]], bytes]]] = MappingProxyType(
    {"VP8": vp8_frame, "H264": h264_frame, "VP9": vp9_frame, "AV1": av1_frame}
)


def _at(payload: Payload, index: int) -> int:
    if index >= len(payload):
        raise PayloadError("cut short")
    return payload[index]
