"""What may happen to a viewport: the GPU is taken away, the PACS goes down while one scrolls, it is opened and closed
all day. The viewer's own pane, in a real Chromium."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, Page

from tests.system.person import until
from tests.system.view_server import Made, picture, serve

PICTURES = [Made((np.add.outer(np.arange(96), np.arange(128)) % 256).astype("u1")) for _ in range(12)]
TIMES = 50


@pytest.fixture
async def page(built: Path, browser: Browser) -> AsyncIterator[Page]:
    async with serve(built, PICTURES) as address:
        page = await browser.new_page()
        await page.goto(address)
        yield page


async def _show(page: Page, number: int) -> None:
    await page.evaluate("(one) => panes.show('/web', one)", picture(number))


async def _shown(page: Page, number: int) -> dict[str, Any]:
    """The pane's news once it shows this picture by its own values."""

    async def there() -> Any:
        news = await page.evaluate("panes.news()")
        ours = news and news["shot"] == picture(number)["instance"] and not news["plain"] and not news["failure"]
        return news if ours and news["showing"] in {"shown", "cpu_only"} else None

    found: dict[str, Any] = await until(f"picture {number}", there)
    return found


async def _drawn(page: Page, hardware: str) -> bool:
    """Whether this draws, and not black."""
    seen, colours = await page.evaluate("panes.hardware()"), await page.evaluate("panes.colours()")
    return bool(seen == hardware and colours > 100)


async def test_a_lost_gpu_comes_back_and_one_that_fails_again_is_left_alone(page: Page) -> None:
    await page.evaluate("exact.begin('gpu')")
    await _show(page, 0)
    assert (await _shown(page, 0))["showing"] == "shown"
    await until("the picture", lambda: _drawn(page, "gpu"))
    for hardware, showing in (("gpu", "shown"), ("cpu", "cpu_only")):
        lost = await page.evaluate("panes.renderer()")
        await page.evaluate("panes.loseGpu()")

        async def noticed(lost: str = lost) -> bool:  # until then the old picture is still on the canvas
            return bool(await page.evaluate("panes.renderer()") != lost)

        await until("a new renderer", noticed)
        await until(f"the picture again, by {hardware}", partial(_drawn, page, hardware))
        await _show(page, 1)
        assert (await _shown(page, 1))["showing"] == showing
        await _show(page, 0)
        await _shown(page, 0)


async def test_a_pacs_that_goes_down_is_said_and_tried_again_and_nothing_is_lost(page: Page) -> None:
    await page.route("**/instances/1.2.3.4.11/frames/*", lambda route: route.fulfill(status=503))
    await _show(page, 0)
    await _shown(page, 0)
    await _show(page, 10)

    async def said() -> bool:
        news = await page.evaluate("panes.news()")
        return bool(news["failure"] == "unavailable" and news["showing"] == "lost")

    await until("that it is down", said)
    await _show(page, 1)  # what is here already can be looked at meanwhile
    await _shown(page, 1)
    await _show(page, 10)
    await page.unroute("**/instances/1.2.3.4.11/frames/*")
    await _shown(page, 10)  # tried again by itself


async def test_opened_and_closed_all_day_it_leaves_nothing_behind(page: Page) -> None:
    tools = await page.context.new_cdp_session(page)
    await tools.send("Performance.enable")

    async def counted() -> dict[str, float]:
        await tools.send("HeapProfiler.collectGarbage")
        metrics = (await tools.send("Performance.getMetrics"))["metrics"]
        return {one["name"]: one["value"] for one in metrics if one["name"] in {"JSEventListeners", "Nodes"}}

    async def once() -> None:
        await _show(page, 0)
        await _shown(page, 0)
        await page.evaluate("panes.close()")

    for _ in range(3):
        await once()
    before = await counted()
    for _ in range(TIMES):
        await once()
    after = await counted()
    print(f"{TIMES} times: {before} → {after}")
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["Nodes"] <= before["Nodes"] + 50
