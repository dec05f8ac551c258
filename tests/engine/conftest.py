"""A plane on loopback for every test that asks for one."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sefaw_rtc.media.engine import Engine
from tests.engine.plane import Plane


@pytest_asyncio.fixture
async def plane() -> AsyncIterator[Plane]:
    engine = Engine(["127.0.0.1:0"])
    yield Plane(engine)
    await engine.close()
