"""Does a server run on a data directory? Its lock says so, and ends with its process."""

import fcntl
from pathlib import Path
from typing import Final

LOCK: Final = "lock"


def is_locked(data: Path) -> bool:
    """Whether a running server holds the data directory."""
    try:
        with (data / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False
