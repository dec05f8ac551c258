"""A really full disk and a really locked database under the running server, with a call on it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from recordings import read_consultation
from signalling import messages as wire
from signalling.events import ChatSaid, Observed
from signalling.vocabulary import WIRE_VERSION, ErrorCode, Step
from tests.keys import keyring_of_server
from tests.system import disks
from tests.system.callers import Callers, a_line
from tests.system.conftest import MakeServer
from tests.system.disks import fill
from tests.system.person import until

BUSY_S = 6  # longer than the store waits for another program (5 s)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A server's data alone: what it says of a full disk is not to need room on it."""
    with disks.small_disk(tmp_path / "data", "8m") as folder:
        yield folder


async def test_calls_go_on_over_a_full_disk_and_the_log_says_what_waited(
    small_disk: Path, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEFAW_LIMITS_FREE_BYTES", "0")  # there never are 64 MB here
    server = make_server(small_disk.parent, options=("--no-bot",))
    await server.start()
    people = server.of_role("village_doctor"), server.of_role("specialist")
    async with Callers(server.url) as callers:
        village, specialist, consultation, resume = await callers.connect(*people)
        await village.ask(a_line(1))
        await until("the index to be written too", partial(is_indexed, small_disk / "sefaw.sqlite", consultation))
        ballast = fill(small_disk)
        for number in range(2, 6):
            await village.ask(long_line(number))
        await specialist.until(lambda m: isinstance(m, wire.Events) and "line 5" in str(m.events))
        await village.get(wire.Error, lambda m: m.code is ErrorCode.STORAGE_FULL)
        again = await callers.page(people[0]) if await may_sign_in(callers, people[0]) else None
        assert again is None, "a new session needs the disk: it must be refused in words, not half made"
        back = await callers.session().ws_connect(f"{server.url}/wire")  # a seat does not
        await back.close()
        ballast.unlink()
        log = small_disk / "consultations/live" / f"{consultation}.log"

        async def both_said() -> bool:
            return Step.STORAGE_BACK in dict(storage_steps(log))

        await until("that it failed and is back", both_said)
        server.kill()
    lines = [
        e.body.text.rstrip(" x")
        for e in read_consultation(log, keyring_of_server(log.parents[2])).events
        if isinstance(e.body, ChatSaid)
    ]
    assert lines == [f"line {n}" for n in range(1, 6)]
    [failed, back_again] = storage_steps(log)
    assert failed == (Step.STORAGE_FAILED, 0)
    assert back_again[0] is Step.STORAGE_BACK
    assert 4 <= back_again[1] <= 8
    await server.start()  # and it is a log like any other
    async with Callers(server.url) as callers:
        page = await callers.page(people[0])
        joined = await page.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0))
        assert [line.text.rstrip(" x") for line in joined.state.chat] == lines
    server.stop()


async def is_indexed(database: Path, consultation: str) -> bool:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as reading:
        return status_of(reading, consultation) == "open"


def long_line(number: int) -> wire.Chat:
    """Longer than what is left of the last page that the file has already."""
    return wire.Chat(re=1, key=f"line-{number}", text=f"line {number} {'x' * 1900}")


async def may_sign_in(callers: Callers, account: dict[str, str]) -> bool:
    """Whether signing in works; if not, it is said that the disk is full."""
    form = {"user": account["user"], "password": account["password"]}
    async with callers.session().post(f"{callers.url}/api/session", json=form) as reply:
        if reply.status == 200:
            return True
        assert (reply.status, (await reply.json())["code"]) == (507, "storage_full")
        return False


def storage_steps(log: Path) -> list[tuple[Step, int]]:
    events = read_consultation(log, keyring_of_server(log.parents[2])).events
    steps = [(e.body.step, e.body.value) for e in events if isinstance(e.body, Observed)]
    return [one for one in steps if one[0] in {Step.STORAGE_FAILED, Step.STORAGE_BACK, Step.STORAGE_LOST}]


@pytest.mark.alone
async def test_another_program_holds_the_database_longer_than_the_store_waits(
    tmp_path: Path, make_server: MakeServer
) -> None:
    server = make_server(tmp_path, options=("--no-bot",))
    await server.start()
    people = server.of_role("village_doctor"), server.of_role("specialist")
    database = tmp_path / "data/sefaw.sqlite"
    async with Callers(server.url) as callers:
        village, specialist, consultation, _resume = await callers.connect(*people)
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asking = asyncio.create_task(refused_for_now(callers, people[0]))
            for number in range(1, 8):
                async with asyncio.timeout(1):  # the call notices nothing
                    await village.ask(a_line(number))
                await asyncio.sleep(BUSY_S / 8)
            await village.send(wire.HangUp(re=99))
            await specialist.until(lambda m: isinstance(m, wire.Events) and "Closed(" in str(m.events))
            assert await asking == (503, "busy")
            other.execute("ROLLBACK")
            async with asyncio.timeout(20):
                while status_of(other, consultation) != "closed":  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.2)
    server.stop()
    assert (tmp_path / f"data/consultations/closed/{consultation}.log").exists()


async def refused_for_now(callers: Callers, account: dict[str, str]) -> tuple[int, str]:
    form = {"user": account["user"], "password": account["password"]}
    async with callers.session().post(f"{callers.url}/api/session", json=form) as reply:
        return reply.status, (await reply.json())["code"]


def status_of(database: sqlite3.Connection, consultation: str) -> str:
    row = database.execute("SELECT status FROM consultation WHERE id = ?", [consultation]).fetchone()
    return str(row[0]) if row else ""
