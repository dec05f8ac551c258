"""Every page in both languages, on a desktop and on a phone, as pictures in `build/screenshots/` for people to look at.

Each language is walked through once, English on a desktop and Chinese on a phone; every picture is taken at both sizes.
It fails where a machine can tell: a page wider than its screen, a control too small for a thumb, a missing word.
"""

import json
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.system.conftest import BLUE, RED
from tests.system.person import Colour, Person
from tests.system.server import Server

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build/screenshots"
SCREENS: dict[str, ViewportSize] = {"desktop": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
NARROW: dict[str, ViewportSize] = {"narrow": {"width": 320, "height": 640}}
WALKS = [("en", "desktop"), ("zh-CN", "phone")]  # language, screen that is walked on
TARGET_PX = 44


class Album:
    """Takes the pictures of one language and one screen, or of one language that is walked through on one screen."""

    def __init__(self, language: str, screen: str) -> None:
        self.language, self.screen = language, screen
        self.prefix = f"{language}-{screen}"
        self.also: dict[str, ViewportSize] = {}
        self.words: dict[str, Any] = json.loads((ROOT / f"viewer/src/locales/{language}.json").read_text("utf-8"))
        PICTURES.mkdir(parents=True, exist_ok=True)

    def word(self, path: str) -> str:
        """The words of a key like `call.hang_up`."""
        value: Any = self.words
        for part in path.split("."):
            value = value[part]
        return str(value)

    async def arrive(self, browser: Browser, server: Server, colour: Colour, tone: int) -> Person:
        """Somebody at the first page, in this language and on this screen."""
        context = await browser.new_context(
            locale=self.language,
            viewport=SCREENS[self.screen],
            device_scale_factor=1,
            has_touch=self.screen == "phone",
        )
        return await Person.arrive(context, server.url, colour, tone)

    async def sign_in(self, person: Person, account: dict[str, str]) -> None:
        """In the page's own words."""
        await person.page.get_by_label(self.word("sign_in.user"), exact=True).fill(account["user"])
        await person.page.get_by_label(self.word("sign_in.password"), exact=True).fill(account["password"])
        await person.button(self.word("sign_in.submit")).click()

    async def come(self, browser: Browser, server: Server, user: str, colour: Colour, tone: int) -> Person:
        """Somebody who has signed in."""
        person = await self.arrive(browser, server, colour, tone)
        await self.sign_in(person, server.account(user))
        return person

    def walking(self) -> Self:
        """Take every picture on the other screens too."""
        self.also = {screen: size for screen, size in SCREENS.items() if screen != self.screen}
        return self

    async def take(self, page: Page, name: str, *, narrow: bool = False) -> None:
        """Pictures of what is on the page now, and what a machine can check of each. `narrow`: on the narrowest too."""
        await self._take(page, f"{self.prefix}-{name}")
        usual = page.viewport_size
        assert usual is not None
        for screen, size in (self.also | (NARROW if narrow else {})).items():
            await page.set_viewport_size(size)
            await self._take(page, f"{self.language}-{screen}-{name}")
            await page.set_viewport_size(usual)

    async def _take(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(250)  # fonts and the 150 ms transitions
        await page.screenshot(path=PICTURES / f"{name}.png")
        width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{name} is {width} px wider than its screen"
        small = await page.evaluate(
            """(least) => [...document.querySelectorAll('button, input, select, textarea, a[href]')]
                .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height > 1)
                .filter((e) => (e.closest('label') ?? e).getBoundingClientRect().height < least - 0.5)
                .map((e) => e.outerHTML.slice(0, 120))""",
            TARGET_PX,
        )
        assert small == [], f"{name}: smaller than {TARGET_PX} px"
        cut = await page.evaluate(
            """() => [...document.querySelectorAll('.bar button, .banner-state li, .dialog button, .dialog select')]
                .filter((e) => e.checkVisibility())
                .filter((e) => e.getBoundingClientRect().left < 0 || e.getBoundingClientRect().right > innerWidth
                    || e.getBoundingClientRect().right > (e.closest('.dialog') ?? document.body)
                        .getBoundingClientRect().right)
                .map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert cut == [], f"{name}: cut off at the edge"
        text = await page.inner_text("body")
        assert "{{" not in text, "an unfilled word"


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_every_page(server: Server, browser: Browser, language: str, screen: str) -> None:
    album = Album(language, screen).walking()
    doctor = await album.arrive(browser, server, RED, 440)
    specialist = await album.arrive(browser, server, BLUE, 700)
    await doctor.page.get_by_label(album.word("sign_in.user"), exact=True).wait_for()
    await album.take(doctor.page, "1-sign-in")
    await album.sign_in(doctor, server.account("village"))
    await album.sign_in(specialist, server.account("specialist"))
    await specialist.page.get_by_text(album.word("on_call.on_title"), exact=True).wait_for()
    await doctor.button(album.word("lobby.call")).wait_for()
    await album.take(doctor.page, "2-lobby-doctor")
    await album.take(specialist.page, "3-lobby-specialist")

    await doctor.button(album.word("lobby.call")).click()
    await specialist.button(album.word("incoming.answer")).wait_for()
    await album.take(doctor.page, "4-ringing")
    await album.take(specialist.page, "5-incoming")
    await specialist.button(album.word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)
    await specialist.sees_colour(RED)
    await album.take(doctor.page, "6-call-doctor")
    await album.take(specialist.page, "7-call-specialist")
    await devices(album, doctor)

    await opinion(album, doctor, specialist, server.account("specialist")["password"])
    await doctor.button(album.word("call.hang_up")).click()
    await specialist.button(album.word("call.hang_up")).wait_for(state="detached")
    await album.take(doctor.page, "8-after")
    await papers(album, doctor, specialist)


async def devices(album: Album, doctor: Person) -> None:
    """Microphone and camera off, on the narrowest page too, where the red control must stay; and the probe's dialog."""
    page, word = doctor.page, album.word
    controls = [doctor.button(word("call.microphone")), doctor.button(word("call.camera"))]
    for control in controls:
        await control.click()
    await page.locator(".banner-state .mark-off").nth(1).wait_for()
    await album.take(page, "6-call-muted", narrow=True)
    for control in controls:
        await control.click()
    await doctor.button(word("call.probe")).click()
    await page.locator(".probe-preview video").wait_for()
    await album.take(page, "6-probe")
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")


async def opinion(album: Album, doctor: Person, specialist: Person, password: str) -> None:
    """A critical opinion: the form, what is signed, and how it comes to the village doctor."""
    page, word = specialist.page, album.word
    await page.get_by_role("tab", name=word("opinion.title"), exact=True).click()
    await page.get_by_label(word("opinion.findings"), exact=True).fill("肝左叶见 12×9 mm 低回声结节，边界清。")
    await page.get_by_label(word("opinion.impression"), exact=True).fill("肝血管瘤可能 · Haemangioma?")
    await page.get_by_label(word("opinion.advice"), exact=True).fill("增强 CT；一周内复查。")
    await page.get_by_label(word("opinion.yes"), exact=True).check()
    await page.locator(".told").get_by_role("button").click()
    await page.locator(".saved-mark .icon").wait_for()
    await album.take(page, "7-opinion-form")
    await specialist.button(word("opinion.sign")).click()
    await page.get_by_label(word("opinion.password"), exact=True).fill(password)
    await album.take(page, "7-opinion-sign")
    await specialist.button(word("opinion.sign_now")).click()
    await page.locator(".signed").wait_for()
    await album.take(page, "7-opinion-signed")
    await doctor.button(word("opinion.read")).wait_for()
    await album.take(doctor.page, "7-opinion-news")
    await doctor.button(word("opinion.read")).click()
    await doctor.button(word("opinion.acknowledge")).wait_for()
    await album.take(doctor.page, "7-opinion-read")


async def papers(album: Album, doctor: Person, specialist: Person) -> None:
    """What is left to do: in the lobby, in the list, on the page of the consultation; and how it is printed."""
    word = album.word
    await specialist.page.locator(".signed").wait_for()
    await album.take(specialist.page, "9-after-specialist")
    await doctor.button(word("after.back")).click()
    await doctor.page.locator(".task").wait_for()
    await album.take(doctor.page, "9-lobby-with-tasks")
    await doctor.button(word("cases.all_mine")).click()
    await doctor.page.locator(".task").wait_for()
    await album.take(doctor.page, "9-list")
    await doctor.page.locator(".consultation-row").get_by_role("button").click()
    await doctor.button(word("opinion.acknowledge")).wait_for()
    await album.take(doctor.page, "9-consultation")
    await doctor.page.emulate_media(media="print")
    await doctor.page.screenshot(path=PICTURES / f"{album.prefix}-9-print.png", full_page=True)
    await doctor.page.emulate_media(media="screen")
