"""How a replay plays at each speed; and how one looks at its pictures on one's own, and with the leader again."""

from typing import Any

import numpy as np
from playwright.async_api import Page

from tests.system.person import until
from tests.system.replayed import OTHER_TONE, TONE, Recorded, view_of

SKEW_MS = 40.0
OFF_CLOCK = 0.03  # of a speed: two clocks are read one after the other
OFF_MEDIA = 0.06  # an element catches up by as much (viewer/src/replay/steer.ts)
SPEEDS = (1, 0.5, 1.5, 2)
BEHIND_US = 600_000  # by then what the leader did would be seen

# Go to a moment, and wait until all is there that belongs to it, and drawn. ms
SETTLES = """([press, hash]) => new Promise((done) => {
  const since = performance.now();
  if (press) document.querySelector(press).click();
  if (hash) Object.assign(document.createElement('a'), { href: hash }).click();
  const wanted = new URLSearchParams(hash).get('t');
  let ready = 0;
  const look = () => requestAnimationFrame(() => {
    const there = window.__replay?.ready() && (!wanted || window.__replay.t() === Number(wanted));
    ready = there ? ready + 1 : 0;
    if (ready > 2) done(performance.now() - since);
    else look();
  });
  look();
})"""
# How many times as fast as the wall's clock the replay's went, and each element that plays; how far they were apart.
PLAYED = """async (ms) => {
  const all = () => [...document.querySelectorAll('.replay video'), ...window.__sounds];
  const places = () => new Map(all().filter((one) => !one.paused).map((one) => [one, one.currentTime * 1000]));
  const read = () => [performance.now(), window.__replay.t() / 1000, places()];
  const [since, began, at] = read();
  const skews = [];
  while (performance.now() - since < ms) {
    await new Promise((then) => setTimeout(then, 50));
    skews.push(...window.__replay.skews());
  }
  const [now, t, ends] = read();
  const same = [...ends].filter(([one]) => at.has(one));
  const media = same.map(([one, end]) => (end - at.get(one)) / (now - since));
  return { clock: (t - began) / (now - since), media, skews };
}"""
# What the first viewport showed while it played to a moment; that comes within a minute.
PANE = """async (t) => {
  const { dataset } = document.querySelector('.pane');
  const seen = new Set();
  const since = performance.now();
  while (window.__replay.t() <= t && performance.now() - since < 60_000) {
    const words = [...document.querySelectorAll('.viewport-line span:not(.coming)')].map((one) => one.textContent);
    seen.add([dataset.instance, dataset.frame, ...words].join(' '));
    await new Promise((then) => setTimeout(then, 20));
  }
  return [...seen];
}"""


async def go(page: Page, recorded: Recorded, t: int) -> float:
    """To a moment; how long it took, ms."""
    took = await page.evaluate(SETTLES, ["", f"#replay={recorded.consultation}&t={t}"])
    assert await page.evaluate("() => window.__replay.t()") == t
    return float(took)


async def press(page: Page, name: str) -> None:
    """Of the bar: a picture's tools may have a button of that name too."""
    await page.locator(".replay-bar").get_by_role("button", name=name, exact=True).click()


async def plays_together(page: Page, recorded: Recorded) -> None:
    """At each speed time goes by as it says, and sound and pictures keep to the clock; at the usual one the tones are
    heard."""
    await go(page, recorded, recorded.seen[10]["t"])
    await press(page, "Play")
    await page.wait_for_timeout(1000)
    for speed in SPEEDS:
        await page.get_by_label("Speed").select_option(str(speed))
        await page.wait_for_timeout(700)  # what is off when it begins is made good
        kept_to(speed, await page.evaluate(PLAYED, 1000))
        if speed == 1:
            await hears_both(page)
    await press(page, "Pause")
    await page.get_by_label("Speed").select_option("1")


def kept_to(speed: float, played: Any) -> None:
    times = [round(one / speed, 3) for one in (played["clock"], *played["media"])]
    print(f"at {speed}x the clock, and what played, went so many times as fast as they should: {times}")
    assert abs(times[0] - 1) <= OFF_CLOCK
    assert len(times) >= 5, "two voices, two pictures"
    assert all(abs(one - 1) <= OFF_MEDIA for one in times[1:])
    for kind in ("audio", "video"):
        off = np.abs([one["ms"] for one in played["skews"] if one["kind"] == kind])
        p50, p95 = np.percentile(off, [50, 95])
        print(f"{kind} off the clock, ms: p50 {p50:.1f}, p95 {p95:.1f}, n {len(off)}")
        assert len(off) >= 20
        assert p95 <= SKEW_MS


async def hears_both(page: Page) -> None:
    async def both() -> bool:
        heard = await page.evaluate(
            """() => Promise.all(window.__sounds.filter((one) => !one.paused)
                .map((one) => window.__tone(one.captureStream().getAudioTracks()[0])))"""
        )
        tones = {min((TONE, OTHER_TONE), key=lambda tone: abs(tone - one["frequency"])) for one in heard}
        return tones == {TONE, OTHER_TONE} and all(one["level"] > -60 for one in heard)

    await until("both to be heard", both)


async def looks_on_my_own(page: Page, recorded: Recorded) -> None:
    """What I look at is moved by my hand and not by the leader's, who goes on; with the leader again it is what it was
    then."""
    led = recorded.led_view
    await go(page, recorded, recorded.opened_t)
    await shows(page, lambda view: view["instance"] != led["instance"] and view["showing"] == led["showing"])
    first = await view_of(page)
    await page.get_by_label("Look on my own", exact=True).check()
    await page.get_by_text("You look at the pictures on your own", exact=False).wait_for()
    await page.get_by_label("Speed").select_option("2")
    await press(page, "Play")
    seen = await page.evaluate(PANE, recorded.led_t + BEHIND_US)
    assert await page.evaluate("() => window.__replay.t()") > recorded.led_t
    await press(page, "Pause")
    await page.get_by_label("Speed").select_option("1")
    assert len(seen) == 1, seen
    await page.locator(".pane").first.focus()
    await page.keyboard.press("ArrowDown")
    await shows(page, lambda view: view["instance"] != first["instance"])
    await go(page, recorded, recorded.led_t)
    await page.screenshot(path="build/screenshots/replay-own.png")
    assert await view_of(page) != led
    await page.get_by_label("As it was led", exact=True).check()
    await shows(page, lambda view: view == led)
    assert await page.evaluate("() => window.__replay.t()") == recorded.led_t


async def shows(page: Page, wanted: Any) -> None:
    async def looked() -> bool:
        return bool(wanted(await view_of(page)))

    await until("the View", looked)
