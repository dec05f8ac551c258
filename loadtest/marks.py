"""Marks on the live probe. On the right frame? Whoever holds the probe draws, the other looks: the marks come over the
wire by their frame keys. Every picture carries the time it was painted at; what the looking page's canvas shows is read
back beside the frame key and the marks that it claims. And how old is what it shows, beside the bare picture page to
page?

What is wrong and what is flagged: `loadtest/marked.py`.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loadtest import pages
from loadtest.calls import SCRIPT, Pair, Settings
from loadtest.impair import impaired
from loadtest.marked import Decoded, Drawn, Frame, Seen, judged
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number, share
from loadtest.server import Ready, demo_server
from loadtest.swarm import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CLEAN: Final = "no loss"
LOSSY: Final = "5 % loss, 50 ms jitter"
LINES: Final[dict[str, tuple[str, ...]]] = {CLEAN: (), LOSSY: ("--loss", "5%", "--jitter", "50")}
SECONDS: Final = {CLEAN: 112.0, LOSSY: 400.0}  # for 3,000 and 10,000 frames
LEAST: Final = {CLEAN: 3_000, LOSSY: 10_000}
DRAW_EVERY_MS: Final = 1_500
GLASS_RUNS: Final = 6
GLASS_S: Final = 8.0
SETTLE_S: Final = 3.0
KEYS_S: Final = 30
UNREADABLE_MS: Final = 10_000
PROBE: Final = Settings(codec="video/H264", bitrate=2_500_000)  # viewer/src/rtc/peer.ts
TARGET_P50_MS: Final = 5
TARGET_P95_MS: Final = 17
MOST_FLAGGED: Final = 0.001  # on a line that loses


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
    """The good line, and glass to glass."""
    return _measure(at, CLEAN, 8.0 if brief else SECONDS[CLEAN], (1, 3.0) if brief else (GLASS_RUNS, GLASS_S))


def measure_loss(at: str, *, brief: bool) -> Marks:
    """The bad line: as long as everything else together."""
    return _measure(at, LOSSY, 8.0 if brief else SECONDS[LOSSY], (0, 0.0))


def _measure(at: str, line: str, seconds: float, glass: tuple[int, float]) -> Marks:
    with demo_server(1) as ready, pages.chromium() as browser:
        seen = [_line(browser, ready, line, seconds)]
        ages = _glass(browser, ready, *glass) if glass[0] else []
        return Marks(at, this_machine(), browser.version, seen, ages)


class Guided:
    """A call of our own pages, the probe on both stages; the doctor who holds it draws, or `hand="specialist"`."""

    def __init__(
        self, browser: "Browser", ready: Ready, stack: ExitStack, line: tuple[str, ...], hand: str = "doctor"
    ) -> None:
        through = None
        if line:
            proxy = stack.enter_context(impaired(f"127.0.0.1:{ready.media_port}", *line))
            through = (ready.media_port, proxy.port)
        self.doctor = _person(browser, ready, stack, "village", None)
        self.specialist = _person(browser, ready, stack, "specialist", through)
        self.hand = self.doctor if hand == "doctor" else self.specialist
        self.specialist.sees_text("on_call.on_title")
        self.doctor.press("lobby.call")
        self.specialist.press("incoming.answer")
        for one in (self.doctor, self.specialist):
            one.sees("call.hang_up")
            one.press("call.camera")
        self.probe(on=True)

    def probe(self, *, on: bool) -> None:
        """The tools go with the picture, so each new one is drawn on anew."""
        self.doctor.press("call.probe")
        self.doctor.press("probe.start" if on else "probe.stop")
        if not on:
            return
        self.specialist.page.locator(".stage video[data-purpose=probe]").wait_for()
        self._take_the_arrow()
        self.hand.ask("(every) => __draw(every)", DRAW_EVERY_MS)
        self.specialist.page.locator(".live-canvas:not([hidden])").wait_for()
        time.sleep(SETTLE_S)

    def _take_the_arrow(self) -> None:
        """A page learns by and by which keys its own frames go out with; until then there is nothing to draw on."""
        page = self.hand.page
        mark, row = page.locator(".live-bar button[aria-pressed]").first, page.locator(".live-row")
        for _ in range(KEYS_S):
            mark.click()
            row.wait_for()
            if row.locator(".control").count():
                break
            mark.click()
            time.sleep(1)
        row.locator(".control").nth(1).click()

    def frames(self, seconds: float) -> list[Frame]:
        return msgspec.convert(self.specialist.ask("(it) => __frames(it)", {"seconds": seconds}), list[Frame])

    def decoded(self) -> list[Decoded]:
        """From the first call on: what the looking page's decoder gave since the last one."""
        return msgspec.convert(self.specialist.ask("() => __decoded()"), list[Decoded])

    def drawn(self) -> list[Drawn]:
        return msgspec.convert(self.hand.ask("() => __drawn"), list[Drawn])


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
        call.decoded()
        frames = call.frames(seconds)
        decoded, drawn = call.decoded(), call.drawn()
        call.doctor.press("call.hang_up")
        return judged(line, frames, drawn, decoded)


def _glass(browser: "Browser", ready: Ready, runs: int, seconds: float) -> list[Ages]:
    with ExitStack() as stack:
        call = Guided(browser, ready, stack, (), "specialist")
        pair = Pair(browser, ready)
        done: list[Ages] = []
        for _ in range(runs):
            done.append(Ages("marks", _readable([one.age for one in call.frames(seconds) if one.marks])))
            call.probe(on=False)
            with pair.call("direct", PROBE):
                time.sleep(SETTLE_S)
                bare = pair.receiver.evaluate("(it) => bench.ages(it)", {"seconds": seconds})["ages"]
            done.append(Ages("direct", _readable(bare)))
            call.probe(on=True)
        return done


def _readable(ages: Sequence[float | None]) -> list[float]:
    """Coding may spoil a block; such a stamp is years off, or from the future."""
    return [age for age in ages if age is not None and 0 <= age < UNREADABLE_MS]


def tables(result: Marks) -> list[Table]:
    return [_seen_table(result), *([_glass_table(result)] if result.glass else [])]


def _seen_table(result: Marks) -> Table:
    head: Row = [
        "line of the viewer",
        "presented frames (unreadable)",
        "came, and were left out",
        "wrong and unflagged (a mark astray)",
        "flagged",
        "flagged, %",
        "flagged by the rule before, %",
        "marks (flagged)",
        "their picture left out by the screen / never sent",
    ]
    rows: list[Row] = [head]
    for one in result.seen:
        percent = [
            number(part * 100 / one.frames if one.frames else None, digits=3) for part in (one.flagged, one.before)
        ]
        rows.append(
            [
                one.line,
                f"{one.frames} ({one.unreadable})",
                str(one.left_out),
                f"{one.wrong} ({one.astray})",
                str(one.flagged),
                *percent,
                f"{one.marks} ({one.marks_flagged})",
                f"{one.marks_skipped} / {one.marks_unsent}",
            ]
        )
    says = (
        f"Marks on live video, on the frame they say; Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    return Table(says, rows)


def _glass_table(result: Marks) -> Table:
    rows: list[Row] = [["picture", "runs", "frames", "p50 ms", "p95 ms", "p50 of each run"]]
    for way, name in (("marks", "our pages, marks drawn"), ("direct", "page to page, bare")):
        runs = [one for one in result.glass if one.way == way]
        ages = _all(result, way)
        figures = [number(share(ages, part), digits=0) for part in (0.5, 0.95)]
        each = " ".join(number(share(one.ages, 0.5), digits=0) for one in runs)
        rows.append([name, str(len(runs)), str(len(ages)), *figures, each])
    about = (
        f"Glass to glass of the probe, 640×480 at 30 frames/s, H264, interleaved: {_beyond(result)}; targets "
        f"≤ +{TARGET_P50_MS} ms at p50 and ≤ +{TARGET_P95_MS} ms at p95."
    )
    return Table(about, rows)


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
    said = [word for one in result.seen for word in _missed_frames(one)]
    if result.glass and not all(_all(result, way) for way in ("marks", "direct")):
        return [*said, "glass to glass with marks: nothing was seen"]
    p50, p95 = differences(result)
    if p50 > TARGET_P50_MS or p95 > TARGET_P95_MS:
        said.append(f"glass to glass with marks: {_beyond(result)}")
    return said


def _missed_frames(one: Seen) -> list[str]:
    said = []
    if one.frames < LEAST[one.line]:
        said.append(f"marks, {one.line}: {one.frames} frames, too few to say")
    if one.wrong:
        said.append(f"marks, {one.line}: {one.wrong} frames wrong: {'; '.join(one.odd)}")
    if LINES[one.line] and one.flagged > MOST_FLAGGED * one.frames:
        said.append(f"marks, {one.line}: {one.flagged} of {one.frames} frames flagged")
    return said
