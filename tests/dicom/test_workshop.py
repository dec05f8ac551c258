"""Decoding in processes of their own: what crashes, hangs or wants too much takes nothing with it. Real processes; each
is slow to start, so there are few."""

import asyncio
import os
import resource
import signal
from dataclasses import replace

import numpy as np
import pytest

from sefaw_rtc.dicom.cache import Cache
from sefaw_rtc.dicom.imaging import imaging_of
from sefaw_rtc.dicom.jobs import Job
from sefaw_rtc.dicom.workshop import BusyError, UndecodableError, Workshop
from tests.dicom.files import raw_frames, read, to_json

J2K = read("J2K_pixelrep_mismatch.dcm")
IMAGE = imaging_of(to_json(J2K))
JOB = Job("native", IMAGE, raw_frames(J2K)[0])


async def test_a_process_that_dies_is_started_anew() -> None:
    workshop = Workshop(1)
    try:
        for _ in range(2):
            data = await workshop.do(JOB)
            np.testing.assert_array_equal(np.frombuffer(data, "<i2").reshape(512, 512), J2K.pixel_array)
        (process,) = workshop._idle
        os.kill(process._process.pid, signal.SIGKILL)
        with pytest.raises(UndecodableError):
            await workshop.do(JOB)
        assert len(await workshop.do(JOB)) == 512 * 512 * 2
    finally:
        await workshop.close()
    with pytest.raises(BusyError):
        await workshop.do(JOB)


async def test_garbage_is_undecodable_and_the_process_lives_on() -> None:
    workshop = Workshop(1)
    try:
        for frame in (b"", b"\xff\x4f\xff\x51" + b"\0" * 100, JOB.frame[: len(JOB.frame) // 2][:2000]):
            with pytest.raises(UndecodableError):
                await workshop.do(Job("native", IMAGE, frame))
        (process,) = workshop._idle
        await workshop.do(JOB)
        assert workshop._idle == [process]
    finally:
        await workshop.close()


async def test_what_takes_too_long_is_killed() -> None:
    workshop = Workshop(1, seconds=0.001)
    try:
        with pytest.raises(UndecodableError):
            await workshop.do(JOB)
        assert not workshop._idle
    finally:
        await workshop.close()


async def test_what_wants_too_much_memory_is_undecodable() -> None:
    large = replace(IMAGE, rows=8000, columns=8000, transfer_syntax="1.2.840.10008.1.2.1")
    workshop = Workshop(1, memory=1 << 30)
    try:
        await workshop.do(JOB)
        (process,) = workshop._idle
        os_limit = 700 << 20
        resource.prlimit(process._process.pid, resource.RLIMIT_AS, (os_limit, os_limit))
        picture = Job("jpeg_ls", large, bytes(8000 * 8000 * 2))
        with pytest.raises(UndecodableError):
            await workshop.do(picture)
    finally:
        await workshop.close()


async def test_more_than_may_wait_are_told_so() -> None:
    workshop = Workshop(1, waiting=2)
    try:
        got = await asyncio.gather(*(workshop.do(JOB) for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(one, BusyError) for one in got) == 2
        assert sum(isinstance(one, bytes) for one in got) == 2
    finally:
        await workshop.close()


# ---- the memory beside them -----------------------------------------------------------------------------------------


async def test_the_least_recently_used_goes_first_and_a_giant_not_in() -> None:
    cache: Cache[bytes] = Cache(100, len)
    made: list[str] = []

    async def make(name: str, size: int) -> bytes:
        made.append(name)
        return bytes(size)

    for name in "abcdaef":
        await cache.get(name, lambda name=name: make(name, 20))  # type: ignore[misc]
        assert cache.used <= 100
    await cache.get("a", lambda: make("a", 20))
    await cache.get("b", lambda: make("b", 20))
    assert made == list("abcdefb")
    await cache.get("giant", lambda: make("giant", 60))
    assert cache.used == 100


async def test_all_who_wait_hear_of_a_failure_and_it_is_tried_again() -> None:
    cache: Cache[bytes] = Cache(100, len)
    calls = 0

    async def fail() -> bytes:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        raise ValueError("no")

    got = await asyncio.gather(*(cache.get("k", fail) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in got] == [ValueError] * 3
    assert calls == 1
    with pytest.raises(ValueError, match="no"):
        await cache.get("k", fail)
    assert calls == 2


async def test_one_who_goes_away_does_not_stop_it_for_the_others() -> None:
    cache: Cache[bytes] = Cache(100, len)
    go = asyncio.Event()

    async def slow() -> bytes:
        await go.wait()
        return b"made"

    first = asyncio.ensure_future(cache.get("k", slow))
    second = asyncio.ensure_future(cache.get("k", slow))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == b"made"
