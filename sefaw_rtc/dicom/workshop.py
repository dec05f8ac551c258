"""The decoding processes, from the server's side: started when first needed, given one job at a time, killed when one
takes too long or dies, and started anew. The loop never waits for a codec.
"""

import asyncio
import os
import sys
from typing import Final

import msgspec

from sefaw_rtc import logs
from sefaw_rtc.dicom.jobs import Answer, Job

log = logs.get("dicom")

_ANSWER: Final = msgspec.msgpack.Decoder(Answer)
_MOST_ANSWER: Final = 268_435_456  # twice the largest frame
MEMORY: Final = 3_221_225_472  # address space of one process: a 128 MiB frame as float32, its copies, the libraries


class UndecodableError(Exception):
    """The frame cannot be decoded, or not within time and memory."""


class BusyError(Exception):
    """Too many wait already."""


class Workshop:
    """`processes` at most at work, `waiting` at most in the queue, each job within `seconds`."""

    def __init__(self, processes: int, *, seconds: float = 20.0, waiting: int = 512, memory: int = MEMORY) -> None:
        self._idle: list[_Process] = []
        self._places = asyncio.Semaphore(processes)
        self._seconds = seconds
        self._most_waiting = waiting
        self._waiting = 0
        self._memory = memory
        self._closed = False

    async def do(self, job: Job) -> bytes:
        """What became of the frame. Raises `UndecodableError`, `BusyError`."""
        if self._waiting >= self._most_waiting or self._closed:
            raise BusyError
        self._waiting += 1
        try:
            async with self._places:
                answer = await self._ask(msgspec.msgpack.encode(job))
        finally:
            self._waiting -= 1
        if answer.fault:
            raise UndecodableError(answer.fault)
        return answer.data

    async def close(self) -> None:
        """All processes end."""
        self._closed = True
        for process in self._idle:
            await process.kill()
        self._idle.clear()

    async def _ask(self, message: bytes) -> Answer:
        process = self._idle.pop() if self._idle else await _Process.start(self._memory)
        try:
            async with asyncio.timeout(self._seconds):
                answer = await process.ask(message)
        except BaseException as error:
            await process.kill()
            if isinstance(error, TimeoutError | EOFError | ConnectionError):
                log.warning("decoder gave up", error=type(error).__name__)
                raise UndecodableError(type(error).__name__) from None
            raise
        if self._closed:
            await process.kill()
        else:
            self._idle.append(process)
        return answer


class _Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, memory: int) -> "_Process":
        # One thread each: the number of processes is what bounds the cores, and threads reserve address space.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sefaw_rtc.dicom.worker",
            str(memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # a Ctrl-C at the terminal is the server's, not theirs
        )
        return cls(process)

    async def ask(self, message: bytes) -> Answer:
        """EOFError or ConnectionError if it died."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise EOFError
        stdin.write(len(message).to_bytes(4, "big"))
        stdin.write(message)
        await stdin.drain()
        size = int.from_bytes(await stdout.readexactly(4), "big")
        if size > _MOST_ANSWER:
            raise EOFError
        return _ANSWER.decode(await stdout.readexactly(size))

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
