"""Recordings and a real S3 server: sent and read back, let go, fetched again, erased; with every fault that such a
store has. The server's side runs in this process, what moves files in processes of its own, as in life."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser

from recordings.keeping.ledger import Step as Decided
from recordings.manifest import MANIFEST, FileKind
from recordings.objects import Fault, ObjectsFailed, bring
from recordings.objects.s3 import S3
from sefaw_rtc.service import storing
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.service.exports import JobState
from sefaw_rtc.service.health import Health, Level
from signalling.ids import ConsultationId
from tests.processes import POLITE_S
from tests.system.disks import fill, small_disk
from tests.system.object_store import ObjectStore, object_store, standing_line
from tests.system.person import until
from tests.system.replay_ends import Watcher
from tests.system.storing_node import a_node, all_sent, becomes, folder_of, impatient, let_go, opened, settings
from tests.web.replayed import REVIEWER, quick_world, recorded, sealed, watcher
from tests.web.world import World

SOON_S = 1.0
LARGE = {FileKind.MEDIA, FileKind.TRACK}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    with object_store(tmp_path / "objects") as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


async def health(world: World) -> tuple[Level, str]:
    (row,) = [one for one in await Health(world.services).checks() if one.name == "s3"]
    return row.level, str(row.values.get("special", ""))


async def test_down_for_the_whole_call_and_then_back(tmp_path: Path, store: ObjectStore) -> None:
    store.kill()
    async with a_node(tmp_path / "data", store) as world:
        consultation = await recorded(world, seconds=2)
        manifest = await sealed(world, consultation)
        await becomes("it to be noticed", lambda: world.services.storing.outbox.fault)
        assert await health(world) == (Level.WARN, "unreachable")
        assert world.services.storing.outbox.files == len(manifest.files) + 1
        assert (await (await watcher(world, REVIEWER, consultation)).open())[0] == 201, "it lies here"
        async with (await world.sign_in("admin")).http.get(f"{world.url}/metrics") as reply:
            assert f"sefaw_s3_waiting_files {len(manifest.files) + 1}.0" in await reply.text()
        store.start()
        await all_sent(world, consultation)
        await becomes("nothing to wait", lambda: not world.services.storing.outbox.files)
        assert await health(world) == (Level.OK, "")
        names = {one.name for one in manifest.files} | {MANIFEST}
        assert set(store.files) == {f"{consultation}/{name}" for name in names}, "and no key"
        assert store.files[f"{consultation}/{MANIFEST}"].read_bytes() == bytes(manifest)


async def test_what_is_elsewhere_is_replayed_exported_and_verified(
    tmp_path: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_node(tmp_path / "data", store, local_days=1, fetched_hours=1000) as world:
        consultation = await recorded(world, seconds=2)
        manifest = await all_sent(world, consultation)
        folder = folder_of(world, consultation)
        before = {path.name: path.read_bytes() for path in (folder / "tracks").iterdir()}
        await let_go(world, consultation, monkeypatch)
        assert not list(folder.glob("media-*"))
        reviewer = await watcher(world, REVIEWER, consultation)
        status, told = await opened(reviewer)
        assert (status, {one["missing"] for one in told["tracks"]}) == (201, {False})
        async with reviewer.get("tracks/1") as reply:
            assert reply.status == 200
            assert len(await reply.read()) > 1000
        async with reviewer.get("fast?from=0&to=1000000") as reply:
            assert reply.status == 200
        assert {path.name: path.read_bytes() for path in (folder / "tracks").iterdir()} == before
        assert await looked_at(world, consultation, monkeypatch) == 0, "what was used just now stays"
        assert list((folder / "tracks").iterdir())
        await let_go(world, consultation, monkeypatch)
        await exported(world, consultation)
        assert sum(path.is_file() for path in (folder / "tracks").iterdir()) == len(before)
        assert {one.name for one in manifest.files if one.kind in LARGE} <= set(
            world.services.storing.local(consultation).here().files
        )


async def looked_at(world: World, consultation: ConsultationId, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes of it that were let go, when it was next looked at whether any may be."""
    gone: list[int] = []
    real = storing.let_go

    def noted(*given: Any) -> int:
        gone.append(real(*given))
        return gone[-1]

    with monkeypatch.context() as patch:
        patch.setattr(storing, "let_go", noted)
        world.services.storing.ask(consultation)
        await becomes("it to be looked at", lambda: gone)
    return sum(gone)


async def exported(world: World, consultation: ConsultationId) -> None:
    person = await world.sign_in("village")
    url, headers = f"{world.url}/api/consultations/{consultation}/exports", {"X-CSRF-Token": person.csrf}
    async with person.http.post(url, json={"what": "bundle", "only_sealed": True}, headers=headers) as reply:
        assert reply.status == 201
        job = (await reply.json())["job"]

    async def over() -> dict[str, Any] | None:
        async with person.http.get(f"{url}/{job}") as reply:
            told: dict[str, Any] = await reply.json()
            return told if told["state"] in {JobState.DONE, JobState.FAILED} else None

    told = await until("the export", over, POLITE_S)
    assert (told["state"], told["fault"]) == ("done", "")


async def test_a_store_that_does_not_give_it_is_said_and_tried_again(
    tmp_path: Path, store: ObjectStore, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words of either language, where somebody would watch it."""
    async with a_node(tmp_path / "data", store, local_days=1) as world:
        consultation = await recorded(world, seconds=2)
        await all_sent(world, consultation)
        await let_go(world, consultation, monkeypatch)
        reviewer = await watcher(world, REVIEWER, consultation)
        store.kill()
        status, told = await opened(reviewer)
        assert (status, told["code"]) == (503, "elsewhere")
        account = {"user": REVIEWER, "password": password_of(REVIEWER)}
        people = [await Watcher.come(browser, world.url, account, consultation, one) for one in ("en", "zh-CN")]
        for one in people:
            await one.is_told("elsewhere")
        store.start()
        object_path = store.files[f"{consultation}/tracks/1.webm"]
        good = object_path.read_bytes()
        object_path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        status, told = await opened(reviewer)
        assert (status, told["code"]) == (503, "elsewhere")
        assert not (folder_of(world, consultation) / "tracks" / "1.webm").exists(), "it is not what was sealed"
        object_path.write_bytes(good)
        for one in people:
            await one.tries_again()
            await one.can_play()
            await one.leave()


async def test_an_erasure_while_it_is_down_is_done_when_it_is_back(tmp_path: Path, store: ObjectStore) -> None:
    async with a_node(tmp_path / "data", store) as world:
        consultation = await recorded(world, seconds=1)
        await all_sent(world, consultation)
        other = await recorded(world, seconds=1, key="call-2")
        await all_sent(world, other)
        store.kill()
        await erase(world, consultation)
    async with a_node(tmp_path / "data", store, first=False) as world:
        await becomes("the removal to wait", lambda: world.services.storing.outbox.files)
        assert f"{consultation}/{MANIFEST}" in store.files
        store.start()
        await becomes("it to be removed", lambda: not any(key.startswith(consultation) for key in store.files))
        assert any(key.startswith(other) for key in store.files)


async def erase(world: World, consultation: ConsultationId) -> None:
    admin = world.services.store.accounts.by_user("admin")
    reviewer = world.services.store.accounts.by_user(REVIEWER)
    assert admin is not None
    assert reviewer is not None
    keeping = world.services.keeping
    await keeping.decide(consultation, Decided.ASKED, admin.person, "asked for by the family")
    await keeping.decide(consultation, Decided.CONFIRMED, reviewer.person, "asked for by the family")
    await becomes("it to be erased", lambda: keeping.ledgers.read(consultation).erased)


async def test_what_has_no_room_here_is_said(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "small", "48m") as disk:
        data = disk / "data"
        keys = settings(data, store, local_days=1)
        keys = replace(keys, limits=replace(keys.limits, free_bytes=0))
        async with quick_world(data, settings=keys) as world:
            consultation = await recorded(world, seconds=2)
            await all_sent(world, consultation)
            reviewer = await watcher(world, REVIEWER, consultation)
            assert (await reviewer.open())[0] == 201
            await let_go(world, consultation, monkeypatch)
            ballast = fill(disk)
            local = world.services.storing.local(consultation)
            with pytest.raises(ObjectsFailed) as found:
                bring(local, S3(store.place()), store.place().name, 0, lambda _done, _of, _name: None)
            assert found.value.fault is Fault.DISK_FULL
            assert list(folder_of(world, consultation).rglob(".*.new")) == []
            ballast.unlink()
            assert (await opened(reviewer))[0] == 201


async def test_a_slow_store_holds_up_neither_the_loop_nor_the_seal(tmp_path: Path, store: ObjectStore) -> None:
    """So slow that nothing gets there any more."""
    async with (
        standing_line(store.port, lets=10_000) as line,
        a_node(tmp_path / "data", store, endpoint=f"http://127.0.0.1:{line.port}") as world,
    ):
        first = await recorded(world, seconds=4)
        await sealed(world, first)
        await becomes("it to stand", lambda: line.stands)
        late = 0.0
        second = await recorded(world, seconds=1, key="call-2")
        await sealed(world, second)
        for _ in range(20):
            at = time.monotonic()
            await asyncio.sleep(0.01)
            late = max(late, time.monotonic() - at)
        assert late < SOON_S
        assert line.stands, "it is sealed while the other one is being sent"
        assert world.services.storing.outbox.files, "and that one still is"
        line.free.set()
        await all_sent(world, first)
        await all_sent(world, second)


async def test_the_wrong_credentials_or_no_bucket_are_said_in_words(tmp_path: Path, store: ObjectStore) -> None:
    for place, fault in (
        (store.place(secret="wrong"), Fault.REFUSED),
        (store.place(bucket="another"), Fault.NO_BUCKET),
        (store.place(port=9), Fault.UNREACHABLE),
    ):
        for ask in (lambda s3: s3.sizes("a/"), lambda s3: s3.put("a/b", [b"c"], 1), lambda s3: list(s3.read("a/b"))):
            with pytest.raises(ObjectsFailed) as found:
                ask(S3(place))
            assert found.value.fault is fault
    async with a_node(tmp_path / "data", store, secret_key="wrong") as world:
        await sealed(world, await recorded(world, seconds=1))
        await becomes("it to be noticed", lambda: world.services.storing.outbox.fault)
        assert await health(world) == (Level.WARN, "refused")
