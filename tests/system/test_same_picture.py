"""The same picture on both sides, on real files through the real server: what the leader does with a CT and with an
ultrasound cine, the other one sees, in a canvas of another size."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.system.conftest import Arrive
from tests.system.person import Person, until
from tests.system.server import Server
from tests.system.studies import a_cine, a_ct
from tests.system.test_call import connect


@dataclass
class Looking:
    """Two people in a call with pictures; `leader` is the village doctor."""

    leader: Person
    follower: Person

    @property
    def both(self) -> tuple[Person, Person]:
        return self.leader, self.follower

    async def bring(self, paths: list[Path]) -> None:
        await self.leader.page.locator("input[data-bring=files]").set_input_files(paths)

    async def open(self, name: str) -> None:
        await self.leader.page.get_by_role("button", name=name).click()
        for one in self.both:
            await shown(one)

    async def agree(self, than: dict[str, Any] | None = None, words: str = "") -> dict[str, Any]:
        """Both show the same View, another `than` that one, with these `words` under it; what it is."""

        async def same() -> Any:
            seen = [await view_of(one) for one in self.both]
            fits = seen[0] is not None and seen[0] != than and (not words or words in seen[0]["words"])
            return seen[0] if fits and seen[0] == seen[1] else None

        found: dict[str, Any] = await until(f"the same View on both sides {words}", same)
        return found


def pane(person: Person, n: int = 0) -> Any:
    """The canvas of a viewport."""
    return person.page.locator(".pane").nth(n)


async def shown(person: Person) -> None:
    """By the instance's own values, not by a preview."""
    await person.page.locator(".pane[data-showing=cpu_only][data-plain=false]").first.wait_for(timeout=30_000)


async def view_of(person: Person) -> dict[str, Any] | None:
    """What is on the screen: instance and frame from the canvas, the words under it."""
    found: dict[str, Any] | None = await person.page.evaluate(
        """() => {
          const pane = document.querySelector('.pane'), line = document.querySelector('.viewport-line')
          const { instance, frame, showing } = pane?.dataset ?? {}
          if (!line || showing !== 'cpu_only') return null
          const words = [...line.querySelectorAll('span:not(.coming)')].map((one) => one.textContent)
          return { instance, frame, words }
        }"""
    )
    return found


async def drag(person: Person, dx: int, dy: int, steps: int = 12) -> None:
    """Press in the middle of the picture, move, let go."""
    box = await pane(person).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = person.page.mouse
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x + dx, y + dy, steps=steps)
    await mouse.up()


async def choose(person: Person, menu: str, item: str) -> None:
    """An item of a menu of the toolbar."""
    await person.page.locator(".viewport-tools").get_by_role("button", name=menu).click()
    await person.page.get_by_role("menuitem", name=item, exact=True).click()


@pytest.fixture
async def looking(server: Server, arrive: Arrive) -> AsyncIterator[Looking]:
    leader, follower = await connect(server, arrive)
    await follower.page.set_viewport_size({"width": 1100, "height": 900})
    for one in (leader, follower):
        await one.page.get_by_role("tab", name="Pictures").click()
    yield Looking(leader, follower)
    assert leader.errors == follower.errors == []


async def test_a_ct_is_the_same_on_both_sides(looking: Looking, tmp_path: Path) -> None:
    leader = looking.leader
    await looking.bring(a_ct(tmp_path))
    await looking.open("Open CT")
    first = await looking.agree()
    await pane(leader).focus()
    for _ in range(3):
        await leader.page.keyboard.press("ArrowDown")
    scrolled = await looking.agree(than=first, words="4 / 12")
    assert scrolled["instance"] != first["instance"]
    await choose(leader, "Window", "Bone")
    bone = await looking.agree(words="W 1800 · L 400")
    await choose(leader, "Hand", "Brightness")
    await drag(leader, 60, -20)
    await looking.agree(than=bone)
    await choose(leader, "More", "Turn right")
    await looking.agree(words="90°")


async def views_of(person: Person) -> list[dict[str, Any] | None]:
    """What each viewport shows: instance and frame, and the words under it (place, window, turn); None: nothing."""
    found: list[dict[str, Any] | None] = await person.page.evaluate(
        """() => [...document.querySelectorAll('.viewport-cell')].map((cell) => {
          const pane = cell.querySelector('.pane'), line = cell.querySelector('.viewport-line')
          if (pane?.dataset.showing !== 'cpu_only' || pane.dataset.plain !== 'false') return null
          const words = [...line.querySelectorAll('span:not(.coming)')].map((one) => one.textContent)
          return { instance: pane.dataset.instance, frame: pane.dataset.frame, words }
        })"""
    )
    return found


async def all_shown(person: Person) -> bool:
    return None not in await views_of(person)


async def test_four_viewports_are_the_same_on_both_sides(looking: Looking, tmp_path: Path) -> None:
    leader = looking.leader
    await looking.bring([*a_ct(tmp_path), *a_cine(tmp_path)])
    await looking.open("Open CT")
    await choose(leader, "More", "2 × 2 pictures")
    for one in looking.both:
        await one.page.locator(".viewports.rows-2.columns-2 .viewport-cell").nth(3).wait_for()
    for n, series in enumerate(("Open US", "Open CT", "Open US"), 1):
        cell = leader.page.locator(".viewport-cell").nth(n)
        await cell.locator(".viewport-empty").click()
        await leader.page.get_by_role("button", name=series).click()
        await cell.locator(".pane").wait_for()
    await until("four pictures", lambda: all_shown(leader))
    await pane(leader, 2).focus()
    await leader.page.keyboard.press("ArrowDown")
    await choose(leader, "Window", "Lung")
    await pane(leader, 3).focus()
    await leader.page.keyboard.press("r")

    async def alike() -> Any:
        mine, theirs = [await views_of(one) for one in looking.both]
        there = mine == theirs and None not in mine
        return mine if there and "90°" in mine[3]["words"] else None  # which was done last

    first, _, third, fourth = await until("four viewports alike", alike)
    assert first["instance"] != third["instance"], "each viewport scrolls by itself"
    assert "W 1500 · L -600" in third["words"]
    assert "W 1500 · L -600" not in first["words"]
    assert "90°" in fourth["words"]


async def drawn(person: Person) -> int:
    """Pixels over the picture that marks cover."""
    return int(
        await person.page.evaluate(
            """() => { const over = document.querySelector('.pane-marks')
              const { data } = over.getContext('2d').getImageData(0, 0, over.width, over.height)
              return data.filter((value, at) => at % 4 === 3 && value > 0).length }"""
        )
    )


async def test_a_mark_stays_on_its_picture_and_only_its_author_takes_it_back(looking: Looking, tmp_path: Path) -> None:
    leader, follower = looking.both
    await looking.bring(a_ct(tmp_path))
    await looking.open("Open CT")

    async def marked(yes: bool) -> None:
        async def all_say_so() -> bool:
            return all([(await drawn(one) > 20) is yes for one in looking.both])

        await until(f"a mark on both sides: {yes}", all_say_so)

    await marked(False)
    await choose(follower, "Mark", "Arrow")  # also who does not lead
    await drag(follower, 80, 40)
    await follower.page.mouse.move(5, 5)
    await marked(True)
    for key, there in (("ArrowDown", False), ("ArrowUp", True)):
        await pane(leader).focus()
        await leader.page.keyboard.press(key)
        await marked(there)
    await choose(leader, "Mark", "Take back my last mark")
    await asyncio.sleep(0.5)
    await marked(True)
    await choose(follower, "Mark", "Take back my last mark")
    await marked(False)


@pytest.mark.alone
async def test_a_cine_plays_on_one_clock(looking: Looking, tmp_path: Path) -> None:
    await looking.bring(a_cine(tmp_path))
    await looking.open("Open US")
    await looking.agree()
    await looking.leader.button("Play").click()
    frames: list[set[str]] = [set(), set()]
    for _ in range(12):
        for seen, one in zip(frames, looking.both, strict=True):
            seen.add(str(await pane(one).get_attribute("data-frame")))
        await asyncio.sleep(0.1)
    assert min(len(seen) for seen in frames) > 4, frames
    await looking.leader.button("Stop").click()
    await looking.agree()


async def test_the_renderer_comes_small_and_only_when_it_is_needed(server: Server, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{server.url}/") as reply:
        entry = await reply.text()
    assert "drawing-" not in entry
    [drawing] = (Path(__file__).parents[2] / "sefaw_rtc/web/static/assets").glob("drawing-*.js")
    async with http.get(f"{server.url}/assets/{drawing.name}", headers={"Accept-Encoding": "gzip"}) as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert int(reply.headers["Content-Length"]) < drawing.stat().st_size / 3
        assert reply.headers["Content-Type"].split(";")[0].endswith("javascript")
