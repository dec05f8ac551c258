"""Pictures coming in, off the loop: written as they arrive, checked, kept; in threads of their own, so that a slow disk
or a large ZIP holds up neither a call nor its log."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from sefaw_rtc.config import Dicom
from sefaw_rtc.dicom import zips
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder, Incoming
from sefaw_rtc.dicom.stow import Taken
from sefaw_rtc.service.metrics import Metrics
from signalling.ids import StudyId
from signalling.vocabulary import PictureFault

T = TypeVar("T")

_THREADS: Final = 2  # the disk is one; a second for who waits behind a large file that is compared or copied


class Intake:
    """One per server."""

    def __init__(self, folder: Folder, limits: Dicom, metrics: Metrics) -> None:
        self.limits = limits
        self._folder = folder
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")
        self._zip = zips.ZipBounds(limits.zip_entries, limits.upload_bytes, limits.zip_ratio, limits.file_bytes)

    def close(self) -> None:
        """Finish what is being kept right now."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def begin(self) -> Incoming:
        """A file that is about to come. PictureRefused if there is no room."""
        return await self._run(self._folder.incoming)

    async def write(self, incoming: Incoming, data: bytes, most: int) -> None:
        """More of it. PictureRefused."""
        await self._run(partial(incoming.write, data, most))

    async def drop(self, incoming: Incoming) -> None:
        """Call it whatever happened."""
        await asyncio.shield(self._run(incoming.drop))

    async def keep(self, incoming: Incoming, bringer: Bringer, name: str, study: StudyId | None) -> Taken:
        """A whole file. `study`: the one it must be of, if that was said."""
        return await self._run(partial(self._keep, incoming, bringer, name, study))

    async def settle(self) -> None:
        """What was kept is on the disk. PictureRefused if that fails."""
        await self._run(self._folder.settle)

    async def unpack(
        self, incoming: Incoming, bringer: Bringer, study: StudyId | None, told: Callable[[Taken], None]
    ) -> None:
        """A whole ZIP, each file told. One after the other gets a thread, so that a long ZIP leaves room for others;
        whoever stops waiting stops it."""
        opened = None
        try:
            opened = await self._run(lambda: zips.Zip.open(incoming.finish(), self._folder, self._zip))
            entries = opened.entries()
            while (one := await self._run(lambda: self._next(entries, bringer, study))) is not None:
                told(one)
        except PictureRefused as refused:
            self._count(refused.fault)
            told(Taken("", fault=refused.fault))
        finally:
            if opened is not None:
                opened.close()

    def _next(self, entries: Iterator[zips.Entry], bringer: Bringer, study: StudyId | None) -> Taken | None:
        """What became of the next entry; None = there is none."""
        entry = next(entries, None)
        if entry is None or entry.incoming is None:
            return entry and Taken(entry.name, fault=entry.fault, skipped=entry.skipped)
        try:
            return self._keep(entry.incoming, bringer, entry.name, study)
        finally:
            entry.incoming.drop()

    def _keep(self, incoming: Incoming, bringer: Bringer, name: str, study: StudyId | None) -> Taken:
        try:
            return Taken(name, incoming.keep(bringer, study))
        except PictureRefused as refused:
            self._count(refused.fault)
            return Taken(name, fault=refused.fault, about=refused.about, wrong_study=refused.wrong_study)

    def _count(self, fault: PictureFault) -> None:
        self._metrics.limited.labels(f"pictures_{fault.value}").inc()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
