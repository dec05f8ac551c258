"""What a log serves to anybody (c2sp.org/tlog-tiles) and a witness to monitors: a path below the prefix becomes bytes,
or nothing. The HTTP around it is the caller's. Only names that the specification makes are ever opened."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings.tlog.files import read_whole
from recordings.tlog.merkle import HASH_SIZE
from recordings.tlog.note import MAX_NOTE
from recordings.tlog.tiles import ENTRIES, MAX_ENTRY, WIDTH, Tile
from recordings.tlog.witness import TEXT, Witness

BYTES: Final = "application/octet-stream"
# A checkpoint changes with every round, a tile never.
SOON: Final = "max-age=5"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
WITNESS_KEY: Final = "witness.vkey"
LOG_KEY: Final = "log.vkey"
_MONITORED: Final = re.compile(r"([0-9a-f]{64})/checkpoint\Z")


@dataclass(frozen=True, slots=True)
class Served:
    """A body, its type, and how long it may be kept."""

    body: bytes
    content_type: str
    cache: str


def serve(folder: Path, path: str, witness: Witness | None = None) -> Served | None:
    """What stands at `path` of the log in `folder`: `checkpoint`, `tile/…`, its key (`log.vkey`); of `witness` its key
    (`witness.vkey`) and what it signed (`<origin hash>/checkpoint`). None: nothing. Raises `StorageFailed`."""
    if path == WITNESS_KEY and witness is not None:
        return Served(f"{witness.key}\n".encode(), TEXT, SOON)
    tile, monitored = Tile.parse(path), _MONITORED.match(path)
    if tile is not None:
        limit = WIDTH * (MAX_ENTRY + 2 if tile.level == ENTRIES else HASH_SIZE)
        return _served(read_whole(folder / tile.path, limit), BYTES, FOR_GOOD)
    if monitored is not None and witness is not None:
        return _served(witness.monitored(monitored[1]), TEXT, SOON)
    return _served(read_whole(folder / path, MAX_NOTE), TEXT, SOON) if path in {"checkpoint", LOG_KEY} else None


def _served(body: bytes | None, content_type: str, cache: str) -> Served | None:
    return None if body is None else Served(body, content_type, cache)
