"""The consultation closes its loop, in two real Chromiums: an opinion during the call, an addendum after it, and lists
that say what is to be done until nothing is."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator

from tests.system.access import examine
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]


def signed(person: Person) -> Locator:
    """The signed texts on the page."""
    return person.page.locator(".signed")


async def sign(person: Person, password: str, wrong: list[str] | None = None) -> None:
    """Press Sign, look at the dialog, type the password. `wrong`: collects what a machine finds inaccessible."""
    if wrong is not None:
        wrong += await examine(person.page, "opinion-form")
    await person.button("Sign…").click()
    dialog = person.page.get_by_role("dialog")
    if wrong is not None:
        wrong += await examine(person.page, "opinion-sign")
    await dialog.get_by_label("Your password").fill(password)
    await dialog.get_by_role("button", name="Sign now").click()


async def write(specialist: Person) -> None:
    """A critical opinion, written while talking; it saves itself, so that a reload loses nothing."""
    page = specialist.page
    await page.get_by_role("tab", name="Opinion").click()
    await page.get_by_label("Findings").fill("左叶 12 mm 低回声")
    await page.get_by_label("Impression").fill("Haemangioma?")
    await page.get_by_role("status").filter(has_text=re.compile(r"^Saved \d")).wait_for()
    await page.reload()
    await specialist.button("Hang up").wait_for()
    await page.get_by_role("tab", name="Opinion").click()
    await page.get_by_text("Saved", exact=False).first.wait_for()
    assert await page.get_by_label("Findings").input_value() == "左叶 12 mm 低回声"
    await page.get_by_label("Yes", exact=True).check()


async def acknowledge(doctor: Person) -> None:
    """Press the big button, once for each text."""
    await doctor.button("Acknowledge").click()
    await doctor.button("Acknowledge").wait_for(state="detached")


async def tell_later(specialist: Person, password: str) -> None:
    """From the list, after the call: the critical value was told, an addendum says so."""
    row = specialist.page.locator(".consultation-row")
    await row.filter(has_text="Tell the critical value").wait_for()
    await row.get_by_role("button").click()
    await specialist.button("I have told somebody").click()
    await specialist.page.locator(".told").get_by_role("button").click()
    await sign(specialist, password)
    await signed(specialist).nth(1).wait_for()
    assert "was told at" in await signed(specialist).nth(1).inner_text()


async def has_nothing_to_do(person: Person) -> None:
    """The lobby's row and the full list agree."""
    await person.page.locator(".consultation-row").wait_for()
    await person.page.locator(".task").first.wait_for(state="detached")  # the lobby asks for it when it is shown
    await person.button("All my consultations").click()
    await person.page.get_by_text("Nothing is left to do.").wait_for()
    await person.page.get_by_label("All", exact=True).check()
    await person.page.locator(".consultation-row").wait_for()
    await person.page.get_by_label("Search").fill("nobody of this name")
    await person.page.get_by_text("Nothing found.").wait_for()


async def test_the_loop_is_closed(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    password = server.account("specialist")["password"]
    await write(specialist)
    wrong: list[str] = []
    await sign(specialist, "not the password", wrong)
    await specialist.page.get_by_text("The password is wrong").wait_for()
    await specialist.page.keyboard.press("Escape")
    assert await signed(doctor).count() == 0
    await sign(specialist, password)
    await signed(specialist).wait_for()

    await doctor.page.get_by_role("alert").filter(has_text="Critical value").wait_for()
    await doctor.button("Read it").click()
    text = await signed(doctor).inner_text()
    for words in (
        "Haemangioma?",
        "左叶 12 mm 低回声",
        "Critical value",
        "Nobody has been told yet",
        "Specialist",
        "Signed",
    ):
        assert words in text, words
    wrong += await examine(doctor.page, "opinion-read")
    await acknowledge(doctor)
    await signed(specialist).filter(has_text="Read by").wait_for()

    await doctor.hang_up()
    await specialist.page.get_by_role("heading", name="The consultation has ended").wait_for()
    await specialist.button("Back").click()
    await tell_later(specialist, password)
    server.kill()  # what was answered is on the disk
    await server.start()
    await signed(doctor).nth(1).wait_for()  # on its page after the call, without asking
    await acknowledge(doctor)
    wrong += await examine(specialist.page, "consultation")
    for person in (doctor, specialist):
        await person.button("Back").click()
        await has_nothing_to_do(person)
        assert [error for error in person.errors if "net::ERR_" not in error] == [], "but for the killed server"
    wrong += await examine(doctor.page, "consultations")
    assert wrong == [], "\n".join(wrong)
    assert [line for line in server.refusals() if "credentials" not in line] == []
