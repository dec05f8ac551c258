"""The real server as a process of its own, started through the door that others use."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recordings import HeldSiteKey, Keyring
from sefaw_rtc.access.keys import load_key
from tests.ports import free_port
from tests.system.conformance import check_conformance

START_S = 60.0  # a loaded two-core machine, first start with migrations
STOP_S = 60.0  # as loaded


def _address() -> str:
    """Not of those that somebody else gets while the server is down: it comes back on the same."""
    return f"127.0.0.1:{free_port()}"


@dataclass
class Server:
    """`start`, `kill` (as a power cut would), `stop` (as an administrator would). Ports stay the same on restart."""

    data: Path
    options: tuple[str, ...] = ()
    http: str = field(default_factory=_address)
    media: str = field(default_factory=_address)
    drain_s: int = 0
    ring_s: int = 100  # pages are looked at while it rings; what the bound of it does is shown elsewhere
    ready: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the pages."""
        return str(self.ready["http"])

    @property
    def keyring(self) -> Keyring:
        """The keys of what it keeps."""
        data = self.data / "data"
        return Keyring(data / "archive", HeldSiteKey(load_key(data / "keys" / "site.key")))

    @property
    def media_port(self) -> int:
        """The UDP and TCP port of the media plane."""
        first = self.ready["media"]
        return int(str(first[0] if isinstance(first, list) else first).rsplit(":", 1)[1])

    async def start(self) -> None:
        """Start and wait until the ready file says that it can take calls. What did not come up is not left running."""
        ready_file = self.data / "ready.json"
        ready_file.unlink(missing_ok=True)
        command = [str(Path(sys.executable).parent / "sefaw-rtc"), "serve", "--demo", *self.options]
        command += ["--http", self.http, "--media", self.media, "--data", str(self.data / "data")]
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--ready-file", str(ready_file)],
                stdout=log,
                stderr=log,
                env=os.environ
                | {"SEFAW_SERVER_DRAIN_S": str(self.drain_s), "SEFAW_CALLS_RING_TIMEOUT_S": str(self.ring_s)},
            )
        deadline = time.monotonic() + START_S
        while not ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{(self.data / 'server.log').read_text()[-4000:]}")
            await asyncio.sleep(0.05)
        self.ready = json.loads(ready_file.read_text())

    def kill(self) -> None:
        """kill -9: nothing is told to anybody."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait; a server that does not end is a failure, and so is a log that folds to another state than
        was live."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGABRT)
            self.kill()
            raise
        check_conformance(self.data / "data")

    def refusals(self) -> list[str]:
        """What `decide()` refused so far, but for the page's first question who it is."""
        lines = (self.data / "server.log").read_text("utf-8").splitlines()
        return [line for line in lines if "refused" in line and "action=read_session" not in line]

    def account(self, user: str) -> dict[str, str]:
        """A demo account as the ready file prints it."""
        return next(a for a in self.ready["accounts"] if a["user"] == user)

    def of_role(self, role: str) -> dict[str, str]:
        """The first demo account of a role."""
        return next(a for a in self.ready["accounts"] if a["role"] == role)
