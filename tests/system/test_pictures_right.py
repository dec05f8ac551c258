"""None shown wrong, in the viewer itself: every frame of pydicom's own files, as our server sends it, through the
viewer's source, its worker under our Content-Security-Policy, and its decoders: the values it draws are those that
pydicom reads."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser

from sefaw_rtc.dicom.shown import shown
from tests.dicom.files import read, to_json
from tests.system.test_browser_decoders import TOLERATED, served
from tests.system.view_server import Served, picture, serve

FLOAT32 = 1e-6  # of the value: the viewer keeps what is rescaled as float


async def test_every_value_in_the_viewer_is_pydicoms(built: Path, browser: Browser) -> None:
    cases = await served()
    pictures = [Served(shown(to_json(read(one.name)), ""), one.frame.data, one.frame.transfer_syntax) for one in cases]
    wrong: list[str] = []
    async with serve(built, pictures) as address:
        page = await browser.new_page()
        await page.goto(address)
        await page.evaluate("exact.begin('cpu')")
        for number, case in enumerate(cases):
            try:
                said = await page.evaluate("(one) => exact.values('/web', one)", picture(number))
            except Exception as error:  # noqa: BLE001 - which of them, is what the test says
                wrong.append(f"{case.name}: {str(error).splitlines()[0]}")
                continue
            values = np.frombuffer(base64.b64decode(said), "<f4").astype(float)
            if fault := _fault(values, _rescaled(case.wanted, case.name), case.frame.transfer_syntax):
                wrong.append(f"{case.name}: {fault}")
    print(f"{len(cases)} frames, {len({one.name for one in cases})} files, wrong: {len(wrong)}")
    assert wrong == []
    assert len(cases) > 50


def _rescaled(values: Any, name: str) -> Any:
    """To the modality's unit, as the viewer draws it (PS3.3 C.11.1)."""
    dataset = read(name)
    if values.ndim == 3 or "RescaleSlope" not in dataset:
        return values.astype(float).ravel()
    return values.astype(float).ravel() * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)


def _fault(values: Any, wanted: Any, syntax: str) -> str:
    if values.shape != wanted.shape:
        return f"{values.shape} instead of {wanted.shape}"
    off = np.abs(values - wanted)
    most, mean = TOLERATED.get(syntax, (0.0, 0.0))
    rounding = FLOAT32 * max(1.0, float(np.abs(wanted).max()))
    if off.max() <= most + rounding and off.mean() <= mean + rounding:
        return ""
    return f"off by up to {off.max():.6g}, {off.mean():.6g} on average"
