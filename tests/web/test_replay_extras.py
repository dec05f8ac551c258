"""What is made of the tracks for a replay: how loud everybody was, small pictures."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from recordings.files import CHUNK
from recordings.replay import preparing
from signalling.ids import ConsultationId
from tests.processes import POLITE_S
from tests.web.replayed import Watcher, call, hang_up, problem, quick_world, recorded, watcher
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made:
        yield made


async def ready(made: Watcher, path: str) -> tuple[int, bytes, str]:
    """The answer once it is made."""
    async with asyncio.timeout(POLITE_S):
        while True:
            async with made.get(path) as reply:
                if reply.status != 409:
                    return reply.status, await reply.read(), reply.content_type
                assert (await reply.json())["code"] == "not_ready"
                assert int(reply.headers["Retry-After"]) > 0
            await asyncio.sleep(0.05)


async def test_who_speaks_is_seen_and_pictures_are_small(world: World) -> None:
    consultation = await recorded(world, seconds=25)
    made = await watcher(world, "village", consultation)
    _, told = await made.open()
    status, text, _kind = await ready(made, "speech")
    found: Any = msgspec.json.decode(text)
    assert (status, found["step_us"]) == (200, 100_000)
    (heard,) = found["people"]
    levels = base64.b64decode(heard["levels"])
    assert (heard["peer"], len(levels)) == (1, pytest.approx(250, abs=5))
    # A tone of 12,000 of 32,768: -11.7 dBFS in the mean square, which is 206 of 255.
    assert sorted(levels)[len(levels) // 2] == pytest.approx(206, abs=6)
    assert told["thumbnails"] == {"every_us": 10_000_000, "runs": [1]}
    for number in range(3):
        status, data, kind = await ready(made, f"thumbnails/1/{number}.jpg")
        assert (status, kind) == (200, "image/jpeg")
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "JPEG"
            assert max(picture.size) <= 160
    assert (await ready(made, "thumbnails/1/3.jpg"))[0] == 204, "nothing at that time"
    for path in ("1/0.png", "1/0", "2x/0.jpg", "7/0.jpg", "1/-1.jpg", "1/99999.jpg", "1/%2e%2e%2f0.jpg", "1/1e1.jpg"):
        assert (await ready(made, f"thumbnails/{path}"))[0] == 404, path


async def test_once_made_it_is_there_at_once_and_goes_with_the_key(world: World) -> None:
    consultation = await recorded(world, seconds=2)
    made = await watcher(world, "village", consultation)
    await made.open()
    await ready(made, "thumbnails/1/0.jpg")
    folder = world.services.keeper.keyring.folder(consultation)
    before = {path.name: path.stat().st_mtime_ns for path in (folder / preparing.FOLDER).iterdir()}
    assert set(before) == {"speech", "pictures-1"}
    assert all(b"JFIF" not in path.read_bytes() for path in (folder / preparing.FOLDER).iterdir())
    await made.close()
    await made.open()
    assert (await made.get("speech")).status == 200
    assert {path.name: path.stat().st_mtime_ns for path in (folder / preparing.FOLDER).iterdir()} == before
    world.services.keeper.keyring.destroy(consultation)
    assert await problem(made.get("speech")) == (410, "erased")
    assert await problem(made.get("thumbnails/1/0.jpg")) == (410, "erased")


async def test_a_damaged_track_costs_its_own(world: World) -> None:
    consultation = await recorded(world, seconds=2)
    folder = world.services.keeper.keyring.folder(consultation)
    track = folder / "tracks/1.webm"
    sealed = bytearray(track.read_bytes())
    sealed[min(len(sealed), CHUNK) // 2] ^= 1
    track.write_bytes(sealed)
    made = await watcher(world, "village", consultation)
    await made.open()
    assert (await ready(made, "speech"))[0] == 200
    assert (await ready(made, "thumbnails/1/0.jpg"))[0] == 500


async def test_without_media_nothing_is_made(world: World) -> None:
    village, _, consultation = await call(world, uses=())
    await hang_up(world, village, consultation)
    made = await watcher(world, "village", consultation)
    await made.open()
    async with made.get("speech") as reply:
        assert await reply.json() == {"step_us": 100_000, "people": []}
    assert not (world.services.keeper.keyring.folder(consultation) / preparing.FOLDER).exists()


def test_a_process_that_is_given_another_key_makes_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks/1.webm").write_bytes(b"no file of ours")
    name = ConsultationId("m" * 26)
    source = preparing.Source(run=1, peer=1, kind="video", file="tracks/1.webm", t0=0)
    done = preparing.prepared(preparing.Task(str(tmp_path), name, bytes(32), 10_000_000, [source]))
    assert (done.error, done.failed) == ("", [1])
    assert not (tmp_path / preparing.pictures_of(1)).exists()
