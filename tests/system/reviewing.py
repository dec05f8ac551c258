"""What a review page needs to look at: a closed consultation with a signed opinion, more reviewers, and a past."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import aiohttp
import msgspec

from recordings.review import Course, Recorded
from signalling.vocabulary import CloseReason
from tests.system.server import Server

OPINION = {
    "findings": "肝左叶见 12×9 mm 低回声结节，边界清。",
    "impression": "肝血管瘤可能 · Haemangioma?",
    "advice": "增强 CT；一周内复查。",
    "critical": True,
    "told": None,
}
SECOND, DAY_MS = 1_000_000, 86_400_000
MORE_REVIEWERS = ("reviewer2", "reviewer3")


class Desk:
    """Somebody's HTTP."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, csrf: str) -> None:
        self._server, self._http, self._csrf = server, http, csrf

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRF-Token": self._csrf}
        async with self._http.request(method, self._server.url + path, json=body, headers=headers) as reply:
            assert reply.status < 400, await reply.text()
            return await reply.json() if "json" in reply.content_type else None


@asynccontextmanager
async def desk_of(server: Server, user: str) -> AsyncIterator[Desk]:
    """Signed in with the demo's password."""
    account = {"user": user, "password": f"demo-{user}"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{server.url}/api/session", json=account) as reply:
            assert reply.status == 200, await reply.text()
            csrf = (await reply.json())["csrf"]
        yield Desk(server, http, csrf)


async def add_reviewers(server: Server) -> None:
    """Two more at the hospital."""
    for user in MORE_REVIEWERS:
        await add_account(server, user, "reviewer")


async def add_account(server: Server, user: str, role: str) -> dict[str, str]:
    """At the hospital, with a password as the demo's are: what they sign in with."""
    account = {"user": user, "password": f"demo-{user}"}
    async with desk_of(server, "admin") as admin:
        houses = await admin.ask("GET", "/api/admin/institutions")
        house = next(one["id"] for one in houses if "County" in one["name"])
        form = {"name": user, "role": role, "institution": house} | account
        await admin.ask("POST", "/api/admin/accounts", form)
    return account


async def sign_opinion(server: Server, consultation: str) -> None:
    """By the specialist, with the demo's password."""
    async with desk_of(server, "specialist") as specialist:
        body = {"password": "demo-specialist", "opinion": OPINION, "amends": 0}
        await specialist.ask("POST", f"/api/consultations/{consultation}/opinions", body)


async def drawn(desk: Desk) -> str:
    """The consultation that is chosen for review, once it is."""
    async with asyncio.timeout(30):
        while True:
            rows = await desk.ask("GET", "/api/reviews")
            if rows:
                return str(rows[0]["consultation"])
            await asyncio.sleep(0.1)


def put_past(server: Server, count: int) -> None:
    """So many consultations of the clinic, that went one way or another."""
    data = server.data / "data"
    with closing(sqlite3.connect(data / "sefaw.sqlite", timeout=10)) as raw:
        house = raw.execute("SELECT id FROM institution WHERE name LIKE '%Clinic%'").fetchone()[0]
        answering = raw.execute("SELECT id FROM institution WHERE name LIKE '%County%'").fetchone()[0]
    now = int(time.time() * 1000)
    with closing(sqlite3.connect(data / "courses.sqlite", timeout=10)) as raw, raw:
        for number in range(count):
            at = now - (number % 20 + 1) * DAY_MS
            name = "p" * 24 + "abcdefghijklmnopqrstuvwxyz"[number // 26] + "abcdefghijklmnopqrstuvwxyz"[number % 26]
            body = msgspec.json.encode(_course(number))
            row = (name, at, at + 400_000, house, answering, "超声科 Ultrasound", "d" * 26, False, True, body)
            raw.execute("INSERT INTO course VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _course(number: int) -> Course:
    if number % 4 == 3:
        return Course(requested=True, closed=120 * SECOND, close_reason=CloseReason.NO_ANSWER)
    slow = number % 7
    return Course(
        requested=True,
        answered=(8 + 3 * slow) * SECOND,
        first_media=(9 + 3 * slow) * SECOND + 400_000 * slow,
        opinion=(240 + 60 * slow) * SECOND,
        closed=(300 + 60 * slow) * SECOND,
        close_reason=CloseReason.HUNG_UP,
        critical_at=1000 if slow == 1 else -1,
        told_at=301_000 if number % 3 else -1,
        recorded=Recorded(
            meant=300 * SECOND, missed=slow * SECOND, packets=90_000, lost=40 * slow, damaged=slow * SECOND // 2
        ),
    )
