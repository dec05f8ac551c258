"""How somebody watches and listens: who talks, how loud, in full screen, in a small window. For that page alone."""

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.system.person import Person, until
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]


async def loudness(person: Person) -> list[float]:
    """What each sound element of the page is set to; 0 = muted."""
    expression = "() => [...document.querySelectorAll('audio')].map((a) => (a.muted ? 0 : a.volume))"
    return list(await person.page.evaluate(expression))


async def test_who_talks_and_how_loud(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    talks = specialist.page.locator(".call").get_by_text("is talking")
    await talks.first.wait_for()
    await until("as loud as it comes", lambda: _is(doctor, [1]))

    slider = specialist.page.get_by_role("slider", name="Volume of", exact=False)
    await slider.fill("30")
    await until("30 %", lambda: _is(specialist, [0.3]))
    await expect(slider).to_have_attribute("aria-valuetext", "30 %")
    silence = specialist.page.get_by_role("button", name="Silence", exact=False)
    await silence.click()
    await until("silence", lambda: _is(specialist, [0]))
    await silence.click()
    await until("30 % again", lambda: _is(specialist, [0.3]))
    assert await loudness(doctor) == [1], "how loud I hear somebody is mine alone"

    await doctor.button("Microphone").click()
    await talks.first.wait_for(state="detached")
    assert doctor.errors == specialist.errors == []


async def test_full_screen_and_a_small_window(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await specialist.sees_moving()
    await specialist.page.locator("body").press("f")
    await until("full screen", lambda: specialist.page.evaluate("() => document.fullscreenElement !== null"))
    bar = specialist.page.get_by_role("contentinfo").or_(specialist.page.locator("footer"))
    await expect(bar.first).to_be_visible()
    for state in ("Microphone", "Camera", "Hang up"):
        await expect(specialist.button(state), f"{state} stays in sight").to_be_visible()
    await expect(specialist.page.get_by_text("Not recorded").first).to_be_visible()
    await specialist.button("End full screen").click()
    await until("the page again", lambda: specialist.page.evaluate("() => document.fullscreenElement === null"))
    await specialist.page.locator(".stage-frame").dblclick()
    await until("full screen", lambda: specialist.page.evaluate("() => document.fullscreenElement !== null"))
    await specialist.page.locator("body").press("f")
    await until("the page again", lambda: specialist.page.evaluate("() => document.fullscreenElement === null"))

    await specialist.button("Small window over everything").click()
    floating = "() => document.pictureInPictureElement?.dataset.participant ?? ''"
    assert await until("a small window", lambda: specialist.page.evaluate(floating))
    await specialist.sees_moving()
    await specialist.button("Small window over everything").click()
    await until("no small window", lambda: specialist.page.evaluate("() => document.pictureInPictureElement === null"))
    assert doctor.errors == specialist.errors == []


async def _is(person: Person, expected: list[float]) -> bool:
    return [round(v, 2) for v in await loudness(person)] == expected
