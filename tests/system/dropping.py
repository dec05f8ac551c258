"""Files and folders dropped onto a page, as an operating system drops them."""

from pathlib import Path

from playwright.async_api import Page


async def drop(page: Page, *paths: Path, at: tuple[int, int] = (300, 300)) -> None:
    """The mouse comes in with the files, moves, lets go (Chrome DevTools Protocol, Input.dispatchDragEvent)."""
    session = await page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        await session.send("Input.dispatchDragEvent", {"type": kind, "x": at[0], "y": at[1], "data": data})
    await session.detach()
