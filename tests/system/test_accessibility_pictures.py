"""The pages of looking at pictures together, examined as the others are (axe-core, 320 px, 200 %)."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.system import dicom_files
from tests.system.access import ROOT
from tests.system.conftest import BLUE, RED
from tests.system.dropping import drop
from tests.system.server import Server
from tests.system.test_accessibility import Tour, tour

__all__ = ["tour"]


@pytest.mark.parametrize("tour", ["en", "zh-CN"], indirect=True)
async def test_pictures(server: Server, browser: Browser, tour: Tour, tmp_path: Path) -> None:
    words = ROOT / f"viewer/src/locales/pictures/{tour.language}.json"
    tour.words["pictures"] = json.loads(words.read_text("utf-8"))
    doctor = await tour.arrive(browser, server, "village", RED)
    specialist = await tour.arrive(browser, server, "specialist", BLUE)
    await doctor.button(tour.word("lobby.call")).click()
    await specialist.button(tour.word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)
    page = doctor.page

    await drop(page, dicom_files.other_patient(tmp_path))
    await page.get_by_role("alertdialog").wait_for()
    await tour.look(page, "whose")
    await tour.look(specialist.page, "whose-other-side")
    await doctor.button(tour.word("pictures.warning.wrong")).click()
    await drop(page, dicom_files.ct_series(tmp_path, slices=3))
    await page.locator(".series").click()
    await page.locator(".pane[data-instance]").wait_for()
    await tour.look(page, "leads")
    await tour.look(specialist.page, "follows")
    await doctor.button(tour.word("pictures.clinic")).click()
    await page.locator(".picture-search").wait_for()
    await tour.look(page, "search")
    await page.keyboard.press("Escape")
    await drop(page, dicom_files.ecg(tmp_path), dicom_files.report(tmp_path))
    for kind, there in (("ECG", ".ecg-sheet canvas"), ("SR", ".report li")):
        await page.locator(f".series[aria-label*={kind}]").click()
        await page.locator(there).first.wait_for()
        await tour.look(page, kind)
