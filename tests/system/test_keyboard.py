"""A call made, answered and ended by keyboard alone: no mouse, no touch; every stop of the Tab key is named, seen and
not covered; dialogs give the focus back; what matters is said to a screen reader and never hidden from it."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.system.conftest import BLUE, RED, Arrive
from tests.system.person import Person, until
from tests.system.server import Server

# Counts what a hand would do, and keeps what is said in live regions. Runs before the page's own code.
WATCH = """
window.__hand = 0; window.__heard = [];
for (const kind of ['pointerdown', 'mousedown', 'touchstart'])
  addEventListener(kind, (event) => { if (event.isTrusted) window.__hand += 1; }, true);
addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) for (const node of addedNodes) {
    const element = target.nodeType === 1 ? target : target.parentElement;
    if (element?.closest('[aria-live], [role=log], [role=status], [role=alert]')) window.__heard.push(node.textContent);
    else for (const inner of node.querySelectorAll?.('[role=status], [role=alert]') ?? [])
      window.__heard.push(inner.textContent);
  }
}).observe(document.body, { childList: true, subtree: true, characterData: true }));
"""
FOCUSED = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e), ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const holder = e.matches('input[type=radio], input[type=checkbox]') ? e.closest('label') : e;
    const inner = holder.querySelector?.('span') ?? holder;
    const around = [holder, inner].some((one) => getComputedStyle(one).outlineStyle !== 'none');
    const box = holder.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return { name: (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText ?? '').trim(),
             ring: ring || around, seen: !!top && (holder.contains(top) || top.contains(holder)),
             html: e.outerHTML.slice(0, 140) };
}"""


class Hands:
    """Somebody who has a keyboard only."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    async def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            await self.page.keyboard.press(key)

    async def focused(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = await self.page.evaluate(FOCUSED)
        return found

    async def tab_to(self, name: str, most: int = 40) -> None:
        """Tab until the thing of this name has the focus. Every stop on the way must be named and seen."""
        passed = []
        for _ in range(most):
            stop = await self.focused()
            if stop is not None:
                assert stop["name"], f"a stop without a name: {stop['html']}"
                assert stop["ring"], f"the focus is not seen on {stop['html']}"
                assert stop["seen"], f"covered by something: {stop['html']}"
                if stop["name"].split("\n")[0] == name:
                    return
                passed.append(stop["name"])
            await self.press("Tab")
        raise AssertionError(f"Tab never came to {name}; it came to {passed}")

    async def sign_in(self, account: dict[str, str]) -> None:
        # The page puts the focus there once it has drawn it; a hand that was faster would be sent back by that.
        await expect(self.page.get_by_label("User", exact=True)).to_be_focused()
        await self.tab_to("User")
        await self.page.keyboard.type(account["user"])
        await self.press("Tab")
        await self.page.keyboard.type(account["password"])
        await self.press("Enter")
        await self.person.button("Sign out").wait_for()

    async def heard(self, words: str) -> None:
        """It was said to a screen reader."""

        async def said() -> bool:
            return any(words in one for one in await self.page.evaluate("window.__heard"))

        await until(f"the words {words!r}", said)

    async def used_no_hand(self) -> None:
        assert await self.page.evaluate("window.__hand") == 0


async def spoken_tree(page: Page) -> dict[str, dict[str, Any]]:
    """Name → role and states, as the browser hands them to a screen reader."""
    session = await page.context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    await session.detach()
    tree: dict[str, dict[str, Any]] = {}
    for node in nodes:
        name = node.get("name", {}).get("value", "")
        if name and not node.get("ignored"):
            states = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
            described = node.get("description", {}).get("value", "")
            # The first of a name is the control; its text has the same.
            tree.setdefault(str(name), {"role": node["role"]["value"], "description": described, **states})
    return tree


async def test_a_call_by_keyboard_alone(server: Server, arrive: Arrive) -> None:
    doctor, specialist = [Hands(await arrive("about:blank", colour, 440)) for colour in (RED, BLUE)]
    for person in (doctor, specialist):
        await person.page.context.add_init_script(WATCH)
        await person.page.goto(server.url)
    await specialist.sign_in(server.account("specialist"))
    await specialist.page.get_by_role("switch", name="On call").wait_for()
    await doctor.sign_in(server.account("village"))
    await doctor.tab_to("Call a specialist")
    await doctor.press("Enter")

    waiting = specialist.page.get_by_role("button", name="Answer")
    await expect(waiting, "the answer waits under the Enter key").to_be_focused()
    answer = (await spoken_tree(specialist.page))["Answer"]
    assert (answer["role"], answer["description"]) == ("button", "李梅 Li Mei is calling")
    await specialist.press("Enter")
    for person in (doctor, specialist):
        await person.person.button("Hang up").wait_for()
        await person.heard("Consultation")
    await doctor.heard("王建国 Wang Jianguo has joined")

    await its_controls(doctor, specialist)
    await its_dialogs(doctor)
    await its_chat(doctor, specialist)

    await specialist.page.close()
    await doctor.heard("was cut off")
    await doctor.tab_to("Hang up")
    await doctor.press("Enter")
    await doctor.heard("After the consultation")
    await doctor.tab_to("Back")
    await doctor.press("Enter")
    await doctor.person.button("Call a specialist").wait_for()
    await doctor.used_no_hand()


async def its_controls(doctor: Hands, specialist: Hands) -> None:
    """Microphone, camera and recording: pressed by key, and their state in what is said."""
    await doctor.person.sees_moving()
    for name in ("Microphone", "Camera"):
        said = (await spoken_tree(doctor.page))[name]
        assert (said["role"], said["pressed"]) == ("button", "true")
        await doctor.tab_to(name)
        await doctor.press("Space")
        await until(f"{name} is off", lambda name=name: is_off(doctor.page, name))  # type: ignore[misc]
    tree = await spoken_tree(doctor.page)
    assert "Not recorded" in tree, "whether it is recorded is never hidden"
    assert tree["Hang up"]["role"] == "button"
    await specialist.person.hears_nothing()
    for name in ("Microphone", "Camera"):
        await doctor.tab_to(name)
        await doctor.press("Space")


async def is_off(page: Page, name: str) -> bool:
    return bool((await spoken_tree(page))[name]["pressed"] == "false")


async def its_dialogs(doctor: Hands) -> None:
    """The menu by arrow keys; a dialog holds the focus, Esc closes it and gives the focus back."""
    await doctor.tab_to("More")
    await doctor.press("Enter")
    await holds_the_focus(doctor.page.get_by_role("menu", name="More"))
    chosen = doctor.page.locator("[data-highlighted]")
    while (words := (await chosen.inner_text()).strip()) != "Choose devices…":
        await doctor.press("ArrowDown")
        await expect(chosen, "the arrow goes to the next").not_to_have_text(words)
    await doctor.press("Enter")
    dialog = doctor.page.get_by_role("dialog", name="Choose devices")
    await holds_the_focus(dialog)
    for _ in range(8):
        await doctor.press("Tab")
        assert await dialog.evaluate("(d) => d.contains(document.activeElement)"), "the focus left the dialog"
    await doctor.press("Escape")
    await dialog.wait_for(state="detached")

    async def back() -> bool:
        return (await doctor.focused() or {}).get("name") == "More"

    await until("the focus back on the button that opened it", back)


async def holds_the_focus(element: Locator) -> None:
    """It takes it in the frame after it is drawn."""
    holds = "(element) => element.contains(document.activeElement)"
    await until("the focus inside", lambda: element.evaluate(holds))


async def its_chat(doctor: Hands, specialist: Hands) -> None:
    await doctor.tab_to("Chat")
    await doctor.press("Enter")

    async def writing() -> bool:
        return (await doctor.focused() or {}).get("name") == "Message"

    await until("the focus in the field", writing)
    await doctor.page.keyboard.type("Can you see it?")
    await doctor.press("Enter")
    await specialist.heard("李梅 Li Mei: Can you see it?")
    await specialist.used_no_hand()
