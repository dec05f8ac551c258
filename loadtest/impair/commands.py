"""What the proxy can be told while it runs: one JSON object a line, the same words in a timeline file.

    {"do": "set", "down": {"loss": 0.1, "burst": 5}}     both, up (client → server) or down (server → client)
    {"do": "blackout", "seconds": 5, "transport": "udp"} nothing passes; without `seconds` until restored
    {"do": "restore"}                                    the end of every blackout
    {"do": "rebind"}                                     every client gets a new UDP source port towards the server
    {"do": "get"}   {"do": "stats"}                      conditions; counts and the proxy's own delay

In a timeline each has `"at": seconds since the start` as well.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Direction = Literal["both", "up", "down"]
Transport = Literal["both", "udp", "tcp"]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Changes = dict[str, float]


class _Command(msgspec.Struct, frozen=True, tag_field="do", tag=str.lower, forbid_unknown_fields=True, kw_only=True):
    # Seconds since the proxy started; only a timeline has it.
    at: Seconds = 0.0


class Set(_Command, frozen=True):
    both: Changes = {}
    up: Changes = {}
    down: Changes = {}


class Blackout(_Command, frozen=True):
    seconds: Seconds | None = None
    direction: Direction = "both"
    transport: Transport = "both"


class Restore(_Command, frozen=True):
    """Everything passes again."""


class Rebind(_Command, frozen=True):
    """As after a NAT's time-out."""


class Get(_Command, frozen=True):
    """Which conditions hold."""


class Stats(_Command, frozen=True):
    """What happened so far."""


Command = Set | Blackout | Restore | Rebind | Get | Stats


def parse(line: bytes | str) -> Command:
    """One command, or ValueError (msgspec's errors are) that says what is wrong with it."""
    command: Command = msgspec.json.decode(line, type=Command)
    return command


def timeline(path: Path) -> list[Command]:
    """The commands of a file, in the order of their times. Empty lines and those with # are remarks."""
    return sorted(_commands(path.read_text("utf-8").splitlines(), path), key=lambda command: command.at)


def _commands(lines: Iterable[str], path: Path) -> Iterable[Command]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield parse(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
