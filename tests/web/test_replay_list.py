"""The reviewer's list: what is found by which words, and whose it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sefaw_rtc.config.review import Review
from sefaw_rtc.service import demo
from signalling import messages as wire
from signalling.ids import ConsultationId
from signalling.vocabulary import GapReason
from tests.processes import POLITE_S
from tests.web.replayed import REVIEWER, call, hang_up, journal, media, quick_world, recorded
from tests.web.test_opinions import at_the_desk
from tests.web.world import PATIENT, Person, World, config


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


async def rows(world: World, person: Person, **query: str) -> list[dict[str, Any]]:
    async with person.http.get(f"{world.url}/api/replays", params=query) as reply:
        assert reply.status == 200, await reply.text()
        return list((await reply.json())["rows"])


async def listed(world: World, consultation: ConsultationId, state: str = "ready") -> None:
    """Its row is there."""
    person = await world.sign_in(REVIEWER)
    async with asyncio.timeout(POLITE_S):
        while not any(  # noqa: ASYNC110 - no news of it
            one["consultation"] == consultation and one["state"] == state for one in await rows(world, person)
        ):
            await asyncio.sleep(0.05)


@pytest.fixture
async def unreviewed(tmp_path: Path) -> AsyncIterator[World]:
    """Nothing is chosen for the quality review: a reviewer who has one to do finds it under no name."""
    settings = replace(config(tmp_path), review=Review(critical=False, new_doctor_first=0, random_per_mille=0))
    async with quick_world(tmp_path, settings=settings) as made:
        yield made


async def test_everything_it_is_searched_by(unreviewed: World) -> None:
    world = unreviewed
    village, _, consultation = await call(world)
    await village.ask(wire.PauseRecording(re=1, reason=GapReason.PRIVATE))
    await village.ask(wire.ResumeRecording(re=1))
    journal(world, consultation, media(world, consultation))
    specialist = await at_the_desk(world, "specialist", consultation)
    await hang_up(world, village, consultation)
    await listed(world, consultation)
    reviewer = await world.sign_in(REVIEWER)
    (row,) = await rows(world, reviewer, flag="unsigned")
    assert (row["patient"]["name"], row["site"], row["state"]) == (PATIENT.name, demo.CLINIC, "ready")
    assert row["length_us"] >= 11_000_000
    assert (await specialist.sign(critical=True))[0] == 201
    async with asyncio.timeout(POLITE_S):
        while not await rows(world, reviewer, flag="critical"):  # noqa: ASYNC110 - no news of it
            await asyncio.sleep(0.05)
    now = row["started_at"]
    found: dict[str, dict[str, str]] = {
        "patient": {"find": PATIENT.name[:4].lower()},
        "number": {"find": PATIENT.identifier},
        "question": {"find": "PAIN"},
        "finding": {"finding": "胆囊"},
        "site": {"site": "青山"},
        "requester": {"doctor": "li mei"},
        "specialist": {"doctor": "王建国"},
        "gaps": {"flag": "gaps"},
        "time": {"from": str(now), "to": str(now + 1)},
        "all": {"find": "pain", "finding": "结石", "site": "clinic", "doctor": "Wang", "flag": "critical"},
    }
    for what, query in found.items():
        assert [one["consultation"] for one in await rows(world, reviewer, **query)] == [consultation], what
    nothing: dict[str, dict[str, str]] = {
        "patient": {"find": "Nobody"},
        "a finding is no question": {"finding": "pain"},
        "site": {"site": "hospital"},
        "doctor": {"doctor": "陈静"},
        "a sign of the database": {"doctor": "%"},
        "flag": {"flag": "unsigned"},
        "department": {"department": "Cardiology"},
        "later": {"from": str(now + 1)},
        "earlier": {"to": str(now)},
        "before": {"before": str(now)},
    }
    for what, query in nothing.items():
        assert await rows(world, reviewer, **query) == [], what


async def test_the_list_is_of_ones_own_institution_and_of_who_answered_for_others(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    await listed(world, consultation)
    for user, there in ((REVIEWER, 1), ("reviewer", 1)):
        assert len(await rows(world, await world.sign_in(user))) == there, user
    async with (await world.sign_in("village")).http.get(f"{world.url}/api/replays") as reply:
        assert reply.status == 403


async def test_without_media_and_erased(world: World) -> None:
    village, _, bare = await call(world, uses=())
    await hang_up(world, village, bare)
    await listed(world, bare, "unrecorded")
    reviewer = await world.sign_in(REVIEWER)
    assert len(await rows(world, reviewer, find=PATIENT.name)) == 1
    world.services.keeper.keyring.destroy(bare)
    (row,) = await rows(world, reviewer)
    assert (row["state"], row["patient"], row["reason"]) == ("erased", None, "")
    assert await rows(world, reviewer, find=PATIENT.name) == [], "not to be found any more"


async def test_page_by_page(world: World) -> None:
    made = [await recorded(world, seconds=1, key=f"call-{n}") for n in range(2)]
    for one in made:
        await listed(world, one)
    reviewer = await world.sign_in(REVIEWER)
    async with reviewer.http.get(f"{world.url}/api/replays", params={"limit": "1"}) as reply:
        first = await reply.json()
    assert (len(first["rows"]), first["more"]) == (1, True)
    before = str(first["rows"][0]["started_at"])
    async with reviewer.http.get(f"{world.url}/api/replays", params={"limit": "1", "before": before}) as reply:
        second = await reply.json()
    assert second["more"] is False
    assert [one["rows"][0]["consultation"] for one in (first, second)] == made[::-1]


async def test_strange_questions(world: World) -> None:
    reviewer = await world.sign_in(REVIEWER)
    for query in (
        "limit=0",
        "limit=101",
        "limit=x",
        "flag=nice",
        "from=-1",
        "to=9" + "9" * 30,
        "more=1",
        "find=" + "x" * 201,
    ):
        async with reviewer.http.get(f"{world.url}/api/replays?{query}") as reply:
            assert reply.status == 400, query
    for query in ("find=%00", "find=%25%5F", "finding=%F0%9F%98%80", "doctor='%20OR%201=1--"):
        async with reviewer.http.get(f"{world.url}/api/replays?{query}") as reply:
            assert (reply.status, (await reply.json())["rows"]) == (200, []), query


async def test_what_a_former_process_left_is_listed_at_the_start(tmp_path: Path) -> None:
    async with quick_world(tmp_path) as world:
        consultation = await recorded(world, seconds=1)
        await listed(world, consultation)
    for spoiled in (b"", b"no database at all" * 100, None):
        file = tmp_path / "replays.sqlite"
        for path in tmp_path.glob("replays.sqlite*"):
            path.unlink()
        if spoiled is not None:
            file.write_bytes(spoiled)
        async with quick_world(tmp_path, first=False) as world:
            await listed(world, consultation)
