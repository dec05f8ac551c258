"""An administrator at the pages: makes a hospital, an account and a shift, looks at the timeline of a call, and ends it
with words that both doctors read. And every page of it as a picture, in both languages, on a desktop and a phone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.system.conftest import BLUE, RED, Arrive
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_call import connect, see_and_hear
from tests.system.test_screenshots import ROOT, WALKS, Album

STEPS = ("ice_connected", "dtls_connected", "first_packet", "first_keyframe")


async def open_tab(person: Person, name: str) -> None:
    await person.page.get_by_role("tab", name=name, exact=True).click()


async def arrive_admin(server: Server, arrive: Arrive) -> Person:
    admin = await arrive(server.url, RED, 440)
    await admin.sign_in(server.account("admin"))
    await admin.page.get_by_role("heading", name="Administration").wait_for()
    return admin


async def test_a_hospital_an_account_and_a_shift(server: Server, arrive: Arrive) -> None:
    admin = await arrive_admin(server, arrive)
    page = admin.page
    await admin.button("Add an institution").click()
    await page.get_by_label("Name of the institution").fill("North Hospital")
    await page.keyboard.press("Enter")
    await admin.button("Add a department: North Hospital").click()
    await page.get_by_label("Name of the department").fill("Ultrasound")
    await page.keyboard.press("Enter")
    await page.get_by_text(re.compile("^Ultrasound")).wait_for()  # the demo has one of another name

    await open_tab(admin, "Accounts")
    await admin.button("Add an account").click()
    await page.get_by_label("User", exact=True).fill("two words")
    await page.get_by_label("Name", exact=True).fill("Xu Lan")
    await page.get_by_label("Role", exact=True).select_option("specialist")
    await page.get_by_label("Institution", exact=True).select_option(label="North Hospital")
    await page.get_by_label("Department", exact=True).select_option(label="Ultrasound")
    await admin.button("Save").click()
    await page.get_by_text("Please type a user name without spaces.").wait_for()
    await page.get_by_label("User", exact=True).fill("xu")
    await admin.button("Save").click()
    password = (await page.locator("[data-password]").inner_text()).strip()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", password)
    await admin.button("Done").click()

    await open_tab(admin, "On-call rota")
    await page.get_by_label("Department").select_option(label="North Hospital · Ultrasound")
    await page.get_by_text("nobody is on duty for 168 h").wait_for()
    await page.locator(".gap").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Repeat").select_option("4")
    await admin.button("Add").click()
    await page.get_by_text("nobody is on duty for 144 h").wait_for()
    await page.get_by_role("button", name=re.compile("Xu Lan, 00:00")).click()
    await admin.button("Remove").click()
    await page.get_by_text("nobody is on duty for 168 h").wait_for()
    await admin.button("Undo").click()
    await page.get_by_text("nobody is on duty for 144 h").wait_for()

    fresh = await arrive(server.url, BLUE, 700)
    await fresh.sign_in({"user": "xu", "password": password})
    await fresh.page.get_by_text("You are on call", exact=True).wait_for()
    assert admin.errors == []


async def test_a_call_is_looked_at_and_ended_with_words(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    admin = await arrive_admin(server, arrive)
    await open_tab(admin, "Consultations")
    row = admin.page.get_by_role("row").filter(has_text="Village doctor")
    await row.get_by_text("UDP").first.wait_for()
    words = await row.inner_text()
    assert "Specialist" in words
    assert "张桂英" not in words

    await row.get_by_role("button", name="Timeline").click()
    await admin.page.locator(".lanes svg").wait_for()
    await admin.button("The beginning").click()
    for step in STEPS:
        assert await admin.page.locator(f'.lanes [data-what="{step}"]').count() >= 2, f"{step} of both doctors"
    await admin.page.locator('.lanes [data-what="first_keyframe"]').first.hover()
    detail = re.compile(r"First whole picture \(keyframe\) · picture, face \(\d+\) · \d+ ms")
    await admin.page.locator("[data-detail]").filter(has_text=detail).wait_for()
    shown = await admin.page.locator(".steps tbody tr").all_inner_texts()
    async with admin.page.expect_download() as downloading:
        await admin.page.get_by_role("link", name="As one file (HTML)").click()
    file = tmp_path / "timeline.html"
    await (await downloading.value).save_as(file)
    await the_file_shows_the_same(admin.page, file, shown)

    await admin.button("Back").click()
    await row.get_by_role("button", name=re.compile("^End the consultation")).click()
    await admin.button("End it for everybody").click()
    await admin.page.get_by_text("Please say why").wait_for()
    await admin.page.get_by_label("Why").fill("The power goes off at six. <b>Call again</b> at seven.")
    await admin.button("End it for everybody").click()
    for person in (doctor, specialist):
        await person.page.get_by_role("heading", name="An administrator ended the consultation").wait_for()
        await person.page.get_by_text("The power goes off at six. <b>Call again</b> at seven.").wait_for()
        await person.button("Timeline").click()
        await person.page.get_by_text("Ending began").first.wait_for()
    assert [p.errors for p in (admin, doctor, specialist)] == [[], [], []]


async def the_file_shows_the_same(page: Page, file: Path, shown: list[str]) -> None:
    """Opened from the disk by a browser that is nobody's: the rows of the page, and not a request."""
    alone = await page.context.browser.new_page()  # type: ignore[union-attr]
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    troubles: list[str] = []
    alone.on("console", lambda message: troubles.append(message.text))
    await alone.goto(file.as_uri())
    rows = await alone.locator("table").nth(1).locator("tbody tr").all_inner_texts()
    assert [" ".join(row.split()) for row in rows[: len(shown)]] == [" ".join(row.split()) for row in shown]
    assert await alone.locator("svg g title").count() >= len(STEPS) * 2
    assert await alone.evaluate("getComputedStyle(document.querySelector('rect.people')).fill") == "rgb(26, 101, 214)"
    assert (asked, troubles) == ([file.as_uri()], [])
    await alone.close()


# ---- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_pictures_of_the_administration(server: Server, browser: Browser, language: str, screen: str) -> None:
    album = Album(language, screen).walking()
    words: Any = json.loads((ROOT / f"viewer/src/locales/admin/{language}.json").read_text("utf-8"))
    album.words["admin"] = words
    specialist = await album.come(browser, server, "specialist", BLUE, 700)
    doctor = await album.come(browser, server, "village", RED, 440)
    admin = await album.come(browser, server, "admin", RED, 440)
    await specialist.page.get_by_text(album.word("on_call.on_title"), exact=True).wait_for()
    await doctor.button(album.word("lobby.call")).click()
    await specialist.button(album.word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)
    await tabs_in_pictures(album, admin)
    await admin.page.get_by_role("tab", name=album.word("admin.tabs.running"), exact=True).click()
    row = admin.page.get_by_role("row").filter(has_text=album.word("role.specialist"))
    await row.get_by_text("UDP").first.wait_for()
    await album.take(admin.page, "9-admin-running")
    await row.get_by_role("button").first.click()
    await admin.page.locator(".lanes svg").wait_for()
    await album.take(admin.page, "9-timeline")


async def tabs_in_pictures(album: Album, admin: Person) -> None:
    page = admin.page
    await page.get_by_role("heading", name=album.word("admin.title")).wait_for()
    await page.locator("table").wait_for()
    await album.take(page, "9-admin-institutions")
    for tab, there in (("accounts", "table"), ("rota", ".week"), ("health", "table")):
        await page.get_by_role("tab", name=album.word(f"admin.tabs.{tab}"), exact=True).click()
        await page.locator(there).wait_for()
        await album.take(page, f"9-admin-{tab}")
        if tab == "accounts":
            await admin.button(album.word("admin.accounts.add")).click()
            await album.take(page, "9-admin-account-dialog")
            await page.keyboard.press("Escape")
        if tab == "rota":
            await page.locator(".gap").first.click()
            await album.take(page, "9-admin-shift-dialog")
            await page.keyboard.press("Escape")
