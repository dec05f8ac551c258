"""What is measured, beside what others needed and what we promise.

Peers' figures: LiveKit 1.13.5, Galene 1.2-dev and Janus 1.1.2 at their best settings, µs of CPU per forwarded packet,
measured by an independent generator on a 2-core machine whose floor was 1.6 µs. Another machine has another floor, so
the table gives ratios too.
"""

from typing import Final

import msgspec

from loadtest.swarm import Shape

# The floor of the machine on which the peers were measured.
PEERS_FLOOR_US: Final = 1.6


class Case(msgspec.Struct, frozen=True):
    """One row of the table."""

    name: str
    title: str
    shape: Shape
    peers_us: tuple[float, float, float] | None = None
    target_us: float | None = None
    seconds: float = 5.0


def _one_to_one(consultations: int, peers: tuple[float, float, float] | None, target: float | None) -> Case:
    noun = "consultation" if consultations == 1 else "consultations"
    title = f"{consultations} {noun} 1:1, audio + video both ways"
    shape = Shape(kind="one_to_one", consultations=consultations)
    return Case(f"1:1 x{consultations}", title, shape, peers, target)


FORWARDING: Final = (
    _one_to_one(1, None, None),
    _one_to_one(5, None, None),
    _one_to_one(20, (45.6, 42.5, 55.0), 12.0),
    _one_to_one(50, None, 9.0),
    Case("video x40", "1 video → 40", Shape(kind="fan_out", viewers=40, video=True), (17.3, 14.6, 22.1), 4.5),
    Case("video x10", "1 video → 10", Shape(kind="fan_out", viewers=10, video=True), (25.4, 21.9, 37.8), 7.0),
    Case("audio x50", "1 audio → 50", Shape(kind="fan_out", viewers=50, audio=True), (32.3, 28.9, 49.2), 7.0),
)
JOINS: Final = Case("joins", "WHEP joins, one at a time", Shape(kind="joins", joins=40, gap_ms=30))
SILENT: Final = Case("silent", "500 connected silent peers", Shape(kind="silent", peers=500), seconds=8.0)

# What one server must offer for all of them.
CONSULTATIONS: Final = 50

# Peers' join to first packet, p50, and our promises.
PEERS_JOIN_MS: Final = (256.0, 15.0, 81.0)
TARGET_JOIN_MS: Final = 20.0
TARGET_JOIN_CPU_MS: Final = 3.0
TARGET_SILENT_PERCENT: Final = 2.0
TARGET_FIRST_FRAME_APART_MS: Final = 150.0
TARGET_FIRST_FRAME_BACK_TO_BACK_MS: Final = 300.0
