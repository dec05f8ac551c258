"""The index made again from the logs is the index that was: after a database that is lost, damaged, or rolled back."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sefaw_rtc.service.demo import password_of
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.store import Store
from sefaw_rtc.store.store import FILE
from signalling import messages as wire
from signalling.ids import ConsultationId
from tests.cli.test_cli import Run, run  # noqa: F401 - a fixture
from tests.keys import keyring_of_server
from tests.web.test_grants import Giver
from tests.web.test_opinions import at_the_desk, hang_up
from tests.web.world import World, a_call, a_world, connect


def dump(data: Path) -> dict[str, Any]:
    """Everything that the index says, opened: records, and the rows of members."""
    store = Store.open(data, IndexSealing(keyring_of_server(data)))
    try:
        records = {name: store.consultations.get(name) for name in store.consultations.known()}
    finally:
        store.close()
    with closing(sqlite3.connect(data / FILE)) as connection:
        opened = sorted(connection.execute("SELECT * FROM opened_to"))
    shown = {name: (record.brief, record.institution, record.members) for name, record in records.items() if record}
    return shown | ({"opened": opened} if opened else {})


async def one_more(
    world: World, *, signs: bool = False, critical: bool = False, answered: bool = True
) -> ConsultationId:
    """A consultation that is over."""
    if not answered:
        village = await (await world.sign_in("village")).page()
        calling = await village.ask(a_call("not-answered"))
        await village.ask(wire.CancelCall(re=1, consultation=calling.consultation))
        await world.services.desk.indexing.settled()
        return ConsultationId(calling.consultation)
    village, _ = await connect(world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    if signs:
        specialist, doctor = [await at_the_desk(world, user, consultation) for user in ("specialist", "village")]
        assert (await specialist.sign(critical=critical))[0] == 201
        await doctor.acknowledge(1)
    await hang_up(village)
    if signs:
        assert (await specialist.sign(findings="later"))[0] in {201, 409}
    await world.services.keeper.settled()
    await world.services.desk.indexing.settled()
    return consultation


async def many(data: Path) -> dict[str, Any]:
    async with a_world(data) as world:
        await one_more(world)
    async with a_world(data) as world:
        given = await one_more(world, signs=True)
        house = (await world.services.store.run(world.services.store.institutions.all))[-1]
        assert (await Giver(world, await world.sign_in("village"), given).give(institution=house.id))[0] == 201
    async with a_world(data) as world:
        await one_more(world, signs=True, critical=True)
    async with a_world(data) as world:
        await (await world.sign_in("specialist")).page()
        await one_more(world, answered=False)
    found = dump(data)
    assert len(found.pop("opened")) == 1
    assert len(found) == 4
    assert {brief.opinions for brief, _, _ in found.values()} >= {0, 1}
    assert any(brief.critical for brief, _, _ in found.values())
    return dump(data)


def damage(database: Path) -> None:
    whole = bytearray(database.read_bytes())
    whole[100:8192] = bytes(8092)
    database.write_bytes(whole)


def remove_rows(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        for table in ("draft", "member", "opened_to", "consultation"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
        connection.commit()


async def test_the_same_index(tmp_path: Path, run: Run) -> None:  # noqa: F811 - a fixture
    data = tmp_path / "data"
    before = await many(data)
    assert run("recordings", "reindex", "--data", str(data))[0] == 0
    assert dump(data) == before, "nothing changes where nothing is wrong"
    remove_rows(data / FILE)
    code, out, _ = run("recordings", "reindex", "--data", str(data))
    assert (code, out) == (0, "4 consultations indexed; 0 are erased; 0 accounts came back.\n")
    assert dump(data) == before


@pytest.mark.parametrize("harm", [damage, Path.unlink])
async def test_without_a_database(tmp_path: Path, run: Run, harm: Any) -> None:  # noqa: F811
    data = tmp_path / "data"
    before = await many(data)
    for end in ("-wal", "-shm"):
        (data / (FILE + end)).unlink(missing_ok=True)
    harm(data / FILE)
    code, out, _ = run("recordings", "reindex", "--data", str(data))
    assert code == 0
    assert "4 consultations indexed" in out
    assert dump(data) == before, "also whom it names"
    if harm is damage:
        assert list(data.glob(f"{FILE}.damaged-*"))
    assert "disabled" in run("user", "list", "--data", str(data))[1]


async def test_a_start_finds_the_logs_that_a_rolled_back_database_does_not_know(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_world(data) as world:
        first = await one_more(world)
    shutil.copy(data / FILE, tmp_path / "older")
    async with a_world(data) as world:
        second = await one_more(world, signs=True)
    after = dump(data)
    for end in ("-wal", "-shm"):
        (data / (FILE + end)).unlink(missing_ok=True)
    shutil.copy(tmp_path / "older", data / FILE)
    assert dump(data).keys() == {first}
    async with a_world(data) as world:
        await world.services.desk.indexing.settled()
        person = await world.sign_in("village", password_of("village"))
        lobby = await (await person.page()).get(wire.Lobby)
        assert {one.consultation for one in lobby.consultations} >= {first, second}
    assert dump(data) == after


async def test_while_the_server_runs_nothing_is_made_again(tmp_path: Path, run: Run) -> None:  # noqa: F811
    from tests.web.test_process import Options, start  # noqa: PLC0415

    server = await start(tmp_path / "data", Options())
    try:
        code, _, err = run("recordings", "reindex", "--data", str(tmp_path / "data"))
        assert (code, err) == (2, "Stop the server first: it holds the index.\n")
    finally:
        await server.stop()
