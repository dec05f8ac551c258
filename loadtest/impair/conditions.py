"""What one direction of a line does to packets."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

# A bound for every number that comes from outside: an hour of delay is a mistake, not a network.
Milliseconds = Annotated[float, Meta(ge=0, le=3_600_000)]
Share = Annotated[float, Meta(ge=0, le=1)]

# What a home router's queue holds at its own rate, roughly.
QUEUE_MS: Final = 200.0
REORDER_BY_MS: Final = 20.0


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times in milliseconds, shares from 0 to 1. The defaults are a perfect line."""

    delay: Milliseconds = 0.0
    # Each packet's delay varies evenly by ± this much; order is kept.
    jitter: Milliseconds = 0.0
    loss: Share = 0.0
    # Mean number of packets lost in a row (Gilbert–Elliott with a lossless good state and a bad one that loses all).
    # 0: every packet is lost or not by itself.
    burst: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    # kbit/s of UDP payload; 0: unlimited.
    rate: Annotated[float, Meta(ge=0, le=100_000_000)] = 0.0
    # How long a packet may wait for the rate; whoever would wait longer is dropped.
    queue: Milliseconds = QUEUE_MS
    # Share of packets that are held back by `reorder_by` while those behind them pass.
    reorder: Share = 0.0
    reorder_by: Milliseconds = REORDER_BY_MS
    duplicate: Share = 0.0

    def changed(self, changes: dict[str, float]) -> "Conditions":
        """The same with some figures replaced. msgspec.ValidationError names a wrong key or figure."""
        return msgspec.convert({**msgspec.structs.asdict(self), **changes}, Conditions)
