"""Pictures on a page by their purpose: shown, moving, gone."""

from playwright.async_api import Locator

from tests.system.person import Person, until


def pictures(person: Person, purpose: str) -> Locator:
    """Pictures of one purpose on a page, own ones included."""
    return person.page.locator(f"video[data-purpose={purpose}]")


async def plays(person: Person, purpose: str, least: int = 8) -> None:
    """The picture of this purpose is shown and moves."""
    frames = "v => v.getVideoPlaybackQuality().totalVideoFrames"
    await pictures(person, purpose).first.wait_for()
    start = await pictures(person, purpose).first.evaluate(frames)

    async def moved() -> bool:
        return bool(await pictures(person, purpose).first.evaluate(frames) >= start + least)

    await until(f"{least} more frames of the {purpose}", moved)


async def is_gone(person: Person, purpose: str) -> None:
    """No picture of this purpose is on the page any more."""
    await pictures(person, purpose).first.wait_for(state="detached")
