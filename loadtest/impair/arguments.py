"""The command line in plain words."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from loadtest.impair.commands import Command, timeline
from loadtest.impair.conditions import Conditions

_ABOUT: Final = """\
A bad network between clients and one server, UDP and TCP, on this machine.

Clients connect to --listen instead of the server; everything is passed on to --to under the conditions below. Every
figure is for each direction by itself: --delay 50 makes a round trip of 100 ms. Put up- or down- before a name for one
direction only: --down-loss 3% loses 3 % of what goes to the clients.

    python -m loadtest.impair --to 127.0.0.1:7881 --delay 50 --loss 3%
    python -m loadtest.impair --to 127.0.0.1:7881 --loss 10% --burst 5 --up-rate 500k --control 127.0.0.1:0

For a Sefaw server: `sefaw-rtc serve --media 127.0.0.1:7881 --announce PROXY:PORT`, so that clients are told the
proxy's address. The first line printed is JSON with the addresses; the last one, after Ctrl-C or SIGTERM, is JSON with
what happened. docs/impairment.md tells more."""

_WORDS: Final = {
    "delay": "milliseconds that everything takes longer",
    "jitter": "the delay of each packet varies evenly by ± so many milliseconds; order is kept",
    "loss": "share of UDP packets that get lost: 3%% or 0.03",
    "burst": "mean number of packets lost in a row (Gilbert-Elliott); 0 = each by itself",
    "rate": "what passes at most: 500k, 2M or 1G bit/s; a plain number is kbit/s",
    "queue": "milliseconds that a packet may wait for the rate; what would wait longer is dropped (200)",
    "reorder": "share of UDP packets that those behind them overtake",
    "reorder-by": "milliseconds that such a packet is held back (20)",
    "duplicate": "share of UDP packets that arrive twice",
}
_UNITS: Final = {"k": 1.0, "M": 1000.0, "G": 1_000_000.0}


class Arguments(msgspec.Struct, frozen=True):
    to: tuple[str, int]
    listen: tuple[str, int]
    also: tuple[str, int] | None
    shared: bool
    up: Conditions
    down: Conditions
    seed: int
    control: tuple[str, int] | None
    stdin: bool
    timeline: list[Command]
    seconds: float | None
    measure: bool


def read(argv: list[str] | None = None) -> Arguments:
    """Exits with a message on nonsense, as command lines do."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.to is None and not given.measure:
        parser.error("--to is missing: which server is behind the proxy?")
    try:
        up, down = (_conditions(given, way) for way in ("up", "down"))
        commands = timeline(given.timeline) if given.timeline else []
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return Arguments(
        to=given.to or ("127.0.0.1", 0),
        listen=given.listen,
        also=given.also,
        shared=given.shared or given.also is not None,
        up=up,
        down=down,
        seed=given.seed,
        control=given.control,
        stdin=given.stdin,
        timeline=commands,
        seconds=given.seconds,
        measure=given.measure,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.impair",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--to", type=_address, metavar="HOST:PORT", help="the server, UDP and TCP on this number")
    parser.add_argument(
        "--listen",
        type=_address,
        default=("127.0.0.1", 0),
        metavar="HOST:PORT",
        help="where clients come (a free port)",
    )
    parser.add_argument("--shared", action="store_true", help="a rate is all clients' together, not each one's")
    parser.add_argument(
        "--also", type=_address, metavar="HOST:PORT", help="a second server behind the same, shared line"
    )
    for name, words in _WORDS.items():
        parser.add_argument(f"--{name}", type=_number(name), metavar="N", help=words)
        for way in ("up", "down"):
            parser.add_argument(f"--{way}-{name}", type=_number(name), metavar="N", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help="the same seed and packets have the same fate (1)")
    parser.add_argument(
        "--timeline", type=Path, metavar="FILE", help='commands with times, one a line: {"at": 5, "do": "rebind"}'
    )
    parser.add_argument("--control", type=_address, metavar="HOST:PORT", help="take JSON commands here (port 0: any)")
    parser.add_argument("--stdin", action="store_true", help="take JSON commands from standard input as well")
    parser.add_argument("--seconds", type=float, help="end by itself after so long")
    parser.add_argument(
        "--measure", action="store_true", help="instead: the proxy's own delay and how many packets it can carry"
    )
    return parser


def _conditions(given: argparse.Namespace, way: str) -> Conditions:
    figures: dict[str, float] = {}
    for name in _WORDS:
        field = name.replace("-", "_")
        for found in (getattr(given, field), getattr(given, f"{way}_{field}")):
            if found is not None:
                figures[field] = found
    return Conditions().changed(figures)


def _number(name: str) -> Callable[[str], float]:
    if name == "rate":
        return _rate
    return _share if name in {"loss", "reorder", "duplicate"} else float


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _rate(text: str) -> float:
    """kbit/s."""
    unit = _UNITS.get(text[-1:])
    return float(text[:-1]) * unit if unit else float(text)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)
