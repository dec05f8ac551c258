"""A whole server over loopback, with the fake engine: people sign in, open the wire, call and answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import aiohttp
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from sefaw_rtc.config import Access, Config, Limits, Server
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.service.demo import password_of
from sefaw_rtc.service.running import Running
from sefaw_rtc.store.store import FILE
from sefaw_rtc.store.upgrade import upgrade
from sefaw_rtc.web.app import make_app
from signalling import messages as wire
from signalling.codec import decode_server, encode_client
from signalling.events import Patient
from signalling.ids import Mid
from signalling.vocabulary import WIRE_VERSION, Kind, Purpose, Urgency

M = TypeVar("M", bound=wire.ServerMessage)

PATIENCE_S = 20.0  # a machine that also compiles; whoever waits for what does come does not notice
PATIENT = Patient(name="Zhang Guiying", identifier="QS-4711")
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\na=recvonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:3\r\na=recvonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:4\r\na=recvonly\r\n"
)
SENDS_ONLY = OFFER.split("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2", maxsplit=1)[0]
PLAYS_ONLY = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\n"
)
MEDIA = wire.Media(
    offer=OFFER,
    sends=[
        wire.Send(mid=Mid("0"), kind=Kind.AUDIO, purpose=Purpose.FACE),
        wire.Send(mid=Mid("1"), kind=Kind.VIDEO, purpose=Purpose.FACE),
    ],
    slots=[
        wire.Slot(mid=Mid("2"), kind=Kind.AUDIO, purpose=Purpose.FACE, pair=1),
        wire.Slot(mid=Mid("3"), kind=Kind.VIDEO, purpose=Purpose.FACE, pair=1),
        wire.Slot(mid=Mid("4"), kind=Kind.VIDEO, purpose=Purpose.PROBE, pair=2),
    ],
)


def config(data: Path, **limits: int) -> Config:
    """Cheap password hashes; otherwise as in life."""
    return Config(
        server=Server(data=str(data)),
        limits=replace(Limits(), **limits),
        access=replace(Access(), argon2_memory_kib=8, argon2_passes=1, sign_in_free=1000, sign_in_free_address=1000),
    )


class Refusal(Exception):  # noqa: N818 - the server's word
    """The server answered a request with an error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Page:
    """One wire connection, as a page or a program holds it. `seen`: everything that came, in order."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.seen: list[wire.ServerMessage] = []
        self.close_code: int | None = None
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def send(self, message: wire.ClientMessage) -> None:
        await self.ws.send_str(encode_client(message).decode())

    async def ask(self, message: wire.ClientMessage) -> Any:
        """Send a request under a fresh number; its answer. Refusal if it is an error."""
        number = next(self._numbers)
        await self.send(replace(message, re=number))
        answer = await self.until(lambda m: getattr(m, "re", None) == number)
        if isinstance(answer, wire.Error):
            raise Refusal(answer.code)
        return answer

    async def get(self, kind: type[M], where: Callable[[M], bool] = lambda _: True) -> M:
        """The first message of a kind, that came or comes."""
        found = await self.until(lambda m: isinstance(m, kind) and where(m))
        assert isinstance(found, kind)
        return found

    async def until(self, wanted: Callable[[Any], bool]) -> wire.ServerMessage:
        """The first message that is wanted. Fails after a while with what did come."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(lambda: any(map(wanted, self.seen)) or self._reader_done())
        except TimeoutError:
            raise AssertionError(f"never came; came: {self.seen}") from None
        for message in self.seen:
            if wanted(message):
                return message
        raise AssertionError(f"closed ({self.close_code}) before it came; came: {self.seen}")

    async def event(self, kind: type) -> Any:
        """The first event of the log with this body."""
        holder = await self.get(wire.Events, lambda m: any(isinstance(e.body, kind) for e in m.events))
        return next(e.body for e in holder.events if isinstance(e.body, kind))

    async def closed(self) -> int | None:
        """Wait for the end; the close code."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reader
        return self.close_code

    async def close(self) -> None:
        await self.ws.close()
        await self._reader

    def _reader_done(self) -> bool:
        return self.close_code is not None

    async def _read(self) -> None:
        async for frame in self.ws:
            if frame.type is aiohttp.WSMsgType.TEXT:
                async with self._news:
                    self.seen.append(decode_server(frame.data))
                    self._news.notify_all()
        async with self._news:
            self.close_code = self.ws.close_code or 1006
            self._news.notify_all()


class Person:
    """A signed-in account with a cookie jar of its own."""

    def __init__(self, world: "World", http: aiohttp.ClientSession, csrf: str) -> None:
        self._world = world
        self.url = world.url
        self.http = http
        self.csrf = csrf

    async def page(self) -> Page:
        """A page in the lobby."""
        page = await self._world.page(self.http)
        await page.send(wire.Hello(version=WIRE_VERSION))
        await page.get(wire.Lobby)
        return page


class World:
    """The server and those who use it."""

    def __init__(self, running: Running, engine: FakeEngine, server: TestServer) -> None:
        self.running = running
        self.services = running.services
        self.engine = engine
        self.server = server
        self._sessions: list[aiohttp.ClientSession] = []

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def stranger(self) -> aiohttp.ClientSession:
        """An HTTP client without a cookie."""
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._sessions.append(session)
        return session

    async def sign_in(self, user: str, password: str = "") -> Person:
        http = self.stranger()
        account = {"user": user, "password": password or password_of(user)}
        async with http.post(f"{self.url}/api/session", json=account) as reply:
            assert reply.status == 200, await reply.text()
            return Person(self, http, (await reply.json())["csrf"])

    async def page(self, http: aiohttp.ClientSession | None = None, **options: Any) -> Page:
        """A wire connection; without `http` a program's, without a cookie."""
        return Page(await (http or self.stranger()).ws_connect(f"{self.url}/wire", **options))

    async def close(self) -> None:
        """Everybody goes."""
        for session in self._sessions:
            await session.close()


@cache
def empty_database() -> bytes:
    """Of the newest schema: to be brought there from nothing takes as long as all the rest of a server's start."""
    with TemporaryDirectory() as folder:
        upgrade(Path(folder) / FILE)
        return (Path(folder) / FILE).read_bytes()


@asynccontextmanager
async def a_world(
    data: Path,
    *,
    reply: Callable[[port.Command], Any] = accept,
    demos: int = 1,
    settings: Config | None = None,
    at: int | None = None,
) -> AsyncIterator[World]:
    """A started server with demo data. `at`: its port, where somebody must know it before."""
    engine = FakeEngine(reply)
    if not data.exists() or not any(data.iterdir()):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / FILE).touch(mode=0o600)
        (data / FILE).write_bytes(empty_database())
    async with AsyncExitStack() as ends:
        running = await Running.start(settings or config(data), engine, demo_consultations=demos)
        ends.push_async_callback(running.stop)
        server = TestServer(make_app(running.services), port=at)
        ends.push_async_callback(server.close)
        await server.start_server()
        world = World(running, engine, server)
        ends.push_async_callback(world.close)
        yield world


def a_call(key: str = "call-1") -> wire.Call:
    return wire.Call(re=1, key=key, patient=PATIENT, reason="Severe pain since noon", urgency=Urgency.URGENT)


async def connect(world: World, key: str = "call-1") -> tuple[Page, Page]:
    """A village doctor and a specialist in an open consultation, each on their lobby page."""
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call(key))
    joined = await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
    assert joined.answer
    incoming = await specialist.get(wire.Incoming)
    ticket = await specialist.ask(wire.AnswerCall(re=1, consultation=incoming.consultation))
    await specialist.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token, media=MEDIA))
    return village, specialist
