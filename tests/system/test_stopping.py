"""SIGTERM to the real process while a consultation runs: told, waited for, closed by name, back after the restart."""

import asyncio
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION, CloseReason, ErrorCode
from tests.system.callers import Callers, a_line
from tests.system.conftest import MakeServer
from tests.system.server import STOP_S, Server
from tests.web.world import Refusal, a_call


async def ended(server: Server) -> int:
    """Its exit status. Meanwhile the pages here answer: a server waits for their side of the goodbye."""
    assert server.process is not None
    return await asyncio.to_thread(server.process.wait, STOP_S)


@pytest.mark.alone
async def test_sigterm_drains(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path, options=("--no-bot",), drain_s=3)
    await server.start()
    people = server.of_role("village_doctor"), server.of_role("specialist")
    async with Callers(server.url) as callers:
        village, specialist, consultation, resume = await callers.connect(*people)
        await village.ask(a_line(1))
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        for page in (village, specialist):
            assert (await page.get(wire.Stopping)).within_s == 3
        with pytest.raises(Refusal) as refused:
            await village.ask(a_call("another"))
        assert refused.value.code == ErrorCode.STOPPING
        async with callers.session().get(f"{server.url}/readyz") as reply:
            assert (reply.status, await reply.text()) == (503, "draining\n")
        await village.ask(a_line(2))  # the consultation itself goes on
        for page in (village, specialist):
            assert (await page.get(wire.Goodbye)).reason is CloseReason.SERVER_STOPPING
        waited = time.monotonic() - told
        assert await ended(server) == 0
    assert 2.5 < waited < 8, waited
    await server.start()
    async with Callers(server.url) as callers:
        back = await callers.page(people[0])
        joined = await back.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0))
        assert joined.consultation == consultation
        assert [line.text for line in joined.state.chat] == ["line 1", "line 2"]
    server.stop()


async def test_it_stops_as_soon_as_nobody_calls_any_more_and_at_once_when_told_twice(
    tmp_path: Path, make_server: MakeServer
) -> None:
    server = make_server(tmp_path, options=("--no-bot",), drain_s=600)
    await server.start()
    assert server.process is not None
    async with Callers(server.url) as callers:
        village, _specialist, *_ = await callers.connect(server.of_role("village_doctor"), server.of_role("specialist"))
        server.process.send_signal(signal.SIGTERM)
        await village.get(wire.Stopping)
        await village.send(wire.HangUp(re=9))
        assert (await village.get(wire.Goodbye)).reason is CloseReason.SERVER_STOPPING
        assert await ended(server) == 0
    await server.start()
    async with Callers(server.url) as callers:
        village, *_ = await callers.connect(server.of_role("village_doctor"), server.of_role("specialist"))
        server.process.send_signal(signal.SIGTERM)
        await village.get(wire.Stopping)
        server.process.send_signal(signal.SIGTERM)
        assert await ended(server) == 0
    with pytest.raises(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http:
            await http.get(f"{server.url}/healthz")
