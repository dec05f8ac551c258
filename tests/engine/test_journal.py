"""The media journal through the real plane: what is answered, what is on the disk, and what a killed process leaves."""

import asyncio
import random
import sys
import time
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection

from recordings.framing import Ending
from sefaw_rtc.media import port
from tests.engine.plane import PATIENCE_S, Plane
from tests.engine.recorded_plane import KEY, record
from tests.engine.segments import segments
from tests.engine.test_aiortc import ROOM, TRACKS, publish

FIRST_S, LONGEST_S = 3.0, 4.0
ENOUGH = 100  # packets
# What a killed process may cost: a chunk that is open (480 ms), the packets on their way, and a machine that is busy.
LOST_S = 1.0


async def state(plane: Plane) -> tuple[port.RecordingState, int, int]:
    news = await plane.next(port.Recording)
    return news.state, news.segment, news.run


async def test_a_recording_pauses_goes_on_and_ends(plane: Plane, tmp_path: Path) -> None:
    folder, publisher = tmp_path / "archive", RTCPeerConnection()
    try:
        plane.submit(record(folder, segment=5, run=9))
        assert await state(plane) == (port.RecordingState.ON, 5, 9)
        await publish(plane, publisher, peer=1)
        begun = {(await plane.next(port.FirstPacket)).track for _ in TRACKS}
        assert begun == set(TRACKS.values()), "sound and picture both have a run"
        plane.submit(port.PauseRecording(room=ROOM))
        assert await state(plane) == (port.RecordingState.PAUSED, 6, 11)
        (first,) = segments(folder, KEY)
        plane.submit(port.ResumeRecording(room=ROOM))
        assert await state(plane) == (port.RecordingState.ON, 6, 11)
        assert (await plane.next(port.Stats)).journals[0].segment == 6
        plane.submit(port.StopRecording(room=ROOM))
        assert await state(plane) == (port.RecordingState.OFF, 7, 11)
    finally:
        await publisher.close()
    assert set(first.runs()) == {9, 10}
    assert {run["kind"] for run in first.runs().values()} == {"audio", "video"}
    again = segments(folder, KEY)[1]
    assert (again.header["segment"], set(again.runs())) == (6, {9, 10})
    assert again.header["salt"] != first.header["salt"]
    assert again.header["t"] > first.entries[-1][0]


async def test_a_folder_that_cannot_be_is_trouble(plane: Plane, tmp_path: Path) -> None:
    plane.submit(record(tmp_path / "no" / "such", segment=1, run=1))
    trouble = await plane.next(port.JournalTrouble)
    assert (trouble.room, trouble.reason) == (ROOM, port.TroubleReason.FAILED)
    plane.submit(port.StopRecording(room=ROOM))
    assert await state(plane) == (port.RecordingState.OFF, 1, 1)


async def recorded_until_killed(folder: Path, segment: int, run: int, seconds: float) -> int:
    """How many packets of both tracks had come `LOST_S` before it was killed, by what it said itself: more than
    `ENOUGH`, after at least so many seconds."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.engine.recorded_plane",
        *map(str, (folder, segment, run)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    said: list[tuple[float, int]] = []

    def came(until: float) -> int:
        return max((packets for at, packets in said if at <= until - LOST_S), default=0)

    try:
        async with asyncio.timeout(2 * PATIENCE_S):
            while came(now := time.monotonic()) <= ENOUGH or now - said[0][0] < seconds:
                line = await child.stdout.readline()
                said.append((time.monotonic(), int(line)))
        await asyncio.sleep(random.random())
    finally:
        child.kill()
    killed = time.monotonic()
    await child.wait()
    return came(killed)


async def test_what_a_killed_process_recorded_is_there_and_the_next_one_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    came = await recorded_until_killed(folder, 1, 1, random.uniform(FIRST_S, LONGEST_S))
    before = segments(folder, KEY)
    assert sum(len(segment.packets()) for segment in before) >= came
    assert all(segment.ending in {Ending.CLEAN, Ending.TORN} for segment in before)
    await recorded_until_killed(folder, len(before) + 1, 50, 2.0)
    after = segments(folder, KEY)
    assert [segment.header["segment"] for segment in after] == list(range(1, len(after) + 1))
    assert [segment.header["salt"] for segment in after[: len(before)]] == [s.header["salt"] for s in before]
    assert set(after[-1].runs()) == {50, 51}


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
async def test_a_key_of_another_length_is_refused(plane: Plane, tmp_path: Path, key: bytes) -> None:
    command = record(tmp_path, segment=1, run=1)
    with pytest.raises(ValueError, match="32 bytes"):
        plane.submit(port.Record(**{name: getattr(command, name) for name in command.__struct_fields__} | {"key": key}))
