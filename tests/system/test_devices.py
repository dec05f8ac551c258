"""Microphones, cameras and the probe in a call: chosen, switched, pulled out, taken away."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.system.conftest import CHROMIUM_FLAGS, RED, chromium
from tests.system.person import Person, until
from tests.system.pictures import is_gone, plays
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]
REAL_DEVICES = (Path(__file__).parent / "real_devices.js").read_text("utf-8")
FLAGS = [
    *(flag for flag in CHROMIUM_FLAGS if flag != "--use-fake-device-for-media-stream"),
    "--use-fake-device-for-media-stream=device-count=3",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium with two cameras and several microphones of its own."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def arrive(browser: Browser) -> Arrive:
    """The doctor (red) has the browser's devices; the specialist has the pattern's."""

    async def new(url: str, colour: tuple[int, int, int], tone: int) -> Person:
        context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        if colour == RED:
            await context.add_init_script(REAL_DEVICES)
        return await Person.arrive(context, url, colour, tone)

    return new


async def sending(person: Person, purpose_hint: str) -> str:
    """`hint degradationPreference` of the video sender whose track carries this hint."""
    expression = """(hint) => window.__peers.at(-1).getSenders()
        .filter((s) => s.track?.kind === "video" && s.track.contentHint === hint)
        .map((s) => s.getParameters().degradationPreference).filter(Boolean).join()"""
    return str(await person.page.evaluate(expression, purpose_hint))


async def sends(person: Person, *labels: str) -> None:
    """The page sends what these devices give: what was chosen is opened, which takes its time."""
    expression = "() => window.__peers.at(-1).getSenders().map((s) => s.track?.label)"

    async def all_of_them() -> bool:
        return Counter(labels) <= Counter(await person.page.evaluate(expression))

    await until(f"{labels} sent", all_of_them)


async def prefers(person: Person, hint: str, preference: str) -> None:
    """The hint is the page's own; the sender is told after it."""

    async def told() -> bool:
        return await sending(person, hint) == preference

    await until(f"{hint}: {preference}", told)


async def offers(person: Person) -> int:
    """How many m-sections and offers the page has needed: the version of its session description."""
    expression = "() => Number(window.__peers.at(-1).localDescription.sdp.match(/^o=\\S+ \\d+ (\\d+)/m)[1])"
    return int(await person.page.evaluate(expression))


async def choose(person: Person, field: str, option: str) -> None:
    """Another device from a list in the open dialog."""
    fields = person.page.get_by_role("dialog").locator("label")
    await fields.filter(has=person.page.get_by_text(field, exact=True)).locator("select").select_option(label=option)


async def test_a_second_camera_is_the_probe(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await doctor.button("Probe").click()
    await choose(doctor, "Where the picture comes from", "fake_device_2")
    await doctor.button("Show it to everybody").click()
    for person in (doctor, specialist):
        await plays(person, "probe")
        await expect(person.page.locator(".stage video[data-purpose=probe]"), "the probe comes first").to_have_count(1)
    await expect(doctor.button("Probe")).to_have_attribute("aria-pressed", "true")
    await prefers(doctor, "motion", "maintain-framerate")

    await doctor.button("Smooth movement").click()
    await prefers(doctor, "detail", "maintain-resolution")

    before = await offers(doctor)
    await doctor.button("Probe").click()
    await choose(doctor, "Where the picture comes from", "fake_device_0")
    await doctor.page.keyboard.press("Escape")
    await sends(doctor, "fake_device_0", "fake_device_0")  # the face's too
    await plays(specialist, "probe")
    assert await offers(doctor) == before, "another device needs no new offer"

    await doctor.button("Probe").click()
    await doctor.button("Stop showing it").click()
    for person in (doctor, specialist):
        await is_gone(person, "probe")
    await doctor.button("Probe").click()
    await choose(doctor, "Where the picture comes from", "fake_device_2")
    await doctor.button("Show it to everybody").click()
    await plays(specialist, "probe")
    await doctor.page.evaluate("window.__unplug('fake_device_2')")
    await is_gone(specialist, "probe")
    await doctor.page.get_by_text("The probe picture is gone").wait_for()
    assert doctor.errors == specialist.errors == []


async def test_devices_go_and_come_in_a_call(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await plays(specialist, "face")
    before = await offers(doctor)

    await doctor.button("More").click()
    await doctor.page.get_by_role("menuitem", name="Choose devices").click()
    await choose(doctor, "Microphone", "Fake Audio Input 1")
    await choose(doctor, "Camera", "fake_device_2")
    await choose(doctor, "Loudspeaker", "Fake Audio Output 1")
    await doctor.page.keyboard.press("Escape")
    await sends(doctor, "Fake Audio Input 1", "fake_device_2")
    await plays(specialist, "face")
    await until("the other loudspeaker", lambda: uses_another_loudspeaker(doctor))

    await doctor.page.evaluate("window.__unplug('Fake Audio Input 1')")
    await doctor.page.get_by_text("Fake Audio Input 1” is gone").wait_for()
    await specialist.sound_goes_on()
    await doctor.page.evaluate("window.__plug('Fake Audio Input 1')")
    await doctor.page.get_by_text("Fake Audio Input 1” is back").wait_for()

    await doctor.page.evaluate("['fake_device_2', 'fake_device_1', 'fake_device_0'].forEach(window.__unplug)")
    await doctor.page.get_by_text("The camera was unplugged").wait_for()
    await specialist.page.get_by_text("camera is off").first.wait_for()
    await doctor.page.evaluate("window.__plug('fake_device_2')")
    await doctor.page.get_by_text("The camera was unplugged").wait_for(state="detached")
    await plays(specialist, "face")
    assert await offers(doctor) == before, "no device needs a new offer"
    assert doctor.errors == specialist.errors == []


async def uses_another_loudspeaker(person: Person) -> bool:
    sinks = await person.page.locator("audio").evaluate_all("all => all.map((a) => a.sinkId !== '')")
    return bool(sinks == [True])


async def test_a_permission_taken_back_is_said_and_the_call_goes_on(
    server: Server, arrive: Arrive, browser: Browser
) -> None:
    doctor, specialist = await connect(server, arrive)
    await plays(specialist, "face")
    target = await (await doctor.page.context.new_cdp_session(doctor.page)).send("Target.getTargetInfo")
    session = await browser.new_browser_cdp_session()

    async def permit(setting: str) -> None:
        for name in ("camera", "microphone"):
            wish = {"permission": {"name": name}, "setting": setting, "origin": server.url}
            wish["browserContextId"] = target["targetInfo"]["browserContextId"]
            await session.send("Browser.setPermission", wish)

    await permit("denied")
    await doctor.page.get_by_text("The browser may not use the camera and microphone").wait_for()
    await specialist.page.get_by_text("camera is off").first.wait_for()
    await specialist.hears_nothing()
    await doctor.sees_moving()
    await expect(doctor.button("Camera")).to_have_attribute("aria-pressed", "false")
    await permit("granted")
    await plays(specialist, "face")
    await doctor.page.get_by_text("The browser may not use").wait_for(state="detached")
    assert doctor.errors == specialist.errors == []


async def test_keys_act_unless_somebody_types_or_switched_them_off(server: Server, arrive: Arrive) -> None:
    doctor, _specialist = await connect(server, arrive)
    microphone, keys = doctor.button("Microphone"), doctor.page.keyboard
    await expect(microphone).to_have_attribute("aria-pressed", "true")  # it is open by now
    await doctor.page.locator("body").focus()
    await keys.press("m")
    await expect(microphone).to_have_attribute("aria-pressed", "false")
    await keys.press("c")
    field = doctor.page.get_by_role("textbox").last
    await expect(field).to_be_focused()
    await keys.type("m")
    await expect(field, "the letter that opened the chat is not in it, the typed one is").to_have_value("m")
    await expect(microphone).to_have_attribute("aria-pressed", "false")
    await microphone.focus()
    await keys.press("?")
    dialog = doctor.page.get_by_role("dialog")
    await dialog.get_by_role("checkbox").uncheck()
    await keys.press("Escape")
    await dialog.wait_for(state="detached")  # a dialog keeps these keys from acting anyway
    await expect(microphone).to_be_focused()
    await keys.press("m")
    await expect(microphone, "switched off, and remembered").to_have_attribute("aria-pressed", "false")
    assert await doctor.page.evaluate("localStorage.getItem('sefaw.keys')") == "off"
