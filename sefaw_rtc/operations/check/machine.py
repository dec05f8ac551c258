"""What the operating system allows: open files, and room for packets that wait."""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sefaw_rtc.config import Config
from sefaw_rtc.operations.check.finding import Finding, ok, warning

_AREA = "machine"
_OWN_FILES: Final = 256  # logs, database, listeners, the plane
# A shard that is not scheduled for 50 ms at 500 Mbit/s has 3 MB waiting; less is lost on busy machines.
_BUFFER: Final = 4 * 1024 * 1024
_NET: Final = Path("/proc/sys/net/core")


def examine(config: Config) -> Iterator[Finding]:
    limits = config.limits
    yield _files(
        resource.getrlimit(resource.RLIMIT_NOFILE)[0], limits.connections + limits.peers + limits.consultations
    )
    for name in ("rmem_max", "wmem_max"):
        found = _buffer(name, _NET)
        if found is not None:
            yield found


def _files(allowed: int, wanted: int) -> Finding:
    """One for each page, each media connection over TCP, each log."""
    wanted += _OWN_FILES
    if allowed == resource.RLIM_INFINITY or allowed >= wanted:
        return ok(_AREA, f"{'Any number of' if allowed == resource.RLIM_INFINITY else allowed} open files are allowed.")
    do = f"LimitNOFILE={wanted} in the service's unit, or lower limits.connections and limits.peers."
    return warning(_AREA, f"{allowed} open files are allowed; the configured limits may need {wanted}.", do)


def _buffer(name: str, folder: Path) -> Finding | None:
    try:
        most = int((folder / name).read_text("ascii"))
    except (OSError, ValueError):
        return None  # not this system's way
    if most >= _BUFFER:
        return ok(_AREA, f"net.core.{name} is {most // 1024} kB.")
    do = f"sysctl -w net.core.{name}={_BUFFER} (and in /etc/sysctl.d), or run with CAP_NET_ADMIN."
    return warning(_AREA, f"net.core.{name} is {most // 1024} kB: bursts of packets may be lost under load.", do)
