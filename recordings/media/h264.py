"""H.264 out of RTP (RFC 6184), as a byte stream (H.264 annex B)."""

from collections.abc import Iterable, Sequence
from typing import Final

from recordings.media.payload import Payload, PayloadError, byte_at

_KIND: Final = 0x1F
_IDR: Final = 5
_SPS: Final = 7
_STAP_A: Final = 24
_FU_A: Final = 28
_START_CODE: Final = b"\x00\x00\x00\x01"


def frame(payloads: Sequence[Payload]) -> bytes:
    """RFC 6184 5: single units, STAP-A and FU-A. Raises `PayloadError`."""
    units: list[bytes] = []
    fragments: list[bytes] | None = None
    for payload in payloads:
        kind = payload[0] & _KIND
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


def opens(payload: Payload) -> bool:
    """Whether a picture that needs no other surely begins here: its parameter sets do, in front of everything."""
    kind = payload[0] & _KIND
    if kind == _STAP_A and len(payload) > 3:
        kind = payload[3] & _KIND
    return kind == _SPS


def is_key(data: bytes) -> bool:
    """Whether there is a slice of an IDR picture, as nothing but whole units of `frame`."""
    at = data.find(_START_CODE)
    while 0 <= at < len(data) - len(_START_CODE):
        if data[at + len(_START_CODE)] & _KIND in {1, _IDR}:
            return data[at + len(_START_CODE)] & _KIND == _IDR
        at = data.find(_START_CODE, at + len(_START_CODE))
    return False


def _aggregated(payload: Payload) -> Iterable[bytes]:
    """RFC 6184 5.7.1: units, each behind its 16-bit size."""
    at = 1
    while at < len(payload):
        size = byte_at(payload, at) << 8 | byte_at(payload, at + 1)
        at += 2
        if not size or at + size > len(payload):
            raise PayloadError("a unit of another size than it says")
        yield payload[at : at + size]
        at += size


def _fragment(payload: Payload, fragments: list[bytes] | None, units: list[bytes]) -> list[bytes] | None:
    """RFC 6184 5.8. What has been collected of the unit; None when it is complete and among the `units`."""
    head = byte_at(payload, 1)
    if head & 0x80:
        fragments = [bytes([payload[0] & 0xE0 | head & 0x1F])]
    if fragments is None:
        raise PayloadError("a unit without its beginning")
    fragments.append(payload[2:])
    if head & 0x40:
        units.append(b"".join(fragments))
        return None
    return fragments
