"""Has made what replays show beside the tracks (how loud everybody was, small pictures), when the first one is opened:
one consultation at a time, in a process of the lowest priority that no call feels."""

import asyncio
from collections import OrderedDict
from typing import Final

from recordings.replay.course import Course
from recordings.replay.preparing import Done, Source, Task, missing
from sefaw_rtc import logs
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.child import in_a_process
from sefaw_rtc.service.replay_reading import Archive
from signalling.ids import ConsultationId

LIMIT_S: Final = 1800.0  # a machine that is busy with calls gives it little
WAITING_MOST: Final = 100
_REMEMBERED: Final = 1000

log = logs.get("service")


class Preparing:
    """One per server; `ask` asks, `run` does."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._waiting: asyncio.Queue[Course] = asyncio.Queue()
        self._asked: set[ConsultationId] = set()
        self._failed: OrderedDict[ConsultationId, frozenset[int]] = OrderedDict()

    def ask(self, course: Course) -> None:
        """Make what is missing. Asked again, or with too many before it, nothing happens."""
        if course.recorded and course.consultation not in self._asked and len(self._asked) < WAITING_MOST:
            self._asked.add(course.consultation)
            self._waiting.put_nowait(course)

    def has_failed(self, consultation: ConsultationId, run: int = 0) -> bool:
        """Whether this cannot be made: of a run, or (0) at all."""
        return run in self._failed.get(consultation, frozenset())

    async def run(self) -> None:
        """For ever."""
        while True:
            course = await self._waiting.get()
            try:
                await self._prepare(course)
            finally:
                self._asked.discard(course.consultation)

    async def _prepare(self, course: Course) -> None:
        consultation = course.consultation
        try:
            task = await asyncio.to_thread(self._task, course)
        except UserError:  # erased meanwhile, or the key is not here
            return
        if task is None:
            return
        done = await in_a_process("recordings.replay.preparing", task, Done, LIMIT_S) or Done(error="Ended")
        self._failed[consultation] = frozenset([*done.failed, *([0] if done.error else [])])
        if len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)
        if done.error or done.failed:
            log.warning("replay not prepared", consultation=consultation, error=done.error, count=len(done.failed))

    def _task(self, course: Course) -> Task | None:
        """None: everything is there."""
        sources = [
            Source(run=one.run, peer=one.peer, kind=one.kind, file=one.file, t0=one.t0)
            for one in course.tracks
            if one.file and not one.missing
        ]
        folder = self._archive.folder(course.consultation)
        if not missing(folder, sources):
            return None
        key = self._archive.key(course.consultation)
        return Task(str(folder), course.consultation, key.raw, course.thumbnails.every_us, sources)
