"""Keeps the consultations' logs: every event is written before anybody is told of it, and brought to the disk itself in
groups, off the loop, within `SYNC_EVERY_S`.

Media and the call never wait for the disk: what it refuses waits in memory (`kept_log.py`) and is tried again with
every group, also for a consultation that ended meanwhile.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from recordings import ArchiveError, ConsultationLog, Keyring, LogWriter, StorageFailed, StorageFull
from sefaw_rtc import logs
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.kept_log import KeptLog
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.snapshots import Snapshots
from signalling.events import Event
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import ErrorCode

SYNC_EVERY_S = 0.5  # what a power cut may take is at most a second (DESIGN §4): half for the disk itself
# Records that wait for a full disk: a lively consultation writes 20 kB a minute, so hours of one; and of all of them
# together, what a small server can spare.
PENDING_MOST_BYTES = 8 * 1024 * 1024
PENDING_ALL_BYTES = 256 * 1024 * 1024

# One consultation's log: 8 h of chat and reconnects stay under 1 MB.
LOG_MOST_BYTES = 16 * 1024 * 1024

LIVE, CLOSED = "live", "closed"
SUFFIX = ".log"

log = logs.get("service")


class LogKeeper:
    """All logs of this server, and the task that syncs them."""

    def __init__(self, data: Path, keyring: Keyring, metrics: Metrics, most_bytes: int = LOG_MOST_BYTES) -> None:
        """`most_bytes`: how long one consultation's log may get in the life of this process."""
        self.most_bytes = most_bytes
        self.keyring = keyring
        self.snapshots = Snapshots(keyring)
        self._live = data / "consultations" / LIVE
        self._closed = data / "consultations" / CLOSED
        self.metrics = metrics
        self._dirty: set[KeptLog] = set()
        self._all: set[KeptLog] = set()
        self._late: dict[KeptLog, bool] = {}  # closed while records waited; whether it was finished
        self._endings: set[asyncio.Task[None]] = set()
        self.on_closed: Callable[[Path], None] = lambda _path: None  # a finished consultation's log is in its place
        for folder in (self._live, self._closed):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def create(self, consultation: ConsultationId, started_unix_us: int) -> KeptLog:
        """A new data key and a new log. UserError if there is no room for them."""
        try:
            writer = await asyncio.to_thread(self._create, consultation, started_unix_us)
        except (StorageFull, StorageFailed):
            raise UserError(ErrorCode.STORAGE_FULL) from None
        return self._keep(writer, self.live_path(consultation), 0)

    async def recover(self) -> list[tuple[KeptLog, ConsultationLog]]:
        """The logs that a former process left live. One that cannot be read is left where it is, and said."""
        found = []
        for path in sorted(self._live.glob(f"*{SUFFIX}")):
            try:
                writer, read = await asyncio.to_thread(LogWriter.recover, path, self.keyring)
            except ArchiveError as error:
                log.warning("log cannot be recovered", consultation=path.stem, error=type(error).__name__)
                continue
            found.append((self._keep(writer, path, read.events[-1].seq if read.events else 0), read))
        return found

    @property
    def closed_folder(self) -> Path:
        """Where the logs of finished consultations are."""
        return self._closed

    def closed_path(self, consultation: ConsultationId) -> Path:
        """Where the log of a finished consultation is."""
        return self._closed / f"{consultation}{SUFFIX}"

    def live_path(self, consultation: ConsultationId) -> Path:
        """Where the log of a consultation is while it lives."""
        return self._live / f"{consultation}{SUFFIX}"

    def unwritten(self, consultation: ConsultationId) -> list[Event]:
        """What a consultation that is closed could not write yet."""
        path = self.live_path(consultation)
        return [event for kept in self._late if kept.path == path for event in kept.unwritten()]

    @property
    def waiting(self) -> int:
        """Records of all logs that wait for the disk."""
        return sum(kept.waiting for kept in self._all)

    def has_room(self, kept: KeptLog, size: int) -> bool:
        """Whether so much more of a log may wait in memory."""
        one = kept.pending_bytes + size <= PENDING_MOST_BYTES
        return one and sum(each.pending_bytes for each in self._all) + size <= PENDING_ALL_BYTES

    def touched(self, kept: KeptLog) -> None:
        """Written to, not synced yet."""
        self._dirty.add(kept)

    def snapshot(self, kept: KeptLog, state: State, t: int) -> None:
        """Keep this state; its events are in the log."""
        self.snapshots.take(ConsultationId(kept.path.stem), state, t, kept.last_seq)

    def closing(self, kept: KeptLog, *, finished: bool) -> None:
        """End a log, off the loop; one with records that wait when they are written."""
        if kept.waiting:
            self._late[kept] = finished
            return
        self._late.pop(kept, None)
        self._end_now(kept, finished=finished)

    def _end_now(self, kept: KeptLog, *, finished: bool) -> None:
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
        for kept, finished in list(self._late.items()):
            self.closing(kept, finished=finished)
        self.metrics.log_pending.set(self.waiting)
        group, self._dirty = self._dirty, set()
        if group:
            await asyncio.to_thread(self._sync_group, group)

    async def settled(self) -> None:
        """Wait for the logs that are on their way to the closed ones."""
        await asyncio.gather(*list(self._endings), return_exceptions=True)

    async def close(self) -> None:
        """Wait until every log is on the disk and closed. What still cannot be written is lost, and said."""
        for kept in [*self._late]:
            if not kept.flush():
                log.error("log not complete: the disk took nothing", consultation=kept.path.stem, count=kept.waiting)
            finished = self._late.pop(kept)
            self._end_now(kept, finished=finished and not kept.waiting)
        await self.settled()

    def _create(self, consultation: ConsultationId, started_unix_us: int) -> LogWriter:
        key = self.keyring.create(consultation)
        try:
            return LogWriter.create(self.live_path(consultation), consultation, started_unix_us, key)
        except ArchiveError:
            self.keyring.destroy(consultation)
            raise

    def _keep(self, writer: LogWriter, path: Path, last_seq: int) -> KeptLog:
        kept = KeptLog(writer, path, self, last_seq)
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
        await self.snapshots.close(ConsultationId(kept.path.stem))
        target = self._closed / kept.path.name if finished else None
        try:
            await asyncio.to_thread(kept.end, target)
        except (ArchiveError, OSError) as error:
            self.metrics.log_failures.inc()
            log.warning("log not closed well", error=type(error).__name__)
        else:
            if target is not None:
                self.on_closed(target)
