"""People without a browser: wire clients of the real process, for what needs no picture."""

from types import TracebackType
from typing import Any, Self

import aiohttp

from signalling import messages as wire
from signalling.ids import ConsultationId
from signalling.vocabulary import WIRE_VERSION
from tests.web.world import Page, a_call


class Callers:
    """Signed-in pages of one server; `async with`."""

    def __init__(self, url: str, **connector: Any) -> None:
        self.url = url
        self._connector = connector
        self._sessions: list[aiohttp.ClientSession] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions:
            await session.close()

    def session(self) -> aiohttp.ClientSession:
        """An HTTP client with a cookie jar of its own."""
        connector = aiohttp.TCPConnector(**self._connector)
        made = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), connector=connector)
        self._sessions.append(made)
        return made

    async def sign_in(self, account: dict[str, str]) -> aiohttp.ClientSession:
        """A session with its cookie."""
        http = self.session()
        form = {"user": account["user"], "password": account["password"]}
        async with http.post(f"{self.url}/api/session", json=form) as reply:
            assert reply.status == 200, await reply.text()
        return http

    async def page(self, account: dict[str, str]) -> Page:
        """A page in the lobby."""
        page = Page(await (await self.sign_in(account)).ws_connect(f"{self.url}/wire"))
        await page.send(wire.Hello(version=WIRE_VERSION))
        await page.get(wire.Lobby)
        return page

    async def connect(
        self, village: dict[str, str], specialist: dict[str, str], key: str = "call-1"
    ) -> tuple[Page, Page, ConsultationId, str]:
        """Both in an open consultation, without media; its id, and the village doctor's resume token. `key`:
        another one for each call of the same people."""
        answering = await self.page(specialist)
        await answering.ask(wire.SetOnCall(re=1, on=True))
        calling = await self.page(village)
        placed = await calling.ask(a_call(key))
        joined = await calling.ask(wire.Join(re=1, version=WIRE_VERSION, token=placed.token))
        ringing = await answering.get(wire.Incoming)
        ticket = await answering.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
        await answering.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token))
        return calling, answering, ConsultationId(placed.consultation), joined.resume


def a_line(number: int) -> wire.Chat:
    """A line of chat that can be told from the others."""
    return wire.Chat(re=1, key=f"line-{number}", text=f"line {number}")
