"""Holds, erasures and the clocks of what is kept: people decide through `decide`, a task does what was decided and what
ran out of its time. What is confirmed is written down before anything is removed, so that a killed server goes on.

Nothing runs out while the server's clock is in doubt: it must have agreed with the monotonic clock for an hour.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from recordings import ArchiveError, Erased, StorageFull
from recordings.keeping.ledger import Entry, Kept, Ledgers, Refused, Step
from recordings.keeping.letting_go import drop_journal, drop_media, has_all_tracks, read_back
from recordings.keeping.retention import Class, Policy
from recordings.leaves import forget_guessable
from recordings.manifest import MANIFEST
from recordings.seal import sealed_manifest
from sefaw_rtc import logs
from sefaw_rtc.config import Retention
from sefaw_rtc.errors import Conflict, UserError
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.erasing import Eraser
from sefaw_rtc.service.going_on import going_on
from sefaw_rtc.service.log_keeper import SUFFIX
from signalling.events import Person
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

LOOK_EVERY_S: Final = 60.0  # for what a command beside the server confirmed, or a disk refused
AGE_EVERY_S: Final = 6 * 3600.0  # clocks count days
SETTLED_S: Final = 3600.0
DRIFT_S: Final = 60.0  # within an hour; more is somebody who set the clock
_AT_ONCE: Final = 50  # consultations looked at before others come in between

log = logs.get("service")


class ClockWatch:
    """Whether the wall clock can be believed: it went as fast as the monotonic one for `SETTLED_S`."""

    def __init__(self, wall_ms: Callable[[], int] = unix_ms, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._wall_ms, self._monotonic_s = wall_ms, monotonic_s
        self._begin()

    def now(self) -> int | None:
        """Unix ms; None = in doubt."""
        since = self._monotonic_s() - self._since
        if abs(self._wall_ms() - self._wall - since * 1000) > DRIFT_S * 1000:
            log.warning("the clock was set; nothing runs out for an hour")
            self._begin()
            return None
        return self._wall_ms() if since >= SETTLED_S else None

    def _begin(self) -> None:
        self._wall, self._since = self._wall_ms(), self._monotonic_s()


class _When(msgspec.Struct, frozen=True):
    """Of a manifest, which may be long, only this."""

    sealed_unix_ms: int


class Parts(NamedTuple):
    """What `Keeping` works with. `is_live`: whether a consultation goes on; `forgotten`: what is told of one that is
    erased now: open replays, lobbies. `fetch`: what lies in the object store alone is here when it returns."""

    eraser: Eraser
    ledgers: Ledgers
    closed_logs: Path
    is_live: Callable[[ConsultationId], bool]
    forgotten: Callable[[ConsultationId, Entry], None]
    fetch: Callable[[ConsultationId], Awaitable[None]]


class Keeping:
    """One per server."""

    def __init__(self, parts: Parts, retention: Retention, clock: ClockWatch | None = None) -> None:
        self.ledgers = parts.ledgers
        self._parts = parts
        self._policy = policy_of(retention)
        self._clock = clock or ClockWatch()
        self._sealed: dict[ConsultationId, int] = {}
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._looked = False  # at what was erased before this start
        self._again = False  # records ran out of their time: they are to be erased

    async def decide(self, consultation: ConsultationId, step: Step, person: Person, why: str) -> Kept:
        """What somebody decided; it is done soon. Raises `Conflict` with a word of `Refusal`, or `live`."""
        if step is not Step.HELD and step is not Step.LIFTED and self._parts.is_live(consultation):
            raise Conflict("live")
        entry = Entry(step=step, t_unix_ms=unix_ms(), account=person.account, name=person.name, why=why)
        try:
            kept = await asyncio.to_thread(self.ledgers.add, consultation, entry)
        except Refused as refused:
            raise Conflict(refused.refusal.value) from None
        except ArchiveError as error:
            raise _told(error) from None
        log.info("keeping", consultation=consultation, action=step.value, account=person.account)
        self._news.set()
        return kept

    async def run(self) -> None:
        """For ever, whatever happens."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._erasing())
            both.create_task(self._ageing())

    async def finish(self) -> None:
        """Erase what is confirmed and not erased yet; what fails is said, and tried again."""
        async with self._one_at_a_time:
            await self._finish()

    async def _erasing(self) -> None:
        """Beside the clocks: what runs out may wait for a download, an erasure waits for nothing."""
        while True:
            async with going_on("erasing"):
                await self.finish()
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

    async def _ageing(self) -> None:
        while True:
            await asyncio.sleep(AGE_EVERY_S)
            async with going_on("ageing"):
                await self.age()

    async def _finish(self) -> None:
        try:
            names = await asyncio.to_thread(self.ledgers.all)
        except ArchiveError as error:
            log.warning("keeping ledgers not read", error=type(error).__name__)
            return
        for consultation in names:
            try:
                kept = await asyncio.to_thread(self.ledgers.read, consultation)
                if kept.confirmed is not None and kept.erased is None and not self._parts.is_live(consultation):
                    await self._erase(consultation, kept.confirmed)
                elif kept.erased is not None and not self._looked:  # by a version that left more behind
                    await asyncio.to_thread(forget_guessable, self._parts.eraser.keyring.folder(consultation))
            except Exception as error:  # noqa: BLE001 - whatever it is, it stops no other one's erasure
                log.warning("not erased", consultation=consultation, error=type(error).__name__)
        self._looked = True

    async def age(self) -> None:
        """Remove what ran out of its time, one consultation after the other."""
        for number, consultation in enumerate(await asyncio.to_thread(lambda: list(self._closed()))):
            now = self._clock.now()
            if now is None:
                return
            try:
                await self._age(consultation, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next one has its turn
                log.warning("not let go", consultation=consultation, error=type(error).__name__)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.05)

    async def _erase(self, consultation: ConsultationId, confirmed: Entry) -> None:
        self._parts.forgotten(consultation, confirmed)
        what = await asyncio.to_thread(self._parts.eraser.erase, consultation)
        entry = Entry(step=Step.ERASED, t_unix_ms=unix_ms(), what=what)
        await asyncio.to_thread(self.ledgers.add, consultation, entry)
        self._parts.forgotten(consultation, confirmed)
        log.info("consultation erased", consultation=consultation)

    async def _age(self, consultation: ConsultationId, now: int) -> None:
        sealed = await asyncio.to_thread(self._sealed_at, consultation)
        if sealed is None or not self._policy.due(sealed, now, frozenset(), erased=True):
            return
        kept = await asyncio.to_thread(self.ledgers.read, consultation)
        if kept.hold is not None or (kept.confirmed is not None and kept.erased is None):
            return
        for one in self._policy.due(sealed, now, kept.aged, erased=kept.erased is not None):
            if one is Class.JOURNAL:
                if not await asyncio.to_thread(self._has_all_tracks, consultation):
                    continue
                await self._parts.fetch(consultation)  # the tracks are read back before the packets go
            await asyncio.to_thread(self._let_go, consultation, one, now, kept)
        if self._again:
            self._again = False
            await self.finish()

    def _let_go(self, consultation: ConsultationId, one: Class, now: int, kept: Kept) -> None:
        """A hold that comes at this moment is either before it, and refuses, or after it."""
        why = f"{self._policy.days[one]} days"
        if one is Class.RECORDS:
            steps = [] if kept.erased else [Step.CONFIRMED] if kept.asked else [Step.ASKED, Step.CONFIRMED]
            for step in steps:
                self.ledgers.add(consultation, Entry(step=step, t_unix_ms=now, why=why))
                self._again = True
            return
        if one is Class.JOURNAL and not self._read_back(consultation):
            return
        entry = Entry(step=Step.AGED, t_unix_ms=now, why=why, what=(one.value,))
        self.ledgers.add(consultation, entry, self._removing(consultation, one))
        log.info("kept long enough", consultation=consultation, kind=one.value)

    def _removing(self, consultation: ConsultationId, one: Class) -> Callable[[], object]:
        eraser = self._parts.eraser
        folder = eraser.keyring.folder(consultation)
        return {
            Class.JOURNAL: lambda: drop_journal(folder),
            Class.MEDIA: lambda: drop_media(folder),
            Class.PICTURES: lambda: eraser.erase_pictures(consultation),
            Class.INDEX: lambda: eraser.store.consultations.remove(consultation),
        }[one]

    def _read_back(self, consultation: ConsultationId) -> bool:
        keyring = self._parts.eraser.keyring
        manifest = sealed_manifest(keyring.folder(consultation))
        try:
            return manifest is not None and read_back(
                keyring.folder(consultation), manifest, keyring.open(consultation)
            )
        except Erased:
            return False

    def _has_all_tracks(self, consultation: ConsultationId) -> bool:
        """Where not, the packets stay, and nothing need be fetched to know it."""
        manifest = sealed_manifest(self._parts.eraser.keyring.folder(consultation))
        return manifest is not None and has_all_tracks(manifest)

    def _closed(self) -> Iterator[ConsultationId]:
        for path in sorted(self._parts.closed_logs.glob(f"*{SUFFIX}")):
            yield ConsultationId(path.stem)

    def _sealed_at(self, consultation: ConsultationId) -> int | None:
        """Unix ms; None = not sealed, or not to be read."""
        if consultation not in self._sealed:
            path = self._parts.eraser.keyring.folder(consultation) / MANIFEST
            try:
                self._sealed[consultation] = msgspec.json.decode(path.read_bytes(), type=_When).sealed_unix_ms
            except (OSError, msgspec.DecodeError):
                return None
        return self._sealed[consultation]


def policy_of(retention: Retention) -> Policy:
    """The clocks as configured."""
    return Policy(
        {
            Class.JOURNAL: retention.journal_days,
            Class.MEDIA: retention.media_days,
            Class.PICTURES: retention.pictures_days,
            Class.RECORDS: retention.records_days,
            Class.INDEX: retention.index_days,
        }
    )


def _told(error: ArchiveError) -> UserError:
    log.error("keeping not written", error=type(error).__name__)
    return UserError(ErrorCode.STORAGE_FULL if isinstance(error, StorageFull) else ErrorCode.INTERNAL, "keeping")
