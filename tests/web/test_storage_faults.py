"""A disk that is full and a database that another program holds, while people are in a call."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from recordings import LogWriter, StorageFailed, read_consultation
from sefaw_rtc.service import indexing
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.store import Store
from sefaw_rtc.store.store import FILE
from signalling import messages as wire
from signalling.events import ChatSaid, Closed, Observed
from signalling.ids import ConsultationId
from signalling.vocabulary import WIRE_VERSION, CloseReason, ErrorCode, Status, Step
from tests.disk import Disk
from tests.web.test_desk_and_guard import host_of
from tests.web.test_opinions import hang_up, two_desks
from tests.web.world import PATIENCE_S, Page, World, a_world, connect


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the database; `BEGIN IMMEDIATE` holds it."""
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        yield other


@asynccontextmanager
async def a_busy_world(data: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A server that waits 50 ms for a locked database instead of 5 s."""
    real = Store.open
    with monkeypatch.context() as patched:
        patched.setattr(Store, "open", lambda path, sealing: real(path, sealing, busy_timeout_ms=50))
        async with a_world(data) as world:
            yield world


def steps(world: World) -> list[tuple[Step, int]]:
    events = read_consultation(host_of(world).log_path, world.services.keeper.keyring).events
    storage = {Step.STORAGE_FAILED, Step.STORAGE_BACK, Step.STORAGE_LOST}
    return [(e.body.step, e.body.value) for e in events if isinstance(e.body, Observed) and e.body.step in storage]


async def say(page: Page, key: str) -> None:
    await page.ask(wire.Chat(re=1, key=key, text=key))


async def test_calls_go_on_while_the_disk_is_full_and_the_log_says_so(world: World, disk: Disk) -> None:
    village, specialist = await connect(world)
    await say(village, "before")
    disk.full = True
    await say(village, "during")  # acknowledged and sent: the call comes first
    await specialist.until(lambda m: isinstance(m, wire.Events) and "during" in str(m.events))
    for page in (village, specialist):
        await page.get(wire.Error, lambda m: m.code is ErrorCode.STORAGE_FULL)
    await say(specialist, "also-during")
    assert len([m for m in village.seen if isinstance(m, wire.Error)]) == 1  # said once
    await world.services.keeper.sync_now()
    assert steps(world) == []
    disk.full = False
    await world.services.keeper.sync_now()
    # "during", the note that the disk failed, and "also-during" waited
    assert steps(world) == [(Step.STORAGE_FAILED, 0), (Step.STORAGE_BACK, 3)]
    lines = [
        e.body.key
        for e in read_consultation(host_of(world).log_path, world.services.keeper.keyring).events
        if isinstance(e.body, ChatSaid)
    ]
    assert lines == ["before", "during", "also-during"]


async def test_who_joins_while_the_disk_is_full_is_told_too(world: World, disk: Disk) -> None:
    village, _specialist = await connect(world)
    disk.full = True
    await say(village, "during")
    resume = (await village.get(wire.JoinedReply)).resume
    back = await world.page()
    await back.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0))
    await back.get(wire.Error, lambda m: m.code is ErrorCode.STORAGE_FULL)


async def test_a_closed_log_that_waits_for_the_disk_is_read_and_not_signed(world: World, disk: Disk) -> None:
    page, village, specialist, consultation = await two_desks(world)
    assert (await specialist.sign())[0] == 201
    disk.full = True
    await say(page, "waits")
    await hang_up(page)
    assert not world.services.keeper.closed_path(consultation).exists()
    status, summary = await village.ask("GET")
    assert (status, summary.get("status"), summary.get("chat_count")) == (200, "closed", 1)
    assert summary["open_ms"] >= 0
    for answer in (await specialist.sign(amends=1), await village.acknowledge(1)):
        assert (answer[0], answer[1]["code"]) == (507, "storage_full")
    disk.full = False
    await world.services.keeper.sync_now()
    assert await specialist.sign(amends=1) == (201, {"number": 2})


async def test_a_closed_log_that_could_not_be_moved_is_read_and_not_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_writer: LogWriter) -> None:
        raise StorageFailed("sync")

    page, village, specialist, consultation = await two_desks(world)
    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "sync", refused)
        await hang_up(page)
        await world.services.keeper.settled()
    assert world.services.keeper.live_path(consultation).exists()
    status, summary = await village.ask("GET")
    assert (status, summary["status"]) == (200, "closed")
    status, problem = await specialist.sign()
    assert (status, problem["code"]) == (507, "storage_full")


async def test_a_suspended_consultation_decides_nothing_when_its_log_is_written(world: World, disk: Disk) -> None:
    village, _specialist = await connect(world)
    disk.full = True
    await say(village, "waits")
    host = host_of(world)
    world.running.farewell()
    await village.closed()
    seq = host.state.seq
    disk.full = False
    await world.services.keeper.close()
    assert host.state.seq == seq
    assert len(read_consultation(world.services.keeper.live_path(host.id), world.services.keeper.keyring).events) == seq


async def test_a_locked_database_does_not_touch_the_call_and_the_index_follows(
    tmp_path: Path, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "RETRY_S", 0.02)
    async with a_busy_world(tmp_path, monkeypatch) as world:
        held.execute("BEGIN IMMEDIATE")
        http = world.stranger()
        form = {"user": "village", "password": password_of("village")}
        async with http.post(f"{world.url}/api/session", json=form) as reply:
            assert (reply.status, (await reply.json())["code"]) == (503, "busy")
        held.execute("ROLLBACK")
        village, specialist = await connect(world)
        held.execute("BEGIN IMMEDIATE")
        await say(village, "during")
        consultation = host_of(world).id
        await village.send(wire.HangUp(re=50))
        await specialist.event(Closed)
        held.execute("ROLLBACK")
        async with asyncio.timeout(PATIENCE_S):
            await world.services.desk.indexing.settled()
        record = world.services.store.consultations.get(consultation)
    assert record is not None
    assert (record.brief.status, record.brief.close_reason) == (Status.CLOSED, CloseReason.HUNG_UP)


async def test_a_page_may_load_and_connect_while_the_database_is_locked(
    tmp_path: Path, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_busy_world(tmp_path, monkeypatch) as world:
        person = await world.sign_in("village")
        monkeypatch.setattr("sefaw_rtc.access.sessions._TOUCH_S", 0)  # its use would be noted each time
        held.execute("BEGIN IMMEDIATE")
        async with person.http.get(f"{world.url}/api/session") as reply:
            assert reply.status == 200
        await person.page()
        held.execute("ROLLBACK")


async def test_what_was_not_indexed_when_the_server_stopped_is_at_the_next_start(
    tmp_path: Path, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_busy_world(tmp_path, monkeypatch) as world:
        village, specialist = await connect(world)
        consultation = host_of(world).id
        async with asyncio.timeout(PATIENCE_S):
            await world.services.desk.indexing.settled()
        held.execute("BEGIN IMMEDIATE")
        await village.send(wire.HangUp(re=50))
        await specialist.event(Closed)
    held.execute("ROLLBACK")
    async with a_busy_world(tmp_path, monkeypatch) as world:
        async with asyncio.timeout(PATIENCE_S):
            await world.services.desk.indexing.settled()
        record = world.services.store.consultations.get(ConsultationId(consultation))
    assert record is not None
    assert record.brief.status is Status.CLOSED
