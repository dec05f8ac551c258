"""One piece of work in a process of its own: a task as JSON on its standard input, the answer on its output."""

import asyncio
import sys
from typing import TypeVar

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
