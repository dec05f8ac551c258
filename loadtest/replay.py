"""How soon a replay is there, and how soon it is somewhere else: an hour of two people, its media and a lively log
generated, sealed by the server's own process for it, replayed over HTTP as a page does."""

import asyncio
import base64
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from loadtest import seal
from loadtest.sections import Table, number, share
from loadtest.server import DATA, Ready, ServerError, server_in
from loadtest.wire import Visitor
from recordings import HeldSiteKey, Keyring, LogWriter, SnapshotWriter, read_consultation
from recordings.sealing import Done, Task
from recordings.snapshots import EVERY_EVENTS, EVERY_US
from signalling import messages as wire
from signalling.codec import encode_event
from signalling.events import Body, ChatSaid, Event, Observed
from signalling.fold import fold
from signalling.ids import ConsultationId, ParticipantId, TrackId
from signalling.looking import CueGiven, FrameKey, Mark, MarkAdded, Point
from signalling.recording import Consent, RecordingStopped
from signalling.state import State
from signalling.vocabulary import ConsentGiver, ConsentKind, ConsentUse, Cue, Shape, Step

OPEN_MS: Final = 1000.0
JUMP_MS: Final = 300.0
_US: Final = 1_000_000
_OPENS: Final = 20  # thirty a minute are allowed
_JUMPS: Final = 150
_EDGE: Final = 64 * 1024  # a container's head, and its cues at the end
_PATIENCE_S: Final = 60.0


class Replayed(msgspec.Struct, frozen=True):
    """One run. `open_ms`: the course, all events, the state and every track's head, cues and a piece in the middle;
    `jump_ms`: the state and a piece of every track; `fast_ms`: ten seconds of the fast lane."""

    at: str
    minutes: int
    events: int
    tracks: int
    bytes: int
    open_ms: list[float]
    jump_ms: list[float]
    fast_ms: list[float]


def measure(at: str, *, brief: bool = False) -> Replayed:
    """`brief`: five minutes of it."""
    minutes = 5 if brief else 60
    with tempfile.TemporaryDirectory(prefix="sefaw-replay-") as name:
        folder = Path(name)
        with server_in(folder, 1) as ready:
            consultation = asyncio.run(_called(ready, folder))
        keyring = _keyring(folder)
        events = _an_hour(folder, keyring, consultation, minutes * 60)
        size = _seal(folder, keyring, consultation, minutes * 60)
        with server_in(folder, 1) as ready:
            return asyncio.run(_watched(ready, consultation, at, minutes, events, size))


def tables(result: Replayed) -> Sequence[Table]:
    rows: list[Sequence[str]] = [["", "p50", "p95", "most", "target (p95)"]]
    for what, figures, target in (
        ("open", result.open_ms, OPEN_MS),
        ("jump", result.jump_ms, JUMP_MS),
        ("10 s of the fast lane", result.fast_ms, None),
    ):
        parts = [number(share(figures, part), "ms", 0) for part in (0.5, 0.95, 1.0)]
        rows.append([what, *parts, number(target, "ms", 0)])
    says = (
        f"{result.minutes} minutes of two people ({result.tracks} tracks, {result.bytes / 1e6:.0f} MB; "
        f"{result.events:,} events), over HTTP on the same machine, "
        "while small pictures and voices are made of it in the background."
    )
    return [Table(says, rows)]


def missed(result: Replayed) -> list[str]:
    found = []
    for what, figures, most in (("open", result.open_ms, OPEN_MS), ("jump", result.jump_ms, JUMP_MS)):
        p95 = share(figures, 0.95) or 0.0
        if p95 > most:
            found.append(f"replay: {what} {p95:.0f} ms, target {most:.0f} ms")
    return found


# ---- making it ----------------------------------------------------------------------------------------------------


def _browser() -> aiohttp.ClientSession:
    """With cookies of a host without a name, and a browser's connections."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(limit=6))


async def _called(ready: Ready, folder: Path) -> ConsultationId:
    """A call with a consent, and its end."""
    async with _browser() as one, _browser() as two:
        specialist = await Visitor.arrive(two, ready.http, "specialist", "demo-specialist")
        village = await Visitor.arrive(one, ready.http, "village", "demo-village")
        calling = await village.call("replay")
        joined = await village.join(calling.token)
        ticket = await specialist.answer(await specialist.hear_ring())
        await specialist.join(ticket.token)
        await village.send(wire.GiveConsent(re=99, consent=_CONSENT))
        await village.hear(wire.Done)
        await village.hang_up()
        await village.hear_end()
        await village.close()
        await specialist.close()
    log = _log(folder, joined.consultation)
    async with asyncio.timeout(_PATIENCE_S):
        while not log.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
    return joined.consultation


_CONSENT: Final = Consent(
    key="c",
    how=ConsentKind.WITNESSED,
    giver=ConsentGiver.PATIENT,
    witness="bench",
    uses=[ConsentUse.CARE, ConsentUse.QUALITY],
)


def _log(folder: Path, consultation: ConsultationId) -> Path:
    return folder / DATA / "consultations" / "closed" / f"{consultation}.log"


def _keyring(folder: Path) -> Keyring:
    """The key's file holds it in base64, as the server writes it."""
    text = (folder / DATA / "keys" / "site.key").read_text("ascii")
    return Keyring(folder / DATA / "archive", HeldSiteKey(base64.b64decode(text)))


def _an_hour(folder: Path, keyring: Keyring, consultation: ConsultationId, seconds: int) -> int:
    """The call's own log, with a lively hour in it; how many events."""
    path, key = _log(folder, consultation), keyring.open(consultation)
    read = read_consultation(path, keyring)
    ends = next(n for n, event in enumerate(read.events) if isinstance(event.body, RecordingStopped))
    told = [(event.t, event.by, event.body) for event in read.events[:ends]]
    told += [(second * _US, 1, body) for second in range(1, seconds) for body in _second(second)]
    shift = seconds * _US - read.events[ends].t
    told += [(event.t + shift, event.by, event.body) for event in read.events[ends:]]
    path.unlink()
    archive = keyring.folder(consultation)
    for old in ("snapshots", "manifest.json"):
        (archive / old).unlink(missing_ok=True)
    state, last = State(), (0, 0)
    with (
        LogWriter.create(path, consultation, read.header.started_unix_us, key) as log,
        SnapshotWriter.open(archive, consultation, key, len(told)) as snapshots,
    ):
        for seq, (t, by, body) in enumerate(told, start=1):
            event = Event(seq=seq, t=t, by=by, body=body)
            log.append(encode_event(event))
            state = fold(state, event)
            if seq - last[0] >= EVERY_EVENTS or t - last[1] >= EVERY_US:
                snapshots.take(state, t)
                last = seq, t
    return len(told)


def _second(second: int) -> list[Body]:
    """What happens in it: chat, strokes, cues, and what the plane sees."""
    who = ParticipantId(1 + second % 2)
    found: list[Body] = [Observed(participant=who, step=Step.PATH_CHANGED, value=1)] if second % 2 else []
    if second % 20 == 0:
        found.append(
            ChatSaid(participant=who, key=f"c{second}", text="请把探头再向左倾一点。Tilt a little to the left.")
        )
    if second % 15 == 0:
        found.append(CueGiven(participant=ParticipantId(2), cue=Cue.TILT_LEFT))
    if second % 10 == 0:
        points = [Point(x=n * 1_000_000, y=second * 1000 + n) for n in range(30)]
        frame = FrameKey(track=TrackId(2), rtp=second * 90_000 % (1 << 32))
        mark = Mark(key=f"m{second}", shape=Shape.STROKE, points=points, frame=frame)
        found.append(MarkAdded(participant=ParticipantId(2), mark=mark))
    return found


def _seal(folder: Path, keyring: Keyring, consultation: ConsultationId, seconds: int) -> int:
    """How many bytes all tracks have."""
    archive, key = keyring.folder(consultation), keyring.open(consultation)
    seal.written(archive, key, seconds, consultation)
    task = Task(str(archive), str(_log(folder, consultation)), key.raw, time.time_ns() // 1_000_000)
    command = [sys.executable, "-m", "recordings.sealing"]
    child = subprocess.run(command, input=msgspec.json.encode(task), capture_output=True, check=True)
    done = msgspec.json.decode(child.stdout, type=Done)
    if done.error:
        raise ServerError(f"not sealed: {done.error}")
    return sum(path.stat().st_size for path in (archive / "tracks").iterdir())


# ---- watching it --------------------------------------------------------------------------------------------------


async def _watched(
    ready: Ready, consultation: ConsultationId, at: str, minutes: int, events: int, size: int
) -> Replayed:
    dice, length = random.Random(1), minutes * 60 * _US  # noqa: S311 - the same places each time
    async with _browser() as http:
        login = {"user": "village", "password": "demo-village"}
        async with http.post(f"{ready.http}/api/session", json=login) as reply:
            csrf = (await reply.json())["csrf"]
        page = _Page(http, f"{ready.http}/api/consultations/{consultation}/replays", csrf)
        await page.open(0)  # what is read for the first time after the start
        opens = [await _took(page.open(dice.randrange(length))) for _ in range(_OPENS)]
        jumps = [await _took(page.jump(dice.randrange(length))) for _ in range(_JUMPS)]
        fast = [await _took(page.fast(dice.randrange(length))) for _ in range(_JUMPS // 5)]
        tracks = len(page.sizes)
    return Replayed(at, minutes, events, tracks, size, opens, jumps, fast)


async def _took(what: Awaitable[None]) -> float:
    """In ms."""
    began = time.perf_counter()
    await what
    return (time.perf_counter() - began) * 1000


class _Page:
    """What a page asks for."""

    def __init__(self, http: aiohttp.ClientSession, url: str, csrf: str) -> None:
        self._http, self._url, self._csrf = http, url, csrf
        self._base = ""
        self._length = 1
        self.sizes: dict[int, int] = {}

    async def open(self, t: int) -> None:
        headers = {"X-CSRF-Token": self._csrf}
        async with self._http.post(self._url, json={"purpose": "care"}, headers=headers) as reply:
            told: Any = await reply.json()
            if reply.status != 201:
                raise ServerError(f"no replay: {told.get('code')}")
        self._base, self._length = f"{self._url}/{told['replay']}", told["length_us"]
        runs = [track["run"] for track in told["tracks"] if track["file"]]
        await asyncio.gather(
            self._get("events"), self._get(f"snapshots/{t}"), *[self._track(run, t, begins=True) for run in runs]
        )

    async def jump(self, t: int) -> None:
        await asyncio.gather(self._get(f"snapshots/{t}"), *[self._track(run, t) for run in self.sizes])

    async def fast(self, t: int) -> None:
        await self._get(f"fast?from={t}&to={t + 10 * _US}")

    async def _track(self, run: int, t: int, *, begins: bool = False) -> None:
        if begins:
            self.sizes[run] = await self._range(run, f"0-{_EDGE - 1}")
            await self._range(run, f"-{_EDGE}")
        await self._range(run, f"{self.sizes[run] * t // self._length}-")

    async def _range(self, run: int, asked: str) -> int:
        """The size of the whole."""
        async with self._http.get(f"{self._base}/tracks/{run}", headers={"Range": f"bytes={asked}"}) as reply:
            await reply.read()
            if reply.status != 206:
                raise ServerError(f"no range: {reply.status}")
            return int(reply.headers["Content-Range"].rpartition("/")[2])

    async def _get(self, path: str) -> None:
        async with self._http.get(f"{self._base}/{path}") as reply:
            await reply.read()
            if reply.status != 200:
                raise ServerError(f"{path.partition('/')[0]}: {reply.status}")
