"""One piece of work in a process of its own: a task as JSON on its standard input, the answer on its output."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


async def in_a_process(module: str, task: msgspec.Struct, answer: type[T], limit_s: float) -> T | None:
    """What `python -m module` answers; None: it was not started, was killed, or went
    beyond its limits. It ends with us or by itself."""
    child = await _started(module)
    if child is None:
        return None
    try:
        async with asyncio.timeout(limit_s):
            out, _ = await child.communicate(msgspec.json.encode(task))
        return msgspec.json.decode(out, type=answer)
    except (TimeoutError, msgspec.DecodeError):
        return None
    finally:
        await _ended(child)


async def in_a_talking_process(
    module: str, task: msgspec.Struct, said: Any, hear: Callable[[Any], None], limit_s: float
) -> None:
    """As above, for one that says lines while it works: `hear` is given each, as a `said`."""
    child = await _started(module)
    if child is None or child.stdin is None or child.stdout is None:
        return
    try:
        child.stdin.write(msgspec.json.encode(task) + b"\n")
        async with asyncio.timeout(limit_s):
            while line := await child.stdout.readline():
                hear(msgspec.json.decode(line, type=said))
    except (TimeoutError, OSError, msgspec.DecodeError):
        return
    finally:
        await _ended(child)


async def _started(module: str) -> Process | None:
    """None: the system gives no process or no pipes now (EAGAIN, EMFILE, ENOMEM), as if it had been killed at once."""
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None


async def _ended(child: Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
