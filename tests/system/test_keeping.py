"""A hold, and an erasure by two administrators at their pages; the doctor's list shows no patient any more. And how it
looks, in both languages, on a desktop and on a phone."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser

from tests.system.conftest import RED, Arrive
from tests.system.person import Person, until
from tests.system.server import Server
from tests.system.test_call import connect
from tests.system.test_screenshots import ROOT, SCREENS, Album

SECOND = {"user": "second", "password": "another long password"}


def second_administrator(server: Server) -> None:
    """On the command line, while the server runs."""
    command = [str(Path(sys.executable).parent / "sefaw-rtc"), "user", "add", SECOND["user"], "--data"]
    command += [str(server.data / "data"), "--role", "administrator", "--institution", "County", "--name", "Zhao Min"]
    subprocess.run([*command, "--password-stdin"], input=SECOND["password"].encode(), check=True, timeout=60)


async def at_the_tab(album: Album, person: Person, account: dict[str, str]) -> None:
    words: Any = json.loads((ROOT / f"viewer/src/locales/admin/{album.language}.json").read_text("utf-8"))
    album.words["admin"] = words
    await album.sign_in(person, account)
    await person.page.get_by_role("tab", name=album.word("admin.tabs.keeping"), exact=True).click()


async def decide(album: Album, person: Person, button: str, step: str, why: str, consultation: str) -> None:
    await person.button(album.word(f"admin.keeping.{button}_of").replace("{{id}}", consultation)).click()
    await person.page.get_by_label(album.word("admin.keeping.why")).fill(why)
    await person.button(album.word(f"admin.keeping.do.{step}")).click()


async def test_a_hold_and_an_erasure_by_two(server: Server, arrive: Arrive, browser: Browser) -> None:
    doctor, _ = await connect(server, arrive)
    await doctor.button("Hang up").click()
    closed = server.data / "data/consultations/closed"

    async def is_over() -> bool:
        return bool(list(closed.glob("*.log")))

    await until("the log in its place", is_over)
    (consultation,) = [path.stem for path in closed.glob("*.log")]
    await asyncio.to_thread(second_administrator, server)
    album = Album("en", "desktop")
    first = await album.arrive(browser, server, RED, 440)
    await at_the_tab(album, first, server.account("admin"))
    await first.page.get_by_label(album.word("admin.keeping.number")).fill(consultation)
    await first.button(album.word("admin.keeping.look")).click()
    await decide(album, first, "hold", "held", "A complaint is open", consultation)
    await first.page.get_by_text("A complaint is open").wait_for()
    await album.take(first.page, "9-admin-keeping-held")
    await decide(album, first, "lift", "lifted", "It is settled", consultation)
    await decide(album, first, "ask", "asked", "The patient asks, letter of 3 May", consultation)
    await first.page.get_by_text("letter of 3 May").wait_for()
    await decide(album, first, "confirm", "confirmed", "Me again", consultation)
    await first.page.get_by_text(album.word("admin.problem.same_person")).wait_for()
    await in_pictures(browser, server, consultation)

    second = await album.arrive(browser, server, RED, 440)
    await at_the_tab(album, second, SECOND)
    await second.button(album.word("admin.keeping.confirm_of").replace("{{id}}", consultation)).wait_for()
    assert "张桂英" not in await second.page.inner_text("body")
    await decide(album, second, "confirm", "confirmed", "I have read the letter", consultation)
    await second.page.locator(".pill.danger", has_text=album.word("admin.keeping.erased")).wait_for()
    await album.take(second.page, "9-admin-keeping-erased")
    again = await album.come(browser, server, "village", RED, 440)
    await again.page.get_by_text("—").first.wait_for()
    assert second.errors == []
    assert all("409" in error for error in first.errors), "the refusal, and nothing else"


async def test_a_second_server_on_the_same_data_refuses(server: Server) -> None:
    """Two processes: the second says why and ends, the first goes on."""
    command = [str(Path(sys.executable).parent / "sefaw-rtc"), "serve", "--http", "127.0.0.1:0"]
    command += ["--media", "127.0.0.1:0", "--data", str(server.data / "data")]
    second = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    assert second.returncode == 2
    assert b"is used by another running server" in second.stderr
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/healthz") as reply:
        assert reply.status == 200


async def in_pictures(browser: Browser, server: Server, consultation: str) -> None:
    for language in ("en", "zh-CN"):
        for screen in SCREENS:
            album = Album(language, screen)
            person = await album.arrive(browser, server, RED, 440)
            await at_the_tab(album, person, SECOND)
            await person.page.locator("tbody tr").wait_for()
            await album.take(person.page, "9-admin-keeping")
            await person.button(album.word("admin.keeping.confirm_of").replace("{{id}}", consultation)).click()
            await album.take(person.page, "9-admin-keeping-dialog")
            await person.page.context.close()
