"""Fixtures of the system tests: the real server, real Chromiums, people at their pages."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCPeerConnection
from playwright.async_api import Browser, async_playwright, expect

from tests.system.conformance import check_conformance
from tests.system.person import PATIENCE_S, Colour, Person
from tests.system.server import Server
from tests.system.view_server import build_page

RED: Colour = (200, 40, 40)
BLUE: Colour = (40, 60, 200)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--enable-unsafe-swiftshader",
]
Arrive = Callable[..., Awaitable[Person]]
MakeServer = Callable[..., Server]
expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a system test."""
    for item in items:
        if "tests/system" in str(item.path):
            item.add_marker(pytest.mark.system)


def chromium() -> str:
    """The system's Chromium; `make system-packages` installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("Chromium is missing: run `make system-packages`")
    return found


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A demo server without the bot."""
    running = Server(tmp_path, options=("--no-bot",))
    await running.start()
    yield running
    running.stop()


@pytest.fixture
def make_server() -> Iterator[Callable[..., Server]]:
    """Servers that a test starts and stops by itself; what still runs at its end is killed. What a killed one left is
    looked at as what a stopped one did."""
    made: list[Server] = []

    def make(*arguments: Any, **options: Any) -> Server:
        made.append(Server(*arguments, **options))
        return made[-1]

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.kill()
            check_conformance(server.data / "data")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the viewer's own modules (view_server.py), built once."""
    out = tmp_path_factory.mktemp("view")
    build_page(out)
    return out


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as running:
        yield running


@pytest.fixture
async def arrive(browser: Browser) -> Arrive:
    """`await arrive(url, colour, tone)`: a person with a browser context of their own, in English."""

    async def new(url: str, colour: Colour, tone: int, locale: str = "en-US") -> Person:
        context = await browser.new_context(locale=locale, viewport={"width": 1366, "height": 768})
        return await Person.arrive(context, url, colour, tone)

    return new


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def peers() -> AsyncIterator[list[RTCPeerConnection]]:
    """Peer connections that are closed at the end."""
    opened: list[RTCPeerConnection] = []
    yield opened
    await asyncio.gather(*(peer.close() for peer in opened))
