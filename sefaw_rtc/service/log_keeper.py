"""Keeps the consultations' logs: every event is written before anybody is told of it, and brought to the disk itself in
groups, off the loop, within `SYNC_EVERY_S`.

Media and the call never wait for the disk. If it is full, records wait in memory (bounded), the outage is counted and
said, and written as soon as there is room; a log that lost a record gets no later one, so it stays a true prefix.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

from recordings import ArchiveError, ConsultationLog, LogWriter, StorageFull
from sefaw_rtc import logs
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.metrics import Metrics
from signalling.codec import encode_event
from signalling.events import Event
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode

SYNC_EVERY_S = 0.5  # what a power cut may take is at most a second (DESIGN §4): half for the disk itself
# Records that wait for a full disk: hours of a consultation. 4 MiB each at most by the wire's limits on text.
PENDING_MOST = 2000

# One consultation's log: 8 h of chat and reconnects stay under 1 MB.
LOG_MOST_BYTES = 16 * 1024 * 1024

LIVE, CLOSED = "live", "closed"
SUFFIX = ".log"

log = logs.get("service")


class KeptLog:
    """One consultation's log, as its host writes it."""

    def __init__(self, writer: LogWriter, path: Path, keeper: "LogKeeper") -> None:
        self._writer = writer
        self.path = path
        self._keeper = keeper
        self._pending: deque[bytes] = deque()
        self._lost = False
        self._open = True
        self._left = keeper.most_bytes
        self.on_trouble: Callable[[], None] = lambda: None
        self.on_full: Callable[[], None] = lambda: None

    def append(self, event: Event) -> None:
        """Write an event. Never raises: the call goes on whatever the disk does."""
        if self._lost or not self._open:
            return
        was_well = not self._pending
        record = encode_event(event)
        self._pending.append(record)
        self._spend(len(record))
        if not self.flush() and was_well:
            log.error("log cannot be written; the call goes on", consultation=self.path.stem)
            self.on_trouble()
        if len(self._pending) > PENDING_MOST:
            self._lost = True
            self._pending.clear()
            log.error("log given up; it ends before this event", consultation=self.path.stem, seq=event.seq)

    def flush(self) -> bool:
        """Write what waits; whether nothing waits any more."""
        while self._pending:
            try:
                self._writer.append(self._pending[0])
            except ArchiveError:
                self._keeper.metrics.log_failures.inc()
                return False
            self._pending.popleft()
            self._keeper.touched(self)
        return True

    def _spend(self, size: int) -> None:
        before, self._left = self._left, self._left - size
        if before > 0 >= self._left:
            self._keeper.metrics.limited.labels("log_bytes").inc()
            self.on_full()

    @property
    def keeps(self) -> bool:
        """Whether what is appended is on the disk at once: nothing waits, nothing was lost."""
        return self._open and not self._lost and not self._pending

    @property
    def waiting(self) -> int:
        """Records that wait for the disk."""
        return len(self._pending)

    def sync(self) -> None:
        """Bring it to the disk. Off the loop."""
        if self._open:
            self._writer.sync()

    def close(self, *, finished: bool) -> None:
        """No more events: sync and close, off the loop; a finished consultation's log moves to the closed ones."""
        if self._open:
            self.flush()
            self._keeper.closing(self, finished=finished)

    def end(self, target: Path | None) -> None:
        """The last steps. Off the loop."""
        try:
            self._writer.sync()
        finally:
            self._open = False
            self._writer.close()
        if target is not None:
            self.path.rename(target)


class LogKeeper:
    """All logs of this server, and the task that syncs them."""

    def __init__(self, data: Path, metrics: Metrics, most_bytes: int = LOG_MOST_BYTES) -> None:
        """`most_bytes`: how long one consultation's log may get in the life of this process."""
        self.most_bytes = most_bytes
        self._live = data / "consultations" / LIVE
        self._closed = data / "consultations" / CLOSED
        self.metrics = metrics
        self._dirty: set[KeptLog] = set()
        self._all: set[KeptLog] = set()
        self._endings: set[asyncio.Task[None]] = set()
        for folder in (self._live, self._closed):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def create(self, consultation: ConsultationId, started_unix_us: int) -> KeptLog:
        """A new log. UserError if there is no room for one."""
        path = self.live_path(consultation)
        try:
            writer = await asyncio.to_thread(LogWriter.create, path, consultation, started_unix_us)
        except StorageFull:
            raise UserError(ErrorCode.STORAGE_FULL) from None
        return self._keep(writer, path)

    async def recover(self) -> list[tuple[KeptLog, ConsultationLog]]:
        """The logs that a former process left live. One that cannot be read is left where it is, and said."""
        found = []
        for path in sorted(self._live.glob(f"*{SUFFIX}")):
            try:
                writer, read = await asyncio.to_thread(LogWriter.recover, path)
            except ArchiveError as error:
                log.warning("log cannot be recovered", consultation=path.stem, error=type(error).__name__)
                continue
            found.append((self._keep(writer, path), read))
        return found

    def closed_path(self, consultation: ConsultationId) -> Path:
        """Where the log of a finished consultation is."""
        return self._closed / f"{consultation}{SUFFIX}"

    def live_path(self, consultation: ConsultationId) -> Path:
        """Where the log of a consultation is while it lives."""
        return self._live / f"{consultation}{SUFFIX}"

    @property
    def waiting(self) -> int:
        """Records of all logs that wait for the disk."""
        return sum(kept.waiting for kept in self._all)

    def touched(self, kept: KeptLog) -> None:
        """Written to, not synced yet."""
        self._dirty.add(kept)

    def closing(self, kept: KeptLog, *, finished: bool) -> None:
        """End a log, off the loop."""
        self._all.discard(kept)
        self._dirty.discard(kept)
        task = asyncio.get_running_loop().create_task(self._end(kept, finished=finished))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def run(self) -> None:
        """Sync in groups for ever; try again what a full disk refused."""
        while True:
            await asyncio.sleep(SYNC_EVERY_S)
            await self.sync_now()

    async def sync_now(self) -> None:
        """One group."""
        for kept in [kept for kept in self._all if kept.waiting]:
            kept.flush()
        self.metrics.log_pending.set(self.waiting)
        group, self._dirty = self._dirty, set()
        if group:
            await asyncio.to_thread(self._sync_group, group)

    async def settled(self) -> None:
        """Wait for the logs that are on their way to the closed ones."""
        await asyncio.gather(*list(self._endings), return_exceptions=True)

    async def close(self) -> None:
        """Wait until every log is on the disk and closed."""
        await self.settled()

    def _keep(self, writer: LogWriter, path: Path) -> KeptLog:
        kept = KeptLog(writer, path, self)
        self._all.add(kept)
        return kept

    def _sync_group(self, group: set[KeptLog]) -> None:
        for kept in group:
            try:
                kept.sync()
                self.metrics.log_syncs.inc()
            except ArchiveError:
                self.metrics.log_failures.inc()

    async def _end(self, kept: KeptLog, *, finished: bool) -> None:
        target = self._closed / kept.path.name if finished else None
        try:
            await asyncio.to_thread(kept.end, target)
        except (ArchiveError, OSError) as error:
            self.metrics.log_failures.inc()
            log.warning("log not closed well", error=type(error).__name__)
