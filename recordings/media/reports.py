"""Sender reports out of RTCP (RFC 3550 6.4.1): what maps a sender's RTP timestamps onto its wall clock."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct(">BBH")
_SENDER_REPORT: Final = 200
_SENDER_INFO: Final = struct.Struct(">IIII")  # SSRC, NTP seconds and fraction, RTP timestamp
_US: Final = 1_000_000


class SenderReport(NamedTuple):
    """`ntp`: µs of the sender's wall clock, 0 is 1900."""

    ssrc: int
    ntp: int
    rtp: int


def sender_reports(compound: bytes) -> Iterator[SenderReport]:
    """Those of a compound packet. What is cut short ends it; a sender without a wall clock says 0 (6.4.1)."""
    at = 0
    while at + _HEAD.size <= len(compound):
        _, kind, words = _HEAD.unpack_from(compound, at)
        end = at + 4 * (words + 1)
        if kind == _SENDER_REPORT and at + _HEAD.size + _SENDER_INFO.size <= min(end, len(compound)):
            ssrc, seconds, fraction, rtp = _SENDER_INFO.unpack_from(compound, at + _HEAD.size)
            if seconds or fraction:
                yield SenderReport(ssrc, seconds * _US + (fraction * _US >> 32), rtp)
        at = end
