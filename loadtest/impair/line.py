"""What holds for a proxy right now, and one client's way through it: conditions, blackouts, counts."""

import random
from collections.abc import Callable, Iterator
from typing import Final, Literal

from loadtest.impair.commands import Blackout
from loadtest.impair.conditions import Conditions
from loadtest.impair.lane import Fate, Lane
from loadtest.impair.tally import Counts, Lateness

Way = Literal["up", "down"]
Carrier = Literal["udp", "tcp"]
WAYS: Final[tuple[Way, Way]] = ("up", "down")
CARRIERS: Final[tuple[Carrier, Carrier]] = ("udp", "tcp")


class Weather:
    """What holds now, for every client of the proxy."""

    def __init__(self, up: Conditions, down: Conditions, seed: int, *, shared: bool = False) -> None:
        self.conditions: dict[Way, Conditions] = {"up": up, "down": down}
        self.counts = {(way, carrier): Counts() for way in WAYS for carrier in CARRIERS}
        self.lateness = Lateness()
        self._dark_until = {(way, carrier): 0.0 for way in WAYS for carrier in CARRIERS}
        self._seed = seed
        self._lanes = 0
        self._line = {way: self._lane() for way in WAYS} if shared else None

    @property
    def shared(self) -> bool:
        """Whether all clients and connections together have one line, as a household has."""
        return self._line is not None

    def darken(self, what: Blackout, now: float) -> None:
        until = float("inf") if what.seconds is None else now + what.seconds
        for way, carrier in self._dark_until:
            if what.direction in {"both", way} and what.transport in {"both", carrier}:
                self._dark_until[way, carrier] = until

    def lighten(self) -> None:
        self._dark_until = dict.fromkeys(self._dark_until, 0.0)

    def dark_until(self, way: Way, carrier: Carrier) -> float:
        return self._dark_until[way, carrier]

    def lane(self, way: Way) -> Lane:
        """The way of one client or connection: all have one where the line is shared."""
        return self._line[way] if self._line else self._lane()

    def _lane(self) -> Lane:
        """With chance of its own: the n-th lane of a seed always has the same."""
        self._lanes += 1
        return Lane(_chance(self._seed, self._lanes))

    def dark(self, now: float) -> Iterator[str]:
        for (way, carrier), until in self._dark_until.items():
            if now < until:
                yield f"{way}/{carrier}"


def _chance(seed: int, number: int) -> Callable[[], float]:
    return random.Random(f"{seed}/{number}").random  # noqa: S311 - a network's dice, no secret


class DatagramWay:
    """One client's datagrams in one direction."""

    def __init__(self, weather: Weather, way: Way) -> None:
        self._weather, self._way = weather, way
        self._lane = weather.lane(way)
        self._counts = weather.counts[way, "udp"]

    def handle_packet(self, now: float, size: int) -> tuple[float, ...]:
        """When it is to come out; counted."""
        counts = self._counts
        counts.packets += 1
        counts.bytes += size
        if now < self._weather.dark_until(self._way, "udp"):
            counts.dark += 1
            return ()
        fate = self._lane.handle_packet(self._weather.conditions[self._way], now, size)
        self._count(fate)
        return fate.due

    def _count(self, fate: Fate) -> None:
        counts = self._counts
        counts.passed += bool(fate.due)
        counts.lost += fate.cause == "lost"
        counts.queue += fate.cause == "queue"
        counts.reordered += fate.reordered
        counts.duplicated += len(fate.due) > 1
