"""The fate of one packet in one direction of one line. Sans-IO: time, chance and conditions are arguments.

The order on the way: the queue before the line (rate), the line itself (loss), then the distance (delay, jitter,
reordering, duplication). A packet that is lost has used the line, as on radio.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from loadtest.impair.conditions import Conditions

# Chance is used up evenly: a packet takes five draws whatever becomes of it, so that changing one figure changes
# nothing else about a seeded run.
DRAWS: Final = 5


class Draws(NamedTuple):
    """Five numbers in [0, 1)."""

    turn: float
    loss: float
    jitter: float
    reorder: float
    duplicate: float


class State(NamedTuple):
    """What a lane remembers between packets; times in seconds of the caller's clock."""

    bad: bool = False
    busy_until: float = 0.0
    last_due: float = 0.0


class Fate(NamedTuple):
    """When a packet comes out, once or twice; never if `due` is empty."""

    due: tuple[float, ...]
    cause: str = ""  # why it never comes out: `lost` or `queue`
    reordered: bool = False


def decide(conditions: Conditions, state: State, now: float, size: int, draws: Draws) -> tuple[State, Fate]:
    """A pure function: same state, time, size and draws, same fate."""
    leaves = now
    if conditions.rate:
        leaves = max(now, state.busy_until)
        if (leaves - now) * 1000 > conditions.queue:
            return state, Fate((), "queue")
        leaves += size * 8 / (conditions.rate * 1000)
        state = state._replace(busy_until=leaves)
    lost, bad = _loses(conditions, state.bad, draws)
    state = state._replace(bad=bad)
    if lost:
        return state, Fate((), "lost")
    return _travels(conditions, state, leaves, draws)


def _loses(conditions: Conditions, bad: bool, draws: Draws) -> tuple[bool, bool]:
    """Whether this packet is lost, and whether the line is in its bad state now.

    Gilbert–Elliott: with r the chance to leave the bad state (1 / mean burst) and p to enter it, the share of time in
    the bad state is p / (p + r), which must be the loss asked for. A burst shorter than loss / (1 - loss) cannot be.
    """
    if not conditions.burst:
        return draws.loss < conditions.loss, False
    if conditions.loss >= 1:
        return True, True
    leave = min(1.0, 1 / conditions.burst)
    enter = min(1.0, conditions.loss * leave / (1 - conditions.loss))
    bad = draws.turn >= leave if bad else draws.turn < enter
    return bad, bad


def _travels(conditions: Conditions, state: State, leaves: float, draws: Draws) -> tuple[State, Fate]:
    jitter = (2 * draws.jitter - 1) * conditions.jitter
    arrives = leaves + max(0.0, conditions.delay + jitter) / 1000
    if draws.reorder < conditions.reorder:
        late = max(arrives, state.last_due) + conditions.reorder_by / 1000
        return state, Fate((late,), reordered=True)
    arrives = max(arrives, state.last_due)
    state = state._replace(last_due=arrives)
    return state, Fate((arrives, arrives) if draws.duplicate < conditions.duplicate else (arrives,))


class Lane:
    """One direction of one client's line. `chance` gives numbers in [0, 1): `random.Random(seed).random` does."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._state = State()

    @property
    def busy_until(self) -> float:
        """When the last packet so far has left, where there is a rate."""
        return self._state.busy_until

    def handle_packet(self, conditions: Conditions, now: float, size: int) -> Fate:
        draw = self._chance
        self._state, fate = decide(conditions, self._state, now, size, Draws(draw(), draw(), draw(), draw(), draw()))
        return fate
