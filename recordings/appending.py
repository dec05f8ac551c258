"""Appending to a framed file: one `write` a record; after a refused one the file is cut back to its last good record.
Sealed, unless the file is one of before encryption."""

import os

from recordings import framing
from recordings.errors import StorageFull
from recordings.sealed import Sealer
from recordings.storage import OpenFile, typed


class Appender(OpenFile):
    """The only writer of one file; a context manager. After a failed write the file is cut back to its last good
    record, so that it stays readable and the next append may succeed."""

    def __init__(self, descriptor: int, length: int, sealer: Sealer | None) -> None:
        """`length`: how much of the file is good. `sealer` None: in the clear."""
        self._descriptor = descriptor
        self._length = length
        self._sealer = sealer
        self._renewal = b""  # the record of a new key, to be written before the next
        self._dirty = True

    @property
    def size(self) -> int:
        """Bytes of the file that are good."""
        return self._length

    def append(self, payload: bytes) -> None:
        """Write one record, with one `write`. When it returns, a kill of this process does not lose it. Raises
        `StorageFull`, `StorageFailed` (nothing of it is then in the file), `RecordTooLarge`."""
        if self._sealer is None:
            self._write(framing.frame(payload))
            return
        try:
            self._write(self._renewal + framing.frame(self._sealer.sealed(payload)))
        except Exception:
            self._renew()  # some of it may be on the disk for good: its number is used
            raise
        self._renewal = b""

    def sync(self) -> None:
        """Bring all that was appended to the disk itself. May take long: call it off the loop."""
        if not self._dirty:
            return
        self._dirty = False
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._dirty = True
            raise typed(error) from None

    def _go_on(self) -> None:
        """With a file that another process began: what is not good goes, and a new key comes."""
        self._cut()
        self._renew()

    def _renew(self) -> None:
        if self._sealer is not None:
            self._renewal = framing.frame(self._sealer.renewed())

    def _write(self, data: bytes) -> None:
        try:
            written = os.pwrite(self._descriptor, data, self._length)
        except OSError as error:
            self._cut()
            raise typed(error) from None
        if written != len(data):  # a full disk takes what it can
            self._cut()
            raise StorageFull("no room for a whole record")
        self._length += written
        self._dirty = True

    def _cut(self) -> None:
        """Take back what is after the last good record. If even that fails, reading cuts there."""
        try:
            os.ftruncate(self._descriptor, self._length)
        except OSError:
            return
