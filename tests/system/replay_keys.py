"""A recording found, watched and left by keyboard alone; every stop of the Tab key is named, seen and not covered."""

from typing import Any

from playwright.async_api import Browser

from tests.system.access import WIDE
from tests.system.conftest import BLUE
from tests.system.person import Person, until
from tests.system.replayed import HOSTILE, OTHER_TONE, Recorded
from tests.system.test_keyboard import WATCH, Hands

AT = "() => window.__replay.t()"
MOST = 80  # stops of a page


class Keys(Hands):
    """At a replay."""

    async def stands(self, wanted: Any) -> None:
        async def there() -> bool:
            return bool(wanted(await self.page.evaluate(AT)))

        await until("the moment", there)

    async def moments(self) -> list[int]:
        """The markers' seconds, as the list says them. They come all at once."""
        await self.page.locator(".replay-moment").first.wait_for()
        codes = await self.page.locator(".replay-moment > .figures:first-child").all_inner_texts()
        return [int(code.split(":")[0]) * 60 + int(code.split(":")[1]) for code in codes]


async def by_keyboard_alone(browser: Browser, recorded: Recorded) -> None:
    context = await browser.new_context(locale="en-US", viewport=WIDE)  # type: ignore[arg-type]
    await context.add_init_script(WATCH)
    hands = Keys(await Person.arrive(context, recorded.server.url, BLUE, OTHER_TONE))
    await hands.sign_in(recorded.server.account("reviewer"))
    await opens_it(hands)
    await plays_it(hands)
    await jumps(hands)
    await notes(hands)
    await hands.tab_to("Back", MOST)
    await hands.press("Enter")
    await hands.page.get_by_role("heading", name="Recordings").wait_for()
    await hands.used_no_hand()
    assert [error for error in hands.person.errors if "409" not in error] == []
    await context.close()


async def opens_it(hands: Keys) -> None:
    await hands.tab_to("Recordings")
    await hands.press("Enter")
    await hands.page.get_by_role("heading", name="Recordings").wait_for()
    await hands.tab_to("Search")
    await hands.page.keyboard.type(HOSTILE[:10])
    await hands.page.locator(".consultation-row").wait_for()
    await hands.tab_to(f"Watch: {HOSTILE[:80]}")
    await hands.press("Enter")
    await hands.page.wait_for_function("() => window.__replay?.ready()")
    assert (await hands.focused() or {})["name"] == "Play", "it waits under the Space key"


async def plays_it(hands: Keys) -> None:
    """And pauses, from wherever one is; faster and slower, by key and by the list."""
    await hands.press("Space")
    await hands.stands(lambda t: t > 500_000)
    await hands.press("k")
    await hands.page.get_by_role("button", name="Play", exact=True).wait_for()
    speed = hands.page.get_by_label("Speed")
    await hands.press(">")
    assert await speed.input_value() == "1.25"
    await hands.press("<", 3)
    assert await speed.input_value() == "0.5"
    await hands.tab_to("Speed")
    await hands.press("ArrowDown", 2)
    assert await speed.input_value() == "1"
    await hands.tab_to("Place in the recording", MOST)
    await hands.press("Home")
    await hands.press("ArrowUp")
    assert await hands.page.evaluate(AT) == 5_000_000
    await hands.press("Home")


async def jumps(hands: Keys) -> None:
    """From mark to mark and back, by key, by button, and by the list."""
    seconds = await hands.moments()
    places = []
    for _ in range(3):
        await hands.press("n")
        places.append(await hands.page.evaluate(AT))
    assert places == sorted(set(places))
    assert all(int(t / 1e6) in seconds for t in places)
    await hands.tab_to("Next moment", MOST)
    await hands.press("Enter")
    assert await hands.page.evaluate(AT) > places[-1]
    await hands.press("End")
    await hands.press("p")
    assert int(await hands.page.evaluate(AT) / 1e6) in seconds


async def notes(hands: Keys) -> None:
    """At the moment; its time code leads there; and away with it again."""
    await hands.press("Home")
    await hands.press("l")
    t = await hands.page.evaluate(AT)
    await hands.tab_to("Moments", MOST)
    await hands.press("ArrowLeft")  # to the last of them
    field = hands.page.get_by_label("Note at", exact=False).first
    await field.wait_for()
    # The panel is a stop of its own until it is known to hold one: for a frame; nobody has so quick a hand.
    await hands.page.locator(".panel:not([hidden], [tabindex])").wait_for()
    await hands.tab_to("Note at 0:10")
    await hands.page.keyboard.type("Left lobe not seen")
    await hands.tab_to("Keep note at 0:10")
    await hands.press("Enter")
    await hands.page.locator(".replay-note").wait_for()
    await hands.press("Home")
    assert await hands.page.evaluate(AT) == 0
    await hands.tab_to("Go to 0:10", MOST)
    await hands.press("Enter")
    assert await hands.page.evaluate(AT) == t
    await hands.tab_to("Remove the note at 0:10")
    await hands.press("Enter")
    await hands.page.locator(".replay-note").wait_for(state="detached")
