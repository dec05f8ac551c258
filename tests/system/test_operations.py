"""What people see of an administrator's work, in real Chromiums: a server that restarts, a certificate of its own, and
clocks that are wrong."""

import asyncio
import base64
import datetime
import hashlib
import re
import signal
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.async_api import Browser, Page, async_playwright

from tests.system.conftest import BLUE, CHROMIUM_FLAGS, RED, Arrive, MakeServer, chromium
from tests.system.person import Colour, Person, until
from tests.system.server import STOP_S, Server
from tests.system.test_call import connect, see_and_hear

PICTURES = Path(__file__).parents[2] / "build/screenshots"
HOUR_MS = 3_600_000
# A machine whose clock is wrong: everything but the monotonic clock.
SHIFTED = """(() => { const by = %d, Real = Date;
    class Wrong extends Real { constructor(...given) { given.length ? super(...given) : super(Real.now() + by); } }
    Wrong.now = () => Real.now() + by;
    globalThis.Date = Wrong; })()"""


async def test_people_are_told_that_the_server_restarts_and_the_call_comes_back(
    tmp_path: Path, make_server: MakeServer, arrive: Arrive
) -> None:
    server = make_server(tmp_path, options=("--no-bot",), drain_s=120)
    await server.start()
    doctor, specialist = await connect(server, arrive)
    other = await arrive(server.url, RED, 500, "zh-CN")
    account = server.account("village")
    await other.page.get_by_label("用户名", exact=True).fill(account["user"])
    await other.page.locator("input[type=password]").fill(account["password"])
    await other.page.locator("button[type=submit]").click()
    await other.page.get_by_text("呼叫专家").first.wait_for()
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    for person in (doctor, specialist):
        await person.page.get_by_text(re.compile(r"The server restarts in 1\d\d s")).first.wait_for()
    await other.page.get_by_text(re.compile(r"服务器将在 1\d\d 秒内重启")).first.wait_for()
    await take(doctor.page, "stopping-call")
    await take(other.page, "stopping-lobby")
    await doctor.page.set_viewport_size({"width": 390, "height": 844})
    await take(doctor.page, "stopping-call-phone")
    await see_and_hear(doctor, specialist)  # meanwhile the call goes on
    server.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.process.wait, STOP_S) == 0
    server.drain_s = 0  # the test's own end need not wait
    await server.start()
    await see_and_hear(doctor, specialist)
    assert await doctor.page.locator(".strips").get_by_text("The server restarts in").count() == 0
    server.stop()


async def take(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png")


async def test_a_call_over_the_servers_own_certificate(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path, options=("--no-bot", "--self-signed"))
    await server.start()
    assert server.url.startswith("https://")
    own = x509.load_pem_x509_certificate((tmp_path / "data/keys/self-signed.pem").read_bytes())
    spki = own.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # Chromium's way to trust one key, as a device does that was told to: any other certificate stays an error.
    trusted = f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(spki).digest()).decode()}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_FLAGS, trusted])

        async def arrive(url: str, colour: Colour, tone: int) -> Person:
            return await Person.arrive(await browser.new_context(locale="en-US"), url, colour, tone)

        doctor, specialist = await connect(server, arrive)
        await see_and_hear(doctor, specialist)
        assert await doctor.page.evaluate("isSecureContext")
        [cookie] = await doctor.page.context.cookies()
        assert cookie["secure"]
        await browser.close()
    server.stop()


@pytest.mark.parametrize("hours", [1, -1])
async def test_clocks_an_hour_apart(server: Server, browser: Browser, hours: int) -> None:
    """The village's clock is an hour wrong, the hospital's an hour the other way."""

    async def arrive(url: str, colour: Colour, tone: int) -> Person:
        context = await browser.new_context(locale="en-US", viewport={"width": 1366, "height": 768})
        by = hours if colour == RED else -hours
        await context.add_init_script(SHIFTED % (by * HOUR_MS))
        return await Person.arrive(context, url, colour, tone)

    began = here()
    specialist = await arrive(server.url, BLUE, 700)
    await specialist.sign_in(server.account("specialist"))
    await specialist.page.get_by_text("You are on call", exact=True).wait_for()
    doctor = await arrive(server.url, RED, 440)
    skew = await doctor.page.evaluate("Date.now()") / 1000 - datetime.datetime.now(datetime.UTC).timestamp()
    assert 3500 < abs(skew) < 3700, "the clock must be wrong"
    await doctor.sign_in(server.account("village"))
    await shows_now(doctor, r"since (\d\d:\d\d)", began)
    await doctor.call()
    left = await specialist.page.get_by_text(re.compile(r"\d+ s left")).first.inner_text()
    assert 0 < int(re.findall(r"(\d+) s left", left)[0]) <= server.ring_s
    await specialist.answer()
    await see_and_hear(doctor, specialist)
    for person in (doctor, specialist):
        await person.button("Chat").click()
    field = doctor.page.get_by_role("textbox").last
    await field.fill("good morning")
    await field.press("Enter")
    for person in (doctor, specialist):
        await person.page.get_by_text("good morning").first.wait_for()
        shown = await person.page.locator(".chat-line time").first.inner_text()
        assert is_between(began, shown), shown
    await doctor.hang_up()
    for person in (doctor, specialist):
        await shows_now(person, r"Asked for\D*(\d\d:\d\d)", began)
        assert person.errors == []


async def shows_now(person: Person, pattern: str, began: datetime.datetime) -> None:
    """A time of the page is the server's, whatever its own machine believes: of this test, however long it takes."""

    async def found() -> str:
        hit = re.search(pattern, await person.page.inner_text("main"))
        return hit.group(1) if hit else ""

    shown = await until(pattern, found)
    assert is_between(began, shown), shown


def here() -> datetime.datetime:
    """As a browser shows it: in this machine's zone."""
    return datetime.datetime.now(datetime.UTC).astimezone()


def is_between(began: datetime.datetime, shown: str) -> bool:
    """Whether `HH:MM` is a minute from then to now."""
    first, last = [time.replace(second=0, microsecond=0) for time in (began, here())]
    minute = datetime.timedelta(minutes=1)
    return shown in {(first + more * minute).strftime("%H:%M") for more in range((last - first) // minute + 1)}
