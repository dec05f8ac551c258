"""What `python -m loadtest.impair` does: ready line, run, last line."""

import asyncio
import gc
import signal
import sys
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from loadtest.impair import control, measure
from loadtest.impair.arguments import Arguments, read
from loadtest.impair.proxy import Proxy


def main(argv: list[str] | None = None) -> int:
    arguments = read(argv)
    if arguments.measure:
        return measure.main()
    try:
        asyncio.run(_run(arguments))
    except (OSError, ValueError) as error:
        print(f"impair: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(arguments: Arguments) -> None:
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    conditions = (arguments.up, arguments.down, arguments.seed)
    proxy = Proxy(arguments.to, arguments.listen, *conditions, shared=arguments.shared)
    async with proxy, AsyncExitStack() as stack:
        ready: dict[str, Any] = {"ready": True, "address": proxy.address, "to": "{}:{}".format(*arguments.to)}
        if arguments.also is not None:
            ready["also"] = (await stack.enter_async_context(proxy.beside(arguments.also))).address
        if arguments.control is not None:
            door = await stack.enter_async_context(await control.listen(proxy, arguments.control))
            ready["control"] = "{}:{}".format(*door.sockets[0].getsockname()[:2])
        _say(ready)
        gc.freeze()  # what is there stays: a collection that looks through it would hold packets up for milliseconds
        following = [asyncio.create_task(control.follow(proxy, arguments.timeline))]
        if arguments.stdin:
            following.append(asyncio.create_task(control.follow_stdin(proxy)))
        waiting = asyncio.create_task(over.wait())
        # A timeline that fails ends the proxy with its error; one that is over does not.
        await _first(waiting, following, arguments.seconds)
        for task in following:
            task.cancel()
        _say(proxy.stats())


async def _first(over: asyncio.Task[Any], following: list[asyncio.Task[None]], seconds: float | None) -> None:
    failed = asyncio.ensure_future(asyncio.gather(*following))
    done, _ = await asyncio.wait({over, failed}, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    if failed in done:
        failed.result()
    over.cancel()


def _say(what: dict[str, Any]) -> None:
    print(msgspec.json.encode(what).decode(), flush=True)
