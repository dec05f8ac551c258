"""Takes snapshots of live consultations, off the loop: one is written at a time, of those that wait only the newest. A
replay does without one that the disk refuses, so nothing waits for them but the end of their consultation."""

import asyncio
from dataclasses import dataclass
from typing import Final

from recordings import ArchiveError, Keyring, SnapshotWriter
from recordings.manifest import MANIFEST
from sefaw_rtc import logs
from signalling.ids import ConsultationId
from signalling.state import State
from signalling.vocabulary import Status

# One consultation's: a state has 5-50 kB, so hours of a lively one; the last is kept beyond it.
MOST_BYTES: Final = 64 * 1024 * 1024

log = logs.get("service")


@dataclass
class _One:
    """What is under way for one consultation."""

    last_seq: int  # of its log when this process took it up
    writer: SnapshotWriter | None = None
    waiting: tuple[State, int] | None = None
    task: asyncio.Task[None] | None = None
    failed: bool = False


class Snapshots:
    """One per server."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._all: dict[ConsultationId, _One] = {}

    def take(self, consultation: ConsultationId, state: State, t: int, last_seq: int) -> None:
        """Write this one soon. Its events are in the log. `last_seq`: the log's last event before this process."""
        one = self._all.setdefault(consultation, _One(last_seq))
        one.waiting = (state, t)
        if one.task is None or one.task.done():
            one.task = asyncio.get_running_loop().create_task(self._run(consultation, one))

    async def written(self, consultation: ConsultationId) -> None:
        """Wait for those that were taken."""
        one = self._all.get(consultation)
        if one is not None and one.task is not None:
            await one.task

    async def close(self, consultation: ConsultationId) -> None:
        """No more of this consultation: what waits is written, and all of it brought to the disk."""
        await self.written(consultation)
        one = self._all.pop(consultation, None)
        if one is not None and one.writer is not None:
            await asyncio.to_thread(_end, one.writer)

    async def _run(self, consultation: ConsultationId, one: _One) -> None:
        while one.waiting is not None and not one.failed:
            (state, t), one.waiting = one.waiting, None
            await asyncio.to_thread(self._write, consultation, one, state, t)

    def _write(self, consultation: ConsultationId, one: _One, state: State, t: int) -> None:
        try:
            if one.writer is None and (self._keyring.folder(consultation) / MANIFEST).exists():
                one.failed = True  # sealed already: what is sealed stays as it is
                return
            if one.writer is None:
                key = self._keyring.open(consultation)
                one.writer = SnapshotWriter.open(self._keyring.folder(consultation), consultation, key, one.last_seq)
            if one.writer.size < MOST_BYTES or state.status is Status.CLOSED:
                one.writer.take(state, t)
        except ArchiveError as error:
            one.failed = one.writer is None  # no key, no room for a beginning: not again
            log.warning("snapshot not written", consultation=consultation, error=type(error).__name__)


def _end(writer: SnapshotWriter) -> None:
    with writer:
        try:
            writer.sync()
        except ArchiveError as error:
            log.warning("snapshots not synced", error=type(error).__name__)
