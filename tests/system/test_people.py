"""More than two people and more than one device, through the pages: a third participant who leaves and comes back, a
call that moves to another device of the same doctor, a specialist whose machine dies while it rings."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.system.conftest import BLUE, CHROMIUM_FLAGS, RED, chromium
from tests.system.person import Colour, Person
from tests.system.server import Server
from tests.system.test_call import Arrive, connect

GREEN: Colour = (40, 160, 60)
GRACE_S = 15.0  # sefaw_rtc.service.presence
# How often the watcher looks for a newly decoded frame: its error is that much.
LOOK_MS = 20

# Remembers, in the page, the longest time without a newly decoded video frame and without a new audio packet.
WATCH = """(lookMs) => {
    const sum = (all, kind, key) => all.filter((s) => s.type === "inbound-rtp" && s.kind === kind)
        .reduce((total, s) => total + (s[key] ?? 0), 0);
    const watch = (window.__watch = { video: { longest: 0, value: 0 }, audio: { longest: 0, value: 0 } });
    const note = (one, value) => {
        const now = performance.now();
        // Fewer: a stream's report was dropped. Only more is something new.
        if (value > one.value) { one.longest = Math.max(one.longest, now - (one.at ?? now)); one.at = now; }
        one.value = value;
    };
    (async () => {
        for (;;) {
            const all = await window.__stats();
            note(watch.video, sum(all, "video", "framesDecoded"));
            note(watch.audio, sum(all, "audio", "packetsReceived"));
            await new Promise((then) => setTimeout(then, lookMs));
        }
    })();
}"""


async def remember_spoken(page: Page) -> None:
    """Keep every sentence that is said to screen readers from now on."""
    await page.evaluate("""() => {
        window.__spoken = [];
        const place = document.querySelector('.spoken[aria-live]');
        new MutationObserver(() => window.__spoken.push(place.textContent))
            .observe(place, { childList: true, characterData: true, subtree: true });
    }""")


@pytest.mark.alone
async def test_a_call_moves_to_another_device_and_back(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await specialist.sees_colour(RED)
    tablet = await arrive(server.url, GREEN, 880)
    await tablet.sign_in(server.account("village"))
    await tablet.button("Continue here").wait_for()
    await remember_spoken(specialist.page)
    await specialist.page.evaluate(WATCH, LOOK_MS)
    await specialist.sees_moving()

    await tablet.button("Continue here").click()
    await specialist.sees_colour(GREEN)
    await specialist.hears_tone(880)
    await tablet.sees_colour(BLUE)
    await tablet.hears_tone(700)
    await specialist.sees_moving()
    longest = await specialist.page.evaluate("() => ({ video: __watch.video.longest, audio: __watch.audio.longest })")
    print(f"hand-over: longest gap video {longest['video']:.0f} ms, audio {longest['audio']:.0f} ms")
    assert longest["video"] < 1000
    assert longest["audio"] < 1000

    await doctor.page.get_by_role("heading", name="The call goes on on another device").wait_for()
    await doctor.button("Take it back here").click()
    await specialist.sees_colour(RED)
    await doctor.sees_colour(BLUE)
    await tablet.page.get_by_role("heading", name="The call goes on on another device").wait_for()
    await tablet.button("Leave it there, go to the start page").click()
    await tablet.button("Continue here").wait_for()

    assert await specialist.page.evaluate("() => __spoken") == [], "the others notice nothing"
    participants = await specialist.remote_videos().evaluate_all("all => all.map(v => v.dataset.participant)")
    assert len(set(participants)) == 1
    for person in (doctor, specialist, tablet):
        assert person.errors == []


async def test_a_third_participant_is_asked_in_leaves_and_comes_back(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    third = await arrive(server.url, GREEN, 880)
    await third.sign_in(server.account("specialist2"))
    await third.page.get_by_text("You are on call", exact=True).wait_for()

    await specialist.button("More").click()
    await specialist.page.get_by_role("menuitem", name="Ask somebody in").click()
    await specialist.page.get_by_role("button", name="Ask in: 陈静").click()
    await doctor.page.get_by_text("being rung, asked by 王建国").wait_for()
    await third.page.get_by_role("heading", name="王建国 Wang Jianguo asks you in").wait_for()
    await third.answer()
    await everybody_sees_everybody(doctor, specialist, third)

    await third.hang_up()  # whoever was asked in leaves; the others go on
    await third.button("Go back in").wait_for()
    await doctor.page.get_by_label("Who is here").get_by_text("陈静").wait_for(state="detached")
    await doctor.sees_colour(BLUE)
    await third.button("Go back in").click()
    await everybody_sees_everybody(doctor, specialist, third)

    # The doctor leaves and finds the way back in the list.
    await doctor.button("More").click()
    await doctor.page.get_by_role("menuitem", name="Leave, the others go on").click()
    await doctor.button("Back").click()
    await doctor.page.get_by_role("button", name="Go back in").click()
    await everybody_sees_everybody(doctor, specialist, third)

    await doctor.hang_up()
    for person in (doctor, specialist, third):
        await person.page.get_by_role("heading", name="The consultation has ended").wait_for()
        assert person.errors == []
    assert server.refusals() == []


async def everybody_sees_everybody(*people: Person) -> None:
    for person in people:
        for other in people:
            if other is not person:
                await person.sees_colour(other.colour)
                await person.hears_tone(other.tone)


class Doomed:
    """A Chromium of its own, to be stopped."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._stopped: list[int] = []

    async def die(self) -> None:
        """Every process it has by now."""
        session = await self.browser.new_browser_cdp_session()
        info = await session.send("SystemInfo.getProcessInfo")
        self._stopped = [int(process["id"]) for process in info["processInfo"]]
        for pid in self._stopped:
            os.kill(pid, signal.SIGSTOP)

    def wake(self) -> None:
        """A stopped browser cannot be closed."""
        for pid in self._stopped:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
async def doomed() -> AsyncIterator[Doomed]:
    async with async_playwright() as playwright:
        made = Doomed(await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS))
        yield made
        made.wake()
        await made.browser.close()


@pytest.mark.alone
async def test_the_battery_of_a_specialist_dies_while_it_rings(server: Server, arrive: Arrive, doomed: Doomed) -> None:
    """The whole browser stops; its sockets stay open and nothing comes from them. The caller sees the next rung."""
    dying = await Person.arrive(await doomed.browser.new_context(locale="en-US"), server.url, BLUE, 700)
    await dying.sign_in(server.account("specialist"))
    await dying.page.get_by_text("You are on call", exact=True).wait_for()
    second = await arrive(server.url, GREEN, 880)
    await second.sign_in(server.account("specialist2"))
    await second.page.get_by_text("You are on call", exact=True).wait_for()
    doctor = await arrive(server.url, RED, 440)
    await doctor.sign_in(server.account("village"))
    await doctor.call()
    await dying.button("Answer").wait_for()
    await doomed.die()
    began = asyncio.get_running_loop().time()
    await doctor.page.get_by_role("heading", name="Calling 陈静 Chen Jing").wait_for(timeout=30_000)
    took = asyncio.get_running_loop().time() - began
    print(f"the next was rung after {took:.1f} s")
    assert took < GRACE_S + 5
    await second.answer()
    await doctor.sees_moving(1)
    await doctor.hang_up()
