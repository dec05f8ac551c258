"""Processes of the product that a test looks for, holds and ends."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

# What seals, sends or exports goes behind everything else (nice 10): beside another lane that is busy it gets a tenth.
POLITE_S: Final = 180.0
_SLICE_S: Final = 0.02


async def child(parent: int, module: str) -> int:
    """The process that `parent` started to run `module`, once it is there."""
    async with asyncio.timeout(POLITE_S):
        while True:
            for path in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    its = path.joinpath("stat").read_text().rpartition(")")[2].split()[1] == str(parent)
                    if its and module.encode() in path.joinpath("cmdline").read_bytes():
                        return int(path.name)
            await asyncio.sleep(0.01)


async def held(pid: int, is_far_enough: Callable[[], Awaitable[bool]]) -> None:
    """It goes on a little at a time until it is as far as that, and stands then: it cannot be over before one looks."""
    async with asyncio.timeout(POLITE_S):
        while True:
            os.kill(pid, signal.SIGSTOP)
            if await is_far_enough():
                return
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(_SLICE_S)
