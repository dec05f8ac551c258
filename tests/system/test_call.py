"""Two people, two real Chromiums, our own media plane: the whole call through the pages."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.system.conftest import BLUE, RED
from tests.system.person import Person
from tests.system.server import Server

Arrive = Callable[..., Awaitable[Person]]


async def connect(server: Server, arrive: Arrive) -> tuple[Person, Person]:
    """A village doctor and a specialist in an open consultation."""
    specialist = await arrive(server.url, BLUE, 700)
    await specialist.sign_in(server.account("specialist"))
    await specialist.page.get_by_text("You are on call", exact=True).wait_for()
    doctor = await arrive(server.url, RED, 440)
    await doctor.sign_in(server.account("village"))
    await doctor.call()
    await specialist.answer()
    await doctor.button("Hang up").wait_for()
    await specialist.button("Hang up").wait_for()
    return doctor, specialist


async def see_and_hear(doctor: Person, specialist: Person) -> None:
    """Moving pictures and sound, both ways, each the other's own."""
    for person, other in ((doctor, specialist), (specialist, doctor)):
        await person.sees_moving()
        await person.sees_colour(other.colour)
        await person.hears_tone(other.tone)


async def test_two_people_talk(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    assert await doctor.transports() == {"udp"}

    await doctor.button("Microphone").click()
    await specialist.hears_nothing()
    await doctor.button("Microphone").click()
    await specialist.hears_tone(doctor.tone)

    await doctor.button("Chat").click()
    message = doctor.page.get_by_role("textbox").last
    await message.fill("左上腹 B 超 ✓")
    await message.press("Enter")
    await specialist.button("Chat").click()
    await specialist.page.get_by_text("左上腹 B 超 ✓").first.wait_for()

    await specialist.page.reload()
    await specialist.button("Hang up").wait_for()
    await see_and_hear(doctor, specialist)
    participants = await doctor.remote_videos().evaluate_all("all => all.map(v => v.dataset.participant)")
    assert len(set(participants)) == 1, "a reload must not leave a twin"

    await doctor.hang_up()
    for person in (doctor, specialist):
        await person.button("Hang up").wait_for(state="detached")
    for person in (doctor, specialist):
        await person.page.get_by_role("heading", name="The consultation has ended").wait_for()
        assert person.errors == []
    await asyncio.sleep(0.5)  # for whatever a page still sends after the end
    assert server.refusals() == [], "a page asked for what it may not"


async def test_a_killed_server_comes_back_and_so_does_the_call(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    server.kill()
    await server.start()
    await see_and_hear(doctor, specialist)
    assert await doctor.button("Hang up").is_visible()


async def test_a_closed_tab_is_somebody_who_left_and_not_the_end(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await see_and_hear(doctor, specialist)
    context = specialist.page.context
    await specialist.page.close()

    await doctor.page.get_by_text("was cut off").first.wait_for()
    back = await Person.arrive(context, server.url, BLUE, 700)
    await back.page.get_by_role("button", name="Go back in").click()
    await see_and_hear(doctor, back)
