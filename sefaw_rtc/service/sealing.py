"""Seals consultations soon after they closed, and at the start those that a crash left: one at a time, each in a
process of low priority, so that no call feels it. What cannot be sealed now (a full disk, a key that is not here) stays
as it is and is tried again at the next start."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from recordings import ArchiveError, Erased, Keyring, read_header
from recordings.manifest import MANIFEST
from recordings.sealing import Done, Task
from sefaw_rtc import logs
from sefaw_rtc.service.child import in_a_process
from sefaw_rtc.service.clock import unix_us
from signalling.ids import ConsultationId

SETTLE_S: Final = 2.0  # the journal's last second is on the disk by then
LIMIT_S: Final = 3600.0  # a day of eight people takes minutes

log = logs.get("service")


class Sealing:
    """One per server; `closed` and `ask` ask, `run` does."""

    def __init__(self, keyring: Keyring, closed_logs: Path, settle_s: float = SETTLE_S) -> None:
        """`closed_logs`: the folder of the logs of consultations that are over."""
        self._keyring = keyring
        self._logs = closed_logs
        self._settle_s = settle_s
        self._waiting: asyncio.Queue[Path] = asyncio.Queue()
        self.on_sealed: Callable[[ConsultationId, str], None] = lambda _one, _digest: None  # the manifest's digest
        self._asked: set[Path] = set()

    def ask(self, path: Path) -> None:
        """Somebody waits for the seal of this one. Asked again while it waits, nothing more happens."""
        if path not in self._asked:
            self._asked.add(path)
            self._waiting.put_nowait(path)

    def closed(self, path: Path) -> None:
        """The log of a consultation that is over is in its place."""
        self.ask(path)

    async def run(self) -> None:
        """For ever: what a former process left, then what closes."""
        for path in await asyncio.to_thread(self._unsealed):
            self.ask(path)
        while True:
            path = await self._waiting.get()
            await asyncio.sleep(self._settle_s)
            self._asked.discard(path)
            await self.seal(path)

    async def seal(self, path: Path) -> Done:
        """Seal one now. What went wrong is said, and nothing is raised."""
        consultation = ConsultationId(path.stem)
        try:
            task = await asyncio.to_thread(self._task, consultation, path)
        except ArchiveError as error:
            found = Done(error=type(error).__name__)
        else:
            found = await in_a_process("recordings.sealing", task, Done, LIMIT_S) or Done(error="Ended")
        if found.error:
            log.warning("consultation not sealed", consultation=consultation, error=found.error)
        else:
            log.info("consultation sealed", consultation=consultation, count=found.tracks)
            self.on_sealed(consultation, found.digest)
        if found.damages:
            log.warning("a sealed recording has damaged places", consultation=consultation, count=found.damages)
        return found

    def _unsealed(self) -> list[Path]:
        """What may still be sealed: not what was erased."""
        logs_of = sorted(self._logs.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return [path for path in logs_of if not self._is_sealed(path) and not self._is_erased(path)]

    def _is_sealed(self, path: Path) -> bool:
        return (self._keyring.folder(ConsultationId(path.stem)) / MANIFEST).exists()

    def _is_erased(self, path: Path) -> bool:
        try:
            self._key(ConsultationId(path.stem), path)
        except Erased:
            return True
        except ArchiveError:
            pass  # it is said when its turn comes
        return False

    def _task(self, consultation: ConsultationId, path: Path) -> Task:
        key = self._key(consultation, path)
        return Task(str(self._keyring.folder(consultation)), str(path), key, unix_us() // 1000)

    def _key(self, consultation: ConsultationId, path: Path) -> bytes:
        """Empty: a log of before encryption needs none."""
        try:
            return self._keyring.open(consultation).raw
        except Erased:
            if read_header(path).cipher:
                raise
            return b""
