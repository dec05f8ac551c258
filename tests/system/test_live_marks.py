"""The live probe between two Chromiums: marks on their frames, pointers, cues, requests, and a freeze that is the very
frame that was on the screen. Every picture of the probe carries its number."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.system.conftest import RED
from tests.system.person import Person, until
from tests.system.pictures import plays
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]
NUMBERED = (Path(__file__).parent / "numbered.js").read_text("utf-8")
MARKS = "() => window.__presented.filter((one) => one.drawn !== undefined)"


@pytest.fixture
async def arrive(browser: Browser) -> Arrive:
    """The doctor (red) has a camera that numbers its pictures."""

    async def new(url: str, colour: tuple[int, int, int], tone: int) -> Person:
        context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        person = await Person.arrive(context, url, colour, tone)
        numbers = "true" if colour == RED else "false"
        await context.add_init_script(f"window.__numbers = {numbers};\n{NUMBERED}")
        await person.page.reload()
        return person

    return new


async def guided(server: Server, arrive: Arrive) -> tuple[Person, Person]:
    """A call in which the doctor shows the probe and both look at it."""
    doctor, specialist = await connect(server, arrive)
    await doctor.button("Probe").click()
    await doctor.button("Show it to everybody").click()
    for person in (doctor, specialist):
        await plays(person, "probe")
        await person.button("Freeze").wait_for()
        await person.page.evaluate("() => window.__watch()")
    return doctor, specialist


async def draw_arrow(person: Person) -> None:
    """From the middle of the picture to the right."""
    await person.button("Mark").click()
    await person.button("Arrow").click()
    box = await person.page.locator(".live-hand").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await person.page.mouse.move(x, y)
    await person.page.mouse.down()
    await person.page.mouse.move(x + 60, y + 10, steps=4)
    await person.page.mouse.up()


async def drawn(person: Person, least: int) -> list[dict[str, Any]]:
    """The frames that were presented with something drawn on them, once there are so many."""

    async def enough() -> Any:
        seen = await person.page.evaluate(MARKS)
        return seen if len(seen) >= least else None

    return list(await until(f"{least} frames with marks", enough))


async def test_a_mark_is_drawn_on_its_frame_on_both_pages(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    await draw_arrow(specialist)
    for person in (doctor, specialist):
        frames = await drawn(person, 20)
        readable = [one for one in frames if one["number"] is not None and one["drawn"] is not None]
        assert len(readable) > 10
        assert all(one["number"] == one["drawn"] for one in readable), "canvas and video show different frames"
    await asyncio.sleep(0.2)
    assert doctor.errors == specialist.errors == []
