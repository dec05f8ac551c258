"""Coming and going: thousands of joins, a hundred consultations opened and closed, and nothing may be left behind.
Counted at the server's /metrics before and after, and judged: the exit code says whether something grew."""

import asyncio
import re
import time
from typing import Final
from urllib.parse import urljoin

import aiohttp
import msgspec

from loadtest import swarm
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table
from loadtest.server import Ready, demo_server
from loadtest.wire import Visitor, offer

JOINS: Final = 2_000
CONSULTATIONS: Final = 100
# What a server keeps for good after its first busy minute: caches, pools, code. Not counted.
WARMUP_JOINS: Final = 300
# The lobby keeps the last sixty of a person.
WARMUP_CONSULTATIONS: Final = 65
# Statistics come once a second; whoever was signed in is kept fifteen seconds for a reload.
SETTLE_S: Final = 17.0
# malloc keeps what it once had: this much is no leak. A leak of one kilobyte a join would be 2,000 kB more.
RSS_SLACK: Final = 6 << 20
# Accounts, sessions, sliding windows: a few objects more or less are no leak, one for each join is.
OBJECTS_SLACK: Final = 20
# Meant to be kept, up to a thousand: whose consultation it was, so that a late answer is told the truth.
KEPT_PER_CONSULTATION: Final = frozenset({"sefaw_rtc.access.subject.Resource"})

_EXACT: Final = (
    "process_open_fds",
    "sefaw_tasks",
    "sefaw_consultations",
    "sefaw_connections",
    "sefaw_participants",
    "sefaw_media_rooms",
    "sefaw_media_peers",
    "sefaw_media_tracks",
)
RSS: Final = "process_resident_memory_bytes"
OBJECTS: Final = "sefaw_objects"
LOG: Final = "signalling.events."
_LINE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? ([0-9.e+-]+)$")


class Counts(msgspec.Struct, frozen=True):
    """What lives in the server, by metric; objects by class."""

    figures: dict[str, float]
    objects: dict[str, int]


class Churn(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    joins: int
    connected_joins: int
    consultations: int
    before: Counts
    joined: Counts
    after: Counts


def measure(at: str, *, brief: bool, connected: bool = True) -> Churn:
    """`connected`: half of the joins by the swarm, with ICE, DTLS and media; else all by offers alone."""
    joins, consultations = (200, 10) if brief else (JOINS, CONSULTATIONS)
    with demo_server(1) as ready:
        real = joins // 2 if connected else 0
        asyncio.run(_join(ready, WARMUP_JOINS))
        _swarm(ready, WARMUP_JOINS if real else 0)
        asyncio.run(_open_and_close(ready, WARMUP_CONSULTATIONS))
        before = asyncio.run(_count(ready))
        asyncio.run(_join(ready, joins - real))
        _swarm(ready, real)
        joined = asyncio.run(_count(ready, settle_s=1.5))
        asyncio.run(_open_and_close(ready, consultations))
        after = asyncio.run(_count(ready))
    return Churn(at, this_machine(), joins, real, consultations, before, joined, after)


def _swarm(ready: Ready, joins: int) -> None:
    """Joins that connect, see a first packet and leave."""
    if not joins:
        return
    shape = swarm.Shape(kind="joins", joins=joins, gap_ms=1)
    report = swarm.run(swarm.binary(None), swarm.Scenario(ready.consultations, shape, 0.5, 0.5, ready.pid))
    if report.failures:
        raise swarm.SwarmError(f"joins failed: {report.failures[:3]}")


async def _join(ready: Ready, joins: int) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(joins):
            await _watch(http, ready)


async def _open_and_close(ready: Ready, consultations: int) -> None:
    jars = [aiohttp.CookieJar(unsafe=True) for _ in range(2)]
    async with aiohttp.ClientSession(cookie_jar=jars[0]) as one, aiohttp.ClientSession(cookie_jar=jars[1]) as other:
        village = await Visitor.arrive(one, ready.http, "village", "demo-village")
        specialist = await Visitor.arrive(other, ready.http, "specialist", "demo-specialist")
        for number in range(consultations):
            await _consult(village, specialist, f"{time.monotonic_ns()}-{number}")
        await village.close()
        await specialist.close()


async def _watch(http: aiohttp.ClientSession, ready: Ready) -> None:
    """One viewer comes by WHEP and goes."""
    headers = {"Authorization": f"Bearer {ready.tokens['viewer']}"}
    sdp = {**headers, "Content-Type": "application/sdp"}
    async with http.post(ready.whep, data=offer("recvonly"), headers=sdp) as reply:
        reply.raise_for_status()
        resource = urljoin(ready.whep, reply.headers["Location"])
    async with http.delete(resource, headers=headers) as reply:
        reply.raise_for_status()


async def _consult(village: Visitor, specialist: Visitor, key: str) -> None:
    calling = await village.call(key)
    await village.join(calling.token)
    ticket = await specialist.answer(await specialist.hear_ring())
    await specialist.join(ticket.token)
    await village.hang_up()
    await asyncio.gather(village.hear_end(), specialist.hear_end())


async def _count(ready: Ready, settle_s: float = SETTLE_S) -> Counts:
    await asyncio.sleep(settle_s)
    async with aiohttp.ClientSession() as http, http.get(f"{ready.http}/metrics?objects") as reply:
        reply.raise_for_status()
        return parse(await reply.text())


def parse(exposition: str) -> Counts:
    """Sums over labels; objects by their class."""
    figures: dict[str, float] = {}
    objects: dict[str, int] = {}
    for line in exposition.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, labels, value = found[1], found[2] or "", float(found[3])
        if name == OBJECTS:
            objects[labels.removeprefix('type="').removesuffix('"')] = int(value)
        elif name in {*_EXACT, RSS}:
            figures[name] = figures.get(name, 0.0) + value
    return Counts(figures, objects)


def missed(result: Churn) -> list[str]:
    """What grew, in words."""
    figures = (result.before.figures, result.after.figures)
    grown = [
        f"{name}: {figures[0][name]:.0f} → {figures[1][name]:.0f}"
        for name in _EXACT
        if figures[1][name] > figures[0][name]
    ]
    more = figures[1][RSS] - figures[0][RSS]
    if more > RSS_SLACK:
        grown.append(f"memory: {more / 2**20:.1f} MiB more")
    # Viewers come and go in a consultation that lives on, and its log is kept while it lives.
    grown += _more(result.before, result.joined, but=LOG)
    grown += _more(result.before, result.after, but=LOG, also=result.consultations)
    grown += _more(result.joined, result.after, also=result.consultations)
    return [f"churn: {one}" for one in grown]


def _more(before: Counts, after: Counts, but: str = "nothing", also: int = 0) -> list[str]:
    """Which classes have more objects; `also` so many of those that are meant to be kept."""
    more = {kind: count - before.objects.get(kind, 0) for kind, count in sorted(after.objects.items())}
    return [
        f"{kind}: {count} more"
        for kind, count in more.items()
        if count > OBJECTS_SLACK + also * (kind in KEPT_PER_CONSULTATION) and not kind.startswith(but)
    ]


def tables(result: Churn) -> list[Table]:
    counts = (result.before, result.joined, result.after)
    rows: list[Row] = [["what lives in the server", "before", "after the joins", "after the consultations"]]
    rows += [[name, *(f"{one.figures[name]:.0f}" for one in counts)] for name in _EXACT]
    rows.append(["resident memory, MiB", *(f"{one.figures[RSS] / 2**20:.1f}" for one in counts)])
    rows.append(["objects of our classes", *(str(_ours(one, log=False)) for one in counts)])
    rows.append(
        [
            "events in the living consultation's log, with what is in them",
            *(str(_ours(one, log=True)) for one in counts),
        ]
    )
    says = (
        f"{result.joins} joins ({result.connected_joins} connected, with media) and {result.consultations} "
        f"consultations opened and closed, after a warm-up; {result.machine.title}, {result.at}."
    )
    return [Table(says, rows)]


def _ours(counts: Counts, *, log: bool) -> int:
    return sum(count for kind, count in counts.objects.items() if kind.startswith(LOG) == log)
