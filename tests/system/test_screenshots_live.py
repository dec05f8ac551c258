"""The live probe in both languages, on a desktop and on a phone, as pictures for people to look at: guided, marked,
told where to move the probe, and asked for something at the machine."""

import json

import pytest
from playwright.async_api import Browser

from tests.system.conftest import BLUE, RED
from tests.system.person import Person
from tests.system.pictures import plays
from tests.system.server import Server
from tests.system.test_live_marks import NUMBERED, named
from tests.system.test_screenshots import ROOT, SCREENS, WALKS, Album


class LiveAlbum(Album):
    """Finds the words of the live picture too."""

    def __init__(self, language: str, screen: str) -> None:
        super().__init__(language, screen)
        live = ROOT / f"viewer/src/locales/live/{language}.json"
        self.words["live"] = json.loads(live.read_text("utf-8"))


async def come(browser: Browser, server: Server, album: LiveAlbum, user: str, screen: str) -> Person:
    """Signed in, in the album's language."""
    context = await browser.new_context(locale=album.prefix[: -len(screen) - 1], viewport=SCREENS[screen])
    numbers = "true" if user == "village" else "false"
    person = await Person.arrive(context, server.url, RED if user == "village" else BLUE, 440)
    await context.add_init_script(f"window.__numbers = {numbers};\n{NUMBERED}")
    await person.page.reload()
    account = server.account(user)
    await person.page.get_by_label(album.word("sign_in.user"), exact=True).fill(account["user"])
    await person.page.get_by_label(album.word("sign_in.password"), exact=True).fill(account["password"])
    await person.button(album.word("sign_in.submit")).click()
    return person


async def draw(person: Person) -> None:
    """An arrow across the middle of the picture."""
    await named(person)
    box = await person.page.locator(".live-hand").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.4
    await person.page.mouse.move(x, y)
    await person.page.mouse.down()
    await person.page.mouse.move(x + 70, y + 40, steps=4)
    await person.page.mouse.up()


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_the_live_probe(server: Server, browser: Browser, language: str, screen: str) -> None:
    album = LiveAlbum(language, screen).walking()
    word = album.word
    specialist = await come(browser, server, album, "specialist", screen)
    await specialist.page.get_by_text(word("on_call.on_title"), exact=True).first.wait_for()
    doctor = await come(browser, server, album, "village", screen)
    await doctor.button(word("lobby.call")).click()
    await specialist.button(word("incoming.answer")).click(timeout=20_000)
    await doctor.button(word("call.probe")).click()
    await doctor.button(word("probe.start")).click()
    for person in (doctor, specialist):
        await plays(person, "probe")

    await specialist.button(word("live.guide")).click()
    await specialist.button(word("live.control.depth_more")).click()
    await specialist.button(word("live.cue.rotate_clockwise")).click()
    await doctor.page.locator(".cue").wait_for()
    await album.take(doctor.page, "live-operator")
    await album.take(specialist.page, "live-guiding")
    await specialist.button(word("live.mark")).click()
    await specialist.button(word("live.tool.arrow")).click()
    await draw(specialist)
    await doctor.page.locator(".live-canvas:not([hidden])").wait_for()
    await album.take(specialist.page, "live-marking")
    await album.take(doctor.page, "live-marked")
    assert doctor.errors == specialist.errors == []
