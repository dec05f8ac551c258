"""Our own pages in a real Chromium, driven by the words that people see, each with or without a bad line of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from loadtest.server import ServerError
from loadtest.swarm import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless --no-sandbox --use-fake-ui-for-media-stream --use-fake-device-for-media-stream --disable-quic "
    "--no-first-run --disable-background-networking --disable-component-update --disable-sync "
    "--disable-features=WebRtcHideLocalIpsWithMdns --enable-unsafe-swiftshader "
    "--autoplay-policy=no-user-gesture-required --disable-background-timer-throttling "
    "--disable-renderer-backgrounding --disable-backgrounding-occluded-windows"
)
_SCRIPT: Final = Path(__file__).with_name("page.js")
PATIENCE_MS: Final = 20_000


@contextmanager
def chromium() -> "Iterator[Browser]":
    """ServerError when Playwright or the browser is missing: there is nothing to measure with."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional: only these scenarios need it
    except ImportError as error:
        raise ServerError("Playwright is not installed: no scenario with Chromium can run") from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        try:
            yield browser
        finally:
            browser.close()


def context(browser: "Browser", *, through: tuple[int, int] | None = None) -> "BrowserContext":
    """Pages of one person. `through`: the media port that the server announces, and the proxy's that they use."""
    made = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800}, bypass_csp=True)
    made.set_default_timeout(PATIENCE_MS)
    settings = ""
    if through is not None:
        ends = {"from": f" {through[0]} typ host", "to": f" {through[1]} typ host"}
        settings = f"window.__through = {json.dumps(ends)};\n"
    made.add_init_script(settings + _SCRIPT.read_text("utf-8"))
    return made


class Words:
    """The pages' own words, so that a button is found whatever it is called."""

    def __init__(self) -> None:
        self._words: dict[str, Any] = json.loads((ROOT / "viewer/src/locales/en.json").read_text("utf-8"))

    def __call__(self, path: str) -> str:
        value: Any = self._words
        for part in path.split("."):
            value = value[part]
        return str(value)


class Doctor:
    """One signed-in person at our pages."""

    def __init__(self, made: "BrowserContext", url: str) -> None:
        self.page: Page = made.new_page()
        self._words = Words()
        self.page.goto(url)

    def sign_in(self, user: str, password: str) -> None:
        self.page.get_by_label(self._words("sign_in.user"), exact=True).fill(user)
        self.page.get_by_label(self._words("sign_in.password"), exact=True).fill(password)
        self.press("sign_in.submit")

    def button(self, words: str) -> "Locator":
        return self.page.get_by_role("button", name=self._words(words), exact=True)

    def press(self, words: str) -> None:
        self.button(words).click()

    def sees(self, words: str) -> None:
        self.button(words).wait_for()

    def sees_text(self, words: str) -> None:
        self.page.get_by_text(self._words(words), exact=True).first.wait_for()

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)
