"""How soon is there something to see on a weak line? A specialist behind 1 Mbit/s and 100 ms there and back looks at
what the village doctor opens; beside it the same study fetched whole, as files, over such a line of its own.

The specialist's page is in the call: everything it sends and hears (page, WebSocket, pictures, sound and video) crosses
one line. Its clock starts when it hears which picture is opened. `preview`: the server's picture is on the canvas and
the page says that it is one. `exact`: drawn by its own values. `next`: the series is known and the picture beside it is
there, so that it can be scrolled; `near`: five of them. `whole`: all that the page keeps (400).
"""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loadtest import pages
from loadtest.impair import impaired
from loadtest.opened_studies import FRAMES, HEIGHT, SLICES, WIDTH, Made, a_cine, a_ct
from loadtest.results import Machine, this_machine
from loadtest.sections import NONE, Row, Table, middle, number
from loadtest.server import Ready, ServerError, demo_server
from loadtest.swarm import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

ONE_WAY_MS: Final = 50
RATE: Final = "1M"
LINE: Final = ("--delay", str(ONE_WAY_MS), "--rate", RATE)
CT: Final = f"CT, {SLICES} slices of 512², 16 bits"
CINE: Final = f"colour ultrasound, {FRAMES} frames of {WIDTH}×{HEIGHT}"
COLD: Final = "the first that this page opens"
SOUND: Final = "a call with cameras off"
VIDEO: Final = "a call with cameras on"
ROUNDS: Final = 3
NEAR: Final = 5
SETTLED_MS: Final = 2_500  # the list and its thumbnails are through
PATIENCE_MS: Final = 150_000
TARGET_S: Final = 1.5
# The page's own words; without them a preview is no first picture.
PREVIEW: Final = json.loads((ROOT / "viewer/src/locales/viewport/en.json").read_text("utf-8")).get(
    "preview", "Shown in 8 bits, made by the server"
)
_SCRIPT: Final = Path(__file__).with_name("first_picture.js")


class Sight(msgspec.Struct, frozen=True):
    """Seconds since the page heard of it. None: not waited for."""

    what: str
    during: str
    exact: float
    preview: float | None = None  # the exact one came first
    next: float | None = None
    near: float | None = None
    whole: float | None = None

    @property
    def first(self) -> float:
        """Until something of it was seen."""
        return self.exact if self.preview is None else min(self.preview, self.exact)


class Fetched(msgspec.Struct, frozen=True):
    what: str
    bytes: int
    seconds: float


class FirstPictures(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    sights: list[Sight]
    fetched: list[Fetched]


def measure(at: str, *, brief: bool) -> FirstPictures:
    """Until there is one to scroll to."""
    rounds = 1 if brief else ROUNDS
    return _measure(at, lambda opening: opening.rounds(rounds))


def measure_whole(at: str, *, brief: bool) -> FirstPictures:
    """Until all of it is there, on the page and as files at once, each over a line of its own. Four minutes."""
    return _measure(at, lambda opening: opening.whole((CINE,) if brief else (CT, CINE)))


def _measure(at: str, open_: "Callable[[_Opening], Iterator[Sight]]") -> FirstPictures:
    with demo_server(1) as ready, TemporaryDirectory(prefix="sefaw-first-") as name, pages.chromium() as browser:
        other = browser.browser_type.launch(executable_path=pages.CHROMIUM, args=pages.FLAGS.split())
        media = f"127.0.0.1:{ready.media_port}"
        with impaired(ready.http.split("://")[1], *LINE, "--also", media) as line:
            near = pages.Doctor(pages.context(browser), ready.http)
            far = pages.Doctor(_context(other, (ready.media_port, line.also_port)), f"http://{line.address}")
            with _Opening(ready, near, far, Path(name)) as opening:
                opening.call()
                sights = list(open_(opening))
                fetched = opening.fetched()
        version = browser.version
        other.close()
    return FirstPictures(at, this_machine(), version, sights, fetched)


def _context(browser: Any, through: tuple[int, int]) -> "BrowserContext":
    made = pages.context(browser, through=through)
    made.set_default_timeout(PATIENCE_MS)
    made.add_init_script(_SCRIPT.read_text("utf-8"))
    return made


class _Opening:
    """The call in which the near doctor opens one study after the other."""

    def __init__(self, ready: Ready, near: pages.Doctor, far: pages.Doctor, folder: Path) -> None:
        self._ready, self._near, self._far, self._folder = ready, near, far, folder
        self._count = 0
        self._threads = ThreadPoolExecutor(2)
        self._fetching: list[Future[Fetched]] = []

    def __enter__(self) -> "_Opening":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    def call(self) -> None:
        self._far.sign_in("specialist", "demo-specialist")
        self._far.sees_text("on_call.on_title")
        self._near.sign_in("village", "demo-village")
        self._near.press("lobby.call")
        self._far.press("incoming.answer")
        self._near.page.get_by_role("tab", name="Pictures").click()

    def rounds(self, count: int) -> Iterator[Sight]:
        yield self._one(CT, COLD, "exact")
        for during in (VIDEO, SOUND):
            if during == SOUND:
                self._cameras_off()
            for _ in range(count):
                for what in (CT, CINE):
                    yield self._one(what, during, "next")

    def whole(self, kinds: Sequence[str]) -> Iterator[Sight]:
        self._one(CT, COLD, "exact")
        self._cameras_off()
        made = {what: self._make(what) for what in kinds}
        for one in made.values():
            self._bring(one)
        self._fetching = [
            self._threads.submit(_whole, self._ready, self._path(one), self._cookies(), what)
            for what, one in made.items()
        ]
        for what, one in made.items():
            yield self._open(what, SOUND, one, "whole")

    def _cameras_off(self) -> None:
        for one in (self._near, self._far):
            one.page.get_by_role("button", name="Camera", exact=True).click()

    def fetched(self) -> list[Fetched]:
        return [one.result() for one in self._fetching]

    def _one(self, what: str, during: str, until: str) -> Sight:
        made = self._make(what)
        self._bring(made)
        return self._open(what, during, made, until)

    def _make(self, what: str) -> Made:
        self._count += 1
        return (a_ct if what == CT else a_cine)(self._folder, f"Study{self._count}")

    def _open(self, what: str, during: str, made: Made, until: str) -> Sight:
        self._far.ask("() => window.__forget_first()")
        self._near.page.get_by_role("button", name=_beginning(made.button)).click()
        return self._sight(what, during, made, until)

    def _bring(self, made: Made) -> None:
        """By the near doctor, over the good line; the far page has heard of it and shows its thumbnail."""
        page = self._near.page
        page.locator("input[data-bring=files]").set_input_files(made.files)
        whole = re.compile(f"^{re.escape(made.button)}\\b.*\\b{len(made.files)} picture")
        page.get_by_role("button", name=whole).wait_for(timeout=PATIENCE_MS)
        self._far.page.wait_for_timeout(SETTLED_MS)

    def _sight(self, what: str, during: str, made: Made, until: str) -> Sight:
        began = monotonic()
        while monotonic() - began < PATIENCE_MS / 1000:
            self._far.page.wait_for_timeout(200)
            seen = times(self._far.ask("() => window.__first"), made.series)
            if until in seen:
                return Sight(what, during, **seen)
        raise ServerError(f"{what}, {during}: {until} never came, only {sorted(seen)}")

    def _path(self, made: Made) -> str:
        (live, *_) = self._near.ask("async () => (await fetch('/api/consultations')).json()")
        return f"/api/consultations/{live['consultation']}/dicom-web/studies/{made.study}"

    def _cookies(self) -> str:
        kept = self._near.page.context.cookies(self._ready.http)
        return "; ".join(f"{one['name']}={one['value']}" for one in kept if "name" in one and "value" in one)


def _beginning(words: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(words)}\\b")


def times(first: dict[str, Any], series: str) -> dict[str, float]:
    """Seconds since the page heard that this series is opened, of what has come so far."""
    opened = min((at for at, one in first["opened"] if one == series), default=None)
    if opened is None:
        return {}
    drawn = {how: at for at, one, how in reversed(first["drawn"]) if one == series}
    told = [one for one in first["told"] if one[0] >= opened]
    found = {"exact": drawn.get("exact")}
    if "preview" in drawn:
        said = [at for at, _, plain, *_, words in told if plain and PREVIEW in words]
        found["preview"] = max(drawn["preview"], min(said)) if said else None
    for name, least in (("next", 1), ("near", NEAR), ("whole", None)):
        found[name] = _come(told, drawn.get("exact"), least)
    return {name: (at - opened) / 1000 for name, at in found.items() if at is not None}


def _come(told: Sequence[Any], exact: float | None, least: int | None) -> float | None:
    """When so many beside the shown one had come (None: all), by the page's own count."""
    for at, _, plain, behind, count, _ in told:
        if exact is not None and at >= exact and not plain and count:
            kept = count - 1
            if behind <= (0 if least is None else max(0, kept - least)):
                return float(at)
    return None


def _whole(ready: Ready, path: str, cookies: str, what: str) -> Fetched:
    """One multipart answer with all files (PS3.18 10.4), by plain HTTP, over a line of its own."""
    with impaired(ready.http.split("://")[1], *LINE) as line:
        headers = {"Accept": 'multipart/related; type="application/dicom"', "Cookie": cookies}
        asked = urllib.request.Request(f"http://{line.address}{path}", headers=headers)
        began, got = monotonic(), 0
        with urllib.request.urlopen(asked, timeout=PATIENCE_MS / 1000) as answer:  # noqa: S310 - our own server
            while piece := answer.read(65_536):
                got += len(piece)
        return Fetched(what, got, monotonic() - began)


# ---- what is said of it ---------------------------------------------------------------------------------------------

PARTS: Final = ("preview", "exact", "next", "near", "whole")


def tables(result: FirstPictures) -> list[Table]:
    head: Row = [
        "opened", "during", "times", "preview s", "exact s", "one to scroll to s", f"{NEAR} to scroll to s",
        "whole series s", "the same study fetched whole s",
    ]  # fmt: skip
    rows = [head]
    for what, during in dict.fromkeys((one.what, one.during) for one in result.sights):
        of = [one for one in result.sights if (one.what, one.during) == (what, during)]
        figures = [_spread([value for one in of if (value := getattr(one, part)) is not None]) for part in PARTS]
        rows.append([what, during, str(len(of)), *figures, _fetched(result, what) if figures[-1] != NONE else NONE])
    says = (
        f"From the news that it is opened to the picture, behind {RATE}bit/s and {2 * ONE_WAY_MS} ms there and back, "
        f"medians (worst); target: first picture of the CT ≤ {TARGET_S} s; "
        f"Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    return [Table(says, rows)]


def _spread(figures: Sequence[float]) -> str:
    if len(figures) < 2:
        return middle(figures, digits=2)
    return f"{middle(figures, digits=2)} ({number(max(figures))})"


def _fetched(result: FirstPictures, what: str) -> str:
    return ", ".join(f"{one.seconds:.1f} ({one.bytes / 1e6:.1f} MB)" for one in result.fetched if one.what == what)


def missed(result: FirstPictures) -> list[str]:
    """The targets that were not reached, in words. A page that loads its viewer first is none of them."""
    seen = [one.first for one in result.sights if one.what == CT and one.during != COLD]
    slow = [first for first in seen if first > TARGET_S]
    return (
        [f"first picture: {len(slow)} of the CT's later than {TARGET_S} s, the last {max(slow):.2f} s"] if slow else []
    )
