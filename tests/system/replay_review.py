"""The form of a review beside the replay that it is about: an answer is tied to the moment and to the picture that are
seen there, and is still so when both pages are opened anew; its moment leads back."""

from typing import Any

from playwright.async_api import Browser, Page

from tests.system.access import WIDE
from tests.system.conftest import BLUE
from tests.system.person import Person, until
from tests.system.replay_playing import SETTLES, shows
from tests.system.replayed import OTHER_TONE, Recorded
from tests.system.test_screenshots import PICTURES

AT = "() => window.__replay.t()"


async def review_beside_it(browser: Browser, recorded: Recorded) -> None:
    context = await browser.new_context(locale="en-US", viewport=WIDE)  # type: ignore[arg-type]
    person = await Person.arrive(context, f"{recorded.server.url}/", BLUE, OTHER_TONE)
    await person.sign_in(recorded.server.account("reviewer"))
    await person.button("Sign out").wait_for()
    form = person.page
    await begun(form, recorded)
    async with context.expect_page() as opening:
        await form.get_by_role("link", name="Watch the replay").click()
    replay = await opening.value
    await replay.wait_for_function("() => window.__replay?.ready()")
    await replay.evaluate(SETTLES, ["", f"#replay={recorded.consultation}&t={recorded.led_t}"])
    seen = recorded.led_view
    await shows(replay, lambda view: view == seen)
    await ties(form, replay)
    await form.reload()
    await at_the_form(form, recorded)
    held = form.locator('[data-item="score"] .moment-held')
    await held.nth(1).wait_for()
    assert await held.count() == 2
    await held.get_by_text(f"shared picture, frame {seen['frame']}", exact=True).wait_for()
    assert await saved(form, recorded) == [
        {"type": "stretch", "from_t": recorded.led_t, "to_t": recorded.led_t},
        {"type": "picture", "instance": seen["instance"], "frame": int(seen["frame"])},
    ]
    await form.screenshot(path=PICTURES / "replay-review-form.png")
    await leads_back(form, replay, recorded)
    await ties_a_frame(form, replay, recorded)
    assert [error for error in person.errors if "409" not in error] == []
    await context.close()


async def begun(form: Page, recorded: Recorded) -> None:
    """A case that nobody drew, by RADPEER."""
    await at_the_form(form, recorded)
    await form.get_by_role("button", name="Review by another form").click()
    await form.locator("[aria-labelledby=ask-title] select").select_option(
        label="Agreement with the opinion (RADPEER) (1)"
    )
    await form.get_by_role("button", name="Open this review").click()
    await form.get_by_role("button", name="Begin the review").click()
    await form.locator('[data-item="score"] .choice').nth(1).click()


async def at_the_form(form: Page, recorded: Recorded) -> None:
    """By the address that a replay links to."""
    await form.goto(f"{recorded.server.url}/#review={recorded.consultation}")


async def ties(form: Page, replay: Page) -> None:
    await form.bring_to_front()
    await form.locator('[data-item="score"] .moments .button').last.click()
    await form.get_by_role("button", name="with the picture seen there", exact=False).click()
    await form.get_by_text("Saved", exact=True).wait_for()


async def ties_a_frame(form: Page, replay: Page, recorded: Recorded) -> None:
    """Of the live picture: by its key, which is the one that the live page knew it by."""
    await replay.bring_to_front()
    t, key = await at_a_frame(replay, recorded)
    await ties(form, replay)
    held = form.locator('[data-item="score"] .moment-held')
    await held.get_by_text("frame of the live picture", exact=True).wait_for()
    assert (await saved(form, recorded))[2:] == [
        {"type": "stretch", "from_t": t, "to_t": t},
        {"type": "frame", "frame": key},
    ]
    await form.screenshot(path=PICTURES / "replay-review-frame.png")


async def at_a_frame(replay: Page, recorded: Recorded) -> tuple[int, Any]:
    """Which the live page presented, as not every one of them was."""
    presented = {live["rtp"] for live in recorded.seen}
    for live in recorded.seen[-10::-5]:
        await replay.evaluate(SETTLES, ["", f"#replay={recorded.consultation}&t={live['t']}"])
        key = await until("the frame's key", lambda: replay.evaluate("() => window.__replay.frame()"))
        if key["rtp"] in presented:
            return live["t"], key
    raise AssertionError("no frame of the replay was ever presented live")


async def saved(form: Page, recorded: Recorded) -> Any:
    """As the server has it."""
    book = await form.evaluate(
        "async (path) => await (await fetch(path)).json()", f"/api/reviews/{recorded.consultation}"
    )
    (mine,) = [one for case in book["cases"] for one in case["reviews"]]
    return mine["filled"]["answers"][0]["moments"]


async def leads_back(form: Page, replay: Page, recorded: Recorded) -> None:
    """Also when one has looked elsewhere since: the address of that window is the same as before."""
    for _ in range(2):
        await replay.evaluate("() => document.activeElement.blur()")
        await replay.keyboard.press("Home")
        assert await replay.evaluate(AT) == 0
        await form.locator('[data-item="score"] a.moment').click()

        async def there() -> bool:
            return bool(await replay.evaluate(AT) == recorded.led_t)

        await until("the moment", there)
