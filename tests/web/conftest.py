"""Fixtures of the web tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.world import World, a_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> float:
    """Whoever is gone or silent is given up after this many seconds instead of 15."""
    for module in ("presence", "bell", "desk"):
        monkeypatch.setattr(f"sefaw_rtc.service.{module}.GRACE_S", 0.3)
    monkeypatch.setattr("sefaw_rtc.service.bell.LOOK_EVERY_S", 0.05)
    return 0.3
