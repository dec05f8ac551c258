"""Who runs a command, as the operating system knows it."""

import os
import pwd
from pathlib import Path
from typing import Final

_SIGNED_IN: Final = Path("/proc/self/loginuid")  # proc_pid_loginuid(5): set when somebody signs in; sudo, su keep it
_NOBODY: Final = 2**32 - 1
_MOST: Final = 90  # of a name: two of them fit into a line of the log


def machine_user(signed_in: Path = _SIGNED_IN) -> str:
    """Who signed in, and as whom they act where that is another: "zhou as root". A service, a container and a kernel
    without audit know only the latter."""
    acting = os.getuid()
    try:
        first = int(signed_in.read_text("ascii"))
    except (OSError, ValueError):
        first = _NOBODY
    if first in {_NOBODY, acting}:
        return _name(acting)
    return f"{_name(first)} as {_name(acting)}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name[:_MOST]
    except KeyError:
        return f"uid {uid}"
