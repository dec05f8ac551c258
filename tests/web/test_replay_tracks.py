"""The tracks of a replay: ranges as browsers and others ask for them, and what a damaged place costs."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from recordings.files import CHUNK, SealedFile
from sefaw_rtc.service import replays
from sefaw_rtc.web.api_replay_tracks import PIECE
from signalling.ids import ConsultationId
from tests.web.replayed import Watcher, problem, quick_world, recorded, watcher
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


def track(world: World, consultation: ConsultationId, name: str = "tracks/1.webm") -> Path:
    return world.services.keeper.keyring.folder(consultation) / name


def plain(world: World, consultation: ConsultationId, name: str = "tracks/1.webm") -> bytes:
    key = world.services.keeper.keyring.open(consultation)
    with SealedFile(track(world, consultation, name), consultation, name, key) as file:
        return file.read()


@pytest.fixture
async def watched(world: World) -> tuple[Watcher, bytes, ConsultationId]:
    """Pictures of more than a piece."""
    consultation = await recorded(world, seconds=60, codec="H264")
    made = await watcher(world, "village", consultation)
    await made.open()
    return made, plain(world, consultation, "tracks/1.mp4"), consultation


Watched = tuple[Watcher, bytes, ConsultationId]


async def body(asked: Any) -> tuple[int, bytes, Any]:
    async with asked as reply:
        return reply.status, await reply.read(), reply.headers


async def test_the_whole_of_it(watched: Watched) -> None:
    made, data, _ = watched
    assert len(data) > PIECE, "the test needs more than a piece"
    status, got, headers = await body(made.get("tracks/1"))
    assert (status, got == data, headers["Content-Type"]) == (200, True, "video/mp4")
    assert (headers["Accept-Ranges"], headers["Cache-Control"]) == ("bytes", "no-store")


async def test_a_player_gets_piece_after_piece(watched: Watched) -> None:
    made, data, _ = watched
    got = b""
    while len(got) < len(data):
        status, part, headers = await body(made.get("tracks/1", Range=f"bytes={len(got)}-"))
        assert status == 206
        assert headers["Content-Range"] == f"bytes {len(got)}-{len(got) + len(part) - 1}/{len(data)}"
        assert 0 < len(part) <= PIECE
        got += part
    assert got == data


async def test_ranges(watched: Watched) -> None:
    made, data, _ = watched
    over = (CHUNK - 1, CHUNK + 1)
    for asked, first, last in (("0-0", 0, 1), ("5-9", 5, 10), ("-10", -10, None), (f"{over[0]}-{CHUNK}", *over)):
        status, got, _headers = await body(made.get("tracks/1", Range=f"bytes={asked}"))
        assert (status, got) == (206, data[first:last]), asked
    async with made.get("tracks/1", Range=f"bytes={len(data)}-") as reply:
        assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    status, got, _headers = await body(made.get("tracks/1", Range=f"bytes={len(data) - 3}-{10**18}"))
    assert (status, got) == (206, data[-3:])

    for asked in ("bytes=0-1,3-4", "bytes=9-3", "lines=1-2", "bytes=-", "bytes=x-y", "bytes=0-1e9"):
        status, got, _headers = await body(made.get("tracks/1", Range=asked))
        assert (status, got == data) == (200, True), "what is no range is passed over"


async def test_a_range_of_another_file_gets_this_one_whole(watched: Watched) -> None:
    made, data, _ = watched
    tag = (await body(made.get("tracks/1", Range="bytes=0-0")))[2]["ETag"]
    assert (await body(made.get("tracks/1", **{"Range": "bytes=0-3", "If-Range": tag})))[0] == 206
    status, got, _headers = await body(made.get("tracks/1", **{"Range": "bytes=0-3", "If-Range": '"other"'}))
    assert (status, got == data) == (200, True)


async def test_head_says_how_much_there_is(watched: Watched) -> None:
    made, data, _ = watched
    status, got, headers = await body(made.ask("HEAD", "tracks/1"))
    assert (status, got, int(headers["Content-Length"])) == (200, b"", len(data))
    status, got, headers = await body(made.ask("HEAD", "tracks/1", Range="bytes=0-9"))
    assert (status, got, headers["Content-Length"]) == (206, b"", "10")


async def test_strange_names_are_no_tracks(watched: Watched) -> None:
    made, _, _ = watched
    for run in ("0", "3", "-1", "1.webm", "01x", "9" * 40, "%2e%2e%2f1", "..", "٣", "1%00", "1e0"):
        assert (await body(made.get(f"tracks/{run}")))[0] == 404, run


async def test_a_flipped_bit_costs_its_chunk(watched: Watched, world: World) -> None:
    made, data, consultation = watched
    file = track(world, consultation, "tracks/1.mp4")
    sealed = bytearray(file.read_bytes())
    sealed[2 * CHUNK + 5_000] ^= 1
    file.write_bytes(sealed)
    status, got, _headers = await body(made.get("tracks/1", Range="bytes=0-"))
    assert (status, got == data[: 2 * CHUNK]) == (206, True), "what comes before it plays"
    async with made.get("tracks/1", Range=f"bytes={2 * CHUNK}-") as reply:
        told = await reply.json()
        assert (reply.status, told["code"]) == (500, "damaged")
        assert "chunk 2" in told["detail"]
    status, got, _headers = await body(made.get("tracks/1", Range=f"bytes={3 * CHUNK}-"))
    assert (status, got) == (206, data[3 * CHUNK : 3 * CHUNK + PIECE]), "and what comes behind it"
    with pytest.raises(aiohttp.ClientError):
        await body(made.get("tracks/1"))  # the whole is never half of it


async def test_a_lost_file_and_another_in_its_place(watched: Watched, world: World) -> None:
    made, _, consultation = watched
    track(world, consultation, "tracks/1.mp4").write_bytes(track(world, consultation, "tracks/2.webm").read_bytes())
    assert await problem(made.get("tracks/1")) == (500, "damaged")
    track(world, consultation, "tracks/1.mp4").unlink()
    assert await problem(made.get("tracks/1")) == (404, "not_found")
    assert (await body(made.get("tracks/2")))[0] == 200, "others play"
    _, told = await made.open()
    assert [(one["run"], one["missing"]) for one in told["tracks"]] == [(1, True), (2, False)]


async def test_without_the_site_key_nothing_opens_and_nothing_is_lost(watched: Watched, world: World) -> None:
    made, data, _ = watched
    keyring = world.services.keeper.keyring
    site, keyring._site = keyring._site, None
    assert await problem(made.get("tracks/1")) == (503, "key_missing")
    status, told = await made.open()
    assert (status, told["code"]) == (503, "key_missing")
    keyring._site = site
    assert (await body(made.get("tracks/1")))[1] == data


async def test_a_thousand_ranges(watched: Watched, world: World) -> None:
    made, data, _ = watched
    dice, places = random.Random(7), asyncio.Semaphore(6)

    async def one() -> bool:
        at = dice.randrange(len(data))
        size = dice.randrange(1, 3000)
        async with places:
            status, got, _headers = await body(made.get("tracks/1", Range=f"bytes={at}-{at + size - 1}"))
        return status == 206 and got == data[at : at + size]

    assert all(await asyncio.gather(*[one() for _ in range(1000)]))
    assert all(replay.busy == 0 for replay in world.services.replays._all.values())


async def test_only_so_many_at_once(watched: Watched, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, _ = watched
    monkeypatch.setattr(replays, "AT_ONCE", 0)
    assert await problem(made.get("tracks/1")) == (429, "too_many")


class Endless:
    """More than all buffers of a connection hold."""

    size = 1 << 28

    def __init__(self, *_: object) -> None:
        return

    def read_at(self, _offset: int, size: int) -> bytes:
        return bytes(size)

    def close(self) -> None:
        return


async def free(world: World) -> None:
    """No request is going on."""
    async with asyncio.timeout(20):
        while any(replay.busy for replay in world.services.replays._all.values()):  # noqa: ASYNC110 - no news of it
            await asyncio.sleep(0.05)


async def test_a_client_that_stops_reading_is_let_go(
    watched: Watched, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _, _ = watched
    monkeypatch.setattr("sefaw_rtc.web.streamed.STALL_S", 0.2)
    monkeypatch.setattr("sefaw_rtc.web.api_replay_tracks.SealedFile", Endless)
    reply = await made.get("tracks/1")
    await free(world)
    with pytest.raises(aiohttp.ClientError):
        await reply.read()


async def test_one_that_goes_away_frees_everything(watched: Watched, world: World) -> None:
    made, _, _ = watched
    for _ in range(20):
        reply = await made.get("tracks/1")
        reply.close()
    await free(world)
