"""One thread reads the source for ever and keeps the newest frame only: what the line does not take is never sent
late."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import av

from sefaw_rtc.edge.probe.sources import Source, SourceError

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0)  # the last one repeats: a machine is switched off overnight

log = logging.getLogger("sefaw.probe")


class Capture:
    """`open_source` is called again whenever the source ends or fails. `newest` waits for the next frame."""

    def __init__(self, open_source: Callable[[], Source]) -> None:
        self._open = open_source
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._frame: av.VideoFrame | None = None
        self._at = 0.0
        self._ending = threading.Event()
        threading.Thread(target=self._read, name="capture", daemon=True).start()

    async def newest(self) -> tuple[av.VideoFrame, float]:
        """A frame that was not taken yet, and when it came (the loop's clock)."""
        while self._frame is None:
            self._came.clear()
            await self._came.wait()
        frame, self._frame = self._frame, None
        return frame, self._at

    def close(self) -> None:
        """The thread ends with its next frame; it is a daemon, so one that gets none ends with the process."""
        self._ending.set()

    def _read(self) -> None:
        failures = 0
        while not self._ending.is_set():
            try:
                for frame in self._open().frames():
                    failures = 0
                    if self._ending.is_set():
                        return
                    self._tell(frame, time.monotonic())
            except SourceError as error:
                log.warning("no picture: %s", error)
            self._ending.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _tell(self, frame: av.VideoFrame, at: float) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, frame, at)

    def _put(self, frame: av.VideoFrame, at: float) -> None:
        self._frame, self._at = frame, at
        self._came.set()
