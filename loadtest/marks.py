"""Marks on the live probe. On the right frame? Every picture carries the time it was painted at; what the canvas shows
is read back beside the frame key that it claims. And how old is what it shows, beside the bare picture page to page?

A frame is wrong if, in the order of the keys, the painted times do not rise, or one lies more than OFF_MS from where
its key puts it: the canvas then shows another frame than the one whose marks are on it. A frame is flagged if a mark on
it says that its own frame was not shown here. The specialist draws and looks: marks of others meet a viewer that may
have skipped their frame, and are flagged for as long as they are looked at; that is not counted here.
"""

import time
from contextlib import ExitStack
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loadtest import pages
from loadtest.calls import SCRIPT, Pair, Settings
from loadtest.impair import impaired
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number, share
from loadtest.server import Ready, demo_server
from loadtest.swarm import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LINES: Final[dict[str, tuple[str, ...]]] = {
    "no loss": (),
    "5 % loss, 50 ms jitter": ("--loss", "5%", "--jitter", "50"),
}
SECONDS: Final = {"no loss": 130.0, "5 % loss, 50 ms jitter": 420.0}  # for 3,000 and 10,000 frames
DRAW_EVERY_MS: Final = 1_500
OFF_MS: Final = 100
GLASS_RUNS: Final = 6
GLASS_S: Final = 8.0
SETTLE_S: Final = 3.0
UNREADABLE_MS: Final = 10_000
PROBE: Final = Settings(codec="video/H264", bitrate=2_500_000)  # viewer/src/rtc/peer.ts
TARGET_P50_MS: Final = 5
TARGET_P95_MS: Final = 17
MOST_FLAGGED: Final = 0.001


class Seen(msgspec.Struct, frozen=True):
    """The frames that one line brought to the specialist's page."""

    line: str
    frames: int
    wrong: int
    flagged: int
    with_marks: int


class Ages(msgspec.Struct, frozen=True):
    """One run: how old each frame was, ms. `way`: our page with marks drawn, or page to page, bare."""

    way: str
    ages: list[float]


class Marks(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    seen: list[Seen]
    glass: list[Ages]


def measure(at: str, *, brief: bool) -> Marks:
    with demo_server(1) as ready, pages.chromium() as browser:
        seen = [_line(browser, ready, line, 8.0 if brief else SECONDS[line]) for line in LINES]
        glass = _glass(browser, ready, 1 if brief else GLASS_RUNS, 3.0 if brief else GLASS_S)
        return Marks(at, this_machine(), browser.version, seen, glass)


class Guided:
    """A call of our own pages, the probe on both stages, the specialist drawing."""

    def __init__(self, browser: "Browser", ready: Ready, stack: ExitStack, line: tuple[str, ...]) -> None:
        through = None
        if line:
            proxy = stack.enter_context(impaired(f"127.0.0.1:{ready.media_port}", *line))
            through = (ready.media_port, proxy.port)
        self.doctor = _person(browser, ready, stack, "village", None)
        self.specialist = _person(browser, ready, stack, "specialist", through)
        self.specialist.sees_text("on_call.on_title")
        self.doctor.press("lobby.call")
        self.specialist.press("incoming.answer")
        for one in (self.doctor, self.specialist):
            one.sees("call.hang_up")
            one.press("call.camera")
        self.probe(on=True)
        self.specialist.page.locator(".live-bar button[aria-pressed]").first.click()
        self.specialist.page.locator(".live-row .control").nth(1).click()
        self.specialist.ask("(every) => __draw(every)", DRAW_EVERY_MS)

    def probe(self, *, on: bool) -> None:
        self.doctor.press("call.probe")
        self.doctor.press("probe.start" if on else "probe.stop")
        if on:
            self.specialist.page.locator(".stage video[data-purpose=probe]").wait_for()
            time.sleep(SETTLE_S)

    def frames(self, seconds: float) -> list[dict[str, Any]]:
        return list(self.specialist.ask("(it) => __frames(it)", {"seconds": seconds}))


def _person(browser: "Browser", ready: Ready, stack: ExitStack, user: str, through: Any) -> pages.Doctor:
    made = pages.context(browser, through=through)
    stack.callback(made.close)
    for script in (SCRIPT, ROOT / "loadtest" / "marks.js"):
        made.add_init_script(script.read_text("utf-8"))
    person = pages.Doctor(made, ready.http)
    person.sign_in(user, f"demo-{user}")
    return person


def _line(browser: "Browser", ready: Ready, line: str, seconds: float) -> Seen:
    with ExitStack() as stack:
        call = Guided(browser, ready, stack, LINES[line])
        frames = call.frames(seconds)
        call.doctor.press("call.hang_up")
        keyed = [one for one in frames if one["rtp"] >= 0]
        return Seen(
            line=line,
            frames=len(frames),
            wrong=wrong(keyed) + len(frames) - len(keyed),
            flagged=sum(1 for one in frames if one["flagged"]),
            with_marks=sum(1 for one in frames if one["marks"]),
        )


def wrong(frames: list[dict[str, Any]]) -> int:
    """How many frames show another picture than their key says."""
    if not frames:
        return 0
    first = frames[0]["rtp"]
    placed = sorted((((one["rtp"] - first + (1 << 31)) % (1 << 32)) - (1 << 31), one["stamp"]) for one in frames)
    offsets = [stamp - ticks / 90 for ticks, stamp in placed]
    usual = median(offsets)
    late = {n for n, offset in enumerate(offsets) if abs(offset - usual) > OFF_MS}
    pairs = pairwise(placed)
    return len(late | {n for n, (one, other) in enumerate(pairs, 1) if one[0] != other[0] and one[1] >= other[1]})


def _glass(browser: "Browser", ready: Ready, runs: int, seconds: float) -> list[Ages]:
    with ExitStack() as stack:
        call = Guided(browser, ready, stack, ())
        pair = Pair(browser, ready)
        done: list[Ages] = []
        for _ in range(runs):
            done.append(Ages("marks", _readable([one["age"] for one in call.frames(seconds)])))
            call.probe(on=False)
            with pair.call("direct", PROBE):
                time.sleep(SETTLE_S)
                bare = pair.receiver.evaluate("(it) => bench.ages(it)", {"seconds": seconds})["ages"]
            done.append(Ages("direct", _readable(bare)))
            call.probe(on=True)
        return done


def _readable(ages: list[float]) -> list[float]:
    """Coding may spoil a block; such a stamp is years off, or from the future."""
    return [age for age in ages if 0 <= age < UNREADABLE_MS]


def tables(result: Marks) -> list[Table]:
    head: Row = ["line of the viewer", "presented frames", "with marks", "wrong", "flagged", "flagged, %"]
    rows: list[Row] = [head]
    for one in result.seen:
        part = number(one.flagged * 100 / one.frames if one.frames else None, digits=3)
        rows.append([one.line, str(one.frames), str(one.with_marks), str(one.wrong), str(one.flagged), part])
    says = (
        f"Marks on live video, on the frame they say; Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    glass: list[Row] = [["picture", "runs", "frames", "p50 ms", "p95 ms"]]
    for way, name in (("marks", "our pages, marks drawn"), ("direct", "page to page, bare")):
        runs = [one for one in result.glass if one.way == way]
        ages = _all(result, way)
        figures = [number(share(ages, part), digits=0) for part in (0.5, 0.95)]
        glass.append([name, str(len(runs)), str(len(ages)), *figures])
    about = (
        f"Glass to glass of the probe, 640×480 at 30 frames/s, H264, interleaved: {_beyond(result)}; targets "
        f"≤ +{TARGET_P50_MS} ms at p50 and ≤ +{TARGET_P95_MS} ms at p95."
    )
    return [Table(says, rows), Table(about, glass)]


def _all(result: Marks, way: str) -> list[float]:
    return [age for one in result.glass if one.way == way for age in one.ages]


def differences(result: Marks) -> tuple[float, float]:
    """How much later with marks by our pages, at p50 and p95, ms."""
    ours, bare = _all(result, "marks"), _all(result, "direct")
    p50, p95 = ((share(ours, part) or 0.0) - (share(bare, part) or 0.0) for part in (0.5, 0.95))
    return p50, p95


def _beyond(result: Marks) -> str:
    p50, p95 = differences(result)
    return f"{p50:+.0f} / {p95:+.0f} ms beyond page to page"


def missed(result: Marks) -> list[str]:
    """The targets that were not reached, in words."""
    said = [f"marks, {one.line}: {one.wrong} frames wrong" for one in result.seen if one.wrong]
    said += [
        f"marks, {one.line}: {one.flagged} of {one.frames} frames flagged"
        for one in result.seen
        if one.flagged > MOST_FLAGGED * one.frames
    ]
    p50, p95 = differences(result)
    if p50 > TARGET_P50_MS or p95 > TARGET_P95_MS:
        said.append(f"glass to glass with marks: {_beyond(result)}")
    return said
