"""None shown wrong: every one of pydicom's files goes through our frames, and what the browser's decoders make of it is
compared with what pydicom reads of the file. Cornerstone's decoders run as its worker runs them; colour JPEG, which it
gives to the browser itself, is decoded in a real Chromium.
"""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.async_api import Browser, Page

from sefaw_rtc.dicom.frames import EXPLICIT, Frames, How, Served
from sefaw_rtc.dicom.shown import shown
from sefaw_rtc.dicom.workshop import Workshop
from tests.dicom.files import NAMES, FileSource, raw_frames, read, ref_of, to_json
from tests.dicom.test_table import NONE, TABLE, expected

pytestmark = pytest.mark.system

MODULES = Path(__file__).resolve().parents[2] / "viewer/node_modules/@cornerstonejs"
SCRIPT = Path(__file__).with_name("cornerstone_decodes.mjs")
BASELINE = "1.2.840.10008.1.2.4.50"
# Two decoders of a lossy stream may differ: by the inverse DCT, and by how chroma comes back to full size. At most, and
# on average; whatever is lossless is equal.
TOLERATED = {BASELINE: (60.0, 2.0), "1.2.840.10008.1.2.4.91": (1.0, 0.01)}

FILES = [name for name in NAMES if not TABLE.get(name, "").startswith((NONE, "refused"))]


class Case(NamedTuple):
    """One frame: how it is served, with which pixel module, and what it ought to be."""

    name: str
    frame: Served
    module: dict[str, Any]
    wanted: Any


async def served() -> list[Case]:
    """Every frame of every file that is shown. Some of the files have the same UIDs: nothing is kept between them."""
    workshop = Workshop(2)
    try:
        return [case for name in FILES for case in await of_file(Frames(workshop, 64_000_000), name)]
    finally:
        await workshop.close()


async def of_file(frames: Frames, name: str) -> list[Case]:
    dataset = read(name)
    if not dataset.get("StudyInstanceUID"):  # some have no identity, only pixels
        dataset.StudyInstanceUID = dataset.SeriesInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    source, ref = FileSource(dataset), ref_of(dataset)
    module = pixel_module(shown(to_json(dataset), ""))
    wanted = expected(dataset)
    return [
        Case(name, await frames.frame(source, ref, number), module, values) for number, values in enumerate(wanted, 1)
    ]


def pixel_module(model: dict[str, Any]) -> dict[str, Any]:
    """As Cornerstone's metadata provider reads it."""
    keys = {
        "samplesPerPixel": "00280002",
        "photometricInterpretation": "00280004",
        "planarConfiguration": "00280006",
        "rows": "00280010",
        "columns": "00280011",
        "bitsAllocated": "00280100",
        "bitsStored": "00280101",
        "pixelRepresentation": "00280103",
    }
    return {name: model[tag]["Value"][0] for name, tag in keys.items() if tag in model}


def by_browser(case: Case) -> bool:
    """Cornerstone gives these to an <img>."""
    return case.frame.transfer_syntax == BASELINE and case.module["samplesPerPixel"] == 3


async def test_none_is_shown_wrong(browser: Browser) -> None:
    cases = await served()
    assert {case.name for case in cases} == set(FILES)
    jpegs = [case for case in cases if by_browser(case)]
    others = [case for case in cases if not by_browser(case)]
    got = [*zip(others, by_cornerstone(others), strict=True)]
    page = await browser.new_page()
    got += [(case, await by_chromium(page, case)) for case in jpegs]
    wrong = [
        f"{case.name} ({case.frame.how}, {case.frame.transfer_syntax}): {fault}"
        for case, values in got
        if (fault := difference(case, values))
    ]
    assert wrong == []
    print(f"{len(FILES)} files, {len(cases)} frames, {len(jpegs)} of them by the browser itself: none wrong")


async def test_the_comparison_sees_what_would_be_wrong() -> None:
    """As stored, these would be: a sign that is lost, and pixels of one bit."""
    for name in ("J2K_pixelrep_mismatch.dcm", "liver_1frame.dcm"):
        dataset = read(name)
        stored = Served(raw_frames(dataset)[0], "1.2.840.10008.1.2.4.90" if "J2K" in name else EXPLICIT, How.STORED)
        module = pixel_module({**shown(to_json(dataset), ""), "00280100": {"Value": [dataset.BitsAllocated]}})
        case = Case(name, stored, module, expected(dataset)[0])
        (values,) = by_cornerstone([case])
        assert difference(case, values)


def difference(case: Case, values: Any) -> str:
    if isinstance(values, str):
        return values
    wanted = case.wanted.astype(np.float64).reshape(-1)
    if values.size != wanted.size:
        return f"{values.size} values instead of {wanted.size}"
    off = np.abs(values - wanted)
    most, mean = TOLERATED.get(case.frame.transfer_syntax, (0.0, 0.0))
    return f"off by {off.max():g}, {off.mean():.3f} on average" if off.max() > most or off.mean() > mean else ""


def by_cornerstone(cases: list[Case]) -> list[Any]:
    lines = [
        json.dumps(
            {
                "module": case.module,
                "syntax": case.frame.transfer_syntax,
                "data": base64.b64encode(case.frame.data).decode(),
            }
        )
        for case in cases
    ]
    node = shutil.which("node")
    assert node is not None, "Node.js is missing: run `make setup`"
    done = subprocess.run(
        [node, str(SCRIPT), str(MODULES)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        answer["error"] if "error" in answer else np.frombuffer(base64.b64decode(answer["values"]), "<f8")
        for answer in answers
    ]


async def by_chromium(page: Page, case: Case) -> Any:
    """As decodeJPEGBaseline8BitColor.js does it: an image, a canvas, its pixels."""
    data = await page.evaluate(
        """async (data) => {
            const image = new Image()
            image.src = `data:image/jpeg;base64,${data}`
            await image.decode()
            const canvas = document.createElement('canvas')
            canvas.width = image.width
            canvas.height = image.height
            const context = canvas.getContext('2d')
            context.drawImage(image, 0, 0)
            const { data: pixels } = context.getImageData(0, 0, image.width, image.height)
            return btoa(Array.from(pixels, (one) => String.fromCharCode(one)).join(''))
        }""",
        base64.b64encode(case.frame.data).decode(),
    )
    rgba = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)
    return rgba[:, :3].astype(np.float64).reshape(-1)
