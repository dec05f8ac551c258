"""Chromium at both ends of the real plane by WHIP and WHEP: every codec is decoded, RED arrives as RED, and an ICE
restart by PATCH moves a connection to another port while the picture goes on."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.system.person import until
from tests.system.server import Server

SCRIPT = (Path(__file__).parent / "streams.js").read_text("utf-8")
FRAMES = 30


class Streams:
    """A page with a publisher and a player in it."""

    def __init__(self, page: Page, server: Server) -> None:
        self._page = page
        self._ready = server.ready

    async def publish(self, video: list[str] | None = None, audio: list[str] | None = None) -> int:
        return await self._call("publish", self._ready["whip"], self._ready["tokens"]["publisher"], video, audio)

    async def watch(self, video: list[str] | None = None, audio: list[str] | None = None) -> int:
        return await self._call("watch", self._ready["whep"], self._ready["tokens"]["viewer"], video, audio)

    async def restart(self, connection: int) -> str:
        return str(await self._call("restart", connection))

    async def figures(self, connection: int) -> dict[str, Any]:
        figures: dict[str, Any] = await self._call("figures", connection)
        return figures

    async def seen(self, connection: int, more_than: int) -> dict[str, Any]:
        """The figures of a player once it has decoded more than so many frames."""
        figures: dict[str, Any] = {}

        async def enough() -> bool:
            figures.update(await self.figures(connection))
            return all(
                figures.get(kind, {}).get(count, 0) > more_than
                for kind, count in (("video", "frames"), ("audio", "packets"))
            )

        await until(f"more than {more_than} frames and sound", enough)
        return figures

    async def _call(self, name: str, *arguments: Any) -> Any:
        return await self._page.evaluate("([name, given]) => streams[name](...given)", [name, list(arguments)])


@pytest.fixture
async def streams(server: Server, browser: Browser) -> Streams:
    page = await browser.new_page()
    await page.goto(server.url)
    await page.evaluate(SCRIPT)
    return Streams(page, server)


@pytest.mark.parametrize("codec", ["video/vp9", "video/av1"])
async def test_every_codec_is_decoded(streams: Streams, codec: str) -> None:
    publisher = await streams.publish([codec])
    player = await streams.watch()
    figures = await streams.seen(player, FRAMES)
    assert figures["video"]["codec"] == codec
    assert (await streams.figures(publisher))["video"]["codec"] == codec


async def test_red_arrives_as_red_and_as_opus_where_it_is_not_taken(streams: Streams) -> None:
    await streams.publish(None, ["audio/red", "audio/opus"])
    takes, takes_not = await streams.watch(None, ["audio/red", "audio/opus"]), await streams.watch(None, ["audio/opus"])
    both = [await streams.seen(player, FRAMES) for player in (takes, takes_not)]
    # Chromium's statistics name what is inside RED. Its size tells: each packet repeats the one before.
    sizes = [figures["audio"]["bytes"] / figures["audio"]["packets"] for figures in both]
    assert sizes[0] > 1.5 * sizes[1] > 0, sizes


async def test_an_ice_restart_by_patch_goes_on_from_another_port(streams: Streams) -> None:
    publisher, player = await streams.publish(), await streams.watch()
    before = await streams.seen(player, FRAMES)
    ports = [(await streams.figures(connection))["port"] for connection in (publisher, player)]
    tags = [await streams.restart(connection) for connection in (publisher, player)]
    assert all(tag.startswith('"') for tag in tags)

    async def moved() -> bool:
        now = [(await streams.figures(connection))["port"] for connection in (publisher, player)]
        return all(new not in {0, old} for new, old in zip(now, ports, strict=True))

    await until("both on another port", moved)
    await streams.seen(player, (await streams.figures(player))["video"]["frames"] + FRAMES)
    assert before["video"]["frames"] > 0
