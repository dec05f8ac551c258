"""How a replay ends before its end, and why one cannot be watched, as a person sees it: in words, in either language,
on a desktop and a telephone; nothing of it is left on the page, heard or asked for any more."""

import json
import time
from typing import Any

from playwright.async_api import Browser, Page

from signalling import messages as wire
from tests.processes import POLITE_S
from tests.system.access import GRAVE, PHONE, ROOT, WIDE, findings
from tests.system.callers import Callers
from tests.system.conftest import BLUE
from tests.system.person import Person, until
from tests.system.replayed import KEEP_SOUND, OTHER_TONE, Recorded
from tests.system.reviewing import add_account, desk_of
from tests.system.server import Server
from tests.system.test_screenshots import PICTURES, Album

HOUR_MS = 3_600_000
UNKNOWN = "a" * 26
SECOND = "second"  # administrator


class Watcher:
    """Somebody who came by the address of a replay, in a language of theirs."""

    def __init__(self, person: Person, language: str) -> None:
        self.person, self.page, self.language = person, person.page, language
        self.words: Any = json.loads((ROOT / f"viewer/src/locales/replay/{language}.json").read_text("utf-8"))
        self.asked: list[str] = []
        self.answered: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", lambda response: self.answered.append(response.url))

    @classmethod
    async def come(
        cls, browser: Browser, url: str, account: dict[str, str], consultation: str, language: str
    ) -> "Watcher":
        context = await browser.new_context(locale=language, viewport=WIDE)  # type: ignore[arg-type]
        await context.add_init_script(f"({KEEP_SOUND})()")
        person = await Person.arrive(context, f"{url}/#replay={consultation}&t=0", BLUE, OTHER_TONE)
        watcher = cls(person, language)
        await Album(language, "desktop").sign_in(person, account)
        return watcher

    async def tries_again(self) -> None:
        self.answered.clear()
        await self.page.get_by_role("button", name=Album(self.language, "desktop").word("strip.again")).click()

    async def can_play(self) -> None:
        """It is open, and would be told that it may not go on."""
        await self.page.get_by_role("button", name=self.words["play"], exact=True).wait_for(timeout=POLITE_S * 1000)
        await self.page.wait_for_function("() => window.__replay?.ready()")

        async def told() -> bool:
            return any(url.endswith("/watch") for url in self.answered)

        await until("the stream that says so", told)

    async def plays(self) -> None:
        """It is open and goes on."""
        await self.page.get_by_role("button", name=self.words["play"], exact=True).click()
        await self.page.wait_for_function("() => window.__replay?.t() > 300_000")

    async def is_cut(self, reason: str) -> None:
        """It says so at once, and why; nothing more is shown, heard or fetched."""
        await self.page.get_by_role("heading", name=self.words["cut"]["title"]).wait_for(timeout=3_000)
        await self.page.get_by_text(self.words["cut"][reason], exact=True).wait_for()
        await self.has_nothing_left(f"cut-{reason}")

    async def has_nothing_left(self, name: str) -> None:
        assert await self.page.locator("video, audio, canvas, .replay").count() == 0

        async def silent() -> Any:
            return await self.page.evaluate(
                "() => window.__sounds.every((one) => one.paused && !one.getAttribute('src'))"
            )

        await until("silence", silent)
        self.asked.clear()
        await self.looks_well(name)
        assert [url for url in self.asked if "/replays" in url] == []

    async def is_told(self, problem: str, title: str = "cannot", name: str = "") -> None:
        """It cannot be watched: why, and what to do."""
        await self.page.get_by_role("heading", name=self.words[title]).wait_for()
        words = self.words["problem"].get(problem) or Album(self.language, "desktop").word(f"error.{problem}")
        await self.page.get_by_text(words, exact=True).wait_for()
        assert await self.page.locator("video, canvas").count() == 0
        await self.looks_well(f"problem-{name or problem}")

    async def looks_well(self, name: str) -> None:
        """As pictures for people to look at, and as far as a machine can tell."""
        for screen, size in (("phone", PHONE), ("desktop", WIDE)):
            await self.page.set_viewport_size(size)  # type: ignore[arg-type]
            await self.page.screenshot(path=PICTURES / f"replay-{name}-{self.language}-{screen}.png")
            assert await self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    async def goes_to(self, consultation: str) -> None:
        """By an address."""
        await self.page.evaluate("(hash) => Object.assign(document.createElement('a'), { href: hash }).click()",
                                 f"#replay={consultation}")  # fmt: skip

    async def leave(self) -> None:
        await self.page.context.close()


async def grave(page: Page) -> list[Any]:
    return [one for one in await findings(page) if one["impact"] in GRAVE]


async def grant_is_taken_back(browser: Browser, recorded: Recorded) -> None:
    """Somebody of the hospital who was not in it, to whom the village doctor opened it."""
    server, path = recorded.server, f"/api/consultations/{recorded.consultation}/grants"
    account = server.account("specialist3")
    watcher = await Watcher.come(browser, server.url, account, recorded.consultation, "zh-CN")
    await watcher.is_told("forbidden")
    async with desk_of(server, "village") as desk:
        houses = (await desk.ask("GET", "/api/grants/recipients"))["institutions"]
        house = next(one["id"] for one in houses if "County" in one["name"])
        people = (await desk.ask("GET", f"/api/grants/recipients?institution={house}"))["people"]
        whom = next(one["account"] for one in people if "He Ping" in one["name"])
        grant = {"key": "g1", "institution": house, "account": whom, "data": ["recording"]}
        await desk.ask("POST", path, grant | {"until": int(time.time() * 1000) + HOUR_MS})
        await watcher.tries_again()
        await watcher.plays()
        await desk.ask("DELETE", f"{path}/g1")
        await watcher.is_cut("grant")
    await watcher.page.reload()
    await watcher.is_told("grant_ended")
    await watcher.leave()


async def account_may_no_longer(browser: Browser, recorded: Recorded) -> None:
    """It is closed while it watches: one is signed out, in words."""
    server = recorded.server
    account = await add_account(server, "leaving", "reviewer")
    watcher = await Watcher.come(browser, server.url, account, recorded.consultation, "en")
    await watcher.plays()
    async with desk_of(server, "admin") as admin:
        (row,) = [
            one for one in (await admin.ask("GET", "/api/admin/accounts"))["accounts"] if one["user"] == account["user"]
        ]
        await admin.ask("PUT", f"/api/admin/accounts/{row['id']}/disabled", {"disabled": True})
    await watcher.page.get_by_text(Album("en", "desktop").word("close.access_revoked"), exact=False).wait_for()
    await watcher.has_nothing_left("signed-out")
    await watcher.leave()


async def consent_is_taken_back(browser: Browser, recorded: Recorded) -> None:
    """By the village doctor, while a reviewer watches; from then on nobody can."""
    server = recorded.server
    account = server.account("reviewer")
    watcher = await Watcher.come(browser, server.url, account, recorded.consultation, "en")
    await watcher.plays()
    async with desk_of(server, "village") as desk:
        await desk.ask("DELETE", f"/api/consultations/{recorded.consultation}/consent")
        await watcher.is_cut("consent")
    assert await grave(watcher.page) == []
    await watcher.page.reload()
    await watcher.is_told("no_consent")
    assert await grave(watcher.page) == []
    await watcher.leave()


async def is_erased(browser: Browser, server: Server, consultation: str) -> None:
    """By two administrators, while one watches what was not recorded: what happened in it."""
    watcher = await Watcher.come(browser, server.url, server.account("reviewer"), consultation, "zh-CN")
    await (
        watcher.page.get_by_text(watcher.words["not_recorded"])
        .first.or_(watcher.page.get_by_text(watcher.words["nobody"]))
        .first.wait_for()
    )
    await watcher.looks_well("not-recorded")
    await watcher.page.get_by_role("button", name=watcher.words["play"], exact=True).click()
    await add_account(server, SECOND, "administrator")
    for user, step in (("admin", "asked"), (SECOND, "confirmed")):
        async with desk_of(server, user) as desk:
            await desk.ask("POST", f"/api/keeping/{consultation}/erasure", {"step": step, "why": "The family asks"})
    await watcher.is_cut("erased")
    await watcher.page.reload()
    await watcher.is_told("erased")
    await watcher.goes_to(UNKNOWN)
    await watcher.is_told("forbidden", name="unknown")  # whether there is one is not told
    await watcher.leave()


async def server_stops(browser: Browser, server: Server, consultation: str) -> None:
    """Last of all. It goes on where it was, as it says."""
    watcher = await Watcher.come(browser, server.url, server.account("reviewer"), consultation, "en")
    await watcher.can_play()
    await watcher.page.keyboard.press("End")
    stood = await watcher.page.evaluate("() => window.__replay.t()")
    assert stood > 0
    server.stop()
    await watcher.is_cut("stopping")
    await server.start()
    await watcher.tries_again()
    await watcher.can_play()
    assert await watcher.page.evaluate("() => window.__replay.t()") == stood
    await watcher.leave()


async def not_recorded(server: Server, key: str) -> str:
    """One more consultation of the same people, over, without a consent."""
    async with Callers(server.url) as callers:
        village, specialist = server.account("village"), server.account("specialist")
        doctor, _, consultation, _ = await callers.connect(village, specialist, key)
        await doctor.ask(wire.HangUp(re=1))
    return str(consultation)
