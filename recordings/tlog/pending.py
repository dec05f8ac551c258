"""Entries that were acknowledged and stand in no checkpoint yet: one framed file (`recordings.framing`) whose first
record says which number the first entry has. What was appended is on the disk (`fdatasync`) when `append` returns."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recordings import framing
from recordings.errors import StorageFull
from recordings.framing import Ending
from recordings.storage import sync_folder, typed
from recordings.tlog.errors import TlogDamaged
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.tiles import MAX_ENTRY
from signalling.record import Record

# The log publishes by itself at this many, so that memory and this file stay small.
MAX_PENDING: Final = 4096
_MAX_FILE: Final = 2 * MAX_PENDING * (MAX_ENTRY + 16)


class _First(Record, frozen=True):
    first: Annotated[int, Meta(ge=0)]


class Pending:
    """The only writer of its file."""

    def __init__(self, path: Path, first: int, entries: list[bytes]) -> None:
        self._path = path
        self.first = first
        self.entries = entries
        self._named = False  # whether the folder is known to hold the file's name on the disk itself
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            self._length = os.fstat(self._descriptor).st_size
        except OSError as error:
            raise typed(error) from None

    @classmethod
    def start(cls, path: Path, first: int, entries: list[bytes]) -> "Pending":
        """A new file in place of the one that is there, whole or not at all."""
        records = (msgspec.json.encode(_First(first=first)), *entries)
        write_whole(path, framing.HEADER + b"".join(map(framing.frame, records)))
        return cls(path, first, entries)

    @classmethod
    def recover(cls, path: Path) -> "Pending | None":
        """Go on with the file: a record that was not written to its end was never acknowledged and is cut; what was
        cut stays beside it. None if there is no file. Raises `TlogDamaged`."""
        data = read_whole(path, _MAX_FILE)
        if data is None:
            return None
        found = framing.scan(data)
        try:
            head = msgspec.json.decode(found.records[0] if found.records else b"", type=_First)
        except msgspec.DecodeError:
            raise TlogDamaged("what waits cannot be read") from None
        if found.ending is not Ending.CLEAN:
            write_whole(path.with_name(f"{path.name}.cut-{found.good_length}"), data[found.good_length :])
            write_whole(path, data[: found.good_length])
        return cls(path, head.first, found.records[1:])

    @property
    def size(self) -> int:
        """How many leaves the log has with these."""
        return self.first + len(self.entries)

    def append(self, entries: Sequence[bytes]) -> None:
        """All of them or none. Raises `StorageFull`, `StorageFailed`."""
        data = b"".join(map(framing.frame, entries))
        try:
            if not self._named:
                sync_folder(self._path.parent)
                self._named = True
            written = os.pwrite(self._descriptor, data, self._length)
            if written == len(data):
                os.fdatasync(self._descriptor)
        except OSError as error:
            self._cut()
            raise typed(error) from None
        if written != len(data):  # a full disk takes what it can
            self._cut()
            raise StorageFull("no room for all of it")
        self._length += written
        self.entries.extend(entries)

    def close(self) -> None:
        os.close(self._descriptor)

    def _cut(self) -> None:
        """Take back what is after the last whole append. If even that fails, recovery cuts there."""
        try:
            os.ftruncate(self._descriptor, self._length)
        except OSError:
            return
