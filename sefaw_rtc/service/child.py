"""One piece of work in a process of its own: a task as JSON on its standard input, the answer on its output."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


async def in_a_process(module: str, task: msgspec.Struct, answer: type[T], limit_s: float) -> T | None:
    """What `python -m module` answers; None: it was killed, or went beyond its limits. It ends with us or by itself."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        out, _ = await asyncio.wait_for(child.communicate(msgspec.json.encode(task)), limit_s)
        return msgspec.json.decode(out, type=answer)
    except (TimeoutError, msgspec.DecodeError):
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def in_a_talking_process(
    module: str, task: msgspec.Struct, said: Any, hear: Callable[[Any], None], limit_s: float
) -> None:
    """As above, for one that says lines while it works: `hear` is given each, as a `said`."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        if child.stdin is None or child.stdout is None:
            return
        child.stdin.write(msgspec.json.encode(task) + b"\n")
        async with asyncio.timeout(limit_s):
            while line := await child.stdout.readline():
                hear(msgspec.json.decode(line, type=said))
    except (TimeoutError, OSError, msgspec.DecodeError):
        return
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
