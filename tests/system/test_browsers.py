"""Browsers that cannot run the page, and browsers that hold something back: each is told what to do."""

from playwright.async_api import Browser, Route

from tests.system.server import Server


async def test_a_browser_that_cannot_read_the_page_is_told_so(server: Server, browser: Browser) -> None:
    page = await browser.new_page()

    async def newer_than_this_browser(route: Route) -> None:
        await route.fulfill(body="const a = 1 ?!: 2", content_type="text/javascript")

    await page.route("**/assets/index-*.js", newer_than_this_browser)
    await page.goto(server.url)
    await page.get_by_text("Safari 16 or later").wait_for()
    await page.get_by_text("Safari 16 及以上版本").wait_for()


async def test_a_browser_without_calls_is_told_so(server: Server, browser: Browser) -> None:
    context = await browser.new_context(locale="en-US")
    await context.add_init_script("delete window.RTCPeerConnection")
    page = await context.new_page()
    await page.goto(server.url)
    await page.get_by_role("heading", name="This browser cannot make calls").wait_for()
    words = await page.inner_text("main")
    for oldest in ("Chrome or Edge 109", "Firefox 115", "Safari 16", "RTCPeerConnection"):
        assert oldest in words
    assert not await page.locator("#old").is_visible()


async def test_a_phone_that_waits_for_calls_says_when_it_rings(server: Server, browser: Browser) -> None:
    context = await browser.new_context(
        locale="en-US", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(server.url)
    account = server.account("specialist")
    await page.get_by_label("User", exact=True).fill(account["user"])
    await page.get_by_label("Password", exact=True).fill(account["password"])
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_text("rings only while this page is in front").wait_for()
