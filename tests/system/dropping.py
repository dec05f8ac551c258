"""Files and folders dropped onto a page, as an operating system drops them."""

from pathlib import Path

from playwright.async_api import Page

from tests.system.person import until


async def drop(page: Page, *paths: Path, at: tuple[int, int] = (300, 300)) -> None:
    """The mouse comes in with the files, moves until the page says that they may be let go, and lets go (Chrome
    DevTools Protocol, Input.dispatchDragEvent). A page that has just come does not listen yet."""
    session = await page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}

    async def mouse(kind: str) -> None:
        await session.send("Input.dispatchDragEvent", {"type": kind, "x": at[0], "y": at[1], "data": data})

    async def welcome() -> bool:
        await mouse("dragOver")
        return await page.locator(".drop-here").is_visible()

    await mouse("dragEnter")
    await until("that files may be dropped here", welcome)
    await mouse("drop")
    await session.detach()
