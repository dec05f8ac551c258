"""Pictures under fingers, on a phone held upright: one finger does what the tool does, two scale and move; the page
stays where it is, and the other one sees it."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, CDPSession

from tests.system.conftest import RED
from tests.system.person import Colour, Person, drawn, until
from tests.system.server import Server
from tests.system.studies import a_ct
from tests.system.test_call import connect
from tests.system.test_same_picture import Looking, pane, shown, view_of

WATCH = "addEventListener('painted', (event) => { window.__wanted = event.detail })"
Place = tuple[float, float]


async def touch(session: CDPSession, *ways: tuple[Place, Place], steps: int = 8) -> None:
    """As many fingers as there are ways come down together, each goes its way, and all leave."""
    for step in range(steps + 1):
        share = step / steps
        at = [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in ways]
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(at)]
        kind = "touchMove" if step else "touchStart"
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await asyncio.sleep(0.02)
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def area(person: Person) -> dict[str, float] | None:
    """What is seen of the picture: the View that was drawn last."""
    found: dict[str, float] | None = await person.page.evaluate("() => window.__wanted?.area ?? null")
    return found


async def agreed(looking: Looking, before: dict[str, float] | None) -> dict[str, float]:
    """What both see after the fingers have left: another part of the picture than `before`."""
    await drawn(looking.leader.page)  # the last move: the other one may have drawn no more than the one before it
    mine = await area(looking.leader)

    async def same() -> bool:
        return await area(looking.follower) == mine

    await until("the same part of the picture on both sides", same)
    assert mine is not None
    assert mine != before
    return mine


async def test_fingers_on_a_phone(server: Server, browser: Browser, tmp_path: Path) -> None:
    async def arrive(url: str, colour: Colour, tone: int) -> Person:
        phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "device_scale_factor": 2}
        context = await browser.new_context(locale="en-US", **(phone if colour == RED else {}))  # type: ignore[arg-type]
        await context.add_init_script(WATCH)
        return await Person.arrive(context, url, colour, tone)

    looking = Looking(*await connect(server, arrive))
    doctor = looking.leader
    for one in looking.both:
        await one.page.get_by_role("tab", name="Pictures").click()
    await looking.bring(a_ct(tmp_path))
    await looking.open("Open CT")
    first = await looking.agree()
    box = await pane(doctor).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = await doctor.page.context.new_cdp_session(doctor.page)

    await touch(session, ((x, y - 60), (x, y + 60)))  # one finger: the tool, which scrolls
    assert (await looking.agree(than=first))["instance"] != first["instance"]
    assert await area(doctor) is None

    await touch(session, ((x - 30, y), (x - 60, y)), ((x + 30, y), (x + 60, y)))  # twice as far apart
    near = await agreed(looking, None)
    assert abs(near["centre_x"] - 5e7) < 5e5
    assert abs(near["centre_y"] - 5e7) < 5e5
    await touch(session, ((x - 60, y), (x - 30, y)), ((x + 60, y), (x + 30, y)))  # and back
    whole = await agreed(looking, near)
    assert abs(whole["width"] / near["width"] - 2) < 0.02

    await touch(session, ((x - 30, y), (x, y + 20)), ((x + 30, y), (x + 60, y + 20)))  # both to the right and down
    moved = await agreed(looking, whole)
    assert abs(moved["width"] / whole["width"] - 1) < 0.01
    assert moved["centre_x"] < whole["centre_x"] - 1e6
    assert moved["centre_y"] < whole["centre_y"] - 1e6

    still = await doctor.page.evaluate("() => [scrollX, scrollY, visualViewport.scale]")
    assert still == [0, 0, 1], "the page itself moves under the fingers"
    await shown(doctor)
    assert await view_of(doctor) == await view_of(looking.follower)
    assert doctor.errors == looking.follower.errors == []
