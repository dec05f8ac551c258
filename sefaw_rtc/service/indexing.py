"""Brings the store's index of consultations up to date, later if it must be: the log is the truth, the index follows.

The newest record of each consultation waits, one is written at a time. A database that is locked by another program,
or a full disk, is tried again for as long as the server runs; what still waits when it stops is found by the next
start (`late_index.py`).
"""

import asyncio
from collections import OrderedDict

from sefaw_rtc import logs
from sefaw_rtc.errors import StoreError, UserError
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.store import ConsultationRecord, Store
from signalling.ids import ConsultationId

# Consultations that wait: a day of a busy server, a few MB.
WAITING_MOST = 5000
# Each try may keep the store's thread for the busy time-out (5 s): others must come in between.
RETRY_S = 5.0

log = logs.get("service")


class Indexing:
    """One per server. `put`, and `close` at the end."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._waiting: OrderedDict[ConsultationId, ConsultationRecord] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Consultations whose newest record is not in the store yet."""
        return len(self._waiting)

    def put(self, record: ConsultationRecord) -> None:
        """Write it soon. Members that an older waiting record names are kept: the store only ever adds."""
        name = record.brief.consultation
        older = self._waiting.pop(name, None)
        if older is not None:
            record = ConsultationRecord(
                brief=record.brief, institution=record.institution, members=record.members | older.members
            )
        self._waiting[name] = record
        if len(self._waiting) > WAITING_MOST:
            self._waiting.popitem(last=False)
            self._metrics.limited.labels("index_waiting").inc()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def settled(self) -> None:
        """Wait until nothing waits."""
        if self._task is not None:
            await self._task

    async def close(self) -> None:
        """Write what waits, one try each."""
        self._closing.set()
        await self.settled()
        if self._waiting:
            log.error("index not written; the next start will", count=len(self._waiting))

    async def _run(self) -> None:
        while self._waiting:
            name, record = next(iter(self._waiting.items()))
            if await self._save(record):
                if self._waiting.get(name) is record:
                    del self._waiting[name]
            elif self._closing.is_set():
                return
            else:
                await self._pause()

    async def _save(self, record: ConsultationRecord) -> bool:
        """Whether it is done with: written, or of a kind that will never be."""
        try:
            await self._store.run(self._store.consultations.save, record)
        except (StoreError, UserError) as error:
            temporary = isinstance(error, UserError) or error.code is not StoreError.code
            log.warning("index not written", error=type(error).__name__, consultation=record.brief.consultation)
            return not temporary
        return True

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(RETRY_S):
                await self._closing.wait()
        except TimeoutError:
            return
