"""A server that ends again and again at random moments of a recorded call, killed or by a power cut: nothing that it
told anybody is lost, but for the last second before a power cut; at most the last second of media is; and what is
missing is said. `make torture` does it fifty times."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from recordings.manifest import Manifest
from sefaw_rtc.service.clock import unix_us
from signalling.canonical import state_hash
from signalling.fold import fold_all
from tests.system.conftest import MakeServer
from tests.system.disks import PoweredDisk
from tests.system.person import until
from tests.system.recorded import KILLED, LAST_US, UNSYNCED, US, RecordedCall, kept, lost_us, overtold, unkept, untold
from tests.system.server import Server
from tests.system.verified import Bare, verify

KILLS = int(os.environ.get("TORTURE_TIMES", "5"))
CUTS = int(os.environ.get("TORTURE_TIMES", "3"))
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
PER_CALL = 5  # ends of the server in one consultation
MOST_S = 4.0  # of life between two
SEALED_S = 3.5  # after hanging up the seal is there, or being made


@dataclass(frozen=True)
class End:
    """What one cost. `at`: between which two times (Unix µs). `events`: in the log then; `packets`: sent in this life
    of the server."""

    call: int
    at: tuple[int, int]
    after_ms: int
    events: int
    packets: int
    lost_ms: int
    whole: str  # whether the recording lacks something, as verify.py says of what was on the disk then


class Torture:
    """`what`, `cut`: how the server ends; it returns when it is over. `bare`: who looks at what is left."""

    def __init__(self, what: str, cut: Callable[[Server], None], bare: Bare, *, power: bool = False) -> None:
        self._what, self._cut, self._bare = what, cut, bare
        self._takes_us = LAST_US if power else 0  # how much of what was told last an end may take
        self._leaves = UNSYNCED if power else KILLED
        self._dice = random.Random(SEED)
        self.table: list[End] = []

    async def calls(self, folder: Path, make_server: MakeServer, ends: int) -> None:
        """So many ends, some in each call; each call on a server of its own."""
        print("seed", SEED)
        for number, left in enumerate(range(ends, 0, -PER_CALL), start=1):
            (folder / str(number)).mkdir()
            await self.call(number, make_server(folder / str(number), options=("--no-bot",)), min(left, PER_CALL))
        self.show()

    async def call(self, number: int, server: Server, ends: int) -> None:
        """A consultation from its beginning to its seal."""
        await server.start()
        async with RecordedCall(server) as call:
            await call.begin()
            for _ in range(ends):
                self.table.append(await self._live(number, call))
                await self._start(server)
                await call.come_back()
            await call.hang_up()
            await asyncio.sleep(self._takes_us / US + self._dice.uniform(0, SEALED_S))
            self._cut(server)
            await asyncio.to_thread(self._bare.left_at_the_end, call)
            await server.start()
            manifest = await call.sealed()
            await ended_well(call, manifest, [one.at for one in self.table if one.call == number])
            await until("the seal to be logged", lambda: has_proof(call))
            await asyncio.to_thread(self._bare.exported, call, manifest, kept(call.data, call.id))
        server.stop()
        assert [path.name for path in call.data.rglob(".*.new")] == [], "something half-written stays"

    async def _live(self, number: int, call: RecordedCall) -> End:
        """One life of the server, of random length, and what is kept of it."""
        began, sender = unix_us(), call.live(quiet=self._dice.random() < 0.2)
        await asyncio.sleep(self._dice.uniform(0, MOST_S))
        at = unix_us()
        self._cut(call.server)
        over = unix_us()
        await call.heard_out()
        await call.rest()
        found = kept(call.data, call.id)
        assert unkept(call.told, found, before=at - self._takes_us) == []
        assert {one.reason for one in found.damages} <= self._leaves
        call.told.forget_lost(found.log.events)
        sent = [packet for packet in sender.sent if packet.at < at]
        lost = lost_us(sent, found, at)
        assert lost <= LAST_US
        said = await asyncio.to_thread(self._bare.left_by_a_kill, call, found)
        whole = said["completeness"]["answer"]
        return End(number, (at, over), (at - began) // 1000, len(found.log.events), len(sent), lost // 1000, whole)

    async def _start(self, server: Server) -> None:
        """Some starts come no further either."""
        if self._dice.random() < 0.2:
            starting = asyncio.create_task(server.start())
            await asyncio.sleep(self._dice.uniform(0.1, 2.0))
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            self._cut(server)
        await server.start()

    def show(self) -> None:
        print(f"\n{'call':>4} {'after ms':>9} {'events':>7} {'packets':>8} {'media lost ms':>14} {'complete':>9}")
        for one in self.table:
            print(f"{one.call:>4} {one.after_ms:>9} {one.events:>7} {one.packets:>8} {one.lost_ms:>14} {one.whole:>9}")
        packets, lost = sum(one.packets for one in self.table), [one.lost_ms for one in self.table]
        print(f"{len(self.table)} {self._what}, {packets} packets; of media lost: the last {max(lost)} ms at most, "
              f"median {median(lost):.0f}; nothing told lost; seed {SEED}")  # fmt: skip


async def ended_well(call: RecordedCall, manifest: Manifest, ends: list[tuple[int, int]]) -> None:
    """It is sealed whole, and the seal says what is missing: that, all of that, and nothing but that. (An end whose
    start was lost to the next power cut is in the same gap as that one.)"""
    found = kept(call.data, call.id)
    assert untold(call, manifest, found) == []
    assert overtold(manifest, found, "restarted") == []
    began, gaps = found.log.header.started_unix_us, [gap for gap in manifest.gaps if gap.reason == "restarted"]
    for at, over in ends:
        assert any(gap.t_from <= over - began and at - began <= gap.t_to for gap in gaps), "an end is not told"
    assert manifest.counts.packets == len(found.times)
    assert manifest.state == state_hash(fold_all(found.log.events[: manifest.seq]))
    await asyncio.to_thread(verify, call.data)


async def has_proof(call: RecordedCall) -> bool:
    return (call.folder / "proof/sealed.tlog-proof").exists()


@pytest.fixture
def powered_disk(tmp_path: Path) -> Iterator[PoweredDisk]:
    disk = PoweredDisk(tmp_path / "disk.img", tmp_path / "disk")
    yield disk
    disk.umount()


@pytest.mark.alone
async def test_a_recorded_call_survives_kills_at_any_moment(tmp_path: Path, make_server: MakeServer) -> None:
    await Torture("kills", Server.kill, Bare(tmp_path / "bare")).calls(tmp_path, make_server, KILLS)


@pytest.mark.alone
async def test_a_recorded_call_survives_power_cuts(
    powered_disk: PoweredDisk, make_server: MakeServer, tmp_path: Path
) -> None:
    def cut(server: Server) -> None:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)  # so that it tells nothing that it does after the cut
        powered_disk.cut()
        server.kill()
        powered_disk.back()

    await Torture("power cuts", cut, Bare(tmp_path / "bare"), power=True).calls(powered_disk.folder, make_server, CUTS)
