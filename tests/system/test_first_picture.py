"""On a slow line: a preview that says so, then the exact picture, the same as if there had been no preview."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.async_api import Page, Route

from loadtest.impair import Impaired, impaired
from tests.system.conftest import BLUE, RED, Arrive
from tests.system.person import Person, drawn, until
from tests.system.server import Server
from tests.system.studies import a_ct

SLOW = ("--delay", "50", "--rate", "1M", "--shared")
SLICES = 3


@pytest.fixture
def noisy_ct(tmp_path: Path) -> list[Path]:
    """Compresses as a scanner's slices do, so that a frame takes a while."""
    chance = np.random.default_rng(1)
    paths = a_ct(tmp_path, slices=SLICES, side=512)
    for path in paths:
        slice_ = pydicom.dcmread(path)
        slice_.PixelData = (slice_.pixel_array + chance.normal(0, 15, (512, 512))).astype("<i2").tobytes()
        slice_["PixelData"].VR = "OW"
        slice_.save_as(path)
    return paths


async def test_the_preview_says_so_and_the_exact_picture_comes(
    server: Server, arrive: Arrive, noisy_ct: list[Path]
) -> None:
    with impaired(server.http, *SLOW) as line:
        doctor, specialist = await _call(server, arrive, line)
        on_the_way = await _held(specialist.page)
        await _open(doctor, noisy_ct)
        preview = specialist.page.locator(".pane[data-plain=true]")
        await preview.wait_for(timeout=60_000)
        await specialist.page.locator(".viewport-line .coming").filter(has_text="Preview").wait_for()
        coarse = await _canvas(specialist, ".pane-plain")
        on_the_way.set()
        await _exact(specialist)
        assert await specialist.page.get_by_text("Preview").count() == 0
        after_preview = await _canvas(specialist, ".pane-picture canvas")
        whole = specialist.page.locator(f".pane[data-count='{SLICES}'][data-behind='0']")
        await whole.wait_for(timeout=60_000)

        await specialist.page.route("**/rendered*", lambda route: route.abort())
        await specialist.page.reload()
        await _exact(specialist)

        async def same() -> bool:
            return bool(await _canvas(specialist, ".pane-picture canvas") == after_preview)

        await until("the same picture without a preview", same)
    assert coarse != after_preview
    # What the page could not fetch it says in the console, and that is meant here.
    assert [error for error in specialist.errors if "ERR_FAILED" not in error] == doctor.errors == []


async def _call(server: Server, arrive: Arrive, line: Impaired) -> tuple[Person, Person]:
    """A village doctor on a good line, a specialist on the bad one."""
    specialist = await arrive(f"http://{line.address}", BLUE, 700)
    await specialist.sign_in(server.account("specialist"))
    await specialist.page.get_by_text("You are on call", exact=True).wait_for(timeout=60_000)
    doctor = await arrive(server.url, RED, 440)
    await doctor.sign_in(server.account("village"))
    await doctor.call()
    await specialist.answer()
    await specialist.button("Hang up").wait_for(timeout=60_000)
    return doctor, specialist


async def _open(doctor: Person, files: list[Path]) -> None:
    await doctor.page.get_by_role("tab", name="Pictures").click()
    await doctor.page.locator("input[data-bring=files]").set_input_files(files)
    await doctor.page.get_by_role("button", name=f"{SLICES} pictures").click()


async def _held(page: Page) -> asyncio.Event:
    """No picture by its own values arrives before this is set: as slow as a line can be."""
    arrives = asyncio.Event()

    async def slowly(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/frames/1", slowly)
    return arrives


async def _exact(person: Person) -> None:
    await person.page.locator(".pane[data-plain=false][data-instance]").wait_for(timeout=60_000)
    await drawn(person.page)


async def _canvas(person: Person, which: str) -> Any:
    """Its size and the digest of its pixels."""
    return await person.page.locator(which).first.evaluate(
        """async (canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
          return [canvas.width, canvas.height, [...digest].map((one) => one.toString(16)).join('')]
        }"""
    )
