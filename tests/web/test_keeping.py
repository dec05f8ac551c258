"""Holds and erasures over HTTP and on the disk: two people, a hold that stays, nothing left, and what a kill, a full
disk, a wrong clock or a wrong key does to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from recordings import Erased, HeldSiteKey, Keyring, StorageFailed, WrongKey, read_consultation
from recordings.crypt import KEY_FILE
from recordings.keeping.ledger import Entry, Ledgers, Step
from recordings.keeping.retention import DAY_MS
from recordings.leaves import kept_leaf, kept_leaves
from recordings.manifest import MANIFEST
from recordings.seal import seal
from recordings.tlog import Leaf, LeafKind
from sefaw_rtc.access import create_account
from sefaw_rtc.service.clock import unix_ms, unix_s
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.service.erasing import Eraser
from sefaw_rtc.service.keeping import SETTLED_S, ClockWatch
from sefaw_rtc.service.leaf_events import digest_of
from sefaw_rtc.service.replays import Cut, Replays
from sefaw_rtc.store import Listing
from signalling import messages as wire
from signalling.ids import ConsultationId
from signalling.vocabulary import Role
from tests.attachments.samples import picture
from tests.web.world import PATIENCE_S, PATIENT, Page, Person, World, a_world, connect


class Desk:
    """Somebody with the requests about one consultation."""

    def __init__(self, world: World, person: Person, consultation: ConsultationId) -> None:
        self._url, self._person, self._one = f"{world.url}/api/keeping", person, consultation

    async def ask(self, what: str, step: str, why: str = "the family asks") -> tuple[int, Any]:
        body, headers = {"step": step, "why": why}, {"X-CSRF-Token": self._person.csrf}
        async with self._person.http.post(f"{self._url}/{self._one}/{what}", json=body, headers=headers) as reply:
            return reply.status, await reply.json()

    async def row(self) -> Any:
        async with self._person.http.get(f"{self._url}/{self._one}") as reply:
            return await reply.json()

    async def rows(self) -> Any:
        async with self._person.http.get(self._url) as reply:
            return await reply.json()


async def over(world: World) -> tuple[ConsultationId, str]:
    """A consultation with a picture in its chat, and the picture's name; it is over, and its log in its place."""
    village, _ = await connect(world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    person = await world.sign_in("village")
    url, headers = f"{world.url}/api/consultations/{consultation}/attachments", {"X-CSRF-Token": person.csrf}
    async with person.http.post(url, data=picture("PNG"), headers={**headers, "Content-Type": "image/png"}) as reply:
        sha256 = str((await reply.json())["sha256"])
    await village.ask(wire.Chat(re=1, key="chat-1", text="see this", attachment=sha256))
    await hang_up(village)
    await world.services.desk.indexing.settled()
    await world.services.keeper.settled()
    assert world.services.keeper.closed_path(consultation).exists()
    return consultation, sha256


async def hang_up(page: Page) -> None:
    await page.ask(wire.HangUp(re=1))
    await page.get(wire.Lobby, lambda m: any(b.closed_at for b in m.consultations))


async def desks(world: World, consultation: ConsultationId) -> tuple[Desk, Desk]:
    """An administrator, and a second one."""
    store, house = world.services.store, (await world.services.store.run(world.services.store.institutions.all))[0]
    await store.run(
        lambda: create_account(
            store, world.running._passwords, user="second", name="Second", role=Role.ADMINISTRATOR,
            institution=house.name, password=password_of("second"), now=unix_s(),
        )
    )  # fmt: skip
    return (
        Desk(world, await world.sign_in("admin"), consultation),
        Desk(world, await world.sign_in("second"), consultation),
    )


async def until_erased(desk: Desk) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (row := await desk.row())["erased"]:  # noqa: ASYNC110 - it comes over HTTP
            await asyncio.sleep(0.02)
    return row


async def test_two_people_erase_and_nothing_is_left(world: World) -> None:
    services = world.services
    consultation, sha256 = await over(world)
    first, second = await desks(world, consultation)
    await services.notary.settle()
    events = read_consultation(services.keeper.closed_path(consultation), services.keeper.keyring).events
    folder = services.keeper.keyring.folder(consultation)
    former = kept_leaf(folder, consultation, LeafKind.OPENED, digest_of(events[0]), 1, "opened-of-before")
    assert (await first.ask("erasure", "confirmed"))[1]["detail"] == "not_asked"
    assert (await first.ask("erasure", "asked"))[0] == 200
    status, answer = await first.ask("erasure", "confirmed")
    assert (status, answer["detail"]) == (409, "same_person")
    assert (await second.ask("erasure", "confirmed"))[0] == 200
    row = await until_erased(second)
    assert row["asked"]["why"] == "the family asks"
    assert row["erased"]["what"] == ["key", "index", "attachments"]
    with pytest.raises(Erased):
        read_consultation(services.keeper.closed_path(consultation), services.keeper.keyring)
    await services.notary.settle()
    leaf = Leaf.parse((services.config.data / "archive" / consultation / "proof" / "erasure.leaf").read_bytes())
    assert leaf.digest == services.keeping.ledgers.read(consultation).confirmed.digest  # type: ignore[union-attr]
    left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [event for event in events if digest_of(event).encode() in left], "a guess at an event can be tried"
    assert former not in kept_leaves(folder).values()
    proved = await services.attesting.proofs.of(consultation)
    assert {name[:4] for name in proved} >= {"open", "eras"}, "that something happened is proved all the same"
    assert services.store.replayed._words.get(consultation) is None
    record = await services.store.run(services.store.consultations.get, consultation)
    assert record is not None
    assert (record.brief.patient.name, record.brief.reason) == ("—", "—")
    found = Listing(find=PATIENT.name)
    listed = await services.store.run(services.store.consultations.of_institution, record.institution, found)
    assert consultation not in {one.brief.consultation for one in listed}
    assert not (services.config.data / "consultations" / "attachments" / consultation).exists()
    village = await world.sign_in("village")
    for path in ("", f"/attachments/{sha256}", "/folder", "/dicom-export"):
        async with village.http.get(f"{world.url}/api/consultations/{consultation}{path}") as reply:
            assert reply.status == 404, path
    page = await village.page()
    lobby = await page.get(wire.Lobby)
    assert all(one.patient.name == "—" for one in lobby.consultations if one.consultation == consultation)
    assert [one["consultation"] for one in await first.rows()] == [consultation]


async def test_an_open_replay_is_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[tuple[ConsultationId, Cut]] = []
    monkeypatch.setattr(Replays, "cut", lambda _self, one, why: cut.append((one, why)))
    consultation, _ = await over(world)
    first, second = await desks(world, consultation)
    await first.ask("erasure", "asked")
    await second.ask("erasure", "confirmed")
    await until_erased(first)
    assert (consultation, Cut.ERASED) in cut


async def test_open_lobbies_forget_the_patient(world: World) -> None:
    consultation, _ = await over(world)
    page = await (await world.sign_in("village")).page()
    first, second = await desks(world, consultation)
    await first.ask("erasure", "asked")
    await second.ask("erasure", "confirmed")
    await page.get(
        wire.Lobby, lambda m: any(b.consultation == consultation and b.patient.name == "—" for b in m.consultations)
    )


async def test_what_is_held_is_not_erased(world: World) -> None:
    consultation, _ = await over(world)
    first, second = await desks(world, consultation)
    assert (await first.ask("hold", "held", "a complaint is open"))[0] == 200
    assert (await first.ask("erasure", "asked"))[1]["detail"] == "held"
    assert (await second.row())["hold"]["why"] == "a complaint is open"
    assert (await second.ask("hold", "lifted", "the complaint is settled"))[0] == 200
    assert (await first.ask("erasure", "asked"))[0] == 200
    assert (await first.ask("hold", "held", "another one"))[0] == 200
    assert (await second.ask("erasure", "confirmed"))[1]["detail"] == "held"
    read_consultation(world.services.keeper.closed_path(consultation), world.services.keeper.keyring)


async def test_what_goes_on_is_not_erased_but_may_be_held(world: World) -> None:
    village, _ = await connect(world)
    consultation = (await village.get(wire.JoinedReply)).consultation
    first, _ = await desks(world, consultation)
    assert (await first.ask("erasure", "asked"))[1]["detail"] == "live"
    assert (await first.ask("hold", "held"))[0] == 200
    assert (await first.row())["site"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"step": "held"}, 400),
        ({"step": "held", "why": "  "}, 400),
        ({"step": "erased", "why": "x"}, 400),
        ({"step": "asked", "why": "x"}, 400),
        ({"step": "held", "why": "x" * 501}, 400),
    ],
)
async def test_forms_that_are_none(world: World, body: Any, status: int) -> None:
    consultation, _ = await over(world)
    person = await world.sign_in("admin")
    url, headers = f"{world.url}/api/keeping/{consultation}/hold", {"X-CSRF-Token": person.csrf}
    async with person.http.post(url, json=body, headers=headers) as reply:
        assert reply.status == status


async def test_a_reviewer_holds_what_is_of_the_own_institution(world: World) -> None:
    consultation, _ = await over(world)
    record = await world.services.store.run(world.services.store.consultations.get, consultation)
    reviewer = await world.sign_in("reviewer")
    account = await world.services.store.run(world.services.store.accounts.by_user, "reviewer")
    assert account is not None
    assert record is not None
    own = account.person.institution == record.institution
    status, _ = await Desk(world, reviewer, consultation).ask("hold", "held")
    assert status == (200 if own else 403)


async def confirmed(world: World, consultation: ConsultationId) -> None:
    """Two people have decided, and the server was killed before it did anything."""
    ledgers = Ledgers(world.services.config.data)
    for step, account in ((Step.ASKED, "a"), (Step.CONFIRMED, "b")):
        entry = Entry(step=step, t_unix_ms=unix_ms(), account=account * 26, name="somebody", why="the family asks")
        await asyncio.to_thread(ledgers.add, consultation, entry)


async def test_an_erasure_that_was_killed_goes_on_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is gone, and the process with it, before anything else was removed."""

    def killed(*_: object) -> None:
        raise StorageFailed("as if killed")

    async with a_world(tmp_path) as world:
        consultation, _ = await over(world)
        with monkeypatch.context() as at_once:
            at_once.setattr(Eraser, "erase_pictures", killed)
            await confirmed(world, consultation)
            await world.services.keeping.finish()
        assert Ledgers(tmp_path).read(consultation).erased is None
        assert not (tmp_path / "archive" / consultation / KEY_FILE).exists()
        assert (tmp_path / "consultations" / "attachments" / consultation).exists()
    async with a_world(tmp_path) as world:
        await until_erased(Desk(world, await world.sign_in("admin"), consultation))
        assert not (tmp_path / "consultations" / "attachments" / consultation).exists()


async def test_a_disk_that_refuses_erases_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation, _ = await over(world)
    services, path = world.services, world.services.keeper.closed_path
    with monkeypatch.context() as read_only:

        def refuse(*_: object) -> None:
            raise StorageFailed("EROFS")

        read_only.setattr(Keyring, "destroy", refuse)
        await confirmed(world, consultation)
        await services.keeping.finish()
        read_consultation(path(consultation), services.keeper.keyring)
        assert (services.config.data / "consultations" / "attachments" / consultation).exists()
    await services.keeping.finish()
    assert services.keeping.ledgers.read(consultation).erased is not None


async def test_with_another_site_key_nothing_is_destroyed(world: World) -> None:
    consultation, _ = await over(world)
    services = world.services
    other = Keyring(services.config.data / "archive", HeldSiteKey(bytes(32)))
    with pytest.raises(WrongKey):
        await asyncio.to_thread(Eraser(other, services.shelf, services.folder, services.store).erase, consultation)
    read_consultation(services.keeper.closed_path(consultation), services.keeper.keyring)
    assert (services.config.data / "consultations" / "attachments" / consultation).exists()


# ---- clocks -------------------------------------------------------------------------------------------------------


class Clocks:
    """A wall clock and a monotonic one, set by hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic = unix_ms(), 0.0

    def pass_days(self, days: float) -> None:
        self.wall += int(days * DAY_MS)
        self.monotonic += days * 86_400


@pytest.fixture
async def clocks(world: World) -> Clocks:
    made = Clocks()
    world.services.keeping._clock = ClockWatch(lambda: made.wall, lambda: made.monotonic)
    return made


async def sealed(world: World) -> ConsultationId:
    """One that is over and sealed."""
    consultation, _ = await over(world)
    keeper = world.services.keeper
    folder = keeper.keyring.folder(consultation)
    (folder / "tracks").mkdir(exist_ok=True)
    (folder / "tracks" / "1.webm").write_bytes(b"as if it were one")
    await asyncio.to_thread(seal, folder, keeper.keyring, keeper.closed_path(consultation), unix_ms())
    return consultation


async def test_each_class_goes_in_its_time_and_at_last_all(world: World, clocks: Clocks) -> None:
    consultation, services = await sealed(world), world.services
    keeping, data = services.keeping, services.config.data
    folder, attachments = data / "archive" / consultation, data / "consultations" / "attachments" / consultation
    clocks.pass_days(1095)
    await keeping.age()
    assert (folder / "tracks").exists()
    clocks.pass_days(2)
    await keeping.age()
    assert not (folder / "tracks").exists()
    assert attachments.exists()
    read_consultation(services.keeper.closed_path(consultation), services.keeper.keyring)
    clocks.pass_days(5479)
    await keeping.age()
    kept = keeping.ledgers.read(consultation)
    assert kept.erased is not None
    assert kept.confirmed is not None
    assert (kept.confirmed.account, kept.confirmed.why) == ("", "5479 days")
    assert not attachments.exists()
    assert (folder / MANIFEST).exists()
    assert await services.store.run(services.store.consultations.get, consultation) is not None
    clocks.pass_days(2000)
    await keeping.age()
    assert await services.store.run(services.store.consultations.get, consultation) is None


async def test_what_is_held_never_runs_out(world: World, clocks: Clocks) -> None:
    consultation = await sealed(world)
    first, _ = await desks(world, consultation)
    await first.ask("hold", "held")
    clocks.pass_days(20_000)
    await world.services.keeping.age()
    assert (world.services.config.data / "archive" / consultation / "tracks").exists()
    read_consultation(world.services.keeper.closed_path(consultation), world.services.keeper.keyring)


@pytest.mark.parametrize("ms", [-3_600_000, 3_600_000, 4000 * DAY_MS])
async def test_a_clock_that_is_set_lets_nothing_run_out(world: World, clocks: Clocks, ms: int) -> None:
    consultation = await sealed(world)
    clocks.pass_days(1)
    clocks.wall += ms
    await world.services.keeping.age()
    clocks.monotonic += SETTLED_S / 2
    clocks.wall += int(SETTLED_S * 500)
    await world.services.keeping.age()
    assert (world.services.config.data / "archive" / consultation / "tracks").exists()


async def test_a_damaged_ledger_keeps_everything_and_is_said(world: World, clocks: Clocks) -> None:
    consultation = await sealed(world)
    path = world.services.config.data / "keeping" / consultation
    first, _ = await desks(world, consultation)
    await first.ask("hold", "held")
    whole = bytearray(path.read_bytes())
    whole[-3] ^= 1
    path.write_bytes(whole)
    clocks.pass_days(20_000)
    await world.services.keeping.age()
    assert (world.services.config.data / "archive" / consultation / "tracks").exists()
    assert (await first.row())["damaged"] is True
