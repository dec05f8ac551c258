"""Lists and summaries, and what happens when something of ours fails: one clear answer, and nothing left behind."""

import asyncio
from pathlib import Path

import pytest

from sefaw_rtc.media import port
from sefaw_rtc.service import bot
from sefaw_rtc.service.clock import unix_ms
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION
from tests.web.world import MEDIA, Refusal, World, a_call, a_world, config, connect


async def test_my_consultations_live_ones_first(world: World) -> None:
    village, specialist = await connect(world)
    first = (await village.get(wire.JoinedReply)).consultation
    await village.ask(wire.HangUp(re=1))
    await specialist.get(wire.Lobby, lambda m: any(b.closed_at for b in m.consultations))
    second = (await village.ask(a_call("second"))).consultation
    await world.services.desk.close()
    people = [await world.sign_in(user) for user in ("village", "specialist", "specialist2")]
    listed = []
    for person in people:
        async with person.http.get(f"{world.url}/api/consultations") as reply:
            listed.append([(b["consultation"], b["status"]) for b in await reply.json()])
    assert listed == [[(second, "ringing"), (first, "closed")], [(first, "closed")], []]
    async with people[0].http.get(f"{world.url}/api/consultations/{second}") as reply:
        assert (await reply.json())["status"] == "ringing"
    async with people[2].http.get(f"{world.url}/api/consultations/{first}") as reply:
        assert reply.status == 403
    async with people[0].http.get(f"{world.url}/api/consultations/{'y' * 26}") as reply:
        assert reply.status == 403, "what is not known is refused like what is not one's own"


async def test_a_list_is_searched_paged_and_narrowed_to_what_is_to_be_done(world: World) -> None:
    village, specialist = await connect(world)
    closed = (await village.get(wire.JoinedReply)).consultation
    await village.ask(wire.HangUp(re=1))
    await specialist.get(wire.Lobby, lambda m: any(b.closed_at for b in m.consultations))
    live = (await village.ask(a_call("second"))).consultation
    person = await world.sign_in("village")

    async def listed(query: str) -> tuple[int, list[str]]:
        async with person.http.get(f"{world.url}/api/consultations?{query}") as reply:
            found = await reply.json()
            return reply.status, [b["consultation"] for b in found] if reply.status == 200 else []

    assert await listed("open=true") == (200, [live, closed]), "no opinion yet"
    assert await listed("find=qs-4711&limit=1") == (200, [live, closed])
    assert await listed("find=nobody") == (200, [])
    assert await listed("before=1") == (200, [])
    assert await listed(f"before={unix_ms() + 1}&limit=1") == (200, [closed])
    for wrong in ("limit=0", "limit=999", "before=-1", "before=x", "open=perhaps", "what=1", f"find={'x' * 201}"):
        assert (await listed(wrong))[0] == 400, wrong


async def test_a_reviewer_lists_those_of_the_institution(world: World) -> None:
    reviewer = await world.sign_in("reviewer")
    async with reviewer.http.get(f"{world.url}/api/consultations") as reply:
        assert (reply.status, await reply.json()) == (200, [])


async def test_a_fault_of_ours_is_one_internal_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    village, specialist = await connect(world)

    def broken(*_args: object) -> None:
        raise ValueError("Zhang Guiying")

    with monkeypatch.context() as patched:
        patched.setattr("sefaw_rtc.consultation.chat.Chat.say", broken)
        with pytest.raises(Refusal, match="internal"):
            await village.ask(wire.Chat(re=1, key="k", text="hello"))
    await specialist.ask(wire.Chat(re=1, key="k", text="the call goes on"))
    person = await world.sign_in("village")
    with monkeypatch.context() as patched:
        patched.setattr("sefaw_rtc.store.consultations.Consultations.of_account", broken)
        async with person.http.get(f"{world.url}/api/consultations") as reply:
            assert (reply.status, reply.content_type) == (500, "application/problem+json")
            assert "Zhang" not in await reply.text()


async def test_a_join_that_the_heart_refuses_leaves_no_peer(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, tracks_per_participant=1)) as world:
        await (await world.sign_in("specialist")).page()
        village = await (await world.sign_in("village")).page()
        calling = await village.ask(a_call())
        with pytest.raises(Refusal, match="too_many"):
            await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
        left = [c.peer for c in world.engine.commands if isinstance(c, port.Leave)]
        assert left == [c.peer for c in world.engine.commands if isinstance(c, port.Join)]
        host = world.services.registry.get(calling.consultation)
        assert host is not None
        assert [p.connected for p in host.state.participants] == [False]
        ticket = await village.ask(wire.Enter(re=1, consultation=calling.consultation))
        assert await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token))


async def test_an_offer_that_the_plane_refuses_changes_nothing(world: World) -> None:
    village, _ = await connect(world)
    before = len(village.seen)
    world.engine._reply = lambda command: (
        [port.Refused(request=command.request, code=port.RefuseCode.SDP_MALFORMED, detail="")]
        if isinstance(command, port.Offer)
        else []
    )
    with pytest.raises(Refusal, match="sdp_malformed"):
        await village.ask(wire.Offer(re=1, media=MEDIA))
    assert not [m for m in village.seen[before:] if isinstance(m, wire.Events | wire.SlotChanged)]


async def test_the_bot_is_started_again_and_ends_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "starts"
    script = f"""
import os, sys, time
with open({str(note)!r}, "a") as file:
    file.write(os.environ["SEFAW_BOT_PASSWORD"] + " " + " ".join(sys.argv[1:]) + "\\n")
if len(open({str(note)!r}).readlines()) < 3:
    sys.exit(3)
print("up", flush=True)
time.sleep(600)
"""
    monkeypatch.setattr(bot, "_STARTER", script)
    monkeypatch.setattr(bot, "BACK_OFF_S", (0.0,))
    children = []
    start = bot._start

    async def remembered(url: str, user: str, password: str) -> asyncio.subprocess.Process:
        children.append(await start(url, user, password))
        return children[-1]

    monkeypatch.setattr(bot, "_start", remembered)
    task = asyncio.get_running_loop().create_task(bot.keep_running("http://127.0.0.1:1", "bot", "secret"))
    async with asyncio.timeout(20):
        while len(children) < 3:  # noqa: ASYNC110 - another process is what is waited for
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [child.returncode for child in children[:2]] == [3, 3]
    assert children[2].returncode not in {None, 3}
    assert note.read_text().splitlines()[0] == "secret --url http://127.0.0.1:1 --user bot"
