"""What is exported, judged by others: David Clunie's validator, a real PACS, ffprobe; and the page in a real Chromium,
from the button to a bundle on the disk that verify.py checks."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from playwright.async_api import Browser, Locator, Page, Route
from pydicom.encaps import generate_fragments
from pydicom.uid import MPEG4HP41, VideoPhotographicImageStorage

from recordings.export import ExportKind, Wishes
from recordings.manifest import MANIFEST
from signalling import messages as wire
from tests.processes import POLITE_S, child, held
from tests.recordings.export.made import export, media, sealed, task
from tests.recordings.media.senders import write
from tests.system.access import examine
from tests.system.callers import Callers
from tests.system.orthanc import orthanc, program
from tests.system.person import until
from tests.system.server import Server
from tests.web.replayed import consent

PICTURES = Path(__file__).parents[2] / "build/screenshots"
# What a server says of a long one in the middle: the page shows it as long as it is so.
GOING = {
    "job": "j",
    "consultation": "c",
    "what": "bundle",
    "state": "running",
    "done": 42,
    "of": 100,
    "step": "side_by_side",
    "before": 0,
    "fault": "",
    "name": "consultation.zip",
    "size": 0,
    "kept_s": 0,
}
SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module", params=["H264", "VP8"])
def unpacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with everything, of a probe that sent this codec."""
    folder = tmp_path_factory.mktemp(str(request.param))
    made = sealed(folder / "made", probe=str(request.param))
    done = export(task(made, ExportKind.BUNDLE, Wishes(side_by_side=True)))
    return done.unpack(folder / str(request.param))


def first_frame(data: bytes) -> np.ndarray[Any, Any]:
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def test_the_probe_as_dicom_has_no_error_and_plays_from_a_pacs(unpacked: Path, tmp_path: Path) -> None:
    (path,) = (unpacked / "dicom/video").iterdir()
    done = subprocess.run([program("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    assert "VideoPhotographicImage" in said
    assert [line for line in said if line.startswith("Error")] == []
    ds = pydicom.dcmread(path)
    assert (ds.SOPClassUID, ds.file_meta.TransferSyntaxUID) == (VideoPhotographicImageStorage, MPEG4HP41)
    (sent,) = (unpacked / "play").glob("001-probe.*")
    with orthanc(tmp_path) as pacs:
        client = DICOMwebClient(pacs.web)
        client.store_instances([ds])
        back = client.retrieve_instance(ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID)
    (film,) = (fragment for fragment in generate_fragments(back.PixelData) if fragment)
    with av.open(str(sent)) as container:
        frames = sum(packet.pts is not None for packet in container.demux(video=0))
    assert int(back.NumberOfFrames) == frames
    if unpacked.name == "H264":
        assert film[: sent.stat().st_size] == sent.read_bytes(), "as it was sent: not one byte made anew"
        assert list(back.ImageType) == ["ORIGINAL", "PRIMARY"]
    else:
        assert "VP8" in back.DerivationDescription
        assert list(back.ImageType) == ["DERIVED", "PRIMARY"]
    shown, expected = first_frame(film), first_frame(sent.read_bytes())
    assert shown.shape == expected.shape == (back.Rows, back.Columns, 3)
    assert np.abs(shown.astype(int) - expected.astype(int)).mean() < (1 if unpacked.name == "H264" else 12)


def test_a_validator_would_find_an_error(unpacked: Path, tmp_path: Path) -> None:
    ds = pydicom.dcmread(next((unpacked / "dicom/video").iterdir()))
    del ds.PatientOrientation
    ds.save_as(tmp_path / "broken.dcm")
    done = subprocess.run(
        [program("dciodvfy"), str(tmp_path / "broken.dcm")], capture_output=True, text=True, check=False
    )
    assert "Error" in done.stdout + done.stderr


def test_ffprobe_reads_what_is_played(unpacked: Path) -> None:
    found = {path.name: probed(path) for path in sorted((unpacked / "play").iterdir())}
    first = "001-probe.mp4" if unpacked.name == "H264" else "001-probe.webm"
    assert set(found) == {first, "002-voice.webm", "003-face.webm", "004-voice.webm", "side-by-side.mp4"}
    assert [stream["codec_name"] for stream in found[first]["streams"]] == [unpacked.name.lower()]
    assert [stream["codec_name"] for stream in found["002-voice.webm"]["streams"]] == ["opus"]
    both = found["side-by-side.mp4"]
    assert [(one["codec_name"], one["codec_type"]) for one in both["streams"]] == [("h264", "video"), ("aac", "audio")]
    assert float(both["format"]["duration"]) == pytest.approx(4, abs=0.2)
    assert float(found[first]["format"]["duration"]) == pytest.approx(4, abs=0.2)


def probed(path: Path) -> Any:
    """What ffprobe says; any complaint fails, and so does a frame that does not decode."""
    command = [program("ffprobe"), "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    decoded = subprocess.run(
        [program("ffmpeg"), "-v", "error", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert decoded.stderr == ""
    return json.loads(done.stdout)


# ---- the page --------------------------------------------------------------------------------------------------------


async def page_of(browser: Browser, server: Server, locale: str, screen: str) -> Page:
    """The consultation's page, from the lobby."""
    context = await browser.new_context(locale=locale, viewport=SCREENS[screen], accept_downloads=True)
    page = await context.new_page()
    await page.goto(server.url)
    account = server.account("village")
    await page.locator("input").nth(0).fill(account["user"])
    await page.locator("input[type=password]").fill(account["password"])
    await page.keyboard.press("Enter")
    await page.locator(".consultation-row button").last.click()
    await page.locator(".case-facts").wait_for()
    return page


async def have_talked(server: Server) -> None:
    """And it is sealed: before that nothing is made of it."""
    async with Callers(server.url) as callers:
        _, specialist, consultation, _ = await callers.connect(server.account("village"), server.account("specialist"))
        await specialist.ask(wire.HangUp(re=1))
    folder = server.keyring.folder(consultation)

    async def is_sealed() -> bool:
        return (folder / MANIFEST).exists()

    await until("the seal", is_sealed, POLITE_S)


async def see_it_going(page: Page, dialog: Locator, english: bool, look: Callable[[str], Awaitable[None]]) -> None:
    """How far it is, and cancel."""

    async def going(route: Route) -> None:
        if route.request.method == "DELETE":
            await route.fulfill(status=204)
        else:
            await route.fulfill(status=201, json=GOING | {"consultation": route.request.url.split("/")[5]})

    await page.route("**/exports**", going)
    await dialog.get_by_role("button", name="Prepare the file" if english else "准备文件").click()
    await dialog.get_by_role("progressbar").wait_for()
    await look("going")
    async with page.expect_response(lambda reply: reply.request.method == "DELETE"):
        await dialog.get_by_role("button", name="Cancel" if english else "取消", exact=True).click()
    await dialog.get_by_role("radio").first.wait_for()  # nothing more is asked of what the route answers
    await page.unroute("**/exports**")


@pytest.mark.parametrize(("locale", "screen"), [("en-US", "desktop"), ("zh-CN", "phone")])
async def test_from_the_button_to_a_bundle(
    server: Server, browser: Browser, tmp_path: Path, locale: str, screen: str
) -> None:
    await have_talked(server)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await page_of(browser, server, locale, screen)
    english = locale == "en-US"
    wrong = []

    async def look(name: str) -> None:
        await page.screenshot(path=PICTURES / f"export-{name}-{screen}-{locale}.png")
        wrong.extend(await examine(page, f"export-{name}-{locale}"))

    await page.get_by_role("button", name="Export" if english else "导出", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio").first.wait_for()
    await look("choose")

    await see_it_going(page, dialog, english, look)
    await dialog.get_by_role("radio").nth(1).check()
    await dialog.get_by_role("button", name="Prepare the file" if english else "准备文件").click()
    await dialog.get_by_text("nothing to watch" if english else "没有可观看的内容", exact=False).wait_for(
        timeout=POLITE_S * 1000
    )
    await look("failed")
    await dialog.get_by_role("radio").nth(0).check()
    await dialog.get_by_role("button", name="Prepare the file" if english else "准备文件").click()
    save = dialog.get_by_role("link", name="Save the file" if english else "保存文件")
    await save.wait_for(timeout=POLITE_S * 1000)
    await look("ready")
    async with page.expect_download() as downloading:
        await save.click()
    path = tmp_path / "bundle.zip"
    await (await downloading.value).save_as(path)
    with zipfile.ZipFile(path) as bundle:
        assert {"log", "events.jsonl", "fhir.json", "export.json", "proof/export.tlog-proof"} <= set(bundle.namelist())
        bundle.extract("verify.py", tmp_path)
        bundle.extract("proof/log.vkey", tmp_path)
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), str(path), f"--log-key={tmp_path}/proof/log.vkey"]
    ran = await asyncio.create_subprocess_exec(*command)
    async with asyncio.timeout(POLITE_S):
        assert await ran.wait() == 4, "whole, sound and in the log; nobody witnessed it"
    await dialog.get_by_role("button", name="Delete it here" if english else "从这里删除").click()
    await dialog.get_by_role("radio").first.wait_for()
    assert list((server.data / "data/exports").iterdir()) == []
    assert wrong == []
    await page.context.close()


async def test_a_server_killed_in_the_middle_of_an_export_leaves_nothing_to_read(
    tmp_path: Path, make_server: Callable[..., Server]
) -> None:
    server = make_server(tmp_path, options=("--no-bot",))
    await server.start()
    async with Callers(server.url) as callers:
        account = server.account("village")
        doctor, specialist, consultation, _ = await callers.connect(account, server.account("specialist"))
        await doctor.ask(wire.GiveConsent(re=1, consent=consent()))
        folder = server.keyring.folder(consultation)
        write(folder, list(media(8)), server.keyring.open(consultation), consultation)
        await specialist.ask(wire.HangUp(re=1))
        async with asyncio.timeout(POLITE_S):
            while not (folder / MANIFEST).exists():  # noqa: ASYNC110 - another process seals
                await asyncio.sleep(0.05)
        http = await callers.sign_in(account)
        async with http.get(f"{server.url}/api/session") as reply:
            csrf = (await reply.json())["csrf"]
        url = f"{server.url}/api/consultations/{consultation}/exports"
        asked = http.post(url, json={"what": "side_by_side"}, headers={"X-CSRF-Token": csrf})
        async with asked as reply:
            assert reply.status == 201, await reply.text()
            job = (await reply.json())["job"]
        assert server.process is not None
        maker = await child(server.process.pid, "recordings.exporting")

        async def frames_are_made() -> bool:
            return bool((await told(http, f"{url}/{job}"))["done"] > 0)

        await held(maker, frames_are_made)  # as a power cut: it does not tidy up when the server is gone
        server.kill()
        left = [path for path in (server.data / "data/exports").rglob("*") if path.is_file()]
        os.kill(maker, signal.SIGKILL)
        assert left, "it was in the middle"
        assert not any(b"ftyp" in path.read_bytes() or path.name == "export" for path in left)
        await server.start()
        assert list((server.data / "data/exports").iterdir()) == []
        async with http.get(f"{url}/{job}") as reply:
            assert reply.status == 404
    server.stop()


async def told(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url) as reply:
        return await reply.json()
