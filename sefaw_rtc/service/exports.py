"""Exports that people ask for: one is made at a time, in a process of the lowest priority; others wait.

What is made lies in `exports/` of the data folder, sealed with a key that is in this process's memory and nowhere else:
after a kill nobody can read what is left, and the next start removes it. A finished file is kept for half an hour, for
the one who asked.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
import time
import zipfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from recordings import Erased, Keys
from recordings.crypt import DataKey
from recordings.export import ExportKind, Wishes
from recordings.export.pack import InOrder
from recordings.exporting import OUT, PARTS, Ended, Listed, Proofs, Said, Step, Task
from recordings.files import SealedFile, SealedWriter
from sefaw_rtc import logs
from sefaw_rtc.access import SignedIn
from sefaw_rtc.errors import NotFound, TooMany, UserError
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.finding import Found
from signalling.ids import AccountId, ConsultationId
from signalling.record import Record
from signalling.vocabulary import ErrorCode

EXPORTS: Final = "exports"  # folder of the data directory
KEPT_S: Final = 1800.0
LOOK_EVERY_S: Final = 1.0
LIMIT_S: Final = 4 * 3600.0  # a day of many people with a side-by-side video; beyond it something hangs
JOBS_MOST: Final = 50
JOBS_EACH: Final = 4  # of an account, finished ones too
_LINE: Final = 1 << 20

log = logs.get("service")


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Fault(StrEnum):
    """Why there is no file; the page has words for each."""

    NOT_SEALED = "not_sealed"  # it goes on, or its seal is not there yet
    ERASED = "erased"
    WRONG_KEY = "wrong_key"
    DAMAGED = "damaged"
    STORAGE_FULL = "storage_full"
    NOTHING = "nothing"  # no encoder here, or nothing was recorded
    NOT_AGREED = "not_agreed"  # no consent to a teaching copy
    PICTURES = "pictures"  # too many or too large
    ELSEWHERE = "elsewhere"  # it lies in an object store that does not give it
    FAILED = "failed"


_FAULTS: Final = {
    "NotSealed": Fault.NOT_SEALED,
    "LogUnreadable": Fault.NOT_SEALED,
    "Erased": Fault.ERASED,
    "WrongKey": Fault.WRONG_KEY,
    "KeyDamaged": Fault.DAMAGED,
    "LogDamaged": Fault.DAMAGED,
    "FileDamaged": Fault.DAMAGED,
    "NotAuthentic": Fault.DAMAGED,
    "ManifestInvalid": Fault.DAMAGED,
    "StorageFull": Fault.STORAGE_FULL,
    "CannotFilm": Fault.NOTHING,
    "NotAgreed": Fault.NOT_AGREED,
}
_CODES: Final = {
    ErrorCode.ELSEWHERE: Fault.ELSEWHERE,
    ErrorCode.STORAGE_FULL: Fault.STORAGE_FULL,
    ErrorCode.DAMAGED: Fault.DAMAGED,
}


class Told(Record, frozen=True):
    """A job as its owner sees it. `done` of `of` with `step` in hand; `before`: how many wait in front of it; `size` in
    bytes; `kept_s`: how long the file stays."""

    job: str
    consultation: ConsultationId
    what: ExportKind
    state: JobState
    done: int
    of: int
    step: str
    before: int
    fault: str
    name: str
    size: int
    kept_s: int


@dataclass(eq=False)
class Job:
    """One export. `key` seals all of it."""

    id: str
    who: SignedIn
    found: Found
    what: ExportKind
    wishes: Wishes
    folder: Path
    key: bytes = field(repr=False)
    state: JobState = JobState.WAITING
    fault: str = ""
    step: Step = field(default_factory=lambda: Step(0, 1, ""))
    size: int = 0
    until: float = 0.0
    task: "asyncio.Task[None] | None" = None

    @property
    def consultation(self) -> ConsultationId:
        return self.found.consultation

    @property
    def account(self) -> AccountId:
        return self.who.account.id

    @property
    def name(self) -> str:
        """What it is called on somebody's disk."""
        if self.what is ExportKind.TEACHING:
            return f"teaching-copy-{self.id[:8]}.zip"
        return f"consultation-{self.consultation}.{'mp4' if self.what is ExportKind.SIDE_BY_SIDE else 'zip'}"

    @property
    def is_open(self) -> bool:
        return self.state in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True)
class Surroundings:
    """What exports need of the server. `log_path`: where the log of one that is over is. `gather`: writes what only the
    server has. `anchor`: takes the digest of `export.json` to the transparency log, gives proofs that it is there.
    `may_go_on`: whether the one who asked still may have it. `aged`: the classes that were kept long enough.
    `fetch`: what lies in the object store alone is here when it returns; raises `UserError`."""

    keys: Keys
    folder: Callable[[ConsultationId], Path]
    log_path: Callable[[ConsultationId], Path]
    gather: Callable[[Job, zipfile.ZipFile], Awaitable[None]]
    anchor: Callable[[ConsultationId, str], Awaitable[dict[str, bytes]]]
    may_go_on: Callable[[Job], Awaitable[bool]]
    aged: Callable[[ConsultationId], Collection[str]]
    fetch: Callable[[ConsultationId], Awaitable[None]]
    free_bytes: int


class Exports:
    """One per server. `run` looks after what is over; `close` at the end."""

    def __init__(self, data: Path, around: Surroundings, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = data / EXPORTS
        self._around = around
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._turn = asyncio.Lock()
        shutil.rmtree(self._root, ignore_errors=True)  # of a process that is gone: nobody has its keys
        self._root.mkdir(mode=0o700, parents=True)

    def make_room(self, account: AccountId) -> None:
        """For one more of theirs: the oldest that is finished goes. Raises `TooMany`."""
        self.sweep()
        mine = [job for job in self._jobs.values() if job.account == account]
        if len(mine) >= JOBS_EACH:
            over = next((job for job in mine if not job.is_open), None)
            if over is None:
                raise TooMany("exports of an account", retry_after_s=60)
            self.drop(over)
        if len(self._jobs) >= JOBS_MOST:
            raise TooMany("exports", retry_after_s=60)

    def begin(self, who: SignedIn, found: Found, what: ExportKind, wishes: Wishes) -> Job:
        """It waits its turn. Raises `TooMany`."""
        self.make_room(who.account.id)
        name = secrets.token_hex(16)
        job = Job(name, who, found, what, wishes, self._root / name, secrets.token_bytes(32))
        self._jobs[name] = job
        job.task = asyncio.get_running_loop().create_task(self._run(job))
        return job

    def job(self, consultation: ConsultationId, name: str, account: AccountId) -> Job:
        """Raises `NotFound`: there is none, or it is somebody else's."""
        self.sweep()
        job = self._jobs.get(name)
        if job is None or (job.consultation, job.account) != (consultation, account):
            raise NotFound("export")
        return job

    def told(self, job: Job) -> Told:
        waiting = [one for one in self._jobs.values() if one.is_open]
        return Told(
            job=job.id,
            consultation=job.consultation,
            what=job.what,
            state=job.state,
            done=job.step.done,
            of=job.step.of,
            step=job.step.name,
            before=waiting.index(job) if job.state is JobState.WAITING else 0,
            fault=job.fault,
            name=job.name,
            size=job.size,
            kept_s=max(0, int(job.until - self._clock())) if job.state is JobState.DONE else 0,
        )

    def open(self, job: Job) -> SealedFile:
        """The finished file. Blocks. Raises `NotFound`, `ArchiveError`."""
        if job.state is not JobState.DONE:
            raise NotFound("export")
        return SealedFile(job.folder / OUT, job.consultation, OUT, DataKey(job.key))

    def drop(self, job: Job) -> None:
        """Nobody wants it any more: what was made of it goes."""
        self._jobs.pop(job.id, None)
        if job.is_open and job.task is not None:
            job.task.cancel()
        job.state = JobState.CANCELLED
        job.key = b""
        shutil.rmtree(job.folder, ignore_errors=True)

    def sweep(self) -> None:
        """What was kept long enough goes."""
        for job in [one for one in self._jobs.values() if not one.is_open and one.until <= self._clock()]:
            self.drop(job)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Once: what was kept long enough goes, and what its owner may not have any more."""
        self.sweep()
        for job in list(self._jobs.values()):
            if not await self._around.may_go_on(job):
                log.info("export withdrawn", consultation=job.consultation, kind=job.what)
                self.drop(job)

    async def close(self) -> None:
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job in list(self._jobs.values()):
            self.drop(job)
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- one job --------------------------------------------------------------------------------------------------

    async def _run(self, job: Job) -> None:
        try:
            async with self._turn, asyncio.timeout(LIMIT_S):
                job.state = JobState.RUNNING
                await self._make(job)
        except Exception as error:  # noqa: BLE001 - a job that fails fails alone, and is said
            await self._remove(job)
            job.fault = _fault(error)
            job.until, job.state = self._clock() + KEPT_S, JobState.FAILED
            log.warning("export failed", consultation=job.consultation, kind=job.what, error=_name(error))
        except asyncio.CancelledError:
            await self._remove(job)
            raise
        else:
            job.until, job.state = self._clock() + KEPT_S, JobState.DONE
            log.info("export made", consultation=job.consultation, kind=job.what, size=job.size)

    async def _remove(self, job: Job) -> None:
        await asyncio.to_thread(shutil.rmtree, job.folder, ignore_errors=True)

    async def _make(self, job: Job) -> None:
        await asyncio.to_thread(job.folder.mkdir, mode=0o700)
        self._refuse_full()
        await self._around.fetch(job.consultation)
        key = await asyncio.to_thread(self._data_key, job.consultation)
        parts = "" if self._without_parts(job) else str(await self._gather(job))
        task = Task(
            what=job.what,
            consultation=job.consultation,
            folder=str(self._around.folder(job.consultation)),
            log=str(self._around.log_path(job.consultation)),
            key=key,
            made_key=job.key,
            work=str(job.folder),
            out=str(job.folder / OUT),
            parts=parts,
            wishes=job.wishes,
            now_unix_ms=unix_ms(),
            aged=sorted(await asyncio.to_thread(self._around.aged, job.consultation)),
        )
        await self._in_a_process(job, task)
        (job.folder / PARTS).unlink(missing_ok=True)
        with SealedFile(job.folder / OUT, job.consultation, OUT, DataKey(job.key)) as file:
            job.size = file.size

    def _without_parts(self, job: Job) -> bool:
        return job.what is ExportKind.SIDE_BY_SIDE or job.wishes.only_sealed

    def _data_key(self, consultation: ConsultationId) -> bytes:
        try:
            return self._around.keys.open(consultation).raw
        except Erased:
            return b""  # of before encryption, or the process says it

    async def _gather(self, job: Job) -> Path:
        path = job.folder / PARTS
        writer = await asyncio.to_thread(SealedWriter, path, job.consultation, PARTS, DataKey(job.key), 0)
        try:
            with zipfile.ZipFile(InOrder(writer), "w") as archive:
                await self._around.gather(job, archive)
            await asyncio.to_thread(writer.close)
        finally:
            writer.discard()
        return path

    async def _in_a_process(self, job: Job, task: Task) -> None:
        command = (sys.executable, "-m", "recordings.exporting")
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LINE)
        try:
            await self._talk(job, child, task)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()

    async def _talk(self, job: Job, child: Process, task: Task) -> None:
        if child.stdin is None or child.stdout is None:
            raise _FailedError("Ended")
        child.stdin.write(msgspec.json.encode(task) + b"\n")
        while line := await child.stdout.readline():
            said: Said = msgspec.json.decode(line, type=Said)
            match said:
                case Step():
                    job.step = said
                    self._refuse_full()
                case Listed(digest=digest):
                    proofs = Proofs(await self._around.anchor(job.consultation, digest))
                    child.stdin.write(msgspec.json.encode(proofs) + b"\n")
                case Ended(error=""):
                    return
                case Ended(error=error):
                    raise _FailedError(error)
        raise _FailedError("Ended")  # killed, or out of memory

    def _refuse_full(self) -> None:
        """What is left of the disk is the calls'."""
        found = os.statvfs(self._root)
        if found.f_bavail * found.f_frsize < self._around.free_bytes:
            raise _FailedError("StorageFull")


def _name(error: Exception) -> str:
    return str(error) if isinstance(error, _FailedError) else type(error).__name__


def _fault(error: Exception) -> Fault:
    if isinstance(error, UserError):
        return _CODES.get(error.code, Fault.PICTURES)
    return _FAULTS.get(_name(error), Fault.FAILED)


class _FailedError(Exception):
    """The error's name, as the process says it."""
