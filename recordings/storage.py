"""What every file of the archive asks of the disk: a new name that outlives a power cut, and errors with a type."""

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from recordings.errors import StorageFailed, StorageFull

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def sync_folder(folder: Path) -> None:
    """A new name survives a power cut only if its folder is synced too. Raises `StorageFull`, `StorageFailed`."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise typed(error) from None


def typed(error: OSError) -> StorageFull | StorageFailed:
    """The operating system's error as ours, without the path that it names."""
    if error.errno in _FULL:
        return StorageFull("no room on the disk")
    return StorageFailed(errno.errorcode.get(error.errno or 0, "unknown"))


class OpenFile:
    """Whoever holds one file open; a context manager."""

    _descriptor: int

    def close(self) -> None:
        """Close the file; does not sync. Closing twice is once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
