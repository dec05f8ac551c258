"""A call over a network that changes: NAT rebinding, and nothing at all for five seconds."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.conftest import Arrive
from tests.system.relay import Relay
from tests.system.server import Server
from tests.system.test_call import connect, see_and_hear


@pytest.fixture
async def relayed(tmp_path: Path, unused_port: int) -> AsyncIterator[tuple[Server, Relay]]:
    """A server that announces the relay's address only."""
    relay = Relay(("127.0.0.1", unused_port))
    await relay.start()
    server = Server(tmp_path, ("--no-bot", "--announce", relay.address), media=f"127.0.0.1:{unused_port}")
    await server.start()
    yield server, relay
    server.stop()
    relay.close()


async def test_media_goes_on_within_a_second_of_a_nat_rebinding(relayed: tuple[Server, Relay], arrive: Arrive) -> None:
    server, relay = relayed
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    assert relay.forwarded > 100, "the call must go through the relay"
    relay.rebind()
    await asyncio.sleep(1.0)
    for person in (doctor, specialist):
        await person.sees_moving(5, patience_s=1.0)


async def test_the_call_survives_five_seconds_without_a_network(relayed: tuple[Server, Relay], arrive: Arrive) -> None:
    server, relay = relayed
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    relay.dark = True
    await asyncio.sleep(5.0)
    relay.dark = False
    await see_and_hear(doctor, specialist)
