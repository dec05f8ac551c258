"""The shared screen: a real captured tab, stopped from the page and by the browser itself."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.system.conftest import CHROMIUM_FLAGS, chromium
from tests.system.person import Person, until
from tests.system.pictures import is_gone, pictures, plays
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]
SHARED_TITLE = "A page to share"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium that captures a real tab without asking. With fake devices it would capture a fake screen, whose end
    the browser never reports; the pattern's camera and microphone need none."""
    flags = [flag for flag in CHROMIUM_FLAGS if "for-media-stream" not in flag]
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium(), args=[*flags, f"--auto-select-tab-capture-source-by-title={SHARED_TITLE}"]
        )
        yield running
        await running.close()


async def test_a_share_stopped_by_the_browser_ends_for_all(server: Server, browser: Browser, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    for by_the_browser in (True, False):
        shared = await doctor.page.context.new_page()
        await shared.set_content(f"<title>{SHARED_TITLE}</title><body style='background: teal'>")
        await until("the browser knows the tab by its title", lambda: titled(browser))
        await doctor.page.bring_to_front()
        await doctor.button("Share").click()
        await pictures(specialist, "screen").first.wait_for()
        await plays(specialist, "screen", 1)
        await expect(doctor.button("Share")).to_have_attribute("aria-pressed", "true")
        if by_the_browser:
            await shared.close()  # ends the captured track as the browser's own bar does
            await doctor.page.get_by_text("sharing was stopped in the browser").wait_for()
        else:
            await doctor.button("Share").click()
            await shared.close()
        await is_gone(specialist, "screen")
        await expect(doctor.button("Share")).to_have_attribute("aria-pressed", "false")
    await specialist.sees_moving()
    assert doctor.errors == specialist.errors == []


async def titled(browser: Browser) -> bool:
    """It learns of a page's title after the page has it, and shares the tab that it knows by it."""
    session = await browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    await session.detach()
    return any(one["title"] == SHARED_TITLE for one in targets)
