"""How the server is doing, for the administrator's page: what was looked at, whether it is well, and the figures. The
page has the words; each check is one row."""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from sefaw_rtc.config import Config
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service.certificate import SOON_DAYS, days_left
from sefaw_rtc.service.clock import unix_s, unix_us
from sefaw_rtc.service.rounds import Rounds
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.storing import Storing

_SLOW_MS: Final = 500  # a query that nobody should notice
_DISK_SOON: Final = 4  # times the room at which no call is taken any more
_JUMP_MS: Final = 2000  # a clock that is set by hand; time synchronisation steers by less
_FULL_SHARE: Final = 0.8
_BACKUP_DAYS: Final = 7
_UNWITNESSED_S: Final = 86_400  # a partner is away over night
_UNCOPIED_MS: Final = 86_400_000  # so is a store's administrator
_LAST_BACKUP: Final = "last_backup"  # its modification time is when the last backup was finished


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `values` fill the places of the page's words, in the unit that their names end with."""

    name: str
    level: Level
    values: dict[str, int | str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class Clocks:
    """Wall and monotonic time, as arguments: how far the wall clock jumped since the process started."""

    wall_us: Callable[[], int] = unix_us
    monotonic_ns: Callable[[], int] = time.monotonic_ns


class Health:
    """Made when the server starts: from then on it measures the clock."""

    def __init__(self, services: Services, clocks: Clocks | None = None) -> None:
        self._services = services
        self._clocks = clocks or Clocks()
        self._wall_us, self._monotonic_ns = self._clocks.wall_us(), self._clocks.monotonic_ns()

    async def checks(self) -> list[Check]:
        """All of them, the same order each time."""
        config = self._services.config
        data = Path(config.server.data)
        return [
            self._plane(),
            await asyncio.to_thread(_disk, data, config.limits.free_bytes),
            await self._database(),
            self._backlog(),
            *self._transparency(),
            *_objects(self._services.storing, self._clocks.wall_us() // 1000),
            self._clock(),
            *await asyncio.to_thread(_certificate, config, unix_s()),
            _share("consultations", len(self._services.registry), config.limits.consultations),
            _share("connections", len(self._services.clients), config.limits.connections),
            self._scp(),
            await asyncio.to_thread(_backup, data, unix_s()),
            self._version(),
        ]

    def _plane(self) -> Check:
        plane = self._services.metrics.plane
        level = Level.BAD if plane.silent else Level.OK
        return Check(name="plane", level=level, values={"shards": plane.shards, "peers": plane.peers})

    async def _database(self) -> Check:
        started = self._clocks.monotonic_ns()
        store = self._services.store
        try:
            await store.run(store.departments.names)
        except (StoreError, UserError) as error:
            return Check(name="database", level=Level.BAD, values={"error": type(error).__name__})
        took_ms = (self._clocks.monotonic_ns() - started) // 1_000_000
        return Check(name="database", level=Level.WARN if took_ms > _SLOW_MS else Level.OK, values={"ms": took_ms})

    def _backlog(self) -> Check:
        waiting = self._services.keeper.waiting
        return Check(name="log", level=Level.BAD if waiting else Level.OK, values={"records": waiting})

    def _transparency(self) -> list[Check]:
        """The transparency log, and whoever should vouch for it."""
        notary, rounds = self._services.notary, self._services.attesting.rounds
        entries = notary.transparency.size if notary.transparency else 0
        values: dict[str, int | str] = {"entries": entries, "entries_waiting": notary.waiting}
        level = Level.BAD if notary.trouble else Level.OK
        rows = [Check(name="tlog", level=level, values=values | ({"special": "stopped"} if notary.stopped else {}))]
        rows.append(_witness(rounds, unix_s()))
        return [*rows, _stamp(rounds.unstamped_since, unix_s())] if rounds.stamped else rows

    def _scp(self) -> Check:
        """The port where devices send pictures. `port` 0: it is off, as it may be."""
        scp = self._services.scp
        if scp is None:
            return Check(name="scp", level=Level.OK, values={"port": 0})
        refused = sum(scp.refused.values())
        values: dict[str, int | str] = {"callers": scp.callers, "taken": scp.taken, "refused": refused}
        if not scp.listening:
            return Check(name="scp", level=Level.BAD, values=values)
        level = Level.OK if scp.callers else Level.WARN
        return Check(name="scp", level=level, values={"port": scp.port, **values})

    def _clock(self) -> Check:
        wall_us = self._clocks.wall_us() - self._wall_us
        jump_ms = wall_us // 1000 - (self._clocks.monotonic_ns() - self._monotonic_ns) // 1_000_000
        level = Level.WARN if abs(jump_ms) > _JUMP_MS else Level.OK
        return Check(name="clock", level=level, values={"ms": abs(jump_ms), "unix_ms": self._clocks.wall_us() // 1000})

    def _version(self) -> Check:
        up_s = (self._clocks.monotonic_ns() - self._monotonic_ns) // 1_000_000_000
        version = metadata.version("sefaw-rtc")
        return Check(name="version", level=Level.OK, values={"version": version, "up_s": up_s})


def _objects(storing: Storing, now_unix_ms: int) -> list[Check]:
    """The object store; nothing where there is none. `special`: what is in the way. What waits is safe meanwhile, on
    the disk here."""
    if not storing.is_on:
        return []
    outbox, moving = storing.outbox, storing.moving
    oldest = outbox.oldest_unix_ms
    values: dict[str, int | str] = {"files": outbox.files, "mb": outbox.bytes >> 20, "since_unix_ms": oldest}
    if outbox.fault is not None:
        late = now_unix_ms - oldest > _UNCOPIED_MS
        return [Check(name="s3", level=Level.BAD if late else Level.WARN, values=values | {"special": outbox.fault})]
    if not outbox.files:
        return [Check(name="s3", level=Level.OK)]
    percent = 100 * moving.done // max(1, moving.of) if moving is not None else 0
    return [Check(name="s3", level=Level.OK, values=values | {"special": "waiting", "percent": percent})]


def _witness(rounds: Rounds, now: int) -> Check:
    """`special`: which other words than those of the level. Without a partner, as it may be, is said and no fault."""
    since = rounds.unwitnessed_since
    values: dict[str, int | str] = {"count": rounds.witnesses}
    if not rounds.witnesses or not rounds.asked:
        special = "asking" if rounds.witnesses else "alone"
        return Check(name="witness", level=Level.OK, values=values | {"special": special})
    if since is None:
        return Check(name="witness", level=Level.OK, values=values)
    values |= {"since_unix_ms": since * 1000, "who": ", ".join(rounds.silent)}
    if rounds.refused:
        return Check(name="witness", level=Level.BAD, values=values | {"special": "refused"})
    return Check(name="witness", level=_level_since(since, now), values=values)


def _stamp(since: int | None, now: int) -> Check:
    if since is None:
        return Check(name="stamp", level=Level.OK)
    return Check(name="stamp", level=_level_since(since, now), values={"since_unix_ms": since * 1000})


def _level_since(since: int, now: int) -> Level:
    return Level.BAD if now - since > _UNWITNESSED_S else Level.WARN


def _disk(data: Path, least: int) -> Check:
    usage = shutil.disk_usage(data)
    level = Level.BAD if usage.free < least else Level.WARN if usage.free < _DISK_SOON * least else Level.OK
    return Check(name="disk", level=level, values={"free_mb": usage.free >> 20, "total_mb": usage.total >> 20})


def _certificate(config: Config, now: int) -> list[Check]:
    """Nothing without TLS: that is loopback, or a proxy's business."""
    path = config.certificate
    if path is None:
        return []
    name = "self_signed" if config.server.self_signed else "certificate"  # what to do is not the same
    try:
        days = days_left(path, now)
    except (OSError, ValueError) as error:
        return [Check(name=name, level=Level.BAD, values={"error": type(error).__name__, "days": 0})]
    level = Level.BAD if days < 1 else Level.WARN if days < SOON_DAYS else Level.OK
    return [Check(name=name, level=level, values={"days": days})]


def note_backup(data: Path) -> None:
    """A backup of this data directory is finished, and its copy checked."""
    (data / _LAST_BACKUP).touch(mode=0o600)


def _backup(data: Path, now: int) -> Check:
    """How many days ago; -1 = never."""
    try:
        days = max(0, now - int((data / _LAST_BACKUP).stat().st_mtime)) // 86_400
    except OSError:
        return Check(name="backup", level=Level.WARN, values={"days": -1})
    return Check(name="backup", level=Level.WARN if days > _BACKUP_DAYS else Level.OK, values={"days": days})


def _share(name: str, count: int, most: int) -> Check:
    level = Level.WARN if count >= _FULL_SHARE * most else Level.OK
    return Check(name=name, level=level, values={"count": count, "most": most})
