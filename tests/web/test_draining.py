"""Told to stop: no new calls, everybody is told, running consultations may end, and it does not wait for ever."""

import asyncio

import pytest

from sefaw_rtc.service.draining import drain, running
from sefaw_rtc.web.main import Told
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION, ErrorCode
from tests.web.world import PATIENCE_S, Refusal, World, a_call, connect


async def test_without_a_running_consultation_it_does_not_wait(world: World) -> None:
    assert running(world.services) == 0  # the demo's own does not count
    async with asyncio.timeout(PATIENCE_S):
        await drain(world.services, 60, asyncio.Event())


async def test_no_new_calls_and_everybody_is_told(world: World) -> None:
    village, specialist = await connect(world)
    hurry = asyncio.Event()
    draining = asyncio.create_task(drain(world.services, 60, hurry))
    for page in (village, specialist):
        assert (await page.get(wire.Stopping)).within_s == 60
    other = await (await world.sign_in("village")).page()
    assert 0 < (await other.get(wire.Stopping)).within_s <= 60  # it came meanwhile
    with pytest.raises(Refusal) as refused:
        await other.ask(a_call("another"))
    assert refused.value.code == ErrorCode.STOPPING
    async with world.stranger().get(f"{world.url}/readyz") as reply:
        assert (reply.status, await reply.text()) == (503, "draining\n")
    assert not draining.done()
    hurry.set()
    await draining


async def test_it_ends_with_the_last_consultation(world: World) -> None:
    village, _specialist = await connect(world)
    draining = asyncio.create_task(drain(world.services, 60, asyncio.Event()))
    await village.get(wire.Stopping)
    await village.send(wire.HangUp(re=99))
    async with asyncio.timeout(PATIENCE_S):
        await draining


async def test_it_waits_no_longer_than_it_said(world: World) -> None:
    await connect(world)
    async with asyncio.timeout(PATIENCE_S):
        await drain(world.services, 0, asyncio.Event())
    assert running(world.services) == 1


async def test_who_comes_back_into_a_consultation_is_told_too(world: World) -> None:
    village, _specialist = await connect(world)
    joined = await village.get(wire.JoinedReply)
    hurry = asyncio.Event()
    draining = asyncio.create_task(drain(world.services, 60, hurry))
    await village.get(wire.Stopping)
    back = await world.page()
    await back.ask(wire.Resume(re=1, version=WIRE_VERSION, token=joined.resume, since_seq=joined.seq))
    await back.get(wire.Stopping)
    hurry.set()
    await draining


def test_a_second_sigterm_or_ctrl_c_does_not_wait() -> None:
    patient, hasty, terminal = Told(), Told(), Told()
    patient.terminate()
    assert (patient.stop.is_set(), patient.hurry.is_set()) == (True, False)
    hasty.terminate()
    hasty.terminate()
    assert hasty.hurry.is_set()
    terminal.interrupt()
    assert terminal.stop.is_set()
    assert terminal.hurry.is_set()
