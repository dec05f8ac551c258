"""From packets to units: what of a run has one time. Of pictures a frame's packets, of sound each packet. Pure, and the
same in both passes: the first gives each unit its time, the second makes frames of them."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from recordings.media.order import Packet
from recordings.media.payload import Payload


class Unit(NamedTuple):
    """`t`: when its first packet came. `whole`: nothing inside is missing. `missing`: packets lost since the unit
    before, those inside counted with it."""

    t: int
    rtp: int
    kind: int
    payloads: list[Payload]
    whole: bool
    missing: int


class Units(Protocol):
    def take(self, packet: Packet) -> list[Unit]:
        """The units that this packet completes."""

    def rest(self) -> list[Unit]:
        """The one that nothing completed."""


class Sounds:
    """Every packet is one, of the types that carry the run's codec."""

    def __init__(self, kinds: Collection[int | None]) -> None:
        self._kinds = kinds
        self._missing = 0

    def take(self, packet: Packet) -> list[Unit]:
        self._missing += packet.missing
        if not packet.payload or packet.kind not in self._kinds:
            return []
        missing, self._missing = self._missing, 0
        return [Unit(packet.t, packet.rtp, packet.kind, [packet.payload], True, missing)]

    def rest(self) -> list[Unit]:
        return []


class Pictures:
    """Packets of one timestamp, up to the marker (RFC 3550 5.1) or to the next timestamp that follows without a gap.
    Packets without payload only probe the line; that one of them is missing cannot be told from a loss."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._first: Packet | None = None
        self._payloads: list[Payload] = []
        self._inside = 0  # missing since the first packet
        self._before = 0  # missing since the unit before

    def take(self, packet: Packet) -> list[Unit]:
        out: list[Unit] = []
        if self._first is not None and packet.rtp != self._first.rtp:
            out.append(self._close(self._first, whole=not packet.missing))
        if self._first is None:
            self._before += packet.missing
            if not packet.payload or packet.kind != self._kind:
                return out
            self._first = packet
        else:
            self._inside += packet.missing
        if packet.payload and packet.kind == self._kind:
            self._payloads.append(packet.payload)
        if packet.marker:
            out.append(self._close(self._first, whole=True))
        return out

    def rest(self) -> list[Unit]:
        """Without its end nobody knows whether it is whole."""
        return [] if self._first is None else [self._close(self._first, whole=False)]

    def _close(self, first: Packet, *, whole: bool) -> Unit:
        payloads, inside, before = self._payloads, self._inside, self._before
        self._first, self._payloads, self._inside, self._before = None, [], 0, 0
        return Unit(first.t, first.rtp, first.kind, payloads, whole and not inside, before + inside)
