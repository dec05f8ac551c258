"""Copies of sealed recordings in the object store: what waits is sent, one consultation after the other, in a process
of its own; what need not lie here any more is let go; what somebody needs is fetched again. No call and no seal waits
for it. `recordings.objects` decides and moves; here are the loop, the processes and the clock.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recordings import ArchiveError, Keyring
from recordings.keeping.ledger import Ledgers
from recordings.keeping.letting_go import drop_aged
from recordings.manifest import FileEntry
from recordings.objects import (
    STORED,
    Fault,
    Here,
    Local,
    ObjectsFailed,
    Outbox,
    Place,
    Stored,
    elsewhere,
    let_go,
    may_go,
    plan,
)
from recordings.objects.moving import MARK_EVERY_S, last_used
from recordings.objects.worker import Ended, Moved, Said, Task, What
from sefaw_rtc import logs
from sefaw_rtc.config import S3
from sefaw_rtc.errors import NotReady, UserError
from sefaw_rtc.objects import local_of
from sefaw_rtc.service.child import in_a_talking_process
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.going_on import going_on
from sefaw_rtc.service.log_keeper import SUFFIX
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

LOOK_EVERY_S: Final = 3600.0  # days count, and what a command beside the server decided
SEND_LIMIT_S: Final = 6 * 3600.0  # a day of many people over a slow line; what is done by then is done
SOON_S: Final = 1.0  # somebody waits so long for what may be here in a moment
RETRY_S: Final = 3
IN_USE_S: Final = 900.0  # what was used so lately makes no room for another
AT_ONCE: Final = 2  # consultations that are fetched

log = logs.get("service")


class StoringStats(Collector):
    """What waits for the object store, rendered when somebody asks; nothing where there is none."""

    def __init__(self, storing: "Storing") -> None:
        self._storing = storing

    def collect(self) -> Iterator[Metric]:
        storing = self._storing
        if not storing.is_on:
            return
        outbox, oldest = storing.outbox, storing.outbox.oldest_unix_ms
        age = max(0, unix_ms() - oldest) / 1000 if oldest else 0
        yield GaugeMetricFamily("sefaw_s3_waiting_files", "Files that wait for the object store", value=outbox.files)
        yield GaugeMetricFamily("sefaw_s3_waiting_bytes", "Bytes that wait for the object store", value=outbox.bytes)
        yield GaugeMetricFamily("sefaw_s3_oldest_seconds", "How long the first of them waits", value=age)
        failures = CounterMetricFamily("sefaw_s3_failures", "Failures of the object store, by kind", labels=["fault"])
        for fault, count in storing.failures.items():
            failures.add_metric([fault.value], count)
        yield failures


@dataclass(frozen=True)
class Surroundings:
    """What it needs of the server. `place` None: there is no object store. `free_bytes`: of the disk, for the calls."""

    place: Place | None
    s3: S3
    keyring: Keyring
    closed_logs: Path
    ledgers: Ledgers
    free_bytes: int


class Storing:
    """One per server; `run` does, `ask` says that something changed, `fetch` brings what is not here."""

    def __init__(self, around: Surroundings, clock: Callable[[], float] = time.monotonic) -> None:
        self.outbox = Outbox()
        self.moving: Moved | None = None  # what is being sent
        self.failures: dict[Fault, int] = {}
        self._around = around
        self._clock = clock
        self._asked: set[ConsultationId] = set()
        self._look_at = 0.0  # at all that is here
        self._news = asyncio.Event()
        self._fetching: dict[ConsultationId, asyncio.Task[Fault | None]] = {}
        self._marked: dict[ConsultationId, float] = {}  # when, as used
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._room = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        return self._around.place is not None

    @property
    def _place(self) -> str:
        """The configured store's name; empty: none is."""
        return self._around.place.name if self._around.place is not None else ""

    def ask(self, consultation: ConsultationId) -> None:
        """It was sealed, erased, or something of it ran out of its time."""
        self._asked.add(consultation)
        self._news.set()

    async def run(self) -> None:
        """For ever, whatever happens; without a store nothing."""
        if not self.is_on:
            return
        while True:
            async with going_on("storing"):
                await self._turn()

    async def fetch(self, consultation: ConsultationId) -> None:
        """Nothing that this consultation's replay needs lies elsewhere when it returns. Raises `NotReady` while it
        comes, `UserError` (`elsewhere`) where it cannot."""
        task = await self._fetched(consultation)
        if task is None:
            return
        done, _ = await asyncio.wait({task}, timeout=SOON_S)
        if not done:
            raise NotReady("it is fetched", retry_after_s=RETRY_S)
        _refuse(task.result())

    async def fetched(self, consultation: ConsultationId) -> None:
        """As `fetch`, and waits for it however long it takes. Raises `UserError`."""
        task = await self._fetched(consultation)
        if task is not None:
            _refuse(await asyncio.shield(task))

    async def keep(self, consultations: Set[ConsultationId]) -> None:
        """A replay of them is open, or an export runs: what they read is not let go. Asked often, noted seldom."""
        if not (self.is_on and self._around.s3.local_days):
            return
        now = self._clock()
        self._marked = {one: at for one, at in self._marked.items() if now - at < MARK_EVERY_S}
        due = consultations - self._marked.keys()
        if due:
            self._marked |= dict.fromkeys(due, now)
            await asyncio.to_thread(self._mark, due)

    def local(self, consultation: ConsultationId) -> Local:
        """Raises `LogDamaged`, `StorageFailed`."""
        around = self._around
        return local_of(around.keyring, around.ledgers, around.closed_logs / f"{consultation}{SUFFIX}", consultation)

    async def _turn(self) -> None:
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            self._asked.update(ConsultationId(one.name) for one in await asyncio.to_thread(self._all))
        while self._asked:
            await self._weigh(self._asked.pop())
        one = self.outbox.due(self._clock())
        if one is None:
            await self._rest(self._look_at)
        elif one in self._fetching:
            self.outbox.later(one, self._clock())
        else:
            await self._send(one)

    async def _rest(self, look_at: float) -> None:
        self._news.clear()
        until = min(look_at, self.outbox.next_at() or look_at)
        try:
            async with asyncio.timeout(max(0.05, until - self._clock())):
                await self._news.wait()
        except TimeoutError:
            return

    async def _weigh(self, consultation: ConsultationId) -> None:
        """What it waits with; and what of it need not lie here. What cannot be read waits too: somebody has to know."""
        fault = await self._put(consultation)
        if fault is not None:
            self._failed(consultation, fault)

    async def _put(self, consultation: ConsultationId) -> Fault | None:
        """As `_weigh`; what was in the way of it."""
        try:
            files, size, since = await asyncio.to_thread(self._weighed, consultation)
        except ArchiveError as error:
            log.warning("not looked at for the object store", consultation=consultation, error=type(error).__name__)
            self.outbox.put(consultation, 1, 0, unix_ms())
            return error.fault if isinstance(error, ObjectsFailed) else Fault.DISK
        self.outbox.put(consultation, files, size, since)
        return None

    def _weighed(self, consultation: ConsultationId) -> tuple[int, int, int]:
        place, local = self._around.place, self.local(consultation)
        if place is None:
            return 0, 0, 0
        self._drop_aged(local)
        here, stored = local.here(), local.register().read()
        work = plan(here, stored, place.name)
        since = here.manifest.sealed_unix_ms if here.manifest is not None and not here.erased else unix_ms()
        if work.is_done and not (work.elsewhere or work.lost) and self._may_go(here, stored):
            self._let_go(local, self._around.s3.fetched_hours * 3600.0)
        waits = len(work.send) + len(work.drop) + len(work.lost) + int(work.clear or work.elsewhere)
        return waits, work.bytes, since

    def _drop_aged(self, local: Local) -> None:
        """What somebody fetched while its clock ran out goes again; but of what is held nothing is destroyed."""
        if self._around.ledgers.read(local.consultation).hold is None and drop_aged(local.folder, local.aged):
            log.info("kept long enough, and fetched meanwhile", consultation=local.consultation)

    def _let_go(self, local: Local, unused_s: float) -> None:
        size = let_go(local, unix_ms(), self._around.s3.local_days, unused_s, self._place)
        if size:
            log.info("recording let go here", consultation=local.consultation, size=size)

    async def _send(self, consultation: ConsultationId) -> None:
        ended = Ended(Fault.FAILED)  # until it says otherwise
        async with going_on("sending"):
            ended = await self._moved(What.SEND, consultation, self._hear)
        self.moving = None
        if ended.fault is None:
            self.outbox.answered()
        unread = await self._put(consultation)
        fault = ended.fault or (Fault.LOCAL if ended.lost else unread)
        if fault is None:
            self.outbox.went_well(consultation)
            log.info("recording copied to the object store", consultation=consultation)
        else:
            self._failed(consultation, fault)

    def _failed(self, consultation: ConsultationId, fault: Fault) -> None:
        self.failures[fault] = self.failures.get(fault, 0) + 1
        self.outbox.failed(consultation, fault, self._clock(), unix_ms())
        log.warning("recording not copied to the object store", consultation=consultation, error=fault.value)

    def _hear(self, moved: Moved) -> None:
        self.moving = moved

    async def _fetched(self, consultation: ConsultationId) -> "asyncio.Task[Fault | None] | None":
        if consultation not in self._fetching:
            try:
                size = await asyncio.to_thread(self._missing, consultation)
            except ArchiveError as error:
                raise UserError(ErrorCode.DAMAGED, type(error).__name__) from None
            if not size:
                return None
            if consultation not in self._fetching:  # by whoever asked at the same moment
                task = asyncio.get_running_loop().create_task(self._bring(consultation, size))
                task.add_done_callback(lambda _task: self._fetching.pop(consultation, None))
                self._fetching[consultation] = task
        return self._fetching[consultation]

    def _missing(self, consultation: ConsultationId) -> int:
        """Bytes that lie elsewhere. It is in use from before the look on: what is here stays here."""
        folder = self._around.keyring.folder(consultation)
        if not (folder / STORED).exists():
            return 0
        local = self.local(consultation)
        if self._around.s3.local_days:
            local.mark_used()
        return sum(one.size for one in elsewhere(local.here(), local.register().read()))

    def _mark(self, consultations: Set[ConsultationId]) -> None:
        for one in consultations:
            with contextlib.suppress(ArchiveError, OSError):  # whoever reads it meets that disk, or that ledger, too
                if (self._around.keyring.folder(one) / STORED).exists():
                    self.local(one).mark_used()

    async def _bring(self, consultation: ConsultationId, size: int) -> Fault | None:
        async with self._turns:
            async with self._room:
                hindrance = await asyncio.to_thread(self._hindrance, consultation, size)
            fault = hindrance or (await self._moved(What.BRING, consultation, lambda _moved: None)).fault
            await asyncio.to_thread(self._mark, {consultation})  # it may have taken long
        if fault is not None:
            log.warning("recording not fetched", consultation=consultation, error=fault.value)
        else:
            log.info("recording fetched", consultation=consultation, size=size)
        self.ask(consultation)  # what of it a clock took meanwhile goes again
        return fault

    async def _moved(self, what: What, consultation: ConsultationId, hear: Callable[[Moved], None]) -> Ended:
        """What a process of its own does, and how it ended."""
        try:
            task = await asyncio.to_thread(self._task, what, consultation)
        except ArchiveError:
            return Ended(Fault.DISK)
        if task is None:
            return Ended(Fault.OTHER_PLACE)
        ends: list[Ended] = []

        def heard(said: Said) -> None:
            if isinstance(said, Ended):
                ends.append(said)
            else:
                hear(said)

        await in_a_talking_process("recordings.objects.worker", task, Said, heard, SEND_LIMIT_S)
        return ends[0] if ends else Ended(Fault.FAILED)

    def _task(self, what: What, consultation: ConsultationId) -> Task | None:
        if self._around.place is None:
            return None
        local = self.local(consultation)
        return Task(
            what=what,
            place=self._around.place,
            consultation=consultation,
            folder=str(local.folder),
            log=str(local.log),
            aged=sorted(local.aged),
            erased=local.erased,
            free_bytes=self._around.free_bytes,
        )

    def _hindrance(self, consultation: ConsultationId, size: int) -> Fault | None:
        """What is in the way of fetching so much; None: nothing is. For what cannot come nothing else has to go."""
        try:
            stored = self.local(consultation).register().read()
        except ArchiveError:
            return Fault.DISK
        if stored.place != self._place:
            return Fault.OTHER_PLACE
        return None if self._make_room(consultation, size) else Fault.DISK_FULL

    def _make_room(self, consultation: ConsultationId, size: int) -> bool:
        """What was fetched and not used for longest goes, until this has room."""
        s3 = self._around.s3
        used = [(last_used(folder), ConsultationId(folder.name)) for folder in self._all()]
        fetched = [one for at, one in sorted(used) if at and one != consultation]
        sizes = {one: self._could_go(one) for one in fetched}
        for one in fetched:
            if sum(sizes.values()) + size <= s3.fetched_bytes:
                break
            with contextlib.suppress(ArchiveError):  # it is another one's damage, and is told when its turn comes
                self._let_go(self.local(one), IN_USE_S)
            sizes[one] = self._could_go(one)
        return sum(sizes.values()) + size <= s3.fetched_bytes

    def _could_go(self, consultation: ConsultationId) -> int:
        try:
            local = self.local(consultation)
            files = self._may_go(local.here(), local.register().read())
        except ArchiveError:
            return 0
        return sum(one.size for one in files)

    def _may_go(self, here: Here, stored: Stored) -> list[FileEntry]:
        return may_go(here, stored, unix_ms(), self._around.s3.local_days, self._place)

    def _all(self) -> list[Path]:
        return self._around.keyring.folders()


def _refuse(fault: Fault | None) -> None:
    if fault is Fault.DISK_FULL:
        raise UserError(ErrorCode.STORAGE_FULL, "fetching")
    if fault is not None:
        raise UserError(ErrorCode.ELSEWHERE, fault.value)
