"""The live probe between two Chromiums: marks on their frames, pointers, cues, requests, and a freeze that is the very
frame that was on the screen. Every picture of the probe carries its number."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, WebSocket, Worker

from loadtest.impair import impaired
from tests.ports import free_port
from tests.system.conftest import RED, MakeServer
from tests.system.person import Person, until
from tests.system.pictures import plays
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]
NUMBERED = (Path(__file__).parent / "numbered.js").read_text("utf-8")
SENT: dict[Person, list[dict[str, Any]]] = {}
HEARD: dict[Person, list[dict[str, Any]]] = {}
# What the operator presses / at what, and what the specialist then reads.
ANSWERS = {
    "Done": "More depth: done",
    "Not now/depth": "Less depth: not now",
    "Not now/gain": "Less gain: not now",
    "Not now/freeze": "Freeze the machine: not now",
    "Not now/sharp": "Sharp detail: not now",
}
MARKS = "() => window.__presented.filter((one) => one.drawn !== undefined)"


@pytest.fixture
async def arrive(browser: Browser) -> Arrive:
    """The doctor (red) has a camera that numbers its pictures."""

    async def new(url: str, colour: tuple[int, int, int], tone: int) -> Person:
        context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        person = await Person.arrive(context, url, colour, tone)
        SENT[person], HEARD[person] = [], []
        person.page.on("websocket", lambda socket: _note(socket, person))
        numbers = "true" if colour == RED else "false"
        await context.add_init_script(f"window.__numbers = {numbers};\n{NUMBERED}")
        await person.page.reload()
        return person

    return new


def _note(socket: WebSocket, person: Person) -> None:
    """What a page says and hears on the wire."""
    socket.on("framesent", lambda data: SENT[person].append(json.loads(data)))
    socket.on("framereceived", lambda data: HEARD[person].append(json.loads(data)))


async def guided(server: Server, arrive: Arrive) -> tuple[Person, Person]:
    """A call in which the doctor shows the probe and both look at it."""
    doctor, specialist = await connect(server, arrive)
    await doctor.button("Probe").click()
    await doctor.button("Show it to everybody").click()
    for person in (doctor, specialist):
        await plays(person, "probe")
        await person.button("Freeze").wait_for()
        await painted(person)
        await person.page.evaluate("() => window.__watch()")
    return doctor, specialist


async def painted(person: Person, names: str = "[data-rtp]") -> None:
    """The page's own callback has run: whoever asks for one now is called after it. `names`: what its canvas says."""
    await person.page.locator(f".live-canvas{names}").wait_for(state="attached")


async def named(person: Person) -> None:
    """The frame that is on this screen has a key: it can be drawn on, and frozen. The publisher's own page has to find
    out first which raw frame is which."""
    await painted(person, '[data-rtp]:not([data-rtp=""])')


async def draw_arrow(person: Person) -> None:
    """From the middle of the picture to the right."""
    await named(person)
    await person.button("Mark").click()
    await person.button("Arrow").click()
    box = await person.page.locator(".live-hand").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await person.page.mouse.move(x, y)
    await person.page.mouse.down()
    await person.page.mouse.move(x + 60, y + 10, steps=4)
    await person.page.mouse.up()


async def drawn(person: Person, least: int) -> list[dict[str, Any]]:
    """The frames that were presented with something drawn on them, once there are so many."""

    async def enough() -> Any:
        seen = await person.page.evaluate(MARKS)
        return seen if len(seen) >= least else None

    return list(await until(f"{least} frames with marks", enough))


@pytest.mark.alone
async def test_a_mark_is_drawn_on_its_frame_on_both_pages(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    await draw_arrow(specialist)
    for person in (doctor, specialist):
        frames = await drawn(person, 20)
        numbers = await seen_numbers(person)
        # A received picture is drawn frame by frame, also those that the <video> leaves out: it goes by its key.
        right = [one["number"] if person is doctor else numbers.get(one["says"]) for one in frames]
        readable = [
            (one["drawn"], number) for one, number in zip(frames, right, strict=True) if one["drawn"] and number
        ]
        assert len(readable) > 10
        assert all(drawn == number for drawn, number in readable), "the canvas shows another frame than it says"
    await asyncio.sleep(0.2)
    assert doctor.errors == specialist.errors == []


@pytest.mark.alone
async def test_a_freeze_is_the_very_frame_that_was_on_the_screen(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    for person in (doctor, specialist):
        await person.button("Keep on the main picture").click()  # else the still takes its place, and rightly
        await named(person)
    for number, asking in enumerate((specialist, specialist, doctor, specialist)):
        asked = await freeze(asking)
        still = await until("the publisher's own picture", lambda key=asked["key"]: sent_still(doctor, key))
        numbers = await seen_numbers(specialist)
        right = {"number": still["number"], "raw": True, "width": 640, "height": 480, "type": "image/png"}
        assert still == right, f"freeze {number}"
        assert numbers.get(asked["frame"]["rtp"], still["number"]) == still["number"], (
            f"freeze {number}: another picture"
        )
        pressed = await asking.page.evaluate("() => window.__pressed")
        last_sent = max(one for one in numbers.values() if one <= pressed)  # `pressed`, unless it was never sent
        assert last_sent <= still["number"] <= pressed, f"freeze {number}: not what was under the hand"
        for person in (doctor, specialist):
            frozen = await until("the still", lambda person=person, key=asked["key"]: heard_frozen(person, key))
            assert (frozen["frame"], frozen["as_transmitted"]) == (asked["frame"], False)
    assert doctor.errors == specialist.errors == []


async def freeze(person: Person) -> dict[str, Any]:
    """Press the button; what the page then asks for."""
    before = len(SENT[person])
    await person.button("Freeze").click()

    async def asked() -> Any:
        return [one for one in SENT[person][before:] if one["type"] == "ask_freeze"]

    return dict((await until("the freeze on the wire", asked))[0])


async def seen_numbers(person: Person) -> dict[int, int]:
    """The pictures that were on this screen: by their keys, the number in each that coding left readable."""
    presented = await person.page.evaluate("() => window.__presented")
    return {one["rtp"]: one["number"] for one in presented if one["number"] is not None}


async def heard_frozen(person: Person, key: str) -> Any:
    """The event of this still, as the page heard it."""
    bodies = [event["body"] for one in HEARD[person] if one["type"] == "events" for event in one["events"]]
    return next((body for body in bodies if body["type"] == "frozen" and body["key"] == key), None)


async def sent_still(person: Person, key: str) -> Any:
    """What the page sent as this still."""
    declined = [one for one in SENT[person] if one["type"] == "decline_freeze"]
    assert not declined, "the publisher's page did not have the frame"
    return await person.page.evaluate("(key) => window.__stills[key]", key)


async def test_cues_are_seen_and_requests_answered(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    await doctor.page.evaluate(
        "() => { window.__said = []; speechSynthesis.speak = (s) => __said.push([s.lang, s.text]) }"
    )
    await specialist.button("Guide").click()
    await specialist.button("Tilt left").click()
    await doctor.page.locator(".cue strong").get_by_text("Tilt left", exact=True).wait_for()
    assert await specialist.page.locator(".cue").count() == 0, "the cue is for whoever holds the probe"
    await until("the spoken cue", lambda: doctor.page.evaluate("() => window.__said.length"))
    assert await doctor.page.evaluate("() => window.__said") == [["en", "Tilt left"]]

    for answer, words in ANSWERS.items():
        control = words.split(":")[0]
        await specialist.page.locator(".guide-pad").get_by_role("button", name=control, exact=True).click()
        await doctor.page.get_by_text(f"asks: {control}").wait_for()
        await doctor.page.locator(".strip").get_by_role("button", name=answer.split("/")[0], exact=True).click()
        await specialist.page.get_by_text(words, exact=True).wait_for()
    await doctor.page.locator(".cue").wait_for(state="detached")
    await specialist.page.locator(".age").get_by_text("≈").wait_for()
    assert doctor.errors == specialist.errors == []


async def test_sharp_is_asked_for_and_the_operators_page_does_it(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    hint = "() => document.querySelector('video[data-purpose=probe]').srcObject.getVideoTracks()[0].contentHint"
    assert await doctor.page.evaluate(hint) == "motion"
    await specialist.button("Guide").click()
    await specialist.button("Sharp detail").click()
    await doctor.button("Switch").click()
    await specialist.page.get_by_text("Sharp detail: done", exact=True).wait_for()
    assert await doctor.page.evaluate(hint) == "detail"
    assert await doctor.button("Sharp detail").get_attribute("aria-pressed") == "true"
    assert doctor.errors == specialist.errors == []


async def test_a_browser_that_names_no_frames_says_why_it_cannot_freeze(server: Server, browser: Browser) -> None:
    async def new(url: str, colour: tuple[int, int, int], tone: int) -> Person:
        context = await browser.new_context(locale="en-US")
        await context.add_init_script("delete window.RTCRtpScriptTransform")
        return await Person.arrive(context, url, colour, tone)

    doctor, specialist = await connect(server, new)
    await doctor.button("Probe").click()
    await doctor.button("Show it to everybody").click()
    await plays(specialist, "probe")
    await doctor.page.locator("#freeze-why").get_by_text("cannot tell the frames").wait_for()
    assert await doctor.button("Freeze").get_attribute("aria-disabled") == "true"
    await specialist.page.locator(".live-bar button[aria-disabled=false]").first.wait_for()
    await specialist.button("Freeze").click()
    await doctor.page.locator(".pane[data-showing=cpu_only]").wait_for(timeout=30_000)  # as transmitted
    assert doctor.errors == specialist.errors == []


COUNTS = """{
  const [made, decoder, reader] = [self.VideoFrame, self.VideoDecoder, ReadableStreamDefaultReader.prototype];
  const { close } = made.prototype, { read } = reader;
  const count = (self.__frames = { taken: 0, closed: 0 });
  const closed = new WeakSet();
  made.prototype.close = function () {
    if (!closed.has(this)) count.closed++;
    closed.add(this);
    return close.call(this);
  };
  self.VideoFrame = new Proxy(made, {
    construct: (of, given) => {
      const one = new of(...given); // throws where there is no picture yet
      count.taken++;
      return one;
    },
  });
  self.VideoDecoder = class extends decoder {
    constructor(how) {
      super({ ...how, output: (frame) => (count.taken++, how.output(frame)) });
    }
  };
  reader.read = async function () {
    const found = await read.call(this);
    if (found.value instanceof made) count.taken++;
    return found;
  };
}"""


async def test_every_frame_that_is_taken_is_given_back(server: Server, arrive: Arrive) -> None:
    """A camera has few buffers: a frame that nobody closes holds one until garbage is collected."""

    async def counted(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, body=COUNTS + await response.text())

    async def counting(url: str, colour: tuple[int, int, int], tone: int) -> Person:
        person = await arrive(url, colour, tone)
        await person.page.context.route("**/frames.worker-*.js", counted)
        await person.page.add_init_script(COUNTS)
        await person.page.reload()
        return person

    doctor, specialist = await guided(server, counting)
    await draw_arrow(specialist)
    await drawn(specialist, 20)
    for where in (doctor.page, doctor.page.workers[0]):

        async def some(where: Page | Worker = where) -> bool:
            return int(await where.evaluate("() => self.__frames.taken")) > 100

        await until("a hundred frames", some)
        # One may be on its way.
        assert await where.evaluate("() => self.__frames.taken - self.__frames.closed") in {0, 1}
    await doctor.button("Probe").click()
    await doctor.button("Stop showing it").click()
    await specialist.page.locator(".live-canvas").wait_for(state="detached")

    async def given_back() -> bool:
        count = await specialist.page.evaluate("() => self.__frames")
        return bool(count["taken"] == count["closed"] > 20)

    await until("what was read for the marks is given back", given_back)


@pytest.mark.alone
async def test_a_picture_that_is_too_late_proposes_a_freeze(
    make_server: MakeServer, arrive: Arrive, tmp_path: Path
) -> None:
    media = f"127.0.0.1:{free_port()}"
    with impaired(media) as line:
        server = make_server(tmp_path, options=("--no-bot", "--announce", line.address), media=media)
        await server.start()
        doctor, specialist = await guided(server, arrive)
        proposal = specialist.button("Freeze now")
        for press in ("Go on without", "Freeze now"):
            await specialist.page.locator(".age.ok, .age.fair").wait_for()
            assert await proposal.count() == 0
            line.do(do="set", both={"delay": 400})  # up and down again: 800 ms before anything is coded or shown
            await proposal.wait_for(timeout=30_000)
            await specialist.page.locator(".age.poor").wait_for()
            await specialist.button(press).click()
            if press == "Go on without":
                await proposal.wait_for(state="detached")
                await specialist.page.locator(".age.poor").wait_for()
            line.do(do="set", both={"delay": 0})
        for person in (doctor, specialist):
            await person.page.locator(".pane[data-showing=cpu_only]").wait_for(timeout=30_000)  # the still
        assert doctor.errors == specialist.errors == []


async def test_a_pointer_is_seen_by_the_other(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await guided(server, arrive)
    await specialist.button("Mark").click()
    box = await specialist.page.locator(".live-hand").bounding_box()
    assert box is not None
    await specialist.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await doctor.page.locator(".live-canvas:not([hidden])").wait_for()
    await specialist.page.mouse.move(5, 5)
    await doctor.page.locator(".live-canvas[hidden]").wait_for(state="attached")
    assert doctor.errors == specialist.errors == []
