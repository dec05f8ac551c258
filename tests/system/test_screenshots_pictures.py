"""Looking at pictures together, as pictures for people to look at: every state, both languages, desktop and phone."""

import json
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.system import dicom_files
from tests.system.conftest import BLUE, RED
from tests.system.dropping import drop
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_screenshots import ROOT, WALKS, Album


class PictureAlbum(Album):
    """With the words of the part that is loaded with the pictures."""

    def __init__(self, language: str, screen: str) -> None:
        super().__init__(language, screen)
        words = ROOT / f"viewer/src/locales/pictures/{language}.json"
        self.words["pictures"] = json.loads(words.read_text("utf-8"))


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_pictures(server: Server, browser: Browser, tmp_path: Path, language: str, screen: str) -> None:
    album = PictureAlbum(language, screen).walking()
    word = album.word
    come = partial(album.come, browser, server)
    specialist, doctor = await come("specialist", BLUE, 700), await come("village", RED, 440)
    await doctor.button(word("lobby.call")).click()
    await specialist.button(word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)
    for person in (doctor, specialist):
        await person.page.get_by_role("tab", name=word("call.pictures"), exact=True).click()
    await album.take(doctor.page, "d1-nothing-yet")
    await whose(album, doctor, specialist, tmp_path)
    await looking(album, doctor, specialist, tmp_path)
    await leading(album, doctor, specialist)
    await papers(album, doctor, tmp_path)


async def whose(album: PictureAlbum, doctor: Person, specialist: Person, folder: Path) -> None:
    """Another patient: the question, and what the other sees meanwhile."""
    notes = folder / "notes.txt"
    notes.write_text("no picture")
    await drop(doctor.page, dicom_files.other_patient(folder), notes)
    await doctor.page.get_by_role("alertdialog").wait_for()
    await album.take(doctor.page, "d2-whose")
    await specialist.page.locator(".not-shown").wait_for()
    await album.take(specialist.page, "d2-whose-other-side")
    await doctor.button(album.word("pictures.warning.wrong")).click()
    await doctor.button(album.word("pictures.study.undo")).wait_for()
    await doctor.page.locator(".refused summary").click()
    await album.take(doctor.page, "d3-taken-out-and-not-taken")
    await doctor.button(album.word("pictures.progress.dismiss")).click()


async def looking(album: PictureAlbum, doctor: Person, specialist: Person, folder: Path) -> None:
    """The list, a CT open on both sides, and the search."""
    await drop(doctor.page, dicom_files.ct_series(folder), dicom_files.ultrasound(folder))
    await doctor.page.locator(".thumbnail img").first.wait_for()
    await doctor.page.locator(".series").first.click()
    for person in (doctor, specialist):
        await person.page.locator(".pane[data-showing=shown], .pane[data-showing=cpu_only]").wait_for()
    await album.take(doctor.page, "d4-leads")
    await album.take(specialist.page, "d4-follows")
    await doctor.button(album.word("pictures.clinic")).click()
    await doctor.page.locator(".found-studies li").first.wait_for()
    await album.take(doctor.page, "d5-search")
    await doctor.page.keyboard.press("Escape")


async def leading(album: PictureAlbum, doctor: Person, specialist: Person) -> None:
    """Asked for, given, taken back; looking on one's own."""
    word = album.word
    await specialist.page.locator(".series").nth(1).click()
    await specialist.page.get_by_role("dialog").wait_for()
    await album.take(specialist.page, "d6-not-leading")
    await specialist.page.get_by_role("dialog").get_by_role("button", name=word("pictures.lead.ask")).click()
    await doctor.button(word("pictures.lead.grant")).wait_for()
    await album.take(doctor.page, "d7-asked")
    await doctor.button(word("pictures.lead.grant")).click()
    await specialist.button(word("pictures.lead.return")).wait_for()
    await album.take(specialist.page, "d8-leads")
    await doctor.page.get_by_role("radio", name=word("pictures.lead.own"), exact=True).check(force=True)
    await doctor.page.locator(".own-note").wait_for()
    await album.take(doctor.page, "d8-on-my-own")
    await doctor.button(word("pictures.lead.take")).click()
    await doctor.page.locator(".lead-who.mine").wait_for()


async def papers(album: PictureAlbum, doctor: Person, folder: Path) -> None:
    """ECG, report, document."""
    page = doctor.page
    await drop(page, dicom_files.ecg(folder), dicom_files.report(folder), dicom_files.document(folder))
    for kind, there in (("ECG", ".ecg-sheet canvas"), ("SR", ".report li"), ("DOC", ".document-ways")):
        await page.locator(f".series[aria-label*={kind}]").click()
        await page.locator(there).first.wait_for()
        await album.take(page, f"d9-{kind.lower()}")
