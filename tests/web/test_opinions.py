"""The loop of an opinion over HTTP and the wire: draft, sign, appear, acknowledge, addendum after the call; and what
goes wrong on the way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from recordings import LogWriter, StorageFull, read_consultation, verified_opinions
from sefaw_rtc.access import create_account
from sefaw_rtc.cli import app
from sefaw_rtc.errors import StoreBusy
from sefaw_rtc.service import demo
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.store import Store
from sefaw_rtc.store.models import SigningKey
from signalling import messages as wire
from signalling.codec import encode_event
from signalling.events import OpinionAcknowledged, OpinionSigned
from signalling.ids import ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import WIRE_VERSION, Role
from tests.web.world import MEDIA, Page, Person, World, a_call, a_world, connect

OPINION = {"findings": "结石 8 mm", "impression": "胆囊结石", "advice": "禁食", "critical": False, "told": None}
EMPTY_DRAFT = {
    "findings": "", "impression": "", "advice": "", "critical": False, "told_to": "", "told_at": 0, "amends": 0
}  # fmt: skip


class Desk:
    """One signed-in person's HTTP, for one consultation."""

    def __init__(self, world: World, person: Person, consultation: ConsultationId) -> None:
        self._url = f"{world.url}/api/consultations/{consultation}"
        self._person = person

    async def ask(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self._person.csrf}
        async with self._person.http.request(method, self._url + path, json=body, headers=headers) as reply:
            is_json = "json" in reply.content_type
            return reply.status, await reply.json() if is_json else None

    async def sign(self, user: str = "specialist", password: str = "", **changes: Any) -> tuple[int, Any]:
        amends = changes.pop("amends", 0)
        body = {"password": password or password_of(user), "opinion": OPINION | changes, "amends": amends}
        return await self.ask("POST", "/opinions", body)

    async def acknowledge(self, number: int | str) -> tuple[int, Any]:
        return await self.ask("POST", f"/opinions/{number}/acknowledgement")

    async def signed(self) -> list[dict[str, Any]]:
        status, summary = await self.ask("GET")
        assert (status, summary["forged"]) == (200, [])
        return list(summary["signed"])


async def at_the_desk(world: World, user: str, consultation: ConsultationId) -> Desk:
    return Desk(world, await world.sign_in(user), consultation)


async def two_desks(world: World) -> tuple[Page, Desk, Desk, ConsultationId]:
    """An open call; the village doctor's page and desk, the specialist's desk."""
    page, _ = await connect(world)
    consultation = (await page.get(wire.JoinedReply)).consultation
    village = await at_the_desk(world, "village", consultation)
    return page, village, await at_the_desk(world, "specialist", consultation), consultation


async def hang_up(page: Page) -> None:
    await page.ask(wire.HangUp(re=1))
    await page.get(wire.Lobby, lambda m: any(b.closed_at for b in m.consultations))


def brief_of(lobby: wire.Lobby, consultation: ConsultationId) -> Brief:
    return next(b for b in lobby.consultations if b.consultation == consultation)


def paper(brief: Brief) -> tuple[int, int, bool, bool]:
    return brief.opinions, brief.acknowledged, brief.critical, brief.critical_told


def verify_by_command(world: World, consultation: ConsultationId) -> tuple[int, int]:
    """`sefaw-rtc verify-opinions`: its exit code, and how many it found right."""
    data = str(world.services.config.data)
    result = CliRunner().invoke(app, ["verify-opinions", consultation, "--data", data])
    return result.exit_code, result.output.count("signature right, the signer's key")


async def test_the_whole_loop(world: World) -> None:
    page, village, specialist, consultation = await two_desks(world)
    assert await specialist.sign() == (201, {"number": 1})
    written = read_consultation(
        world.services.keeper.closed_path(consultation).parents[1] / f"live/{consultation}.log",
        world.services.keeper.keyring,
    )
    assert isinstance(written.events[-1].body, OpinionSigned), "written before it was answered: kill -9 loses nothing"
    seen = await page.event(OpinionSigned)
    assert (seen.number, seen.opinion.impression, seen.signer.role) == (1, "胆囊结石", "specialist")
    assert await village.acknowledge(1) == (204, None)
    assert (await page.event(OpinionAcknowledged)).number == 1
    lobby = await page.get(wire.Lobby, lambda m: any(b.acknowledged for b in m.consultations))
    assert paper(brief_of(lobby, consultation)) == (1, 1, False, False)

    await hang_up(page)
    told = {"to": "Dr Li Mei", "at": brief_of(lobby, consultation).requested_at}
    assert await specialist.sign(amends=1, critical=True, told=told) == (201, {"number": 2})
    lobby = await page.get(wire.Lobby, lambda m: any(b.opinions == 2 for b in m.consultations))
    assert paper(brief_of(lobby, consultation)) == (2, 1, True, True)
    assert await village.acknowledge(2) == (204, None)
    assert await village.acknowledge(2) == (204, None)
    lobby = await page.get(wire.Lobby, lambda m: any(b.acknowledged == 2 for b in m.consultations))
    assert [(o["number"], o["amends"], len(o["acknowledged"])) for o in await village.signed()] == [
        (1, 0, 1),
        (2, 1, 1),
    ]
    log = read_consultation(world.services.keeper.closed_path(consultation), world.services.keeper.keyring)
    assert verified_opinions(consultation, log.events) == {1: True, 2: True}
    assert await asyncio.to_thread(verify_by_command, world, consultation) == (0, 2)
    assert isinstance(log.events[-1].body, OpinionAcknowledged)


async def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        page, _, specialist, consultation = await two_desks(world)
        assert (await specialist.ask("PUT", "/draft", EMPTY_DRAFT | {"findings": "half"}))[0] == 200
        await hang_up(page)
    async with a_world(tmp_path) as world:
        specialist = await at_the_desk(world, "specialist", consultation)
        status, reply = await specialist.ask("GET", "/draft")
        assert (status, reply["draft"]) == (200, EMPTY_DRAFT | {"findings": "half"})
        assert reply["now"] >= reply["saved_at"] > 0
        assert await specialist.sign() == (201, {"number": 1})
        assert (await specialist.ask("GET", "/draft"))[1]["draft"] is None
    async with a_world(tmp_path) as world:
        village = await at_the_desk(world, "village", consultation)
        assert [o["number"] for o in await village.signed()] == [1]
        assert (await village.acknowledge(1))[0] == 204
        lobby = await (await (await world.sign_in("specialist")).page()).get(wire.Lobby)
        assert paper(brief_of(lobby, consultation)) == (1, 1, False, False)


async def test_a_draft_is_its_authors_alone(world: World) -> None:
    page, village, specialist, consultation = await two_desks(world)
    assert (await specialist.ask("GET", "/draft"))[1]["draft"] is None
    draft = EMPTY_DRAFT | {"advice": "三" * 4000, "critical": True, "told_to": "李", "told_at": 5}
    assert (await specialist.ask("PUT", "/draft", draft))[1]["draft"] == draft
    assert (await specialist.ask("GET", "/draft"))[1]["draft"] == draft
    assert (await village.ask("GET", "/draft"))[0] == 403
    assert (await specialist.ask("PUT", "/draft", draft | {"advice": "三" * 4001}))[0] == 400
    assert (await specialist.ask("PUT", "/draft", draft | {"else": 1}))[0] == 400
    second = await at_the_desk(world, "specialist2", consultation)
    assert (await second.ask("GET", "/draft"))[0] == 403
    host = world.services.registry.get(consultation)
    assert host is not None
    other = await (await world.sign_in("specialist2")).page()
    person = (await other.get(wire.Lobby)).me
    host.act(lambda now: host.consultation.handle_join(now, person))
    assert (await second.ask("GET", "/draft"))[1]["draft"] is None
    await page.close()


async def test_the_password_is_asked_and_guesses_are_slowed(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        _, village, specialist, _ = await two_desks(world)
        status, problem = await specialist.sign(password="wrong horse")
        assert (status, problem["code"]) == (401, "credentials_wrong")
        assert await village.signed() == []
        throttle = world.services.sign_ins._throttle
        throttle._accounts._free = 0
        throttle._addresses._free = 0
        throttle._familiar.clear()
        assert (await specialist.sign(password="wrong horse"))[0] == 401
        status, problem = await specialist.sign()
        assert (status, problem["code"]) == (429, "too_many")


async def test_nobody_else_and_nothing_unfit(world: World) -> None:
    _, village, specialist, _ = await two_desks(world)
    assert (await village.sign("village"))[0] == 403
    assert (await specialist.acknowledge(1))[0] == 403
    assert (await village.acknowledge(1))[1]["code"] == "not_found"
    for number in ("x", "00001", "٣", "-1"):
        assert (await village.acknowledge(number))[0] == 404
    assert (await specialist.sign(findings="", impression="", advice=" "))[1]["code"] == "malformed"
    assert (await specialist.sign(findings="\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")))[
        0
    ] == 201
    assert (await specialist.sign(findings="another"))[1]["code"] == "conflict"
    assert (await specialist.sign(findings="x" * 4001))[0] == 400


async def test_while_it_rings_nothing_is_signed(world: World) -> None:
    ringing = await (await world.sign_in("specialist")).page()
    page = await (await world.sign_in("village")).page()
    consultation = (await page.ask(a_call())).consultation
    await ringing.get(wire.Incoming)
    village = await at_the_desk(world, "village", consultation)
    assert (await village.acknowledge(1))[1]["code"] == "out_of_state"


async def test_two_at_once_after_the_call_are_written_one_after_the_other(world: World) -> None:
    page, village, specialist, consultation = await two_desks(world)
    await hang_up(page)
    assert (await specialist.sign())[0] == 201
    signing = [specialist.sign(amends=1, advice=str(n)) for n in range(4)]
    answers = await asyncio.gather(*signing, *(village.acknowledge(1) for _ in range(3)))
    assert sorted(reply["number"] for status, reply in answers if status == 201) == [2, 3, 4, 5]
    assert [status for status, _ in answers].count(204) == 3
    log = read_consultation(world.services.keeper.closed_path(consultation), world.services.keeper.keyring)
    assert verified_opinions(consultation, log.events) == dict.fromkeys(range(1, 6), True)


async def test_a_torn_tail_is_cut_before_something_is_added(world: World) -> None:
    page, village, specialist, consultation = await two_desks(world)
    await hang_up(page)
    await specialist.sign()
    path = world.services.keeper.closed_path(consultation)
    with path.open("ab") as file:
        file.write(b"\x40\x00\x00\x00torn")
    assert (await village.acknowledge(1))[0] == 204
    assert [len(o["acknowledged"]) for o in await village.signed()] == [1]
    assert list(path.parent.glob("*.cut-*"))


async def test_a_full_disk_says_so_and_nothing_is_signed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page, village, specialist, _ = await two_desks(world)

    def full(*_: object) -> None:
        raise StorageFull("no room on the disk")

    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "append", full)
        await page.ask(wire.Chat(re=1, key="k", text="this waits in memory"))
        status, problem = await specialist.sign()
        assert (status, problem["code"]) == (507, "storage_full")
    assert await village.signed() == []
    await world.services.keeper.sync_now()
    assert (await specialist.sign())[0] == 201
    await hang_up(page)
    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "append", full)
        status, problem = await village.acknowledge(1)
        assert (status, problem["code"]) == (507, "storage_full")
    assert [o["acknowledged"] for o in await village.signed()] == [[]]


async def test_a_database_that_fails_after_the_signature_does_not_undo_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, village, specialist, _ = await two_desks(world)

    def locked(*_: object) -> None:
        raise StoreBusy("locked")

    monkeypatch.setattr(world.services.store.drafts, "discard", locked)
    assert (await specialist.sign())[0] == 201
    assert len(await village.signed()) == 1


async def test_an_index_that_a_killed_process_left_behind_is_mended_by_reading(world: World) -> None:
    page, village, specialist, consultation = await two_desks(world)
    await hang_up(page)
    await world.services.desk.indexing.settled()
    stale = await world.services.store.run(world.services.store.consultations.get, consultation)
    assert stale is not None
    await specialist.sign()
    await world.services.desk.indexing.settled()
    await world.services.store.run(world.services.store.consultations.save, stale)
    await village.signed()
    await world.services.desk.indexing.settled()
    mended = await world.services.store.run(world.services.store.consultations.get, consultation)
    assert mended is not None
    assert mended.brief.opinions == 1


async def test_a_missing_acknowledgement_is_mended_by_reading_too(world: World) -> None:
    """Else the list asks for it for ever, and the page has nothing to press."""
    page, village, specialist, consultation = await two_desks(world)
    await hang_up(page)
    await specialist.sign()
    await world.services.desk.indexing.settled()
    stale = await world.services.store.run(world.services.store.consultations.get, consultation)
    assert stale is not None
    await village.acknowledge(1)
    await world.services.desk.indexing.settled()
    await world.services.store.run(world.services.store.consultations.save, stale)
    await village.signed()
    await world.services.desk.indexing.settled()
    mended = await world.services.store.run(world.services.store.consultations.get, consultation)
    assert mended is not None
    assert (mended.brief.opinions, mended.brief.acknowledged) == (1, 1)


async def test_a_changed_log_is_told(world: World) -> None:
    """Whoever can write the file can change it, but not so that the signature is right."""
    page, village, specialist, consultation = await two_desks(world)
    await hang_up(page)
    await specialist.sign()
    path = world.services.keeper.closed_path(consultation)
    log = read_consultation(path, world.services.keeper.keyring)
    path.unlink()
    with LogWriter.create(
        path, consultation, log.header.started_unix_us, world.services.keeper.keyring.open(consultation)
    ) as writer:
        for event in log.events:
            writer.append(encode_event(event).replace("胆囊结石".encode(), "未见异常".encode()))
    status, summary = await village.ask("GET")
    assert (status, summary["forged"]) == (200, [1])
    assert await asyncio.to_thread(verify_by_command, world, consultation) == (1, 0)


async def test_a_right_signature_under_a_stranger_s_key_is_told(world: World) -> None:
    _, village, specialist, _ = await two_desks(world)
    await specialist.sign()

    def forget(store: Store) -> None:
        with store.database.writing() as session:
            session.execute(delete(SigningKey))

    await world.services.store.run(forget, world.services.store)
    status, summary = await village.ask("GET")
    assert (status, summary["forged"]) == (200, [1])


async def test_a_reviewer_of_the_institution_reads(world: World) -> None:
    page, _, specialist, consultation = await two_desks(world)
    await specialist.sign()
    await hang_up(page)
    assert (await (await at_the_desk(world, "reviewer", consultation)).ask("GET"))[0] == 403, "of another institution"
    await world.services.store.run(
        create_account,
        world.services.store,
        world.running._passwords,
        user="quality",
        name="Quality",
        role=Role.REVIEWER,
        institution=demo.CLINIC,
        password="demo-quality",
        now=unix_s(),
    )
    reviewer = await at_the_desk(world, "quality", consultation)
    assert [o["number"] for o in await reviewer.signed()] == [1]
    assert (await reviewer.ask("GET", "/draft"))[0] == 403
    assert (await reviewer.acknowledge(1))[0] == 403


async def test_the_log_of_a_call_that_ends_this_moment_is_waited_for(world: World) -> None:
    page, village, specialist, _ = await two_desks(world)
    await page.send(wire.HangUp(re=99))
    await page.get(wire.Done, lambda m: m.re == 99)
    assert (await specialist.sign())[0] == 201
    assert len(await village.signed()) == 1


async def test_a_resumed_page_gets_the_opinion_with_the_rest(world: World) -> None:
    page, _, specialist, consultation = await two_desks(world)
    await specialist.sign()
    again = await (await world.sign_in("village")).page()
    ticket = await again.ask(wire.Enter(re=1, consultation=consultation))
    joined = await again.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token, media=MEDIA))
    assert [o.number for o in joined.state.opinions] == [1]
    await page.closed()
