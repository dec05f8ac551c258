"""Backup of a running server with a call in it; the server is killed, and a new one starts on what was restored."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION
from tests.system.callers import Callers, a_line
from tests.system.conftest import MakeServer
from tests.system.person import until
from tests.web.world import Page

PROGRAM = str(Path(sys.executable).parent / "sefaw-rtc")
# Without a backup the loop answers within a millisecond or two; half a second is what a
# loaded two-core test machine is late by itself; a loop that waited for the copy would be seconds late.
LATE_MOST_S = 0.5


async def run(*arguments: str) -> str:
    """Another process, as an administrator starts it; its output."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def talk(page: Page, stop: asyncio.Event) -> int:
    """Lines of chat, one after the other, each acknowledged; how many."""
    number = 0
    while not stop.is_set():
        number += 1
        await page.ask(a_line(number))
        await asyncio.sleep(0.6)  # two in a second is what the chat allows in the long run, and a backup may take long
    return number


def lines_of(page: Page) -> int:
    """Lines that were acknowledged."""
    return sum(isinstance(message, wire.Done) for message in page.seen)


async def are_acknowledged(page: Page, least: int) -> bool:
    return lines_of(page) >= least


async def test_a_backup_during_a_call_brings_back_all_that_was_acknowledged(
    tmp_path: Path, make_server: MakeServer
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    server = make_server(tmp_path / "old", options=("--no-bot",))
    await server.start()
    people = server.of_role("village_doctor"), server.of_role("specialist")
    async with Callers(server.url) as callers:
        village, _specialist, consultation, _resume = await callers.connect(*people)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(village, stop))
            await until("some lines", lambda: are_acknowledged(village, 3))
            acknowledged = lines_of(village)
            await run("backup", str(tmp_path / "b.tar"), "--data", str(tmp_path / "old/data"))
            await until("the call to go on", lambda: are_acknowledged(village, acknowledged + 1))
            stop.set()
        all_said = talking.result()
    server.kill()

    key = str(tmp_path / "old/data/keys/site.key")  # in no backup: kept apart
    out = await run("restore", str(tmp_path / "b.tar"), "--data", str(tmp_path / "new/data"), "--site-key", key)
    assert "holds no keys" in out
    restored = make_server(tmp_path / "new", options=("--no-bot",))
    await restored.start()
    async with Callers(restored.url) as callers:
        back = await callers.page(people[0])
        ticket = await back.ask(wire.Enter(re=1, consultation=consultation))
        joined = await back.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token))
    restored.stop()
    lines = [line.text for line in joined.state.chat]
    assert lines == [f"line {n}" for n in range(1, len(lines) + 1)]
    assert acknowledged <= len(lines) <= all_said


@pytest.mark.alone
async def test_a_backup_of_200_mb_does_not_hold_up_the_server(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path, options=("--no-bot",))
    await server.start()
    fill(tmp_path / "data/consultations/attachments", megabytes=200)
    async with Callers(server.url) as callers:
        village = await callers.page(server.of_role("village_doctor"))
        quiet = await slowest(village, asyncio.create_task(asyncio.sleep(2)))
        began = time.monotonic()
        saving = asyncio.create_task(run("backup", str(tmp_path / "b.tar"), "--data", str(tmp_path / "data")))
        busy = await slowest(village, saving)
        took = time.monotonic() - began
        await saving
    server.stop()
    print(f"200 MB saved in {took:.1f} s; slowest pong {busy * 1000:.0f} ms, without a backup {quiet * 1000:.0f} ms")
    assert (tmp_path / "b.tar").stat().st_size > 200_000_000
    assert busy < quiet + LATE_MOST_S


async def slowest(page: Page, until: "asyncio.Task[object]") -> float:
    """The slowest answer of the server's loop while something goes on, s."""
    worst, number = 0.0, 1_000_000 * len(page.seen)
    while not until.done():
        number += 1
        began = time.monotonic()
        await page.send(wire.Ping(n=number))
        await page.get(wire.Pong, lambda pong, n=number: pong.n == n)  # type: ignore[misc]
        worst = max(worst, time.monotonic() - began)
        page.seen.clear()
        await asyncio.sleep(0.025)  # within the rate of messages
    return worst


def fill(folder: Path, megabytes: int) -> None:
    """Files as attachments are: many, a few megabytes each, that do not shrink."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(megabytes // 4):
        (folder / f"{number:08x}").write_bytes(os.urandom(4_000_000))
