"""What is written of a consultation, whatever state it is in: its log, live or closed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from recordings import ArchiveError, ConsultationLog, Keys, LogHeader, read_consultation
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from signalling.events import Event
from signalling.ids import ConsultationId


async def log_of(services: Services, consultation: ConsultationId) -> tuple[LogHeader, list[Event]]:
    """The log so far, or the whole. Raises `NotFound` if there is none that can be read."""
    keys = services.keeper.keyring
    host = services.registry.get(consultation)
    if host is not None:
        return _header(host), await asyncio.to_thread(_live, host.log_path, keys, host.recent_events())
    # One that closed this moment is still where it lived.
    for path in (services.keeper.closed_path(consultation), services.keeper.live_path(consultation)):
        read = await asyncio.to_thread(_read, path, keys)
        if read is not None:
            return read.header, list(read.events)
    raise NotFound("log")


def _live(path: Path, keys: Keys, recent: Sequence[Event]) -> list[Event]:
    """What is on the disk, and after it what waits in memory for a full one."""
    read = _read(path, keys)
    written = read.events if read is not None else []
    last = written[-1].seq if written else 0
    return [*written, *(event for event in recent if event.seq > last)]


def _header(host: Host) -> LogHeader:
    return LogHeader(consultation=host.id, started_unix_us=host.clock.started_unix_us)


def _read(path: Path, keys: Keys) -> ConsultationLog | None:
    try:
        return read_consultation(path, keys)
    except ArchiveError:
        return None
