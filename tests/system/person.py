"""A person at a page: what they do, by the names they see; what they see and hear, measured."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page

PATTERN = (Path(__file__).parent / "pattern.js").read_text("utf-8")
PATIENCE_S = 20.0
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

    async def frames_decoded(self) -> int:
        """Decoded frames over all received video."""
        return await self._sum("framesDecoded")

    async def sound_received(self) -> int:
        """Audio packets received."""
        return await self._sum("packetsReceived", "audio")

    async def _sum(self, figure: str, kind: str = "video") -> int:
        expression = """async ([figure, kind]) => (await window.__stats())
            .filter((s) => s.type === "inbound-rtp" && s.kind === kind)
            .reduce((sum, s) => sum + (s[figure] ?? 0), 0)"""
        return int(await self.page.evaluate(expression, [figure, kind]))

    async def receives_again(self, packets: int = 10) -> None:
        """Video packets keep arriving from now on: more than were under way."""
        start = await self._sum("packetsReceived")

        async def enough() -> bool:
            return await self._sum("packetsReceived") >= start + packets

        await until(f"{packets} more video packets", enough)

    async def transports(self) -> set[str]:
        """`udp` or `tcp` of the candidate pairs in use."""
        expression = """async () => { const all = await window.__stats();
            const pairs = all.filter((s) => s.type === "candidate-pair" && s.nominated);
            return pairs.map((p) => all.find((s) => s.id === p.localCandidateId)?.protocol); }"""
        return set(await self.page.evaluate(expression))

    async def sees_moving(self, least: int = 15, patience_s: float = PATIENCE_S) -> None:
        """At least so many more frames get decoded."""
        start = await self.frames_decoded()

        async def enough() -> bool:
            return await self.frames_decoded() >= start + least

        await until(f"{least} more decoded frames", enough, patience_s)

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
            return all(t["level"] < -80 for t in await self._tones())

        await until("silence", silent, patience_s)

    async def _tone_is(self, tone: int) -> bool:
        return any(abs(t["frequency"] - tone) < 20 and t["level"] > -60 for t in await self._tones())

    async def _tones(self) -> list[dict[str, float]]:
        expression = """() => Promise.all(window.__received().filter((t) => t.kind === "audio").map(async (track) => {
            const { frequency, level } = await window.__tone(track);
            return { frequency, level: Number.isFinite(level) ? level : -200 }; }))"""
        return list(await self.page.evaluate(expression))
