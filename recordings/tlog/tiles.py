"""Tiles (c2sp.org/tlog-tiles): a tree as static files of 256 hashes, and its entries as bundles of 256.

    tile/<level>/<n>[.p/<width>]     hashes of level 8·level of the tree
    tile/entries/<n>[.p/<width>]     entries, each behind its length (u16 big-endian)

`<n>` is written in groups of three digits, all but the last with an `x` before them. This module says where things
stand and reads hashes from there; it writes nothing.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings.tlog.errors import LeafInvalid, TlogDamaged
from recordings.tlog.merkle import HASH_SIZE, node_hash

WIDTH: Final = 256
HEIGHT: Final = 8
MAX_ENTRY: Final = 65_535
ENTRIES: Final = -1
# Reading many proofs walks the same few tiles: 64 of them are half a megabyte.
_KEPT_TILES: Final = 64
_PATH: Final = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z")


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: `level` (or `ENTRIES` for a bundle), its number, and how wide it is (256, or fewer: partial)."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile | None":
        """The tile that a path names, if it names one, and as it is written here. Nothing else is ever opened."""
        match = _PATH.match(path)
        if match is None:
            return None
        level, digits, width = match.groups()
        number = int(digits.replace("/", "").replace("x", "")) if len(digits) < 32 else 1 << 63
        found = cls(ENTRIES if level == "entries" else int(level), number, int(width or WIDTH))
        within = found.level < 64 and found.number < 1 << 55 and found.path == path
        return found if within else None

    @property
    def full(self) -> "Tile":
        return Tile(self.level, self.number)


def width_at(level: int, number: int, size: int) -> int:
    """How wide that tile is in a tree of this size: 0 to 256."""
    hashes = size if level == ENTRIES else size >> (HEIGHT * level)
    return max(0, min(WIDTH, hashes - number * WIDTH))


class TileReader:
    """The tree of one size, read from tiles: `node` is what `merkle` proves with. Bounded memory."""

    def __init__(self, read: Callable[[Tile], bytes], size: int) -> None:
        self._read = read
        self.size = size
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree. Raises `TlogDamaged` if its tile is missing or not whole."""
        tile_level, above = divmod(level, HEIGHT)
        first = index << above
        number, offset = divmod(first, WIDTH)
        hashes = self.hashes(tile_level, number)
        row = split(hashes)[offset : offset + (1 << above)]
        if len(row) != 1 << above:
            raise TlogDamaged("a tile is narrower than the tree")
        return folded(row)

    def hashes(self, level: int, number: int) -> bytes:
        """A tile's hashes, as many as this size has of them."""
        width = width_at(level, number, self.size)
        if not width:
            return b""
        key = (level, number)
        if key not in self._kept:
            data = self._read(Tile(level, number, width))[: width * HASH_SIZE]
            if len(data) != width * HASH_SIZE:
                raise TlogDamaged("a tile is not whole")
            self._kept[key] = data
            if len(self._kept) > _KEPT_TILES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def leaf(self, index: int) -> bytes:
        """A leaf's hash."""
        return self.node(0, index)


def folded(row: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(row) > 1:
        row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


def split(hashes: bytes) -> list[bytes]:
    """A tile as its hashes."""
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


def read_from(folder: Path) -> Callable[[Tile], bytes]:
    """Tiles as files: the width asked for, or the full tile once there is one."""

    def read(tile: Tile) -> bytes:
        for one in dict.fromkeys((tile, tile.full)):
            try:
                return (folder / one.path).read_bytes()
            except FileNotFoundError:
                continue
            except OSError:
                break
        raise TlogDamaged("a tile is missing")

    return read


def bundled(entry: bytes) -> bytes:
    """An entry as it stands in a bundle. Raises `LeafInvalid`."""
    if len(entry) > MAX_ENTRY:
        raise LeafInvalid("too large for a bundle")
    return len(entry).to_bytes(2, "big") + entry


def unbundled(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises `TlogDamaged`."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + size]
        if at + 2 > len(data) or len(entry) != size:
            raise TlogDamaged("a bundle is not whole")
        entries.append(entry)
        at += 2 + size
    return entries
