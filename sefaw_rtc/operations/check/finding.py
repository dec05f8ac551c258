"""What a check says: one line of words, how bad it is, and what to do about it."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """In the order of how bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(msgspec.Struct, frozen=True):
    """`area` groups the lines; `do` is empty where nothing is to be done."""

    area: str
    level: Level
    words: str
    do: str = ""


def ok(area: str, words: str) -> Finding:
    return Finding(area, Level.OK, words)


def warning(area: str, words: str, do: str) -> Finding:
    return Finding(area, Level.WARNING, words, do)


def problem(area: str, words: str, do: str) -> Finding:
    return Finding(area, Level.PROBLEM, words, do)


def worst(findings: list[Finding]) -> Level:
    """The worst level; nothing found is fine."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
