"""A recording that is not there yet, as a person sees it: the call goes on, or it is being sealed; then it opens by
itself. What is kept elsewhere: test_object_store.py."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from recordings.sealing import Done
from sefaw_rtc.service import running
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.service.sealing import Sealing
from signalling import messages as wire
from tests.system.replay_ends import Watcher
from tests.web.replayed import REVIEWER, add_reviewer, call, journal, media
from tests.web.world import a_world

ACCOUNT = {"user": REVIEWER, "password": password_of(REVIEWER)}


class Held(Sealing):
    """It seals when it may."""

    def __init__(self, may: asyncio.Event, *given: Any) -> None:
        super().__init__(*given, settle_s=0.0)
        self._may = may

    async def seal(self, path: Path) -> Done:
        await self._may.wait()
        return await super().seal(path)


async def test_one_waits_for_the_end_and_the_seal(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = asyncio.Event()
    monkeypatch.setattr(running, "Sealing", partial(Held, may))
    async with a_world(tmp_path) as world:
        await add_reviewer(world)
        village, _, consultation = await call(world)
        journal(world, consultation, media(world, consultation, seconds=2))
        watcher = await Watcher.come(browser, world.url, ACCOUNT, consultation, "zh-CN")
        await watcher.is_told("out_of_state")
        await village.ask(wire.HangUp(re=1))
        await watcher.tries_again()
        await watcher.is_told("not_ready", "not_yet")
        may.set()
        await watcher.can_play()
        await watcher.leave()
