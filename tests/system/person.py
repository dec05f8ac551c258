"""A person at a page: what they do, by the names they see; what they see and hear, measured."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page

PATTERN = (Path(__file__).parent / "pattern.js").read_text("utf-8")
PATIENCE_S = 60.0  # a loaded machine; whoever waits for what does come does not notice
Colour = tuple[int, int, int]


async def until(what: str, question: Callable[[], Awaitable[Any]], patience_s: float = PATIENCE_S) -> Any:
    """Ask until the answer is true; return it. Fails with the last answer."""
    deadline = asyncio.get_running_loop().time() + patience_s
    answer: Any = None
    while asyncio.get_running_loop().time() < deadline:
        if answer := await question():
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"never came: {what} (last: {answer!r})")


async def drawn(page: Page) -> None:
    """Once the screen shows all that the page has asked to be drawn by now, and what comes of it a frame later."""
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


BY_ITSELF = (
    # Before anybody has signed in, the page asks who it is and hears 401; Chromium prints that.
    "401 (Unauthorized)",
    # Of a camera's frames that go to a worker as a stream Chromium drops one itself, when it collects garbage. That
    # ours are all closed is counted: test_live_marks.py::test_every_frame_that_is_taken_is_given_back.
    "A VideoFrame was garbage collected without being closed",
)


class Person:
    """One signed-in person with a camera of one colour and a microphone of one tone."""

    def __init__(self, page: Page, url: str, colour: Colour, tone: int) -> None:
        self.page, self.url, self.colour, self.tone = page, url, colour, tone
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(one in text for one in BY_ITSELF):
            self.errors.append(text)

    @classmethod
    async def arrive(cls, context: BrowserContext, url: str, colour: Colour, tone: int) -> "Person":
        """Open the pages in a context of one's own."""
        pattern = json.dumps({"colour": colour, "tone": tone})
        context.set_default_timeout(PATIENCE_S * 1000)
        await context.add_init_script(f"window.__pattern = {pattern};\n{PATTERN}")
        person = cls(await context.new_page(), url, colour, tone)
        await person.page.goto(url)
        return person

    def button(self, name: str) -> Locator:
        """A button by its exact accessible name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def sign_in(self, account: dict[str, str]) -> None:
        """Fill the two fields and press the button."""
        await self.page.get_by_label("User", exact=True).fill(account["user"])
        await self.page.get_by_label("Password", exact=True).fill(account["password"])
        await self.button("Sign in").click()

    async def call(self) -> None:
        """Press the big button."""
        await self.button("Call a specialist").click()

    async def answer(self) -> None:
        """Wait for the ring and take it."""
        await self.button("Answer").click(timeout=PATIENCE_S * 1000)

    async def hang_up(self) -> None:
        """End the call."""
        await self.button("Hang up").click()

    def remote_videos(self) -> Locator:
        """Every remote picture."""
        return self.page.locator("video[data-participant]")

    async def receives_again(self, packets: int = 10) -> None:
        """Video packets keep arriving from now on: more than were under way."""
        await self._grows("packetsReceived", "video", packets, PATIENCE_S)

    async def sees_moving(self, least: int = 15, patience_s: float = PATIENCE_S) -> None:
        """At least so many more frames get decoded."""
        await self._grows("framesDecoded", "video", least, patience_s)

    async def sound_goes_on(self, packets: int = 25) -> None:
        """Audio packets keep arriving from now on."""
        await self._grows("packetsReceived", "audio", packets, PATIENCE_S)

    async def _grows(self, figure: str, kind: str, least: int, patience_s: float) -> None:
        """So much is added from now on. By stream: with a connection or a stream that ends its count goes, and the next
        one begins at nought."""
        before = await self._received(figure, kind)
        grown = 0

        async def enough() -> bool:
            nonlocal grown
            now = await self._received(figure, kind)
            grown += sum(max(0, value - before.get(stream, 0)) for stream, value in now.items())
            before.update(now)
            return grown >= least

        await until(f"{least} more {figure} of {kind}", enough, patience_s)

    async def _received(self, figure: str, kind: str) -> dict[str, int]:
        expression = """async ([figure, kind]) => Object.fromEntries((await window.__stats())
            .filter((s) => s.type === "inbound-rtp" && s.kind === kind)
            .map((s) => [`${s.peer} ${s.id}`, s[figure] ?? 0]))"""
        found: dict[str, int] = await self.page.evaluate(expression, [figure, kind])
        return found

    async def transports(self) -> set[str]:
        """`udp` or `tcp` of the candidate pairs in use."""
        expression = """async () => { const all = await window.__stats();
            const find = (peer, id) => all.find((s) => s.peer === peer && s.id === id);
            const pairs = all.filter((s) => s.type === "transport").map((s) => find(s.peer, s.selectedCandidatePairId));
            return pairs.map((pair) => find(pair?.peer, pair?.localCandidateId)?.protocol ?? "none"); }"""
        return set(await self.page.evaluate(expression))

    async def sees_colour(self, colour: Colour, patience_s: float = PATIENCE_S) -> None:
        """Some remote picture shows the other's pattern, read back from its pixels."""

        async def right() -> bool:
            seen = await self.page.evaluate(
                "() => [...document.querySelectorAll('video[data-participant]')].map(window.__colour)"
            )
            return any(all(abs(a - b) < 40 for a, b in zip(mean, colour, strict=True)) for mean in seen)

        await until(f"a picture of colour {colour}", right, patience_s)

    async def hears_tone(self, tone: int, patience_s: float = PATIENCE_S) -> None:
        """Some received audio track plays the other's tone, louder than -60 dB."""
        await until(f"a tone of {tone} Hz", lambda: self._tone_is(tone), patience_s)

    async def hears_nothing(self, patience_s: float = PATIENCE_S) -> None:
        """Every received audio track is silent."""

        async def silent() -> bool:
            tones = await self._tones()
            return tones != [] and all(t["level"] < -80 for t in tones)

        await until("silence", silent, patience_s)

    async def _tone_is(self, tone: int) -> bool:
        return any(abs(t["frequency"] - tone) < 20 and t["level"] > -60 for t in await self._tones())

    async def _tones(self) -> list[dict[str, float]]:
        expression = """() => Promise.all(window.__received().filter((t) => t.kind === "audio").map(async (track) => {
            const { frequency, level } = await window.__tone(track);
            return { frequency, level: Number.isFinite(level) ? level : -200 }; }))"""
        return list(await self.page.evaluate(expression))
