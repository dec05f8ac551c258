"""Which number a leaf has: SQLite, made from the tiles and made again from them whenever it is behind, ahead or
damaged. It decides nothing; it keeps a leaf that is logged twice from being two."""

import sqlite3
from pathlib import Path
from typing import Final

from recordings.errors import StorageFailed
from recordings.tlog.tiles import WIDTH, TileReader, split

_TABLE: Final = "CREATE TABLE IF NOT EXISTS leaves (hash BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID"


class LeafIndex:
    """Leaf hash → number."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._have = 0
        try:
            self._open()
        except sqlite3.DatabaseError:
            self._discard()

    def catch_up(self, tree: TileReader) -> None:
        """Hold exactly the leaves of this tree."""
        try:
            if self._have > tree.size:
                self._discard()  # of a log that was longer: put back from a backup
            for tile in range(self._have // WIDTH, (tree.size + WIDTH - 1) // WIDTH):
                leaves = split(tree.hashes(0, tile))
                with self._database:
                    rows = ((leaf, tile * WIDTH + n) for n, leaf in enumerate(leaves))
                    self._database.executemany("INSERT OR IGNORE INTO leaves VALUES (?, ?)", rows)
            self._have = tree.size
        except sqlite3.Error:
            raise StorageFailed("the index of leaves cannot be written") from None

    def number(self, leaf: bytes) -> int | None:
        """Raises `StorageFailed`."""
        try:
            row = self._database.execute("SELECT number FROM leaves WHERE hash = ?", (leaf,)).fetchone()
        except sqlite3.Error:
            raise StorageFailed("the index of leaves cannot be read") from None
        return None if row is None else int(row[0])

    def close(self) -> None:
        self._database.close()

    def _open(self) -> None:
        self._database = sqlite3.connect(self._path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_TABLE)
        self._have = int(self._database.execute("SELECT count(*) FROM leaves").fetchone()[0])

    def _discard(self) -> None:
        self._database.close()
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self._open()
