"""A consultation's way through the quality review in real Chromiums: drawn when it closed, read by two apart, decided
by a third, told to the doctor with the moment that matters, counted on the dashboard. Every page of it as a picture, in
both languages, on a desktop and a phone, and clean to axe."""

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.system.access import ROOT, examine
from tests.system.conftest import RED, Arrive, MakeServer
from tests.system.person import Person
from tests.system.reviewing import add_reviewers, desk_of, drawn, put_past, sign_opinion
from tests.system.server import Server
from tests.system.test_call import connect
from tests.system.test_screenshots import SCREENS, Album

CONCURS = {"answers": [{"item": "score", "value": "1", "moments": []}], "notes": []}


class Reviewing:
    """One language's walk: pages are looked at on both screens, what is wrong is collected."""

    def __init__(self, language: str, server: Server, browser: Browser) -> None:
        self.language, self.server, self.browser = language, server, browser
        self.words: dict[str, Any] = json.loads(
            (ROOT / f"viewer/src/locales/review/{language}.json").read_text("utf-8")
        )
        self.general = Album(language, "desktop")
        self.wrong: list[str] = []

    def word(self, path: str, **values: Any) -> str:
        found: Any = self.words
        for part in path.split("."):
            found = found[part]
        for name, value in values.items():
            found = found.replace("{{" + name + "}}", str(value))
        return str(found)

    async def come(self, user: str) -> Person:
        person = await self.general.arrive(self.browser, self.server, RED, 440)
        await self.general.sign_in(person, {"user": user, "password": f"demo-{user}"})
        return person

    async def look(self, page: Page, name: str) -> None:
        """At both sizes as pictures, and by axe."""
        for screen, size in SCREENS.items():
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await Album(self.language, screen).take(page, f"r-{name}")
        await page.set_viewport_size(SCREENS["desktop"])  # type: ignore[arg-type]
        self.wrong += await examine(page, f"{self.language}-review-{name}")


async def consulted(server: Server, arrive: Arrive) -> str:
    """A real call, an opinion with a critical value, hung up; drawn for review."""
    doctor, specialist = await connect(server, arrive)
    async with desk_of(server, "specialist") as desk:
        (brief,) = [one for one in await desk.ask("GET", "/api/consultations") if one["status"] == "open"]
    await sign_opinion(server, brief["consultation"])
    await doctor.button("Hang up").click()
    await specialist.button("Hang up").wait_for(state="detached")
    await doctor.page.context.close()
    await specialist.page.context.close()
    async with desk_of(server, "reviewer") as desk:
        assert await drawn(desk) == brief["consultation"]
    return str(brief["consultation"])


async def fill(walk: Reviewing, consultation: str) -> None:
    """The first reviewer: from the worklist to the submitted form, with a note and a moment."""
    reviewer = await walk.come("reviewer")
    page = reviewer.page
    await reviewer.button(walk.general.word("lobby.reviews")).click()
    await page.get_by_role("button", name="RADPEER").wait_for()
    await walk.look(page, "worklist")
    await page.get_by_role("button", name="RADPEER").click()
    await reviewer.button(walk.word("case.begin")).click()
    await page.get_by_label(walk.word("notes.at"), exact=True).fill("0:00")
    await page.get_by_label(walk.word("notes.text"), exact=True).fill("肝左叶 S2 未扫全")
    await reviewer.button(walk.word("notes.add")).click()
    await page.locator(".notes li").wait_for()
    await page.locator(".answers .choice").nth(4).click()
    await reviewer.button(walk.word("case.submit")).click()
    await page.get_by_text(walk.word("wrong.no_moment"), exact=True).wait_for()
    await walk.look(page, "form-missing")
    await page.locator('[data-item="score"] .moments .button').last.click()
    await page.get_by_role("button", name=walk.word("moment.of_note", time="0:00", text="肝左叶 S2 未扫全")).click()
    await page.get_by_text(walk.word("case.saved"), exact=True).wait_for()
    await page.reload()
    await reviewer.button(walk.general.word("lobby.reviews")).click()
    await page.get_by_role("button", name="RADPEER").click()
    await page.locator('[data-item="score"] .moment-held').wait_for()
    watch = page.locator('[data-item="score"] a.moment')
    assert await watch.get_attribute("href") == f"/#replay={consultation}&t=0"
    assert "张桂英" not in await page.inner_text("main"), "blind: nobody is named"
    await walk.look(page, "form")
    await reviewer.button(walk.word("case.submit")).click()
    await walk.look(page, "submit-dialog")
    await reviewer.button(walk.word("case.submit_now")).click()
    await page.get_by_text(walk.word("case.waits_other"), exact=True).wait_for()
    await walk.look(page, "waiting")
    assert reviewer.errors == []
    await page.context.close()


async def second_one_concurs(server: Server, consultation: str) -> None:
    async with desk_of(server, "reviewer2") as desk:
        base = f"/api/reviews/{consultation}/cases/1/reviews"
        assert await desk.ask("POST", base, {"amends": 0}) == {"number": 1}
        await desk.ask("POST", f"{base}/1/submission", CONCURS)


async def decide(walk: Reviewing, consultation: str) -> None:
    """The third: by the address that a replay links to."""
    third = await walk.come("reviewer3")
    page = third.page
    await third.button(walk.general.word("lobby.reviews")).wait_for()
    await page.goto(f"{walk.server.url}/#review={consultation}")
    await page.get_by_role("heading", name=walk.word("case.decide_title")).wait_for()
    await walk.look(page, "differences")
    await page.locator(".deciding .answers .choice").nth(1).click()
    await page.locator(".deciding .moments .button").last.click()
    await page.locator(".moment-adding input").fill("0:00")
    await page.keyboard.press("Enter")
    await page.get_by_label(walk.word("case.why"), exact=True).fill("S2 只在最后两秒可见")
    await third.button(walk.word("case.decide")).click()
    await page.get_by_text(walk.word("standing.done"), exact=True).wait_for()
    await walk.look(page, "decided")
    await page.context.close()


async def told(walk: Reviewing) -> None:
    """The village doctor reads what stands."""
    doctor = await walk.come("village")
    await doctor.button(walk.general.word("lobby.results")).click()
    await doctor.page.get_by_text("S2 只在最后两秒可见").wait_for()
    await walk.look(doctor.page, "results")
    await doctor.page.context.close()


async def counted(walk: Reviewing) -> None:
    """The dashboard, and its CSV."""
    put_past(walk.server, 60)
    reviewer = await walk.come("reviewer2")
    page = reviewer.page
    await reviewer.button(walk.general.word("lobby.figures")).click()
    await page.get_by_role("cell", name="75%").or_(page.get_by_role("cell", name="74%")).first.wait_for()
    await walk.look(page, "dashboard")
    await page.screenshot(path=ROOT / f"build/screenshots/{walk.language}-r-dashboard-whole.png", full_page=True)
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name=walk.word("dashboard.csv")).click()
    text = (await (await downloading.value).path()).read_text("utf-8-sig")
    assert text.startswith("figure,part,unit,n,value,withheld")
    assert "consultations,,1,61,61," in text
    await page.context.close()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_from_the_worklist_to_the_dashboard(
    make_server: MakeServer,
    tmp_path: Any,
    browser: Browser,
    arrive: Arrive,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    monkeypatch.setenv("SEFAW_REVIEW_DOUBLE_PER_MILLE", "1000")
    monkeypatch.setenv("SEFAW_REVIEW_FORMS", "radpeer")
    server = make_server(tmp_path, options=("--no-bot",))
    await server.start()
    await add_reviewers(server)
    consultation = await consulted(server, arrive)
    walk = Reviewing(language, server, browser)
    await fill(walk, consultation)
    await second_one_concurs(server, consultation)
    await decide(walk, consultation)
    await told(walk)
    await counted(walk)
    server.stop()
    assert walk.wrong == [], "\n".join(walk.wrong)
