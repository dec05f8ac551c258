"""Replay over HTTP: who may open what, what is told, and what happens when consent, key or patience is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sefaw_rtc.service import replays
from sefaw_rtc.service.replay_guard import look
from signalling import messages as wire
from signalling.canonical import state_hash
from signalling.codec import decode_event
from signalling.events import Accessed
from signalling.fold import fold_all
from signalling.ids import ConsultationId
from signalling.vocabulary import AccessPurpose, ConsentKind, ConsentUse, Role
from tests.web.replayed import (
    REVIEWER,
    call,
    consent,
    hang_up,
    problem,
    quick_world,
    recorded,
    sealed,
    watcher,
)
from tests.web.test_recording import _send as send_clip
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


async def test_a_reviewer_sees_what_was(world: World) -> None:
    consultation = await recorded(world)
    manifest = await sealed(world, consultation)
    reviewer = await watcher(world, REVIEWER, consultation)
    status, told = await reviewer.open()
    assert status == 201
    assert [(one["peer"], one["role"]) for one in told["people"]] == [(1, "village_doctor"), (2, "specialist")]
    assert {(one["kind"], one["codec"], one["label"], one["peer"]) for one in told["tracks"]} == {
        ("video", "VP8", "face", 1),
        ("audio", "opus", "face", 1),
    }
    assert (told["digest"], told["recorded"], told["sealed"]) == (manifest.digest, True, True)
    assert told["length_us"] >= 11_900_000
    assert told["closed_reason"] == "hung_up"
    async with reviewer.get("events") as reply:
        assert (reply.status, reply.content_type) == (200, "application/x-ndjson")
        assert reply.headers["Cache-Control"] == "no-store"
        events = [decode_event(line) for line in (await reply.read()).splitlines()]
    assert state_hash(fold_all(events[: manifest.seq])) == manifest.state
    assert events[-1].seq == told["seq"] + 1
    opened = events[-1].body
    assert isinstance(opened, Accessed), "that it was opened stands in the log"
    assert (opened.allowed, opened.purpose, opened.person.role) == (True, AccessPurpose.REVIEW, Role.REVIEWER)


async def test_who_may_open_it(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    care = {"village": 201, "specialist": 201, **dict.fromkeys((REVIEWER, "specialist2", "admin", "observer"), 403)}
    review = {REVIEWER: 201, **dict.fromkeys(("village", "specialist", "specialist2", "admin", "observer"), 403)}
    for purpose, wanted in (("care", care), ("review", review)):
        said = {user: (await (await watcher(world, user, consultation)).open(purpose))[0] for user in wanted}
        assert said == wanted


async def test_a_replay_is_its_openers_alone(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    mine, other = await watcher(world, "village", consultation), await watcher(world, "specialist", consultation)
    await mine.open()
    other.replay = mine.replay
    assert await problem(other.get("events")) == (404, "not_found")
    assert await mine.close() == 204
    assert await problem(mine.get("events")) == (404, "not_found")


async def test_without_a_recording_events_and_pictures_replay(world: World) -> None:
    village, _, consultation = await call(world, uses=())
    await hang_up(world, village, consultation)
    reviewer = await watcher(world, REVIEWER, consultation)
    status, told = await reviewer.open()
    assert (status, told["recorded"], told["tracks"]) == (201, False, [])
    async with reviewer.get("events") as reply:
        assert len((await reply.read()).splitlines()) == told["seq"] + 1


async def test_what_goes_on_is_no_replay(world: World) -> None:
    _, _, consultation = await call(world)
    assert (await (await watcher(world, "village", consultation)).open())[1]["code"] == "out_of_state"


async def test_what_is_not_sealed_is_sealed_now(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    (world.services.keeper.keyring.folder(consultation) / "manifest.json").unlink()
    village = await watcher(world, "village", consultation)
    headers = {"X-CSRF-Token": village.person.csrf}
    async with village.person.http.post(village.url, json={"purpose": "care"}, headers=headers) as reply:
        assert (reply.status, (await reply.json())["code"]) == (409, "not_ready")
        assert int(reply.headers["Retry-After"]) > 0
    await sealed(world, consultation)
    assert (await village.open("care"))[0] == 201


async def test_care_alone_is_for_those_who_took_part(world: World) -> None:
    consultation = await recorded(world, uses=[ConsentUse.CARE], seconds=1)
    assert (await (await watcher(world, "village", consultation)).open("care"))[0] == 201
    status, told = await (await watcher(world, REVIEWER, consultation)).open()
    assert (status, told["code"]) == (403, "no_consent")


async def test_withdrawn_in_the_call_it_is_shown_to_nobody(world: World) -> None:
    village, _, consultation = await call(world)
    await village.ask(wire.WithdrawConsent(re=1))
    await hang_up(world, village, consultation)
    for user in ("village", REVIEWER):
        assert (await (await watcher(world, user, consultation)).open())[1]["code"] == "no_consent"


async def test_an_erased_one_is_gone_for_good(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    village = await watcher(world, "village", consultation)
    await village.open()
    world.services.keeper.keyring.destroy(consultation)
    await look(world.services)
    assert await problem(village.get("events")) == (410, "erased")
    assert await problem(village.get("tracks/1")) == (410, "erased")
    status, told = await village.open()
    assert (status, told["code"]) == (410, "erased")


async def test_as_long_as_it_is_open_it_is_in_use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing of it goes to the object store alone."""
    consultation = await recorded(world, seconds=1)
    village = await watcher(world, "village", consultation)
    await village.open()
    kept: list[set[ConsultationId]] = []

    async def keep(consultations: set[ConsultationId]) -> None:
        kept.append(consultations)

    monkeypatch.setattr(world.services.storing, "keep", keep)
    await look(world.services)
    assert kept[-1] == {consultation}
    await village.close()
    await look(world.services)
    assert kept[-1] == set()


async def test_what_nobody_uses_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation = await recorded(world, seconds=1)
    village = await watcher(world, "village", consultation)
    await village.open()
    monkeypatch.setattr(replays, "IDLE_S", -1.0)
    await look(world.services)
    assert len(world.services.replays) == 0
    assert await problem(village.get("events")) == (404, "not_found")


async def test_there_are_only_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation = await recorded(world, seconds=1)
    village, reviewer = await watcher(world, "village", consultation), await watcher(world, REVIEWER, consultation)
    await village.open()
    first = village.replay
    for _ in range(replays.MOST_EACH):
        await village.open()
    assert len(world.services.replays) == replays.MOST_EACH
    village.replay = first
    assert await problem(village.get("events")) == (404, "not_found")
    monkeypatch.setattr(replays, "MOST", replays.MOST_EACH)
    status, told = await reviewer.open()
    assert (status, told["code"]) == (429, "too_many")


async def test_a_strange_body_opens_nothing(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    village = await watcher(world, "village", consultation)
    headers = {"X-CSRF-Token": village.person.csrf, "Content-Type": "application/json"}
    for body in ('{"purpose":"fun"}', "[]", "{", '{"purpose":"care","more":1}'):
        async with village.person.http.post(village.url, data=body, headers=headers) as reply:
            assert reply.status == 400, body
    assert len(world.services.replays) == 0


async def test_who_replays_also_hears_what_was_sent_in_it(world: World) -> None:
    village, _, consultation = await call(world, uses=())
    doctor = await world.sign_in("village")
    clip = await send_clip(world, doctor.http, doctor.csrf, consultation)
    spoken = replace(consent(), how=ConsentKind.SPOKEN, witness="", proof=clip)
    await village.ask(wire.GiveConsent(re=1, consent=spoken))
    await hang_up(world, village, consultation)
    said = {}
    for user in ("village", REVIEWER, "reviewer", "specialist2"):
        person = await world.sign_in(user)
        async with person.http.get(f"{world.url}/api/consultations/{consultation}/attachments/{clip}") as reply:
            said[user] = reply.status
    assert said == {"village": 200, REVIEWER: 200, "reviewer": 200, "specialist2": 403}
