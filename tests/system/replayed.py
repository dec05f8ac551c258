"""A consultation to be replayed: two real Chromiums, a probe whose pictures are numbered, a picture that is led,
a mark, a message and a name that would run if anything ran; a pause.
What the specialist's page showed is kept with its time."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from recordings.seal import sealed_manifest
from tests.processes import POLITE_S
from tests.system.conftest import BLUE, RED
from tests.system.person import Person, until
from tests.system.pictures import plays
from tests.system.server import Server
from tests.system.studies import PATIENT, a_ct
from tests.system.test_live_marks import NUMBERED, draw_arrow
from tests.system.test_recorded_call import consent, kept, mark

HOSTILE = "<script>window.__ran=1</script><img src=x onerror='window.__ran=1'>"
PAUSED_S = 2.0
TONE, OTHER_TONE = 440, 700

# Its sound elements are not on the page: they are kept as they are made.
KEEP_SOUND = """() => {
  const make = document.createElement.bind(document);
  window.__sounds = [];
  document.createElement = (...given) => {
    const made = make(...given);
    if (given[0] === "audio") window.__sounds.push(made);
    return made;
  };
}"""
# At each frame of the probe that is presented: when (session µs), the number in it, the timestamp it was sent with.
SEEN = """() => {
  const video = document.querySelector('.stage video[data-purpose=probe]');
  window.__seen = [];
  const look = (_, names) => {
    video.requestVideoFrameCallback(look);
    const shown = new VideoFrame(video);
    const rtp = shown.metadata?.().rtpTimestamp ?? names.rtpTimestamp;
    const whole = { x: 0, y: 0, width: video.videoWidth, height: video.videoHeight };
    const number = window.__number(shown, whole);
    shown.close();
    if (number !== null) window.__seen.push({ t: window.__sefaw.session().t, number, rtp });
  };
  video.requestVideoFrameCallback(look);
}"""


@dataclass
class Recorded:
    """`seen`: what the specialist's page presented, with its session time. `led_still`: the led picture at that time;
    `opened_t`: when it was open, before anybody moved it."""

    server: Server
    consultation: str
    seen: list[dict[str, int]]
    marked_t: int
    opened_t: int
    led_t: int
    led_still: bytes
    led_view: dict[str, Any]


async def numbered(browser: Browser, url: str, colour: tuple[int, int, int], tone: int) -> Person:
    """Somebody whose pictures are numbered if they are the doctor (red)."""
    context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    person = await Person.arrive(context, url, colour, tone)
    await context.add_init_script(f"window.__numbers = {'true' if colour == RED else 'false'};\n{NUMBERED}")
    await person.page.reload()
    return person


async def record(server: Server, browser: Browser, folder: Path) -> Recorded:
    """The whole of it; sealed when it returns."""
    specialist = await numbered(browser, server.url, BLUE, OTHER_TONE)
    await specialist.sign_in(server.account("specialist"))
    await specialist.page.get_by_text("You are on call", exact=True).wait_for()
    doctor = await numbered(browser, server.url, RED, TONE)
    await doctor.sign_in(server.account("village"))
    await hostile_patient(doctor.page)
    await doctor.call()
    await specialist.answer()
    for person in (doctor, specialist):
        await person.button("Hang up").wait_for()
    await consent(doctor)
    await mark(specialist, "Recording").wait_for()
    marked_t = await probe_and_mark(doctor, specialist)
    seen = await specialist.page.evaluate("() => window.__seen")
    await say(doctor, HOSTILE)
    opened_t = await opens(doctor, specialist, a_ct(folder))
    led_t, led_still, led_view = await led(doctor, specialist)
    await pause(doctor, specialist)
    await asyncio.sleep(2)
    errors = [error for person in (doctor, specialist) for error in person.errors]
    assert errors == [], errors
    await doctor.hang_up()
    consultation, keyring = kept(server)
    await until("the seal", lambda: sealed(keyring.folder(consultation)), POLITE_S)
    return Recorded(server, str(consultation), seen, marked_t, opened_t, led_t, led_still, led_view)


async def sealed(folder: Path) -> Any:
    return sealed_manifest(folder)


async def hostile_patient(page: Page) -> None:
    """Typed, not from the list."""
    await page.locator(".call-form select").first.select_option("-1")
    await page.get_by_label("Name", exact=True).fill(HOSTILE[:80])
    await page.get_by_label("Number", exact=True).fill(PATIENT[1])  # that of the study which is brought in
    await page.get_by_role("textbox", name="Question").fill("Pain in the upper belly")


async def probe_and_mark(doctor: Person, specialist: Person) -> int:
    """The doctor shows the probe, the specialist draws an arrow on it. When it was drawn."""
    await doctor.button("Probe").click()
    await doctor.button("Show it to everybody").click()
    for person in (doctor, specialist):
        await plays(person, "probe")
        await person.button("Freeze").wait_for()
    await specialist.page.evaluate(SEEN)
    await asyncio.sleep(3)
    await draw_arrow(specialist)
    await asyncio.sleep(3)
    return await session_t(specialist)


async def session_t(person: Person) -> int:
    return int(await person.page.evaluate("() => window.__sefaw.session().t"))


async def say(person: Person, words: str) -> None:
    await person.page.get_by_role("tab", name="Chat").click()
    message = person.page.get_by_role("textbox").last
    await message.fill(words)
    await message.press("Enter")


async def opens(doctor: Person, specialist: Person, ct: list[Path]) -> int:
    """The doctor opens a CT for both. When it was there."""
    for person in (doctor, specialist):
        await person.page.get_by_role("tab", name="Pictures").click()
    await doctor.page.locator("input[data-bring=files]").set_input_files(ct)
    await doctor.page.get_by_role("button", name="Open CT").click()
    await specialist.page.locator(".pane[data-showing=cpu_only][data-plain=false]").first.wait_for(timeout=30_000)
    return await session_t(specialist)


async def led(doctor: Person, specialist: Person) -> tuple[int, bytes, dict[str, Any]]:
    """The doctor changes its window and scrolls; what the specialist sees of it then, and when."""
    pane = doctor.page.locator(".pane").first
    await doctor.page.locator(".viewport-tools").get_by_role("button", name="Hand").click()
    await doctor.page.get_by_role("menuitem", name="Brightness", exact=True).click()
    box = await pane.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await doctor.page.mouse.move(x, y)
    await doctor.page.mouse.down()
    await doctor.page.mouse.move(x + 70, y - 30, steps=30)
    await doctor.page.mouse.up()
    await pane.focus()
    for _ in range(3):
        await doctor.page.keyboard.press("ArrowDown")
    await asyncio.sleep(1)

    async def followed() -> bool:
        return await view_of(specialist.page) == await view_of(doctor.page)

    await until("the specialist to see what the doctor shows", followed)
    t = await session_t(specialist)
    still = await specialist.page.locator(".pane").first.screenshot()
    return t, still, await view_of(specialist.page)


async def view_of(page: Page) -> dict[str, Any]:
    """What the first viewport shows, in the words under it; {}: there is none yet."""
    found: dict[str, Any] = await page.evaluate(
        """() => {
          const pane = document.querySelector('.pane')
          if (!pane) return {}
          const { instance, frame, showing } = pane.dataset
          const words = [...document.querySelectorAll('.viewport-line span:not(.coming)')].map((one) => one.textContent)
          return { instance, frame, showing, words }
        }"""
    )
    return found


async def pause(doctor: Person, person: Person) -> None:
    """Something private, which is not to be in the record."""
    await mark(person, "Recording").click()
    dialog = person.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Something private").click()
    await mark(doctor, "Recording paused").wait_for()
    await asyncio.sleep(PAUSED_S)
    await dialog.get_by_role("button", name="Go on recording").click()
    await mark(doctor, "Recording").wait_for()
    await person.page.keyboard.press("Escape")
