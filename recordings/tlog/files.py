"""Files that are there whole or not at all, also after a power cut: written beside, synced, renamed, folder synced."""

import os
from pathlib import Path

from recordings.errors import StorageFailed
from recordings.storage import sync_folder, typed


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of what is there. Raises `StorageFull`, `StorageFailed`; the old content is then whole."""
    beside = path.with_name(f".{path.name}.new")
    try:
        _make(path.parent)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise typed(error) from None


def _make(folder: Path) -> None:
    """A folder's own name survives a power cut only if the one above it is synced."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(made):
        sync_folder(one.parent)


def read_whole(path: Path, limit: int) -> bytes | None:
    """What is there, None if nothing is. Raises `StorageFailed`, also for more than `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise typed(error) from None
    if len(data) > limit:
        raise StorageFailed("a file is larger than it can be")
    return data
