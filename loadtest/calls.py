"""The same media from one bench page to another, by our server or straight: what the loss and glass-to-glass scenarios
compare. The receiver's line may lead through the impairment proxy: the same proxy, in the same place, both ways."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from loadtest.impair import Impaired, impaired
from loadtest.server import Ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Way = Literal["server", "direct"]
WAYS: Final[tuple[Way, Way]] = ("server", "direct")
SCRIPT: Final = Path(__file__).with_name("media.js")


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sending page asks of the browser; the defaults are the browser's own."""

    codec: str = ""
    bitrate: int = 0


class Pair:
    """A page that sends and one that shows."""

    def __init__(self, browser: "Browser", ready: Ready) -> None:
        self._ready = ready
        self.sender, self.receiver = _page(browser, ready), _page(browser, ready)

    @contextmanager
    def call(self, way: Way, settings: Settings, line: tuple[str, ...] = ()) -> Iterator[Impaired | None]:
        """Connected and playing. `line`: the proxy's options; none: without a proxy."""
        wanted = msgspec.to_builtins(settings)
        with ExitStack() as stack:
            proxy = self._server(wanted, line, stack) if way == "server" else self._direct(wanted, line, stack)
            self.receiver.evaluate("() => bench.playing()")
            yield proxy
            for page in (self.receiver, self.sender):
                page.evaluate("() => bench.leave()")

    def _server(self, settings: dict[str, Any], line: tuple[str, ...], stack: ExitStack) -> Impaired | None:
        ready, media = self._ready, self._ready.media_port
        proxy = stack.enter_context(impaired(f"127.0.0.1:{media}", *line)) if line else None
        publish = {"url": ready.whip, "token": ready.tokens["publisher"], "settings": settings}
        self.sender.evaluate("(it) => bench.publish(it)", publish)
        watch: dict[str, Any] = {"url": ready.whep, "token": ready.tokens["viewer"], "settings": settings}
        if proxy is not None:
            watch["through"] = [media, proxy.port]
        self.receiver.evaluate("(it) => bench.watch(it)", watch)
        return proxy

    def _direct(self, settings: dict[str, Any], line: tuple[str, ...], stack: ExitStack) -> Impaired | None:
        offer = self.sender.evaluate("(it) => bench.offer(it)", {"settings": settings})
        at = [offer["host"], offer["port"]]
        proxy = None
        if line:
            proxy = stack.enter_context(impaired(f"{at[0]}:{at[1]}", *line))
            at = ["127.0.0.1", proxy.port]
        it = {"sdp": offer["sdp"], "at": at, "settings": settings}
        answer = self.receiver.evaluate("(it) => bench.answer(it)", it)
        self.sender.evaluate("(it) => bench.accept(it)", {"sdp": answer})
        return proxy


def _page(browser: "Browser", ready: Ready) -> "Page":
    made = browser.new_context(bypass_csp=True)
    made.add_init_script(SCRIPT.read_text("utf-8"))
    page = made.new_page()
    page.goto(f"{ready.http}/healthz")
    return page
