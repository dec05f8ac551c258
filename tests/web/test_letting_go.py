"""What is let go of a real sealed recording, and what is still true of it then: the packets go once what was made of
them was read back; replay, verification and export go on, and say what is gone."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recordings import verify
from recordings.fast_lane import FAST
from recordings.journal import segments_of
from recordings.keeping.retention import DAY_MS, Class, Policy
from recordings.replay.preparing import FOLDER as MADE
from recordings.seal import sealed_manifest
from sefaw_rtc.cli.verifying import Verdict, checked, let_go, trust_of
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.keeping import ClockWatch
from signalling.ids import ConsultationId
from tests.recordings.media.senders import US, merged
from tests.web.replayed import call, hang_up, journal, media, quick_world, watcher
from tests.web.test_exports import asker, made
from tests.web.test_replay_moments import lines, pointer
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quick_world(tmp_path) as made_world:
        yield made_world


async def pointed_at(world: World) -> ConsultationId:
    """Twelve seconds of picture and sound, with a pointer that moves; sealed."""
    village, _, consultation = await call(world)
    moved = [pointer(n * US // 10, n) for n in range(1, 100)]
    journal(world, consultation, merged(media(world, consultation), moved))
    await hang_up(world, village, consultation)
    return consultation


async def days_later(world: World, days: int, **clocks: int) -> None:
    keeping = world.services.keeping
    keeping._policy = Policy({Class(name): length for name, length in clocks.items()})
    later = unix_ms() + days * DAY_MS
    keeping._clock = ClockWatch(lambda: later, lambda: 0.0)
    keeping._clock._since = -7200.0  # as after two hours
    keeping._clock._wall -= 7_200_000
    await keeping.age()


def folder_of(world: World, consultation: ConsultationId) -> Path:
    return world.services.keeper.keyring.folder(consultation)


def verified(world: World, consultation: ConsultationId) -> Verdict:
    """What `sefaw-rtc recordings verify` finds."""
    keeper, config, folder = world.services.keeper, world.services.config, folder_of(world, consultation)
    manifest = sealed_manifest(folder)
    assert manifest is not None
    trust = trust_of(config, keeper.keyring, consultation)
    return checked(folder, keeper.closed_path(consultation), manifest, trust, let_go(config, manifest))


async def watched(world: World, consultation: ConsultationId) -> tuple[bytes, object]:
    """A track, and the pointer of a stretch."""
    one = await watcher(world, "village", consultation)
    assert (await one.open())[0] == 201
    async with one.get("tracks/1") as reply:
        assert reply.status == 200
        track = await reply.read()
    return track, await lines(one, f"fast?from={2 * US}&to={5 * US}")


async def test_without_its_packets_it_is_watched_checked_and_exported_and_says_what_is_gone(
    world: World, tmp_path: Path
) -> None:
    consultation = await pointed_at(world)
    before = await watched(world, consultation)
    assert len(before[1]) == 30  # type: ignore[arg-type] - lines
    await days_later(world, 30, journal=30)
    assert segments_of(folder_of(world, consultation)) == []
    assert world.services.keeping.ledgers.read(consultation).aged == {"journal"}
    assert await watched(world, consultation) == before, "byte by byte, and every movement of the pointer"
    verdict = verified(world, consultation)
    assert verdict.right, verdict.line(0)
    assert "2 kept long enough and removed" in verdict.line(0)

    _, data = await made(await asker(world, "village", consultation))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert json.loads(archive.read(verify.LET_GO)) == {"files": ["media/media-000001.seg", "media/media-000002.seg"]}
    assert FAST in archive.namelist()
    (path := tmp_path / "bundle.zip").write_bytes(data)
    key = verify.parse_key(archive.read("proof/log.vkey").decode())
    found = verify.Verification(verify.open_bundle(str(path)), verify.Trust([key], [], [], None))
    found.run()
    assert found.answers["integrity"].answer == "yes", found.answers["integrity"].problems
    complete = found.answers["completeness"]
    assert (complete.answer, found.exit) == ("no", 3), "a reason is no excuse: what was sealed is missing"
    assert [(one.facts["count"], one.facts["of"]) for one in complete.said if one.code == "let_go"] == [(2, 2)]


async def test_a_damaged_track_keeps_the_packets(world: World) -> None:
    consultation = await pointed_at(world)
    track = next((folder_of(world, consultation) / "tracks").iterdir())
    changed = bytearray(track.read_bytes())
    changed[-40] ^= 1
    track.write_bytes(changed)
    await days_later(world, 30, journal=30)
    assert segments_of(folder_of(world, consultation))
    assert world.services.keeping.ledgers.read(consultation).aged == frozenset()


async def test_a_damaged_fast_lane_keeps_the_packets(world: World) -> None:
    consultation = await pointed_at(world)
    (folder_of(world, consultation) / FAST).write_bytes(b"nothing")
    await days_later(world, 30, journal=30)
    assert segments_of(folder_of(world, consultation))


async def test_without_its_media_what_happened_is_watched_and_exported(world: World) -> None:
    consultation = await pointed_at(world)
    await watched(world, consultation)
    (folder_of(world, consultation) / MADE).mkdir(exist_ok=True)
    await days_later(world, 40, journal=30, media=40)
    left = {path.name for path in folder_of(world, consultation).iterdir()}
    assert not left & {"tracks", MADE, FAST}, "nor small pictures"
    assert not segments_of(folder_of(world, consultation))
    one = await watcher(world, "village", consultation)
    status, told = await one.open()
    assert (status, [track["missing"] for track in told["tracks"]]) == (201, [True, True])
    assert await lines(one, f"fast?from={2 * US}&to={5 * US}") == []
    assert verified(world, consultation).right
    _, data = await made(await asker(world, "village", consultation))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert len(json.loads(archive.read(verify.LET_GO))["files"]) == 6
    assert not [name for name in archive.namelist() if name.startswith("play/")]
