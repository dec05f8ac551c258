"""What a process that was killed left half-written: drafts that never came to their names. Nobody reads them; they go
when the next one starts, so that nothing stays for ever."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from recordings.seal import BeingSealed, alone
from recordings.storage import typed

_US: Final = 1000  # ns
# `.<name>.` and: `new`, what is written again and again; 16 hex digits, once (keys); a process's number, certificates
# and copies of the database, which SQLite's own journal (https://www.sqlite.org/tempfiles.html) may lie beside.
_DRAFT: Final = re.compile(r"\..+\.(?:new|[0-9a-f]{16}|[0-9]{1,7}(?:-journal)?)\Z")


def clear(folder: Path, before_us: int, *, below: bool = True) -> int:
    """Remove the drafts in a folder, and `below` it, that nobody has written to since `before_us` (Unix µs); how many.
    Raises `StorageFailed`."""
    try:
        count = 0
        for path in list(_drafts(folder, before_us, below=below)):
            path.unlink(missing_ok=True)
            count += 1
    except OSError as error:
        raise typed(error) from None
    return count


def clear_consultation(folder: Path, before_us: int) -> int:
    """`clear` of a consultation's folder in the archive; one that another process seals now is left to it. Raises
    `StorageFailed`."""
    if next(_drafts(folder, before_us), None) is None:
        return 0
    try:
        with alone(folder):
            return clear(folder, before_us)
    except BeingSealed:
        return 0


def _drafts(folder: Path, before_us: int, *, below: bool = True) -> Iterator[Path]:
    for here, _, names in os.walk(folder) if below else islice(os.walk(folder), 1):
        for path in (Path(here, name) for name in names if _DRAFT.match(name)):
            try:
                if path.lstat().st_mtime_ns // _US < before_us:
                    yield path
            except FileNotFoundError:
                continue  # it came to its name
