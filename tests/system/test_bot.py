"""A newcomer, alone: one call, answered by the demo specialist, with Chromium's own fake devices."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.system.person import Person
from tests.system.server import Server

STATS_ONLY = """window.__peers = []; const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native { constructor(...a) { super(...a); window.__peers.push(this); } };
window.__stats = async () =>
  (await Promise.all(window.__peers.map((p) => p.getStats()))).flatMap((r) => [...r.values()]);"""


@pytest.mark.alone
async def test_the_demo_specialist_answers_a_newcomer(tmp_path: Path, browser: Browser) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        context = await browser.new_context(locale="zh-CN")
        await context.add_init_script(STATS_ONLY)
        page = await context.new_page()
        await page.goto(server.url)
        newcomer = Person(page, server.url, (0, 0, 0), 0)
        account = server.account("village")
        await page.locator("input").first.fill(account["user"])
        await page.locator("input[type=password]").fill(account["password"])
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="呼叫专家", exact=True).click()
        await page.get_by_role("button", name="挂断", exact=True).wait_for(timeout=30_000)
        await newcomer.sees_moving(30)
        await newcomer.sound_goes_on(50)
        await page.get_by_role("button", name="聊天", exact=True).click()
        await page.get_by_text("640×480").first.wait_for()  # it says in the chat what it sees of us
        assert newcomer.errors == []
    finally:
        server.stop()
