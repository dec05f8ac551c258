"""RTP packets of one run in the order in which they were sent (RFC 3550 5.1, A.1): reordered ones put back, what comes
twice dropped, what is missing counted. The same input gives the same output, so that two passes agree. Pure."""

import struct
from typing import Final, NamedTuple

from recordings.media.payload import Payload

HELD_MOST: Final = 1024  # packets: 4 s of 2 Mbit/s
HELD_US: Final = 2_000_000  # as long as a sender repeats what was lost
_TURN: Final = 1 << 16
_HALF: Final = 1 << 15
_HEAD: Final = struct.Struct(">BBHI")
_FIXED: Final = 12  # bytes of a header without sources and extension
_CSRC: Final = 4
_EXTENSION: Final = 0x10


class Packet(NamedTuple):
    """`t`: session µs at which it came. `missing`: how many before it never did. `rtp`: its timestamp."""

    t: int
    seq: int
    rtp: int
    marker: bool
    kind: int
    payload: Payload
    missing: int = 0


def parsed(t: int, data: bytes) -> Packet | None:
    """RFC 3550 5.1; None for what says that it is longer than it is."""
    first, second, seq, rtp = _HEAD.unpack_from(data)
    start = _FIXED
    if first & 0x1F:
        start += _CSRC * (first & 0x0F)
        if first & _EXTENSION:
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if start > len(data):
            return None
    # As `Packet(…)` does, in half the time: there is one for each packet of an hour.
    return tuple.__new__(Packet, (t, seq, rtp, second > 0x7F, second & 0x7F, data[start:], 0))


class Order:
    """`take` packets as they came, then `rest`."""

    def __init__(self) -> None:
        self.late = 0  # twice, or too late to be put back
        self._next: int | None = None
        self._held: dict[int, Packet] = {}
        self._astray = -1  # the number after a packet that was far behind: the next of it begins anew

    def take(self, packet: Packet) -> list[Packet]:
        """Those whose turn it is now."""
        seq = packet.seq
        if self._next is None:
            self._next = seq
        if seq == self._next and not self._held:
            self._next = (seq + 1) % _TURN
            self._astray = -1
            return [packet]
        ahead = (seq - self._next) % _TURN
        if ahead >= _HALF:
            return self._behind(packet, _TURN - ahead)
        self._astray = -1
        self.late += seq in self._held
        self._held.setdefault(seq, packet)
        return self._due(packet.t)

    def rest(self) -> list[Packet]:
        """What is still held, at the end of the run."""
        out: list[Packet] = []
        while self._held:
            out += self._jump()
        return out

    def _behind(self, packet: Packet, by: int) -> list[Packet]:
        """Too late; or its sender began anew, which two in a row tell."""
        if by <= HELD_MOST or packet.seq != self._astray:
            self.late += 1
            self._astray = (packet.seq + 1) % _TURN if by > HELD_MOST else -1
            return []
        self.late -= 1  # of the two, one was no late one: it is lost
        out = self.rest()
        self._next = (packet.seq + 1) % _TURN
        return [*out, packet._replace(missing=1)]

    def _due(self, now: int) -> list[Packet]:
        out = self._run()
        while len(self._held) > HELD_MOST or (self._held and now - self._longest() > HELD_US):
            out += self._jump()
        return out

    def _longest(self) -> int:
        """Since when the one waits that came first: dictionaries keep the order."""
        return next(iter(self._held.values())).t

    def _jump(self) -> list[Packet]:
        """Give up what is missing before the nearest that is held."""
        expected = self._next or 0
        missing, seq = min(((seq - expected) % _TURN, seq) for seq in self._held)
        self._next = seq
        first, *others = self._run()
        return [first._replace(missing=missing), *others]

    def _run(self) -> list[Packet]:
        out: list[Packet] = []
        while self._held and self._next in self._held:
            out.append(self._held.pop(self._next))
            self._next = (self._next + 1) % _TURN
        return out
