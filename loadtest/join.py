"""How long from answering a call to the other's first picture, over a line of 100 ms? Our own pages in Chromium: the
specialist answers through the impairment proxy (WebSocket and media 50 ms each way), the village doctor
already sends."""

from statistics import median
from typing import Any, Final

import msgspec

from loadtest import pages
from loadtest.impair import impaired
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, middle, number, share
from loadtest.server import demo_server

JOINS: Final = 24
ONE_WAY_MS: Final = 50
# Until the other side sends steadily and the page knows its round trip.
BEFORE_ANSWER_MS: Final = 2_500
TARGET_P50_MS: Final = 450
TARGET_P95_MS: Final = 600
PEERS: Final = "LiveKit publishes 931 mean"

# What ends each part, what it consists of, and how many round trips there are in it.
PARTS: Final = (
    ("joined", "join message, answer", "1"),
    ("ice", "answer taken, ICE check", "1"),
    ("dtls", "DTLS flights", "1"),
    ("packet", "first packet after the keys", "0 (it comes with the last flight)"),
    ("keyframe", "first whole picture", "0 (from the cache, or asked for during the join)"),
    ("shown", "decoding, drawing", "–"),
)


class Join(msgspec.Struct, frozen=True):
    """Milliseconds since the page sent `join`; `click` is before it, so negative."""

    click: float
    joined: float
    ice: float
    dtls: float
    packet: float
    keyframe: float
    shown: float
    dtls_version: str
    dtls_role: str


class Joins(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    joins: list[Join]


def measure(at: str, *, brief: bool) -> Joins:
    with demo_server(1) as ready, pages.chromium() as browser:
        line = ("--delay", str(ONE_WAY_MS))
        http, media = ready.http.split("://")[1], ready.media_port
        with impaired(http, *line) as web, impaired(f"127.0.0.1:{media}", *line) as packets:
            far = pages.Doctor(pages.context(browser, through=(media, packets.port)), f"http://{web.address}")
            far.sign_in("specialist", "demo-specialist")
            far.sees_text("on_call.on_title")
            near = pages.Doctor(pages.context(browser), ready.http)
            near.sign_in("village", "demo-village")
            _one(near, far)  # loads decoders and everything else that is slow once
            joins = [_one(near, far) for _ in range(4 if brief else JOINS)]
        return Joins(at, this_machine(), browser.version, joins)


def _one(near: pages.Doctor, far: pages.Doctor) -> Join:
    near.press("lobby.call")
    far.sees("incoming.answer")
    far.page.wait_for_timeout(BEFORE_ANSWER_MS)
    far.ask("() => window.__forget()")
    # Playwright's own click would scroll, wait and count.
    button = far.button("incoming.answer")
    button.evaluate("(button) => { window.__mark('click'); button.click(); }")
    far.page.wait_for_function("() => window.__trace.first")
    trace = far.ask("() => ({ marks: window.__trace.marks, first: window.__trace.first })")
    transport = far.ask("async () => (await window.__stats()).find((one) => one.type === 'transport')")
    near.press("call.hang_up")
    for doctor in (near, far):
        doctor.press("after.back")
    return _parts(trace, transport)


def _parts(trace: dict[str, Any], transport: dict[str, Any]) -> Join:
    first_at: dict[str, float] = {}
    for what, at in trace["marks"]:
        first_at.setdefault(what, at)
    zero = first_at["sent join"]
    packets = [at for what, at in first_at.items() if what.startswith("first packet")]
    shown = trace["first"]["shown"]
    received = trace["first"]["received"] or shown
    # A browser tells the page of states a moment late; no part is shorter than nothing.
    steps = [first_at["received joined"], first_at["ice connected"], first_at["dtls connected"]]
    steps += [min([*packets, received]), received, shown]
    for index in range(len(steps) - 2, -1, -1):
        steps[index] = min(steps[index], steps[index + 1])
    joined, ice, dtls, packet, keyframe, at_last = (step - zero for step in steps)
    return Join(
        click=first_at["click"] - zero,
        joined=joined,
        ice=ice,
        dtls=dtls,
        packet=packet,
        keyframe=keyframe,
        shown=at_last,
        dtls_version=transport.get("tlsVersion", ""),
        dtls_role=transport.get("dtlsRole", ""),
    )


def tables(result: Joins) -> list[Table]:
    joins = result.joins
    shown = [one.shown for one in joins]
    clicked = [one.shown - one.click for one in joins]
    head: Row = ["figure", "p50", "p95", "worst", "target", "others"]
    total = [*_spread(shown), f"≤ {TARGET_P50_MS} / {TARGET_P95_MS} ms (p50 / p95)", PEERS]
    rows: list[Row] = [head, ["join → first decoded frame shown", *total]]
    rows.append(["press on Answer → the same (one more round trip: who answers first)", *_spread(clicked), "–", "–"])
    says = (
        f"Join to first frame at {2 * ONE_WAY_MS} ms round trip, {len(joins)} joins, Chromium {result.browser}, "
        f"{result.machine.title}, {result.at}; milliseconds."
    )
    return [Table(says, rows), Table("Where the time of a join went, and the round trips in it.", _where(joins))]


def _spread(figures: list[float]) -> list[str]:
    return [middle(figures), number(share(figures, 0.95), digits=0), number(max(figures), digits=0)]


def _where(joins: list[Join]) -> list[Row]:
    rows: list[Row] = [["part", "round trips", "p50 ms", "p95 ms"]]
    before = [0.0] * len(joins)
    for field, words, trips in PARTS:
        ends = [float(getattr(one, field)) for one in joins]
        took = [end - begin for end, begin in zip(ends, before, strict=True)]
        rows.append([words, trips, middle(took), number(share(took, 0.95), digits=0)])
        before = ends
    roles = {f"{one.dtls_version} as {one.dtls_role}" for one in joins}
    rows.append([f"DTLS in the browser: {', '.join(sorted(roles))}", "–", "–", "–"])
    return rows


def missed(result: Joins) -> list[str]:
    """The targets that were not reached, in words."""
    shown = [one.shown for one in result.joins]
    figures = (("p50", median(shown), TARGET_P50_MS), ("p95", share(shown, 0.95) or 0.0, TARGET_P95_MS))
    return [f"join {name}: {value:.0f} ms > {target} ms" for name, value, target in figures if value > target]
