"""The page of who may see a consultation, through the browser: given by keyboard, opened by whom it was given to, taken
back with one press, undone; who looked is told; and a machine finds nothing wrong with its accessibility."""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, Locator, Page

from tests.processes import POLITE_S
from tests.system.access import PHONE, examine
from tests.system.conftest import RED
from tests.system.person import Person, until
from tests.system.server import Server
from tests.system.test_call import connect
from tests.system.test_recorded_call import consent

Arrive = Callable[..., Awaitable[Person]]
TITLES = {"zh-CN": "谁能查看您的会诊", "en-US": "Who may see your consultation"}  # English last: it takes back
OPEN = """async (path) => {
    const { csrf } = await (await fetch('/api/session')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf };
    const body = JSON.stringify({ purpose: 'care' });
    const answer = await fetch(path, { method: 'POST', headers, body });
    return [answer.status, (await answer.json()).code ?? ''];
}"""


async def test_given_opened_taken_back_and_seen(server: Server, arrive: Arrive) -> None:
    doctor, _ = await connect(server, arrive)
    await consent(doctor)
    await doctor.button("Recording").wait_for()
    await doctor.hang_up()
    await doctor.button("Who may see this").click()
    page = doctor.page
    await page.get_by_text("Nobody else was given access.").wait_for()
    wrong = await examine(page, "en-grants-empty")
    await give_by_keyboard(page, wrong)
    row = page.locator("li.grant", has_text="He Ping").filter(has=page.get_by_role("button"))
    await row.get_by_text("record, pictures, recording").wait_for()

    other = await arrive(server.url, RED, 990)
    await other.sign_in(server.account("specialist3"))
    wrong += await opened_to_me(other.page)
    await read_it(other.page)
    path = await replay_path(other.page)

    async def may_open() -> bool:
        return bool((await other.page.evaluate(OPEN, path))[0] == 201)

    await until("the seal", may_open, POLITE_S)
    await take_back(page, row)
    assert await other.page.evaluate(OPEN, path) == [403, "grant_ended"]
    await page.get_by_role("button", name="Undo").click()
    await row.wait_for()
    assert await may_open()
    await take_back(page, row)
    assert await other.page.evaluate(OPEN, path) == [403, "grant_ended"]
    wrong += await who_looked(page)
    assert wrong == [], "\n".join(wrong)
    assert [error for error in doctor.errors if "403" not in error] == []


async def give_by_keyboard(page: Page, wrong: list[str]) -> None:
    """From the button to the sent form without a pointer; what lacks is said."""
    button = page.get_by_role("button", name="Give access")
    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.wait_for()
    await dialog.get_by_role("button", name="Give access").press("Enter")
    await dialog.get_by_text("Choose an institution first.").wait_for()
    await choose(page, dialog.get_by_label("Institution"), "County People's Hospital")
    await choose(page, dialog.get_by_label("Doctor"), "He Ping")
    await dialog.get_by_role("button", name="Give access").press("Enter")
    await dialog.get_by_text("Ask the patient first", exact=False).wait_for()
    wrong += await examine(page, "en-grants-dialog")
    await dialog.get_by_label("The patient (or guardian) is here and agrees").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await dialog.wait_for(state="detached")


async def choose(page: Page, field: Locator, words: str) -> None:
    """With the arrows."""
    await field.locator("option", has_text=words).wait_for(state="attached")
    await field.focus()
    for _ in range(await field.locator("option").count()):
        if words in await field.locator("option:checked").inner_text():
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(words)


async def opened_to_me(page: Page) -> list[str]:
    """The list of whom it was given to has it, and the way to it."""
    await page.get_by_role("button", name="All my consultations").click()
    await page.get_by_role("heading", name="Opened to me").wait_for()
    return await examine(page, "en-grants-to-me")


async def read_it(page: Page) -> None:
    """Its record, and its folder: the page asks for both."""
    async with page.expect_response(lambda answer: answer.url.endswith("/folder")):
        await page.get_by_role("button", name="Open the consultation of").first.click()


async def replay_path(page: Page) -> str:
    mine: list[Any] = await page.evaluate("async () => await (await fetch('/api/grants/mine')).json()")
    return f"/api/consultations/{mine[0]['brief']['consultation']}/replays"


async def take_back(page: Page, row: Locator) -> None:
    await row.get_by_role("button", name="Take back access from").click()
    await page.get_by_text("access was taken back and has ended", exact=False).wait_for()
    await row.wait_for(state="detached")  # the words may be those of the time before


async def who_looked(page: Page) -> list[str]:
    """Asked again, in both languages: who opened it, and who was turned away and why."""
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="Who may see this").click()
    await page.get_by_text("access has ended or was taken back").first.wait_for()
    await page.get_by_text("replay · for care").first.wait_for()
    for read in ("record · for care", "pictures · for care"):
        assert await page.get_by_text(read).count() == 1, "however often it was asked for"
    await page.get_by_text("Access that has ended (2)").click()
    wrong = await examine(page, "en-grants")
    await page.get_by_role("button", name="中文").click()
    await page.get_by_role("heading", name="谁看过").wait_for()
    await page.get_by_text("患者没有同意", exact=False).first.wait_for(state="detached")
    await page.get_by_text("会诊记录 · 用于诊疗").wait_for()
    await page.get_by_role("heading", name="谁看过").scroll_into_view_if_needed()
    await page.screenshot(path="build/screenshots/access/zh-CN-grants-seen.png", full_page=True)
    return wrong + await examine(page, "zh-CN-grants")


async def test_a_patient_without_an_account_takes_it_back_on_their_own_telephone(
    server: Server, arrive: Arrive, browser: Browser
) -> None:
    doctor, _ = await connect(server, arrive)
    await doctor.hang_up()
    await doctor.button("Who may see this").click()
    page = doctor.page
    await page.get_by_text("Nobody else was given access.").wait_for()
    wrong: list[str] = []
    await give_by_keyboard(page, wrong)
    await page.get_by_role("button", name="Show the patient").click()
    code = page.get_by_role("dialog").locator("canvas")
    await code.wait_for()
    url = await code.get_attribute("data-url") or ""
    wrong += await examine(page, "en-patient-link")
    for locale, title in TITLES.items():
        context = await browser.new_context(locale=locale, viewport=PHONE)  # type: ignore[arg-type]
        phone = await context.new_page()
        await phone.goto(url)
        await phone.get_by_role("heading", name=title).wait_for()
        await phone.locator("li.grant").first.wait_for()
        assert "patient=" not in phone.url, "the key stays in no history"
        wrong += await examine(phone, f"{locale}-patient")
        if locale == "en-US":
            await phone.get_by_role("button", name="Take back access from").click()
            wrong += await examine(phone, f"{locale}-patient-asked")
            await phone.get_by_role("dialog").get_by_role("button", name="Take back").click()
            await phone.get_by_text("taken back", exact=False).first.wait_for()
            await phone.reload()
            await phone.get_by_role("heading", name="Sign in").wait_for()
        await context.close()
    await page.get_by_role("dialog").get_by_role("button", name="Close").click()
    await page.get_by_text("Access that has ended (1)").wait_for()
    assert wrong == [], "\n".join(wrong)
    assert doctor.errors == []
