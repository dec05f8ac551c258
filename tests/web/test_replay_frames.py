"""Which frame a video of a replay shows: the timestamp it was sent with, and what is answered where nobody knows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recordings.frame_keys import PAGE, SUFFIX
from signalling.ids import ConsultationId
from tests.recordings.media.senders import US
from tests.web.replayed import Watcher, problem, quick_world, recorded, watcher
from tests.web.world import World

EVERY_US = 33_333  # of the sender's pictures
SENT = 3_000  # from one to the next on their clock


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


async def opened(world: World, seconds: int = 12) -> tuple[Watcher, ConsultationId]:
    consultation = await recorded(world, seconds=seconds)
    made = await watcher(world, "village", consultation)
    assert (await made.open())[0] == 201
    return made, consultation


async def frames(made: Watcher, t: int) -> Any:
    async with made.get(f"tracks/1/frames?t={t}") as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json()


async def test_the_frame_at_a_time(world: World) -> None:
    made, _ = await opened(world)
    told = await frames(made, 4 * US)
    number = max(n for n, (t, _) in enumerate(told["frames"]) if t <= 4 * US)
    assert number == pytest.approx(4 * US / EVERY_US, abs=1)
    assert abs(told["frames"][number][1] - number * SENT) <= number
    assert (told["frames"][0], told["until"]) == ([0, 0], None)


async def test_a_long_one_comes_in_pages(world: World) -> None:
    made, _ = await opened(world, seconds=40)
    first = await frames(made, 0)
    assert len(first["frames"]) == PAGE
    second = await frames(made, first["until"])
    assert (second["frames"][0][0], second["until"]) == (first["until"], None)
    assert await frames(made, first["until"] - 1) == first


async def test_where_nobody_knows_it(world: World) -> None:
    made, consultation = await opened(world)
    for run in ("2", "3", "x", "0"):  # sound; none; no number
        assert await problem(made.get(f"tracks/{run}/frames?t=0")) == (404, "not_found"), run
    for t in ("", "-1", "1.5", "x", "9" * 17):
        assert await problem(made.get(f"tracks/1/frames?t={t}")) == (400, "malformed"), t
    file = world.services.keeper.keyring.folder(consultation) / f"tracks/1{SUFFIX}"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert await problem(made.get("tracks/1/frames?t=0")) == (500, "damaged")
    file.unlink()  # as of what was sealed before there were any
    assert await problem(made.get("tracks/1/frames?t=0")) == (404, "not_found")
