"""What a machine can say of a page's accessibility: axe-core's findings, reflow, motion."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "viewer/node_modules/axe-core/axe.min.js"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# WCAG 2.2 1.4.10: 320 px wide is 1280 px at 400 %; 640 × 400 is our desktop at 200 % (1.4.4).
REFLOWS = ({"width": 320, "height": 640}, {"width": 640, "height": 400})
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = {"serious", "critical"}

_FINDINGS = """(rules) => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })
    .then(({ violations }) => violations.flatMap(({ id, impact, nodes }) => nodes.map(
        (node) => ({ id, impact, where: node.target.join(' '), html: node.html.slice(0, 160) }))))"""
_TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > window.innerWidth + 1)
    .filter((e) => !e.closest('.spoken, [data-scrolls], svg'))
    .map((e) => e.outerHTML.slice(0, 120))"""
_MOVING = """() => [...document.querySelectorAll('*')].filter((e) => {
    const style = getComputedStyle(e);
    return style.animationName !== 'none' || style.transitionDuration.split(',').some((d) => parseFloat(d) > 0);
}).map((e) => e.outerHTML.slice(0, 120))"""


async def findings(page: Page) -> list[dict[str, str]]:
    """Everything that axe finds on the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))  # through the debugger: the page's own policy stays as strict
    found: list[dict[str, str]] = await page.evaluate(_FINDINGS, RULES)
    return found


async def examine(page: Page, name: str) -> list[str]:
    """What is wrong with this page at both widths, in lines to read. Milder findings are printed."""
    wrong: list[str] = []
    before = page.viewport_size
    for screen, size in (("wide", WIDE), ("phone", PHONE)):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.wait_for_timeout(200)  # the 120 ms transitions
        await page.screenshot(path=_picture(f"{name}-{screen}"))
        for one in await findings(page):
            line = f"{name} ({screen}): {one['impact']} {one['id']} at {one['where']}: {one['html']}"
            if one["impact"] in GRAVE:
                wrong.append(line)
            else:
                print(line)
    for size in REFLOWS:
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.wait_for_timeout(50)
        beyond = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if beyond > 0:
            wide: list[Any] = await page.evaluate(_TOO_WIDE)
            wrong.append(f"{name}: {beyond} px wider than {size['width']}: {wide[:3]}")
    await page.set_viewport_size(before or WIDE)  # type: ignore[arg-type]
    return wrong


async def moving(page: Page) -> list[str]:
    """What still moves for somebody who asked for less motion."""
    found: list[str] = await page.evaluate(_MOVING)
    return found


def _picture(name: str) -> Path:
    folder = ROOT / "build/screenshots/access"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"
