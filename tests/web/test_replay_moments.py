"""The state at a time, the fast lane of a stretch, what to jump to, and the stream that says when it is over."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recordings.chunk import Fast
from recordings.snapshots import FILE
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.replay_guard import EVERY_S
from sefaw_rtc.service.replays import Cut
from signalling import messages as wire
from signalling.canonical import state_hash
from signalling.fast import Pointer, decode_fast, encode_fast
from signalling.fold import fold_all
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import Cue, GapReason, Step
from tests.recordings.media.senders import US, merged
from tests.web.replayed import (
    REVIEWER,
    Watcher,
    call,
    hang_up,
    journal,
    media,
    problem,
    quick_world,
    recorded,
    watcher,
)
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


def pointer(t: int, x: int, sender: int = 1) -> Fast:
    body = Pointer(track=2, x=x, y=1, shown=True)
    return Fast(t, sender, encode_fast(body, epoch=0, counter=x, sender=sender))


async def lines(made: Watcher, path: str) -> list[Any]:
    async with made.get(path) as reply:
        assert reply.status == 200, await reply.text()
        return [json.loads(line) for line in (await reply.read()).splitlines()]


async def test_the_fast_lane_of_a_stretch(world: World) -> None:
    village, _, consultation = await call(world)
    moved = [pointer(n * US, n) for n in range(1, 30)]
    strange = [Fast(5 * US, 1, b"no message"), Fast(6 * US, 2, moved[0].message)]  # in another's name
    journal(world, consultation, merged(media(world, consultation, 30), moved, strange))
    await hang_up(world, village, consultation)
    made = await watcher(world, "village", consultation)
    await made.open()
    got = await lines(made, f"fast?from={4 * US}&to={12 * US}")
    assert [one["t"] // US for one in got] == list(range(4, 12))
    assert [base64.b64decode(one["body"]) for one in got] == [one.message for one in moved[3:11]]
    header, body = decode_fast(base64.b64decode(got[0]["body"]))
    assert (header.sender, body) == (1, Pointer(track=2, x=4, y=1, shown=True))
    assert await lines(made, f"fast?from={40 * US}&to={50 * US}") == []
    for asked in ("from=0&to=60000001", "from=9&to=1", "from=-1&to=2", "from=1e3&to=2e3", "to=5", "from=٣&to=9"):
        assert await problem(made.get(f"fast?{asked}")) == (400, "malformed"), asked


async def test_a_snapshot_is_the_fold_up_to_it(world: World) -> None:
    village, _, consultation = await call(world)
    for n in range(8):  # as fast as the chat allows
        await village.ask(wire.Chat(re=1, key=f"k{n}", text=f"line {n}"))
    await hang_up(world, village, consultation)
    made = await watcher(world, "village", consultation)
    _, told = await made.open()
    events = world.services.replays.archive.events(consultation)
    async with made.get(f"snapshots/{told['length_us'] + US}") as reply:
        last = await reply.json()
    assert last["seq"] == [event for event in events if event.t <= told["length_us"]][-1].seq
    assert last["hash"] == state_hash(fold_all(events[: last["seq"]]))
    async with made.get("snapshots/0") as reply:
        first = await reply.json()
    assert (first["seq"], first["hash"]) == (0, state_hash(State()))
    for t in ("-1", "x", "9" * 17, "1.5", "1%2F2"):
        async with made.get(f"snapshots/{t}") as reply:
            assert reply.status in {400, 404}, t
    # They are made of the log again: a damaged one costs nothing but time.
    file = world.services.keeper.keyring.folder(consultation) / FILE
    file.write_bytes(file.read_bytes()[:200])
    async with made.get(f"snapshots/{told['length_us']}") as reply:
        assert (reply.status, (await reply.json())["seq"]) == (200, 0)


async def test_what_to_jump_to(world: World) -> None:
    village, specialist, consultation = await call(world)
    host = world.services.registry.get(consultation)
    assert host is not None
    await village.ask(wire.Chat(re=1, key="c", text="x" * 300))
    await specialist.ask(wire.GiveCue(re=1, cue=Cue.TILT_LEFT))
    host.act(lambda now: host.consultation.handle_observed(now, ParticipantId(1), Step.LOSS_BEGAN, value=80))
    host.act(lambda now: host.consultation.handle_observed(now, ParticipantId(1), Step.LOSS_ENDED, value=90))
    host.act(lambda now: host.consultation.handle_observed(now, ParticipantId(2), Step.VIDEO_SUSPENDED, value=80))
    await village.ask(wire.PauseRecording(re=1, reason=GapReason.PRIVATE))
    await village.ask(wire.ResumeRecording(re=1))
    await hang_up(world, village, consultation)
    made = await watcher(world, REVIEWER, consultation)
    _, told = await made.open()
    async with made.get("markers") as reply:
        found = await reply.json()
    assert [one["t"] for one in found] == sorted(one["t"] for one in found)
    kinds = {one["kind"] for one in found}
    assert kinds == {"recording", "lead", "chat", "cue", "network", "gap"}
    by_kind = {kind: [one for one in found if one["kind"] == kind] for kind in kinds}
    assert by_kind["chat"][0]["data"] == {"peer": 1, "key": "c", "text": "x" * 80}
    assert by_kind["cue"][0]["data"] == {"peer": 2, "cue": "tilt_left"}
    assert [(one["data"]["reason"], one["data"]["peer"]) for one in by_kind["network"]] == [
        ("loss_began", 1),
        ("video_suspended", 2),
    ]
    assert by_kind["network"][1]["t_to"] == told["length_us"], "nothing ended it"
    assert [one["data"] for one in by_kind["gap"]] == [{"reason": "private"}]
    assert [one["data"]["reason"] for one in by_kind["recording"]] == ["consent", "started", "stopped"]


async def cut_of(made: Watcher) -> str:
    """Waits on the stream."""
    async with made.get("watch") as reply:
        assert (reply.status, reply.content_type) == (200, "text/event-stream")
        text = (await reply.read()).decode()
    assert text.startswith(": open\n\n")
    assert "event: cut\n" in text
    return str(json.loads(text.partition("data: ")[2])["reason"])


@pytest.mark.parametrize(
    ("reason", "answer"),
    [(Cut.CONSENT, (403, "no_consent")), (Cut.GRANT, (403, "grant_ended")), (Cut.ACCOUNT, (403, "forbidden"))],
)
async def test_a_cut_is_told_at_once_and_holds(world: World, reason: Cut, answer: tuple[int, str]) -> None:
    consultation = await recorded(world, seconds=1)
    made = await watcher(world, "village", consultation)
    await made.open()
    waits = asyncio.ensure_future(cut_of(made))
    await watched(world)
    async with asyncio.timeout(10):  # before the stream says of itself that it lives: it is told
        world.services.replays.cut(consultation, reason)
        assert await waits == reason
    for path in ("events", "tracks/1", "snapshots/1", "fast?from=0&to=1", "markers", "watch"):
        assert await problem(made.get(path)) == answer


async def watched(world: World) -> None:
    async with asyncio.timeout(10):
        while not any(replay.watchers for replay in world.services.replays):  # noqa: ASYNC110 - no news of it
            await asyncio.sleep(0.01)


async def test_an_erasure_by_another_program_is_seen_within_a_second(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    made = await watcher(world, "village", consultation)
    await made.open()
    waits = asyncio.ensure_future(cut_of(made))
    await watched(world)
    await asyncio.to_thread(world.services.keeper.keyring.destroy, consultation)
    assert EVERY_S < 1  # how soon it is seen is how often it is looked for; a busy machine is not judged
    async with asyncio.timeout(10):
        assert await waits == "erased"
    assert (await made.open())[1]["code"] == "erased"


async def test_a_withdrawn_consent_cuts_it_by_itself(world: World) -> None:
    consultation = await recorded(world, seconds=1)
    made = await watcher(world, "village", consultation)
    await made.open()
    waits = asyncio.ensure_future(cut_of(made))
    await watched(world)
    account = await made.account()
    paperwork = world.services.paperwork
    await paperwork.act(consultation, lambda heart, now, _at: heart.recording.handle_withdraw_by(now, account))
    world.services.rights.changed(consultation, (await paperwork.read(consultation))[0])
    async with asyncio.timeout(10):
        assert await waits == "consent"
    assert await problem(made.get("events")) == (403, "no_consent")
    status, told = await made.open()
    assert (status, told["code"]) == (403, "no_consent")


async def test_the_stream_ends_with_the_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation = await recorded(world, seconds=1)
    made = await watcher(world, "village", consultation)
    await made.open()
    monkeypatch.setattr("sefaw_rtc.web.api_replay_watch.KEEP_ALIVE_S", 0.05)
    later = {"s": 0}
    monkeypatch.setattr("sefaw_rtc.web.api_replay_watch.unix_s", lambda: unix_s() + later["s"])
    async with made.get("watch") as reply:
        assert await reply.content.readline() == b": open\n"
        assert await reply.content.readline() == b"\n"
        assert await reply.content.readline() == b":\n"
        later["s"] = 14 * 3600
        assert b"cut" not in await reply.read()
