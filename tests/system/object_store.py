"""A real S3 server, versitygw, as a process of its own over a folder: it can be killed, and its objects changed behind
its back. In front of it, where a test wants it, a line that stands still."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recordings.objects import Place
from tests.ports import free_port

START_S = 20.0
BUCKET = "recordings"
ACCESS, SECRET = "sefaw-test", "not-a-secret-of-anybody"
_PIECE = 16 * 1024


def program() -> str:
    """`make system-packages` builds it; a missing one fails."""
    found = shutil.which("versitygw") or str(Path.home() / "go/bin/versitygw")
    if not Path(found).is_file():
        pytest.fail("versitygw is missing: run `make system-packages`")
    return found


@dataclass
class ObjectStore:
    """On the same port after every start."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def files(self) -> dict[str, Path]:
        """Where the objects lie, by key; not what the server keeps beside them. It may remove folders meanwhile."""
        root, found = self.folder / BUCKET, dict[str, Path]()
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name != ".sgwtmp"]
            paths = [Path(folder, name) for name in names]
            found |= {path.relative_to(root).as_posix(): path for path in paths}
        return found

    def place(self, *, bucket: str = BUCKET, secret: str = SECRET, port: int = 0, timeout_s: int = 5) -> Place:
        return Place(
            bucket=bucket,
            endpoint=f"http://127.0.0.1:{port or self.port}",
            region="us-east-1",
            prefix="",
            path_style=True,
            access_key=ACCESS,
            secret_key=secret,
            allow_http=True,
            timeout_s=timeout_s,
        )

    def start(self) -> None:
        (self.folder / BUCKET).mkdir(parents=True, exist_ok=True)
        command = [program(), "--access", ACCESS, "--secret", SECRET, "--port", f"127.0.0.1:{self.port}", "--quiet"]
        with (self.folder.parent / "object_store.log").open("ab") as log:
            self.process = subprocess.Popen([*command, "posix", str(self.folder)], stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the S3 server did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would. Twice is once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """One that runs, until the end of the block."""
    folder.mkdir(exist_ok=True)
    made = ObjectStore(folder)
    made.start()
    try:
        yield made
    finally:
        made.kill()


@dataclass
class Line:
    """What goes to the store goes through here, `lets` bytes, and stands still then until it is `free`. `sent`: how
    much of it did."""

    lets: int
    port: int = 0
    sent: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stands(self) -> bool:
        return self.sent >= self.lets and not self.free.is_set()


@asynccontextmanager
async def standing_line(port: int, lets: int) -> AsyncIterator[Line]:
    """To the store at this port."""
    line, tasks = Line(lets), set[asyncio.Task[None]]()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, there: bool) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(_PIECE):
                if there and line.stands:
                    await line.free.wait()
                writer.write(data)
                await writer.drain()
                line.sent += len(data) if there else 0
        writer.close()

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            store = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        for task in (carry(reader, store[1], there=True), carry(store[0], writer, there=False)):
            tasks.add(asyncio.create_task(task))

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
