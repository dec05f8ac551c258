"""The rest of what a reviewer does at a replay: on a telephone, with notes, and with another window that follows."""

from playwright.async_api import Page

from tests.system.access import PHONE
from tests.system.person import until
from tests.system.replay_ends import grave
from tests.system.replayed import Recorded, view_of
from tests.system.test_screenshots import PICTURES

# Another window that would like to know where the replay stands, as the form of a review does.
ASKS = """(consultation) => new Promise((done) => {
  const channel = new BroadcastChannel('sefaw.replay');
  channel.onmessage = ({ data }) => { if (data.consultation === consultation) done(data) };
  channel.postMessage({ asks: consultation });
})"""
HEARS = """async () => {
  const heard = [];
  const channel = new BroadcastChannel('sefaw.replay');
  channel.onmessage = ({ data }) => { if ('t' in data) heard.push(data.t) };
  await new Promise((then) => setTimeout(then, 2500));
  channel.close();
  return heard;
}"""
AT = "() => window.__replay.t()"
STAGE = "() => { const at = document.querySelector('.replay-stage'); return [at.clientHeight, at.scrollHeight] }"


async def keeps_a_note(page: Page) -> None:
    """At the moment where it stands; and takes it back."""
    await page.get_by_role("tab", name="Notes").click()
    await page.get_by_label("Note at", exact=False).first.fill("Left lobe not seen")
    await page.get_by_role("button", name="Keep note at", exact=False).click()
    note = page.locator(".replay-note")
    await note.get_by_text("Left lobe not seen", exact=True).wait_for()
    assert await grave(page) == []
    await page.screenshot(path=PICTURES / "replay-note.png")
    await page.get_by_role("button", name="Remove the note at", exact=False).click()
    await note.wait_for(state="detached")


async def another_window_follows(page: Page, recorded: Recorded) -> None:
    """It learns where a paused one stands by asking, and where a playing one is by listening."""
    beside = await page.context.new_page()
    await beside.goto(page.url.split("#")[0] + "healthz")
    stands = await page.evaluate(AT)
    told = await beside.evaluate(ASKS, recorded.consultation)
    seen = await view_of(page)
    picture = {"instance": seen["instance"], "frame": int(seen["frame"])}
    assert told == {"consultation": recorded.consultation, "t": stands, "picture": picture, "frame": None}
    await page.bring_to_front()
    await page.keyboard.press("Home")
    await page.get_by_role("button", name="Play", exact=True).click()
    heard = await beside.evaluate(HEARS)
    assert 2 <= len(heard) <= 6
    assert heard == sorted(heard)
    await beside.close()


async def fits_a_phone(page: Page) -> None:
    """Head, pictures, what happened and the time, one below the other: the page is longer than the screen, no part of
    it is squeezed."""
    usual = page.viewport_size
    assert usual is not None
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]

    async def fits() -> bool:
        high, needed = await page.evaluate(STAGE)
        return high > 300 and needed <= high + 1

    await until("the stage to be as high as what is in it: nothing hangs out over what comes below", fits)
    await page.screenshot(path=PICTURES / "replay-phone.png")
    await page.set_viewport_size(usual)
