"""Departments, the rota, asking somebody in and moving a call between devices, as pictures for people to look at."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from playwright.async_api import Browser

from tests.system.conftest import BLUE, RED
from tests.system.person import Colour, Person
from tests.system.reviewing import desk_of
from tests.system.server import Server
from tests.system.test_screenshots import WALKS, Album

GREEN: Colour = (40, 160, 60)
HOUR_MS = 3_600_000


async def put_on_duty(server: Server, *users: str) -> None:
    """On the rota, from an hour ago to in five hours; by the administrator, so that it counts at once."""
    now = int(time.time() * 1000)
    hours = {"starts_ms": now - HOUR_MS, "ends_ms": now + 5 * HOUR_MS}
    async with desk_of(server, "admin") as admin:
        listed = (await admin.ask("GET", "/api/admin/accounts"))["accounts"]
        for user in users:
            (account,) = [one["id"] for one in listed if one["user"] == user]
            await admin.ask("POST", "/api/admin/shifts", {"account": account, "times": [hours]})


@pytest.mark.parametrize(("language", "screen"), WALKS)
async def test_more_people_and_devices(server: Server, browser: Browser, language: str, screen: str) -> None:
    album = Album(language, screen).walking()
    word = album.word
    come = partial(album.come, browser, server)
    await put_on_duty(server, "specialist", "specialist3")
    third = await come("specialist2", GREEN, 880)
    specialist = await come("specialist", BLUE, 700)
    doctor = await come("village", RED, 440)
    await lobbies(album, doctor, specialist)
    await doctor.button(word("lobby.call")).click()
    await specialist.button(word("incoming.answer")).wait_for()
    await album.take(doctor.page, "p3-ringing")
    await specialist.button(word("incoming.answer")).click()
    await doctor.sees_colour(BLUE)
    await asking_in(album, specialist, third)
    await moving(album, doctor, lambda: come("village", RED, 440))


async def lobbies(album: Album, doctor: Person, specialist: Person) -> None:
    """The chips, whose shift it is, and a department without anybody."""
    unreachable = doctor.page.get_by_text(album.word("lobby.unreachable"))
    await unreachable.first.wait_for()
    await album.take(doctor.page, "p1-lobby-doctor")
    await album.take(specialist.page, "p1-lobby-on-duty")
    await doctor.page.get_by_role("radio", name="儿科").check(force=True)
    await album.take(doctor.page, "p2-lobby-nobody-of-it")
    await doctor.page.get_by_role("radio", name="超声科").check(force=True)


async def asking_in(album: Album, specialist: Person, third: Person) -> None:
    """The dialog, the ring, and who is here."""
    word = album.word
    await specialist.button(word("call.more")).click()
    await album.take(specialist.page, "p4-more")
    await specialist.page.get_by_role("menuitem", name=word("invite.open")).click()
    await album.take(specialist.page, "p5-invite-dialog")
    await specialist.page.get_by_role("button", name=word("invite.ask")).first.click()
    await third.button(word("incoming.answer")).wait_for()
    await album.take(third.page, "p6-incoming-invitation")
    await album.take(specialist.page, "p7-being-rung")
    await third.button(word("incoming.answer")).click()
    await third.sees_colour(BLUE)
    await album.take(third.page, "p8-three")
    await third.button(word("call.hang_up")).click()
    await third.button(word("after.rejoin")).wait_for()
    await album.take(third.page, "p9-after-leaving")


async def moving(album: Album, doctor: Person, second: Callable[[], Awaitable[Person]]) -> None:
    """How to, the other device's lobby, and what the first one says."""
    word = album.word
    await doctor.button(word("call.more")).click()
    await doctor.page.get_by_role("menuitem", name=word("elsewhere.open")).click()
    await album.take(doctor.page, "p10-how-to-move")
    tablet = await second()
    await tablet.button(word("lobby.continue_here")).wait_for()
    await album.take(tablet.page, "p11-continue-here")
    await tablet.button(word("lobby.continue_here")).click()
    await tablet.sees_colour(BLUE)
    await album.take(doctor.page, "p12-moved-away")
