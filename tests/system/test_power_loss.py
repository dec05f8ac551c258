"""Power lost at every moment of a recorded call and of its seal: what the server asks of the disk is recorded, and then
states that a disk may have been left in are made and looked at. Nothing is lost that anybody was told a second before,
nor media that came a second before; nothing half-written is believed."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recordings import (
    ArchiveError,
    Keyring,
    LogWriter,
    SnapshotWriter,
    first_difference,
    read_consultation,
    read_snapshots,
)
from recordings.seal import changed_since, sealed_manifest
from recordings.tlog import Leaf
from sefaw_rtc.config import Config
from sefaw_rtc.config import Server as ServerConfig
from sefaw_rtc.service.own_log import open_own_log, own_signer
from tests.keys import keyring_of_server
from tests.system.conftest import MakeServer
from tests.system.lossy import Lossy
from tests.system.person import until
from tests.system.recorded import LAST_US, UNSYNCED, Kept, RecordedCall, kept, log_of, lost_us, unkept
from tests.system.traced import Call, Trace, settled

SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
MOMENTS = 15 * int(os.environ.get("TORTURE_TIMES", "5"))
CALL_S = 5.0


@dataclass
class Looked:
    """What was found over all states."""

    states: int = 0
    lost_us: int = 0
    sealed: int = 0


@pytest.fixture
async def traced(tmp_path: Path, make_server: MakeServer) -> AsyncIterator[tuple[RecordedCall, Lossy, list[Call]]]:
    """A recorded call from its beginning to its seal: the disk as it was before, and what was asked of it."""
    server = make_server(tmp_path, options=("--no-bot",))
    await server.start()
    await at_rest(server.data / "data")
    assert server.process is not None
    trace = Trace(server.process.pid, tmp_path / "trace")
    try:
        settled(server.process.pid)
        disk = Lossy(server.data / "data")
        async with RecordedCall(server) as call:
            await call.begin()
            call.live()
            await asyncio.sleep(CALL_S)
            await call.rest()
            await call.hang_up()
            await call.sealed()
            server.stop()
            calls = [one for one in await asyncio.to_thread(trace.calls, disk.root) if ".sqlite" not in one.path]
            yield call, disk, calls
    finally:
        trace.stop()


async def at_rest(data: Path) -> None:
    """Wait until a server that has started writes nothing more."""
    before: list[tuple[str, int]] = []

    async def same() -> bool:
        nonlocal before
        try:
            now = [(str(path), path.stat().st_mtime_ns) for path in sorted(data.rglob("*"))]
        except FileNotFoundError:
            return False  # a draft that went while it was looked at
        is_same, before = now == before, now
        await asyncio.sleep(0.5)
        return is_same

    await until("the disk to be at rest", same)


@pytest.mark.alone
async def test_power_lost_at_any_moment_costs_a_second(
    traced: tuple[RecordedCall, Lossy, list[Call]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sync in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, sync, lambda _: None)  # of those who look at the states
    call, disk, calls = traced
    print("seed", SEED, "calls", len(calls))
    dice, looked = random.Random(SEED), Looked()
    last = len(calls) - 1  # sealed by then; before, it is at few of them
    moments = {last, *dice.sample(range(last), min(MOMENTS, last))}
    for number, (one, following) in enumerate(zip(calls, [*calls[1:], calls[-1]], strict=True)):
        disk.take(one)
        if number in moments:
            states: list[Callable[[Path], None]] = [
                disk.all_lost,
                disk.only_named,
                lambda to: disk.some_lost(to, dice),
                lambda to: disk.some_lost(to, dice),
            ]
            for state in states:
                state(tmp_path / "state")
                look(call, tmp_path / "state", following.ended, looked)
                shutil.rmtree(tmp_path / "state")
    assert [name for name in disk.is_as_it_is() if ".sqlite" not in name] == [], "a call was not seen"
    print(f"{looked.states} states at {len(moments)} of {len(calls)} moments, {looked.sealed} of them sealed; "
          f"at most the last {looked.lost_us // 1000} ms of media lost")  # fmt: skip
    assert looked.sealed > 0


def look(call: RecordedCall, data: Path, at: int, looked: Looked) -> None:
    """One state, as the next start of the server finds it at `at` (Unix µs)."""
    looked.states += 1
    leaves_open(data)
    keyring, log = keyring_of_server(data), log_of(data, call.id)
    if log is None or not recovered(log, keyring):
        assert min((when for when, _ in call.told.events.values()), default=at) >= at - LAST_US, "the log is gone"
        return
    found = kept(data, call.id)
    assert unkept(call.told, found, before=at - LAST_US) == []
    assert {one.reason for one in found.damages} <= UNSYNCED
    lost = lost_us([packet for packet in call.sent if packet.at < at], found, at)
    assert lost <= LAST_US
    looked.lost_us = max(looked.lost_us, lost)
    manifest = sealed_manifest(keyring.folder(call.id))
    if manifest is None:
        take_up_snapshots(found, keyring)
    else:
        assert changed_since(keyring.folder(call.id), log, manifest) == []
        looked.sealed += 1


def leaves_open(data: Path) -> None:
    """The transparency log goes on, and whoever has a leaf in it has the salts to show what it is of."""
    config = Config(server=ServerConfig(data=str(data)))
    with open_own_log(config, own_signer(config)) as log:
        kept_leaves = [Leaf.parse(path.read_bytes()) for path in data.glob("archive/*/proof/*.leaf")]
        assert len({log.number_of(leaf.entry) for leaf in kept_leaves} - {None}) == log.size


def recovered(log: Path, keyring: Keyring) -> bool:
    """Whether a server goes on with this log; of one that is over, whether it can be read."""
    try:
        if log.parent.name == "live":
            LogWriter.recover(log, keyring)[0].close()
        else:
            read_consultation(log, keyring)
    except ArchiveError:
        return False
    return True


def take_up_snapshots(found: Kept, keyring: Keyring) -> None:
    """As far as they are kept they are of what the log holds."""
    consultation, events = found.log.header.consultation, found.log.events
    folder, key = keyring.folder(consultation), keyring.open(consultation)
    SnapshotWriter.open(folder, consultation, key, len(events)).close()
    assert first_difference(events, read_snapshots(folder, consultation, key)) is None
