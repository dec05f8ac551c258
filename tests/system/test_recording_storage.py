"""A recorded call on a disk that is really full, read-only, slow: the call goes on, and what the recording misses is
counted, said while it lasts, and stands in the seal."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from recordings.manifest import MANIFEST
from sefaw_rtc.service.clock import unix_us
from signalling import events as ev
from signalling import recording as rec
from signalling.vocabulary import GapReason
from tests.processes import POLITE_S
from tests.system import disks
from tests.system.conftest import MakeServer
from tests.system.disks import PoweredDisk, fill
from tests.system.person import until
from tests.system.recorded import LAST_US, US, RecordedCall, kept, log_of, lost_us, unkept, untold
from tests.system.server import Server

PROMPT_US = US  # a line of chat is acknowledged, whatever the disk does
GOES_ON = (5, 100)  # lines and packets
SLOW_S = 1.5  # what a slow disk takes to bring a file to the platter
SLOW_FOR_S = 8.0
SYNCS = 3  # so often in that time at least


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server's data alone: what it says of a full disk is not to need room on it."""
    monkeypatch.setenv("SEFAW_LIMITS_FREE_BYTES", "0")
    with disks.small_disk(tmp_path / "data", "24m") as folder:
        yield folder


@pytest.fixture
def powered_disk(tmp_path: Path) -> Iterator[PoweredDisk]:
    disk = PoweredDisk(tmp_path / "disk.img", tmp_path / "data")
    yield disk
    disk.umount()


@asynccontextmanager
async def recorded(server: Server) -> AsyncIterator[RecordedCall]:
    """A call whose media is being recorded."""
    await server.start()
    async with RecordedCall(server) as call:
        await call.begin()
        sender = call.live()

        async def flows() -> bool:
            return len(sender.sent) > 50

        await until("media", flows)
        yield call


async def told(call: RecordedCall, kind: type[ev.Body], reason: GapReason) -> object:
    """Wait until people are told."""

    async def found() -> object:
        bodies = [event.body for _, event in call.told.events.values()]
        return next(
            (body for body in bodies if isinstance(body, kind) and getattr(body, "reason", None) is reason), None
        )

    return await until(f"{kind.__name__} {reason}", found)


async def goes_on(call: RecordedCall) -> None:
    """The call: lines are acknowledged, packets leave."""
    lines, packets = len(call.told.lines) + GOES_ON[0], len(call.sent) + GOES_ON[1]

    async def went_on() -> bool:
        return len(call.told.lines) >= lines and len(call.sent) >= packets

    await until("the call to go on", went_on)


async def test_a_full_disk_is_said_and_what_is_missing_is_counted(small_disk: Path, make_server: MakeServer) -> None:
    server = make_server(small_disk.parent, options=("--no-bot",))
    async with recorded(server) as call:
        ballast = fill(small_disk)
        await told(call, rec.RecordingTroubled, GapReason.FULL)
        await goes_on(call)
        ballast.unlink()
        missed = await told(call, rec.RecordingMissed, GapReason.FULL)
        assert isinstance(missed, rec.RecordingMissed)
        assert missed.packets > 0
        await goes_on(call)
        await call.rest()
        await call.all_kept()
        await call.hang_up()
        manifest = await call.sealed()
        found = kept(call.data, call.id)
        assert unkept(call.told, found, before=unix_us()) == [], "what waited is written"
        assert missed.packets <= manifest.counts.dropped
        assert "full" in {gap.reason for gap in manifest.gaps}
        assert untold(call, manifest, found) == []
        server.stop()


async def test_a_disk_that_is_full_when_it_is_over_is_sealed_at_the_next_start(
    small_disk: Path, make_server: MakeServer
) -> None:
    server = make_server(small_disk.parent, options=("--no-bot",))
    async with recorded(server) as call:
        await call.rest()
        await call.hang_up()

        async def is_over() -> bool:
            log = log_of(call.data, call.id)
            return log is not None and log.parent.name == "closed"

        await until("the log to be closed", is_over)
        ballast = fill(small_disk)

        async def is_said() -> bool:
            return "not sealed" in (server.data / "server.log").read_text("utf-8")

        await until("that it is not sealed", is_said, POLITE_S)
        assert not (call.folder / MANIFEST).exists()
        ballast.unlink()
        server.kill()
        await server.start()
        await call.sealed()
        assert [path.name for path in call.data.rglob(".*.new")] == []
        server.stop()


@pytest.mark.alone
async def test_a_disk_that_becomes_read_only_costs_the_call_nothing(
    powered_disk: PoweredDisk, make_server: MakeServer
) -> None:
    server = make_server(powered_disk.folder.parent, options=("--no-bot",))
    async with recorded(server) as call:
        await asyncio.sleep(1)
        at = unix_us()
        powered_disk.read_only()
        await told(call, rec.RecordingTroubled, GapReason.FAILED)
        await goes_on(call)
        server.kill()
        await call.heard_out()
        await call.rest()
        powered_disk.back()
        found = kept(call.data, call.id)
        assert unkept(call.told, found, before=at - LAST_US) == []
        assert lost_us([packet for packet in call.sent if packet.at < at], found, at) <= LAST_US
        call.told.forget_lost(found.log.events)
        await server.start()
        await call.come_back()
        await call.hang_up()
        manifest = await call.sealed()
        assert untold(call, manifest, kept(call.data, call.id)) == []
        server.stop()


def threads_of(pid: int) -> Iterator[tuple[str, str]]:
    """Numbers and names; others may end meanwhile."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            yield task.name, (task / "comm").read_text().strip()


@contextmanager
def slow_disk(server: Server) -> Iterator[None]:
    """Every `fdatasync` of the thread that writes the journal takes long, in the kernel as on a slow disk."""
    assert server.process is not None
    (thread,) = [task for task, name in threads_of(server.process.pid) if name == "sefaw-journal"]
    inject = f"inject=fdatasync:delay_enter={int(SLOW_S * US)}"
    strace = subprocess.Popen(
        ["strace", "-p", thread, "-e", "trace=fdatasync", "-e", inject], stderr=subprocess.PIPE, text=True
    )
    assert strace.stderr is not None
    if "attached" not in (said := strace.stderr.readline()):
        pytest.skip(f"tracing is not allowed here: {said.strip()}")
    try:
        yield
    finally:
        strace.terminate()
        _, said = strace.communicate()
    assert said.count("(DELAYED)") >= SYNCS, "the disk was slow"


@pytest.mark.alone
async def test_a_slow_disk_makes_nobody_wait(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path, options=("--no-bot",))
    async with recorded(server) as call:
        lines, sent = len(call.waited_us), len(call.sent)
        with slow_disk(server):
            await asyncio.sleep(SLOW_FOR_S)
        assert max(call.waited_us[lines:]) <= PROMPT_US
        assert len(call.sent) > sent
        await call.rest()
        await call.all_kept()
        await call.hang_up()
        manifest = await call.sealed()
        assert (manifest.gaps, manifest.counts.dropped) == ((), 0), "what waits in memory is not lost"
        assert untold(call, manifest, kept(call.data, call.id)) == []
        server.stop()
