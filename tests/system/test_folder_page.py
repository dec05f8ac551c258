"""After a call, in a real Chromium: who shared which pictures, what was withdrawn, and the DICOM export to keep."""

import io
import zipfile
from pathlib import Path

import aiohttp
import pydicom
import pytest
from playwright.async_api import Browser, Page
from pydicom import examples

from signalling import looking as look
from signalling import messages as wire
from signalling.ids import ConsultationId, InstanceId, SeriesId, StudyId
from signalling.vocabulary import MeasureUnit, Shape
from tests.system.access import examine
from tests.system.callers import Callers
from tests.system.server import Server
from tests.web import world

PICTURES = Path(__file__).parents[2] / "build/screenshots"
SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


async def bring(http: aiohttp.ClientSession, url: str, consultation: ConsultationId, name: str) -> look.Picture:
    """One of pydicom's own files, by STOW-RS."""
    path = Path(examples.get_path(name))
    async with http.get(f"{url}/api/session") as reply:
        csrf = (await reply.json())["csrf"]
    headers = {"Content-Type": "application/zip", "X-CSRF-Token": csrf, "Accept": "application/dicom+json"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "picture.dcm")
    stow = f"{url}/api/consultations/{consultation}/dicom-web/studies"
    async with http.post(stow, data=packed.getvalue(), headers=headers) as reply:
        assert reply.status == 200, await reply.text()
    ds = pydicom.dcmread(path, stop_before_pixels=True)
    uids = str(ds.StudyInstanceUID), str(ds.SeriesInstanceUID), str(ds.SOPInstanceUID)
    return look.Picture(study=StudyId(uids[0]), series=SeriesId(uids[1]), instance=InstanceId(uids[2]))


def length(on: look.Picture) -> look.Mark:
    points = [look.Point(x=25_000_000, y=50_000_000), look.Point(x=75_000_000, y=50_000_000)]
    measure = look.Measure(value=42_300, unit=MeasureUnit.MM)
    return look.Mark(key="m1", shape=Shape.LENGTH, points=points, picture=on, measure=measure)


async def have_looked_together(server: Server) -> None:
    """A call in which a CT was shared and measured, an ultrasound cine shared and withdrawn again."""
    async with Callers(server.url) as callers:
        accounts = server.account("village"), server.account("specialist")
        doctor, specialist, consultation, _ = await callers.connect(*accounts)
        ct = await bring(await callers.sign_in(accounts[0]), server.url, consultation, "ct")
        cine = await bring(await callers.sign_in(accounts[1]), server.url, consultation, "ybr_color")
        for picture in (ct, cine):
            await doctor.ask(wire.ConfirmStudy(re=1, study=picture.study))
        await specialist.ask(wire.AddMark(re=1, mark=length(ct)))
        await specialist.ask(wire.WithdrawStudy(re=1, study=cine.study))
        await specialist.ask(wire.HangUp(re=1))


async def open_it(browser: Browser, server: Server, locale: str, screen: str) -> Page:
    """The consultation's page, from the lobby."""
    context = await browser.new_context(locale=locale, viewport=SCREENS[screen], accept_downloads=True)
    page = await context.new_page()
    await page.goto(server.url)
    account = server.account("village")
    await page.locator("input").nth(0).fill(account["user"])
    await page.locator("input[type=password]").fill(account["password"])
    await page.keyboard.press("Enter")
    await page.locator(".consultation-row button").last.click()
    await page.locator(".folder table").wait_for()
    return page


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_what_was_shared_and_the_way_to_its_export(server: Server, browser: Browser, locale: str) -> None:
    await have_looked_together(server)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for screen in SCREENS:
        page = await open_it(browser, server, locale, screen)
        await page.locator(".folder").scroll_into_view_if_needed()
        await page.wait_for_timeout(250)
        await page.screenshot(path=PICTURES / f"{locale}-{screen}-folder.png", full_page=False)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rows = page.locator(".folder tbody tr")
    assert await rows.count() == 2
    assert await rows.nth(0).locator("s").count() == 0
    assert await rows.nth(1).locator("s").count() == 1  # withdrawn
    assert await examine(page, f"folder-{locale}") == []
    async with page.expect_download() as arriving:
        await page.locator(".folder-export a").click()
    download = await arriving.value
    with zipfile.ZipFile(await download.path()) as archive:
        assert sorted(archive.namelist()) == ["KO/0003.dcm", "PR/0001.dcm", "SR/0002.dcm", "left-out.json"]
        assert pydicom.dcmread(io.BytesIO(archive.read("PR/0001.dcm"))).Modality == "PR"
    assert world.PATIENT.identifier not in (server.data / "server.log").read_text()
