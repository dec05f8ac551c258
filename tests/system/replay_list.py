"""The list of recordings, searched in the browser by everything that it offers."""

import json
import sqlite3
import time
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Browser, Page, Response

from tests.processes import POLITE_S
from tests.system.access import ROOT, WIDE
from tests.system.conftest import BLUE
from tests.system.person import Person, until
from tests.system.replayed import HOSTILE, OTHER_TONE, Recorded
from tests.system.reviewing import DAY_MS, desk_of, sign_opinion
from tests.system.studies import PATIENT

DEPARTMENT = "心内科 Cardiology"
# What the network did in that one, and what of it is damaged: no call here has that for certain.
FLAGS = " critical damaged network freeze unrecorded "
AGO = 40  # days
DATES = ("from", "to")
QUERY = {"Search": "find", "In the opinion": "finding", "Doctor": "doctor", "Site": "site", "Department": "department"}
QUERY |= {date.title(): date for date in DATES}
NOTHING = "Nothing found. Search for another word, or clear the search."
SHOWS = """([wanted, words]) => {
  const found = [...document.querySelectorAll('.consultation-row button')].map((one) => one.getAttribute('aria-label'));
  const said = document.querySelector('main [role=status]')?.innerText;
  return said === words && JSON.stringify(found) === JSON.stringify(wanted);
}"""
NEW, OLD = HOSTILE[:80], "Zhang Guiying"


async def an_old_one(recorded: Recorded, consultation: str) -> None:
    """Of another patient and department, weeks ago, with an opinion."""
    async with desk_of(recorded.server, "reviewer") as desk:

        async def listed(query: str) -> Any:
            return (await desk.ask("GET", f"/api/replays?flag=unrecorded{query}"))["rows"]

        await until("its row, made of its seal", partial(listed, ""), POLITE_S)
        await sign_opinion(recorded.server, consultation)  # its row is made once more, and then no more
        await until("its row, with its opinion", partial(listed, "&finding=12×9"))
    at = int(time.time() * 1000) - AGO * DAY_MS
    with closing(sqlite3.connect(recorded.server.data / "data/replays.sqlite", timeout=10)) as raw, raw:
        row = (at, DEPARTMENT, FLAGS, consultation)
        raw.execute("UPDATE replay SET requested_ms = ?, department = ?, flags = ? WHERE consultation = ?", row)


class List:
    """The page of it. What is shown is looked at when the server has answered to what was asked: the same rows may have
    been there before."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._flags = json.loads((ROOT / "viewer/src/locales/replay/en.json").read_text("utf-8"))["list"]["flags"]

    def answers(self, name: str, value: str = "") -> Any:
        """`value` empty: any."""

        def is_it(reply: Response) -> bool:
            place = urlsplit(reply.url)
            given = dict(parse_qsl(place.query)).get(name, "0")
            return place.path == "/api/replays" and given == (value or given) != "0"

        return self.page.expect_response(is_it)

    async def shows(self, *names: str) -> None:
        """These and no others, the newest first; where there is none, it says so."""
        await self.page.wait_for_function(SHOWS, arg=[[f"Watch: {name}" for name in names], "" if names else NOTHING])

    async def typed(self, field: str, text: str, *names: str) -> None:
        """Found by that alone."""
        place, name = self.page.get_by_label(field, exact=True), QUERY[field]
        async with self.answers(name, "" if name in DATES else text):
            await place.fill(text)
        await self.shows(*names)
        await place.fill("")

    async def flagged(self, words: str, name: str) -> None:
        """This one at least, and who else has it: a busy machine's call may have had trouble of its own."""
        flag = next(flag for flag, one in self._flags.items() if one == words)
        async with self.answers("flag", flag):
            await self.page.locator(".replay-fields").get_by_label("With").select_option(label=words)
        rows = await self.page.evaluate("async () => (await (await fetch('/api/replays')).json()).rows")
        names = [row["patient"]["name"] for row in rows if flag in row["flags"]]
        assert name in names
        await self.shows(*names)

    async def dated(self, field: str, ago: float, *names: str) -> None:
        await self.typed(field, time.strftime("%Y-%m-%d", time.localtime(time.time() - ago * DAY_MS / 1000)), *names)


async def is_searched_by_everything(browser: Browser, recorded: Recorded, consultation: str) -> None:
    """Patient, number, question, place, people, department, finding, time, and each flag."""
    await an_old_one(recorded, consultation)
    context = await browser.new_context(locale="en-US", viewport=WIDE)  # type: ignore[arg-type]
    person = await Person.arrive(context, recorded.server.url, BLUE, OTHER_TONE)
    await person.sign_in(recorded.server.account("reviewer"))
    await person.button("Recordings").click()
    page, of = person.page, List(person.page)
    await of.shows(NEW, OLD)
    for text, name in ((OLD[:5], OLD), (PATIENT[1], NEW), ("since noon", OLD), ("upper belly", NEW)):
        await of.typed("Search", text, name)
    await of.typed("Search", "nobody wrote that")
    await page.get_by_text("Narrow it down").click()
    await of.typed("In the opinion", "血管瘤", OLD)
    await of.typed("Doctor", "He Ping")
    await of.typed("Doctor", "Li Mei", NEW, OLD)
    await of.typed("Site", "County")
    await of.typed("Site", "Clinic", NEW, OLD)
    await of.typed("Department", "心内", OLD)
    await of.dated("From", 1, NEW)
    await of.dated("From", -1)
    await of.dated("To", 2, OLD)  # it was made today, or just before midnight
    await of.dated("To", AGO + 2)
    await of.flagged("No opinion yet", NEW)
    for words in ("Critical value", "Damaged pictures", "Network trouble", "Freezes", "Not recorded"):
        await of.flagged(words, OLD)
    for words in ("Parts not recorded", "Marks"):
        await of.flagged(words, NEW)
    await page.get_by_role("button", name="Clear the search").click()
    await of.shows(NEW, OLD)
    assert person.errors == []
    await context.close()
