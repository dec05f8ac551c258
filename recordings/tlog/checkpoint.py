"""Checkpoints (c2sp.org/tlog-checkpoint): the text in which a log says how large it is and what its root is."""

import re
from dataclasses import dataclass
from typing import Final, Self

from recordings.tlog.errors import TextInvalid
from recordings.tlog.merkle import HASH_SIZE
from recordings.tlog.note import decoded, encoded

_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_MAX_SIZE: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which log, how many leaves, which root; `extensions` are lines that we never write and always keep."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The text of a note. Raises `TextInvalid`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise TextInvalid("a checkpoint is three lines or more, none empty")
        origin, size, root, *extensions = lines
        return cls(origin, number(size), hash_of(root), tuple(extensions))

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.extensions))


def number(text: str) -> int:
    """A decimal without leading zeroes, below 2^63. Raises `TextInvalid`."""
    if not _NUMBER.match(text) or int(text) > _MAX_SIZE:
        raise TextInvalid("not a number as it is written here")
    return int(text)


def hash_of(text: str) -> bytes:
    """A SHA-256 hash in base64. Raises `TextInvalid`."""
    raw = decoded(text)
    if len(raw) != HASH_SIZE:
        raise TextInvalid("not a hash")
    return raw
