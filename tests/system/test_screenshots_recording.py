"""Consent and recording in both languages, on a desktop and on a phone, as pictures for people to look at."""

import json

import pytest
from playwright.async_api import Browser

from tests.system.conftest import BLUE, RED
from tests.system.server import Server
from tests.system.test_screenshots import ROOT, WALKS, Album


class RecordingAlbum(Album):
    """Finds the words of the recording too."""

    def __init__(self, language: str, screen: str) -> None:
        super().__init__(language, screen)
        part = ROOT / f"viewer/src/locales/recording/{language}.json"
        self.words["recording"] = json.loads(part.read_text("utf-8"))


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_consent_and_recording(server: Server, browser: Browser, language: str, screen: str) -> None:
    album = RecordingAlbum(language, screen).walking()
    word = album.word
    specialist = await album.come(browser, server, "specialist", BLUE, 700)
    doctor = await album.come(browser, server, "village", RED, 440)
    await doctor.button(word("lobby.call")).click()
    await specialist.button(word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)

    await specialist.button(word("call.recorded.off")).click()
    await album.take(specialist.page, "r1-nobody-has-agreed")
    await specialist.page.keyboard.press("Escape")
    await doctor.button(word("call.recorded.off")).click()
    dialog = doctor.page.get_by_role("dialog")
    await album.take(doctor.page, "r2-consent-spoken")
    await dialog.get_by_label(word("recording.kind.signed")).check()
    await album.take(doctor.page, "r3-consent-signed")
    await dialog.get_by_label(word("recording.giver.guardian")).check()
    await dialog.get_by_label(word("recording.kind.witnessed")).check()
    begin = dialog.get_by_role("button", name=word("recording.begin"))
    await begin.click()
    await album.take(doctor.page, "r4-consent-lacks-a-name")
    await dialog.get_by_label(word("recording.guardian_name")).fill("王芳")
    await dialog.get_by_label(word("recording.witness")).fill("护士 Sun")
    await begin.click()
    await dialog.wait_for(state="detached")
    await album.take(doctor.page, "r5-recording")
    await specialist.button(word("call.recorded.on")).click()
    dialog = specialist.page.get_by_role("dialog")
    await album.take(specialist.page, "r6-on-record")
    await dialog.get_by_role("button", name=word("recording.gap.private")).click()
    await dialog.get_by_role("button", name=word("recording.resume")).wait_for()
    await album.take(specialist.page, "r7-paused")
