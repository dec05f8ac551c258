"""Commands from outside while the proxy runs: lines of JSON over a TCP connection or standard input, one answer each;
and those of a timeline."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from loadtest.impair.commands import Command, parse
from loadtest.impair.proxy import Proxy

LONGEST_LINE: Final = 65_536


def answer(proxy: Proxy, line: bytes) -> bytes:
    """One line in, one line out; nothing that comes in can end the proxy."""
    try:
        said: dict[str, Any] = proxy.do(parse(line))
    except ValueError as error:
        said = {"ok": False, "error": str(error)}
    return msgspec.json.encode(said) + b"\n"


async def listen(proxy: Proxy, address: tuple[str, int]) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(answer(proxy, line))
                await writer.drain()
        except (ValueError, ConnectionError, asyncio.CancelledError):  # too long a line, somebody who went, the end
            pass
        finally:
            writer.close()

    return await asyncio.start_server(serve, *address, limit=LONGEST_LINE)


async def follow_stdin(proxy: Proxy) -> None:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if line.strip():
            print(answer(proxy, line).decode().rstrip(), flush=True)


async def follow(proxy: Proxy, commands: Sequence[Command]) -> None:
    """A timeline, its times counted from now."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for command in commands:
        await asyncio.sleep(max(0.0, began + command.at - loop.time()))
        said = proxy.do(command)
        print(msgspec.json.encode({"at": command.at, **said}).decode(), file=sys.stderr, flush=True)
