"""Writing the tiles of a tree that grew. A tile is written whole under the name of its width, so a larger tree never
changes what a smaller one's checkpoint speaks of; writing the same again gives the same bytes. Partial tiles go when
their full one is there, as tlog-tiles allows: whoever asks for one then asks for the full one."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from recordings.tlog.files import write_whole
from recordings.tlog.merkle import leaf_hash
from recordings.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    TileReader,
    bundled,
    folded,
    read_from,
    split,
    unbundled,
)


def write_tiles(folder: Path, tree: TileReader, entries: Sequence[bytes]) -> TileReader:
    """The tree with these entries after the others, all its tiles on the disk. Raises `StorageFull`,
    `StorageFailed`, `TlogDamaged`."""
    grown = TileReader(read_from(folder), tree.size + len(entries))
    _write_bundles(folder, tree.size, entries)
    _write_row(folder, 0, tree, [leaf_hash(entry) for entry in entries])
    level = 1
    while grown.size >> (HEIGHT * level):
        first, end = (t.size >> (HEIGHT * level) for t in (tree, grown))
        _write_row(folder, level, tree, [folded(split(grown.hashes(level - 1, n))) for n in range(first, end)])
        level += 1
    return grown


def _write_bundles(folder: Path, size: int, entries: Sequence[bytes]) -> None:
    done = 0
    while done < len(entries):
        number, have = divmod(size + done, WIDTH)
        more = entries[done : done + WIDTH - have]
        before = _bundle_before(folder, number, have)
        data = b"".join(map(bundled, (*before, *more)))
        _write(folder, Tile(ENTRIES, number, have + len(more)), data)
        done += len(more)


def _bundle_before(folder: Path, number: int, width: int) -> list[bytes]:
    if not width:
        return []
    return unbundled(read_from(folder)(Tile(ENTRIES, number, width)))[:width]


def _write_row(folder: Path, level: int, tree: TileReader, hashes: Sequence[bytes]) -> None:
    """Put hashes after those that the level has."""
    size = tree.size >> (HEIGHT * level)
    done = 0
    while done < len(hashes):
        number, have = divmod(size + done, WIDTH)
        more = hashes[done : done + WIDTH - have]
        before = tree.hashes(level, number)
        _write(folder, Tile(level, number, have + len(more)), before + b"".join(more))
        done += len(more)


def _write(folder: Path, tile: Tile, data: bytes) -> None:
    write_whole(folder / tile.path, data)
    if tile.width == WIDTH:
        shutil.rmtree(folder / f"{tile.path}.p", ignore_errors=True)  # what stays costs room and nothing else
