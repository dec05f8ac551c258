"""Opus out of RTP (RFC 7587): a payload is a packet. What a packet says of itself (RFC 6716 3.1)."""

from typing import Final

from recordings.media.payload import PayloadError, byte_at

RATE: Final = 48_000  # of RTP timestamps, whatever is coded
_SILK_MS: Final = (10, 20, 40, 60)
_LONGEST: Final = 5_760  # ticks: 120 ms (RFC 6716 3.2.5)


def duration(packet: bytes) -> int:
    """In ticks of 1/48000 s. Raises `PayloadError` for what is no Opus packet."""
    config, count = byte_at(packet, 0) >> 3, packet[0] & 3
    frames = (1, 2, 2, byte_at(packet, 1) & 0x3F if count == 3 else 0)[count]
    ticks = frames * _frame_ticks(config)
    if not 0 < ticks <= _LONGEST:
        raise PayloadError("longer than an Opus packet may be, or of nothing")
    return ticks


def is_stereo(packet: bytes) -> bool:
    return bool(packet[0] & 0x04)


def _frame_ticks(config: int) -> int:
    """RFC 6716 table 2: SILK, hybrid, CELT."""
    if config < 12:
        return _SILK_MS[config & 3] * RATE // 1000
    if config < 16:
        return (10, 20)[config & 1] * RATE // 1000
    return 120 << (config & 3)
