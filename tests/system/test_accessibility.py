"""WCAG 2.2 AA, as far as a machine can tell, on every page and dialog, in both languages and at both widths: axe-core
finds nothing serious, nothing needs sideways scrolling at 320 px or 200 %, nothing moves for who asked for less motion.
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page

from tests.system.access import ROOT, WIDE, examine, moving
from tests.system.conftest import BLUE, RED
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_attachments import photograph


class Tour:
    """One language's walk through the pages; collects what is wrong instead of stopping at the first."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words: dict[str, Any] = json.loads((ROOT / f"viewer/src/locales/{language}.json").read_text("utf-8"))
        self.wrong: list[str] = []
        self.seen: list[str] = []

    def word(self, path: str) -> str:
        value: Any = self.words
        for part in path.split("."):
            value = value[part]
        return str(value)

    async def look(self, page: Page, name: str) -> None:
        self.seen.append(name)
        self.wrong += await examine(page, f"{self.language}-{name}")

    async def arrive(self, browser: Browser, server: Server, user: str, colour: tuple[int, int, int]) -> Person:
        context = await browser.new_context(locale=self.language, viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
        person = await Person.arrive(context, server.url, colour, 440)
        await person.page.get_by_label(self.word("sign_in.user"), exact=True).wait_for()
        if not self.seen:
            await self.look(person.page, "sign-in")
        account = server.account(user)
        await person.page.get_by_label(self.word("sign_in.user"), exact=True).fill(account["user"])
        await person.page.get_by_label(self.word("sign_in.password"), exact=True).fill(account["password"])
        await person.button(self.word("sign_in.submit")).click()
        await person.button(self.word("sign_out")).wait_for()
        return person


@pytest.fixture
async def tour(request: pytest.FixtureRequest) -> AsyncIterator[Tour]:
    made = Tour(request.param)
    yield made
    assert made.wrong == [], "\n".join(made.wrong)


async def menu_items(person: Person, label: str) -> list[Locator]:
    await person.button(label).click()
    menu = person.page.get_by_role("menu", name=label)
    await menu.wait_for()
    return await menu.get_by_role("menuitem").all()


async def every_dialog_of_the_menu(tour: Tour, person: Person) -> None:
    """Each item that opens a dialog: what is added later is looked at too."""
    label = tour.word("call.more")
    items = await menu_items(person, label)
    await tour.look(person.page, "call-menu")
    words = [str(await item.inner_text()).strip() for item in items]
    await person.page.keyboard.press("Escape")
    leaving = {tour.word("call.leave"), tour.word("language.other")}
    for word in [word for word in words if word.endswith("…") and word not in leaving]:
        await menu_items(person, label)
        await person.page.get_by_role("menuitem", name=word).click()
        dialog = person.page.get_by_role("dialog")
        await dialog.wait_for()
        await tour.look(person.page, f"dialog-{words.index(word)}")
        await person.page.keyboard.press("Escape")
        await dialog.wait_for(state="detached")


async def every_tab(tour: Tour, person: Person) -> None:
    tabs = person.page.get_by_role("tab")
    for index in range(await tabs.count()):
        await tabs.nth(index).click()
        await tour.look(person.page, f"tab-{index}")
    await tabs.first.click()


async def the_chat(tour: Tour, person: Person) -> None:
    """With a picture, a voice message, the recorder, and the picture large."""
    page = person.page
    await person.button(tour.word("call.chat")).click()
    await page.locator("input[type=file]").set_input_files(photograph())
    await page.get_by_alt_text(tour.word("chat.picture_ready")).wait_for()
    await tour.look(page, "chat-picture-to-send")
    await person.button(tour.word("chat.send")).click()
    await page.locator("button.chat-picture").wait_for()
    await person.button(tour.word("chat.voice")).click()
    await page.locator(".voice-state .figures", has_text=re.compile("^0:0[1-9]|^0:[1-5]")).wait_for()
    await tour.look(page, "chat-recording")
    await person.button(tour.word("chat.stop")).click()
    await person.button(tour.word("chat.send_voice")).wait_for()
    await tour.look(page, "chat-voice-to-send")
    await person.button(tour.word("chat.send_voice")).click()
    await page.locator(".chat-line:not(.waiting) .voice").wait_for()
    await page.get_by_role("textbox").last.fill("左上腹 B 超 ✓")
    await page.keyboard.press("Enter")
    await tour.look(page, "chat")
    await page.locator("button.chat-picture").click()
    await page.get_by_role("dialog").wait_for()
    await tour.look(page, "dialog-picture")
    await page.keyboard.press("Escape")


@pytest.mark.parametrize("tour", ["en", "zh-CN"], indirect=True)
async def test_every_page_and_dialog(server: Server, browser: Browser, tour: Tour) -> None:
    doctor = await tour.arrive(browser, server, "village", RED)
    specialist = await tour.arrive(browser, server, "specialist", BLUE)
    await specialist.page.get_by_text(tour.word("on_call.on_title"), exact=True).wait_for()
    await doctor.button(tour.word("lobby.call")).wait_for()
    await tour.look(doctor.page, "lobby-doctor")
    await tour.look(specialist.page, "lobby-specialist")

    await doctor.button(tour.word("lobby.call")).click()
    await specialist.button(tour.word("incoming.answer")).wait_for()
    await tour.look(specialist.page, "incoming")
    await tour.look(doctor.page, "ringing")
    await specialist.button(tour.word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)

    await every_tab(tour, doctor)
    await every_dialog_of_the_menu(tour, doctor)
    await the_chat(tour, doctor)
    await doctor.button(tour.word("call.microphone")).click()
    await doctor.button(tour.word("call.camera")).click()
    await tour.look(doctor.page, "call-muted")
    await tour.look(specialist.page, "call-specialist")
    assert await moving(doctor.page) == []

    await doctor.button(tour.word("call.hang_up")).click()
    await specialist.button(tour.word("call.hang_up")).wait_for(state="detached")
    await tour.look(doctor.page, "after")
    await doctor.button(tour.word("after.timeline")).click()
    await doctor.page.locator("table").first.wait_for()
    await tour.look(doctor.page, "timeline")


@pytest.mark.parametrize("tour", ["en", "zh-CN"], indirect=True)
@pytest.mark.parametrize("user", ["admin", "reviewer"])
async def test_the_other_roles_pages(server: Server, browser: Browser, tour: Tour, user: str) -> None:
    person = await tour.arrive(browser, server, user, RED)
    await tour.look(person.page, f"lobby-{user}")
    if user == "admin":
        await person.page.get_by_role("tab").first.wait_for()
        await every_tab(tour, person)
