"""What the fast lane costs: a room of eight in which every pointer moves at 30 Hz. CPU of the server's threads from
/proc at the edges of the windows, with pointers and without by turns: what the thread of Python spends more
with them is what they cost it, and that is to be nothing."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec

from loadtest import pages
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, number, share
from loadtest.server import Ready, ServerError, demo_server
from loadtest.wire import Visitor
from signalling import messages as wire

if TYPE_CHECKING:
    from playwright.async_api import Page

PEOPLE: Final = 8
HERTZ: Final = 30
WINDOWS: Final = 3
SECONDS: Final = 20.0
SETTLE_S: Final = 3.0
TARGET_PERCENT: Final = 5.0
# Of a core, beyond what the same thread takes while nothing moves: a tenth of what one wake-up of Python for every
# message would be (240 come in a second; 20 µs each are 0.5 %).
TARGET_PYTHON_PERCENT: Final = 0.05
PASSWORD: Final = "pointers-pointers"  # noqa: S105  # of accounts that live as long as the measurement
_SCRIPT: Final = Path(__file__).with_name("pointers.js")


class Window(msgspec.Struct, frozen=True):
    """CPU in percent of a core, of the whole process and of the thread that runs Python."""

    moving: bool
    seconds: float
    process: float
    python: float
    sent: int
    got: int
    ages: list[float]


class Fast(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    windows: list[Window]

    def cpu(self, which: str, *, moving: bool) -> float:
        figures: list[float] = [getattr(window, which) for window in self.windows if window.moving is moving]
        return median(figures)


def measure(at: str, *, brief: bool) -> Fast:
    with demo_server(1) as ready:
        return asyncio.run(_measure(at, ready, 1 if brief else WINDOWS, 5.0 if brief else SECONDS))


async def _measure(at: str, ready: Ready, windows: int, seconds: float) -> Fast:
    async with AsyncExitStack() as stack:
        page, version = await _page(stack, ready)
        await _gather(stack, ready, page)
        await asyncio.sleep(SETTLE_S)
        turns = (False, True) * windows
        done = [await _window(ready.pid, page, seconds, moving=moving) for moving in turns]
        return Fast(at, this_machine(), version, done)


async def _page(stack: AsyncExitStack, ready: Ready) -> tuple["Page", str]:
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - optional: only scenarios need it
    except ImportError as error:
        raise ServerError("Playwright is not installed: no scenario with Chromium can run") from error
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(executable_path=pages.CHROMIUM, args=pages.FLAGS.split())
    stack.push_async_callback(browser.close)
    page = await browser.new_page(bypass_csp=True)
    await page.add_init_script(_SCRIPT.read_text("utf-8"))
    await page.goto(f"{ready.http}/healthz")
    return page, browser.version


# ---- who is there -----------------------------------------------------------------------------------------------


async def _gather(stack: AsyncExitStack, ready: Ready, page: "Page") -> None:
    """A village doctor calls, a specialist answers, six more are asked in, one after the other."""
    await _add_accounts(ready, PEOPLE - 2)
    village = await _arrive(stack, ready, "village", "demo-village")
    specialist = await _arrive(stack, ready, "specialist", "demo-specialist")
    calling = await village.call(f"fast-{time.monotonic_ns()}")
    await _join(village, calling.token, page, 0)
    ringing = await specialist.hear_ring()
    await _join(specialist, (await specialist.answer(ringing)).token, page, 1)
    for index in range(2, PEOPLE):
        guest = await _arrive(stack, ready, f"pointer{index}", PASSWORD)
        await village.invite(await guest.on_call())
        ticket = await guest.answer(await guest.hear_ring())
        await _join(guest, ticket.token, page, index)


async def _arrive(stack: AsyncExitStack, ready: Ready, user: str, password: str) -> Visitor:
    http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
    visitor = await Visitor.arrive(http, ready.http, user, password)
    stack.push_async_callback(visitor.close)
    return visitor


async def _join(visitor: Visitor, token: str, page: "Page", index: int) -> None:
    offered = await page.evaluate("() => pointers.offer()")
    joined = await visitor.join(token, wire.Media(offer=offered, sends=[], slots=[]))
    await page.evaluate("(it) => pointers.accept(it)", {"index": index, "sdp": joined.answer})


async def _add_accounts(ready: Ready, count: int) -> None:
    async with aiohttp.ClientSession(ready.http, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        session = await _post(http, "/api/session", {"user": "admin", "password": "demo-admin"})
        http.headers["X-CSRF-Token"] = session["csrf"]
        house = session["account"]["institution"]
        for index in range(2, 2 + count):
            form = {"user": f"pointer{index}", "name": f"Pointer {index}", "role": "specialist", "institution": house}
            await _post(http, "/api/admin/accounts", form | {"password": PASSWORD})


async def _post(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> Any:
    async with http.post(path, json=body) as reply:
        reply.raise_for_status()
        return await reply.json()


# ---- what is measured -------------------------------------------------------------------------------------------


async def _window(pid: int, page: "Page", seconds: float, *, moving: bool) -> Window:
    if moving:
        await page.evaluate("(it) => pointers.move(it)", {"hz": HERTZ})
        await asyncio.sleep(1)
    before = await page.evaluate("() => pointers.take()")
    begun, cpu = time.monotonic(), _cpu(pid)
    await asyncio.sleep(seconds)
    after, took = _cpu(pid), time.monotonic() - begun
    heard = await page.evaluate("() => pointers.take()")
    await page.evaluate("() => pointers.stop()")
    process, python = ((late - early) / took * 100 for early, late in zip(cpu, after, strict=True))
    return Window(moving, took, process, python, heard["sent"] - before["sent"], heard["got"], heard["ages"])


def _cpu(pid: int) -> tuple[float, float]:
    """Seconds of CPU, of the process and of its first thread, which runs Python."""
    threads = {int(task.name): _spent(task) for task in Path(f"/proc/{pid}/task").iterdir()}
    return sum(threads.values()), threads[pid]


def _spent(task: Path) -> float:
    """Time on a processor: the first figure of schedstat (proc(5): nanoseconds; `stat` counts hundredths)."""
    try:
        return int((task / "schedstat").read_text("ascii").split()[0]) / 1e9
    except OSError:
        return 0.0  # the thread has ended


# ---- what is shown ----------------------------------------------------------------------------------------------


def tables(result: Fast) -> list[Table]:
    rows: list[Row] = [["figure", "nothing moves", "all pointers move", "target"]]
    for which, words, target in (
        ("process", "CPU of the server process, % of a core", f"≤ {TARGET_PERCENT:g}"),
        ("python", "of which the thread that runs Python", f"≤ {TARGET_PYTHON_PERCENT:g} more"),
    ):
        figures = [number(result.cpu(which, moving=moving)) for moving in (False, True)]
        rows.append([words, *figures, target])
    sent, got, ages = _heard(result)
    rows.append(["messages sent and handed on in a second", "–", f"{sent:.0f} and {got:.0f}", "–"])
    delay = " / ".join(number(share(ages, part), digits=1) for part in (0.5, 0.95, 0.99))
    rows.append(["sent → heard in the other page, p50 / p95 / p99 ms", "–", delay, "–"])
    says = (
        f"A room of {PEOPLE}, every pointer at {HERTZ} Hz, {len(result.windows) // 2} windows of each kind by turns, "
        f"medians; Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    return [Table(says, rows)]


def _heard(result: Fast) -> tuple[float, float, list[float]]:
    moving = [window for window in result.windows if window.moving]
    sent, got = (median(getattr(one, which) / one.seconds for one in moving) for which in ("sent", "got"))
    return sent, got, [age for one in moving for age in one.ages]


def missed(result: Fast) -> list[str]:
    """The targets that were not reached, in words."""
    process = result.cpu("process", moving=True)
    python = result.cpu("python", moving=True) - result.cpu("python", moving=False)
    faults = []
    if process > TARGET_PERCENT:
        faults.append(f"fast: {process:.1f} % of a core > {TARGET_PERCENT:g} %")
    if python > TARGET_PYTHON_PERCENT:
        faults.append(f"fast: the thread of Python takes {python:.2f} % more > {TARGET_PYTHON_PERCENT:g} %")
    if not _heard(result)[1]:
        faults.append("fast: nothing was handed on")
    return faults
