"""A recorded call of two real Chromiums, and the replay of it: the same pictures at the same session time, the sound,
how well they stay together, how quickly one gets anywhere; and nothing of what is in it runs."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page

from tests.system.conftest import BLUE, a_browser
from tests.system.person import Person, until
from tests.system.replay_beside import another_window_follows, fits_a_phone, keeps_a_note
from tests.system.replay_ends import (
    account_may_no_longer,
    consent_is_taken_back,
    grant_is_taken_back,
    grave,
    is_erased,
    not_recorded,
    server_stops,
)
from tests.system.replay_keys import by_keyboard_alone
from tests.system.replay_list import is_searched_by_everything
from tests.system.replay_playing import SETTLES, go, looks_on_my_own, plays_together
from tests.system.replay_review import review_beside_it
from tests.system.replayed import HOSTILE, KEEP_SOUND, OTHER_TONE, Recorded, numbered, record, view_of
from tests.system.server import Server
from tests.system.test_screenshots import PICTURES

pytestmark = [pytest.mark.alone, pytest.mark.asyncio(loop_scope="module")]

LATE_FRAMES = 8  # of 25 a second: as late as camera, encoder, line and screen made the live page's picture
STALLED_FRAMES = 30  # where a loaded machine held it up
JUMP_MS = 1000.0
OPEN_MS = 1000.0

# The number in the probe's picture, where the clock stands, and the number in the canvas over it if there is one.
NUMBER = """() => {
  const video = document.querySelector('.stage video[data-purpose=probe]');
  const canvas = document.querySelector('.live-canvas');
  if (!video) return null;
  const shown = new VideoFrame(video);
  const { videoWidth: width, videoHeight: height } = video;
  const number = window.__number(shown, { x: 0, y: 0, width, height });
  shown.close();
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const area = { width: width * scale, height: height * scale };
  area.x = (canvas.width - area.width) / 2;
  area.y = (canvas.height - area.height) / 2;
  const drawn = canvas.hidden ? null : window.__number(canvas, area);
  return { t: window.__replay.t(), number, drawn };
}"""
# The frame key of what is on the stage; null as long as nobody knows it.
KEY = "() => window.__replay.frame()"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Recorded]:
    """One recording for all of them. Nobody who reviews here does so blind: names are shown."""
    folder = tmp_path_factory.mktemp("replay")
    server = Server(folder, options=("--no-bot",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEFAW_REVIEW_DOUBLE_PER_MILLE", "0")
        patch.setenv("SEFAW_ACCESS_ARGON2_MEMORY_KIB", "64")  # many people sign in
        patch.setenv("SEFAW_ACCESS_ARGON2_PASSES", "1")
        await server.start()
    try:
        yield await record(server, browser, folder)
    finally:
        server.stop()


async def test_a_replay_is_what_was_live(browser: Browser, recorded: Recorded) -> None:
    watcher = await at_the_replay(browser, recorded.server)
    await shows_the_same_frames(watcher.page, recorded)
    await shows_the_mark(watcher.page, recorded)
    await shows_the_same_picture(watcher.page, recorded)
    await looks_on_my_own(watcher.page, recorded)
    await plays_together(watcher.page, recorded)
    await jumps_at_once(watcher.page)
    await says_what_is_missing(watcher.page)
    await reads_what_was_written(watcher)
    await fits_a_phone(watcher.page)
    await keeps_a_note(watcher.page)
    await another_window_follows(watcher.page, recorded)
    # What is made when a recording is first opened (small pictures, who talks) is asked for until it is there.
    assert [error for error in watcher.errors if "409 (Conflict)" not in error] == []
    await watcher.page.context.close()


async def test_a_replay_by_keyboard_alone(browser: Browser, recorded: Recorded) -> None:
    await by_keyboard_alone(browser, recorded)


async def test_a_review_is_written_beside_it(browser: Browser, recorded: Recorded) -> None:
    await review_beside_it(browser, recorded)


async def test_the_list_is_searched_and_watching_ends(browser: Browser, recorded: Recorded) -> None:
    """What is told in the list, and every way in which a replay may be cut; the server's own end comes last."""
    server = recorded.server
    old = await not_recorded(server, "call-1")
    await asyncio.gather(is_searched_by_everything(browser, recorded, old), is_cut(browser, recorded))
    await is_erased(browser, server, old)
    await server_stops(browser, server, await not_recorded(server, "call-2"))


async def is_cut(browser: Browser, recorded: Recorded) -> None:
    """For one of those who watch, and at last for everybody."""
    await asyncio.gather(grant_is_taken_back(browser, recorded), account_may_no_longer(browser, recorded))
    await consent_is_taken_back(browser, recorded)


async def at_the_replay(browser: Browser, server: Server) -> Person:
    """A reviewer who has found the recording and opened it."""
    watcher = await numbered(browser, server.url, BLUE, OTHER_TONE)
    await watcher.page.context.add_init_script(f"({KEEP_SOUND})()")
    await watcher.page.reload()
    await watcher.sign_in(server.account("reviewer"))
    await watcher.button("Recordings").click()
    await watcher.page.get_by_role("searchbox").fill(HOSTILE[:10])
    row = watcher.page.locator(".consultation-row")
    await row.get_by_text(HOSTILE[:20], exact=False).first.wait_for()
    await watcher.page.screenshot(path=PICTURES / "replay-list.png")
    assert await grave(watcher.page) == []
    opened = await watcher.page.evaluate(SETTLES, [".consultation-row button", ""])
    print(f"\nreplay opened in {opened:.0f} ms")
    assert opened < OPEN_MS
    return watcher


async def shows_the_same_frames(page: Page, recorded: Recorded) -> None:
    """Standing at a moment: the frame that the live page showed then, or as much newer as that page was late."""
    some = recorded.seen[10:-10:7][:16]
    late, keys = [], []
    for live in some:
        await go(page, recorded, live["t"])
        number = await until("a number that can be read", lambda: number_on(page))
        late.append(number - live["number"])
        keys.append((number, await until("the frame's key", lambda: page.evaluate(KEY))))
    knows_them_by_their_keys(keys, recorded)
    print(f"frames that the live page was behind: {late}, median {np.median(late)}")
    assert all(0 <= one <= STALLED_FRAMES for one in late)
    assert np.median(late) <= LATE_FRAMES


async def number_on(page: Page) -> int | None:
    """In the probe's picture; None: there is none, or it cannot be read."""
    shown = await page.evaluate(NUMBER)
    return shown and shown["number"]


def knows_them_by_their_keys(keys: list[tuple[int, dict[str, int]]], recorded: Recorded) -> None:
    """Each frame is the one that the live page knew by that timestamp."""
    sent: dict[int, set[int]] = {}
    for live in recorded.seen:
        sent.setdefault(live["number"], set()).add(live["rtp"])
    known = [(number, key["rtp"]) for number, key in keys if number in sent]
    print(f"frames whose RTP timestamp is known from the live page: {len(known)} of {len(keys)}")
    assert len(known) >= 3, "the live page presents not every frame, but some of these"
    assert [(number, rtp) for number, rtp in known if rtp not in sent[number]] == []


async def shows_the_mark(page: Page, recorded: Recorded) -> None:
    """It is over the probe's picture, drawn with the very frame."""
    await go(page, recorded, recorded.marked_t)

    async def drawn() -> bool:
        shown = await page.evaluate(NUMBER)
        return shown["drawn"] is not None and shown["drawn"] == shown["number"]

    await until("the mark, with the frame below it", drawn)
    await page.screenshot(path=PICTURES / "replay-mark.png")


async def shows_the_same_picture(page: Page, recorded: Recorded) -> None:
    """The led CT: the same View, and in a canvas of the same size the same pixels."""
    await go(page, recorded, recorded.led_t)
    live = np.asarray(Image.open(io.BytesIO(recorded.led_still)).convert("RGB"), dtype=int)
    await page.locator(".pane[data-showing=cpu_only][data-plain=false]").first.wait_for(timeout=30_000)
    before = page.viewport_size
    assert before is not None
    for _ in range(3):
        now = await pane_of(page)
        high, wide = (a - b for a, b in zip(live.shape[:2], now.shape[:2], strict=True))
        if high == wide == 0:
            break
        size = page.viewport_size or before
        await page.set_viewport_size({"width": size["width"] + wide, "height": size["height"] + high})
        await asyncio.sleep(0.5)

    async def same() -> Any:
        return await view_of(page) == recorded.led_view

    await until(f"the View {recorded.led_view}", same)
    now = await pane_of(page)
    assert now.shape == live.shape
    off = np.abs(now - live).mean(axis=2)
    print(f"pixels of the led picture that differ by more than 8: {(off > 8).mean():.4%}")
    assert (off > 8).mean() < 0.001
    await page.set_viewport_size(before)


async def pane_of(page: Page) -> np.ndarray[Any, Any]:
    """The pixels of the first viewport."""
    png = await page.locator(".pane").first.screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


async def jumps_at_once(page: Page) -> None:
    """By a press on the time, and by keys."""
    slider = page.get_by_role("slider", name="Place in the recording")
    box = await slider.bounding_box()
    assert box is not None
    took = []
    for n in range(20):
        x = box["x"] + box["width"] * (0.5 + 0.49 * np.sin(2.4 * n))
        await page.mouse.click(x, box["y"] + 20)
        took.append(await page.evaluate(SETTLES, ["", ""]))
    print(f"jumps, ms: p50 {np.median(took):.0f}, p95 {np.percentile(took, 95):.0f}, most {max(took):.0f}")
    assert max(took) < JUMP_MS
    at = "() => window.__replay.t()"
    await page.keyboard.press("Home")
    assert await page.evaluate(at) == 0
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(at) == 5_000_000
    await page.keyboard.press("l")
    await page.keyboard.press("j")
    await page.keyboard.press("ArrowLeft")
    assert await page.evaluate(at) == 0
    await page.keyboard.press(".")
    assert 10_000 < await page.evaluate(at) < 200_000


async def says_what_is_missing(page: Page) -> None:
    """The pause is a gap that one sees on the time, with its reason, and in it nothing is shown."""
    gap = page.locator(".replay-gap[data-gap=private] rect").first
    box = await gap.bounding_box()
    assert box is not None
    assert box["width"] > 5
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    strip = page.locator(".replay-strips").get_by_text("Nothing was recorded from", exact=False)
    await strip.wait_for()
    assert await page.locator(".picture:not(.nothing) video").count() == 0
    await page.screenshot(path=PICTURES / "replay-gap.png")
    await page.get_by_role("button", name="Go on at", exact=False).click()
    await strip.wait_for(state="detached")


async def reads_what_was_written(watcher: Person) -> None:
    """It is there as it was written, and did nothing."""
    await watcher.page.keyboard.press("End")
    await watcher.page.get_by_role("tab", name="Chat").click()
    await watcher.page.locator(".chat-text").get_by_text(HOSTILE, exact=True).wait_for()
    assert await watcher.page.locator(".banner strong").inner_text() == HOSTILE[:80]
    assert await watcher.page.evaluate("() => window.__ran") is None
    await watcher.page.screenshot(path=PICTURES / "replay-chat.png")
