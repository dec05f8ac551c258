"""Whom a call reaches: the department asked for, whose shift it is, and what everybody sees of that in the lobby."""

import asyncio

import pytest
from msgspec.structs import replace

from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.demo import CARDIOLOGY, PAEDIATRICS, ULTRASOUND
from signalling import events as ev
from signalling import messages as wire
from signalling.ids import AccountId
from signalling.vocabulary import DeclineReason, Urgency
from tests.web.world import Page, Refusal, World, a_call

HOUR = 3_600_000


async def account(world: World, user: str) -> AccountId:
    found = await world.services.store.run(world.services.store.accounts.by_user, user)
    assert found is not None
    return found.id


async def on_duty(world: World, user: str) -> wire.OnDuty:
    """Put somebody on the rota from now on, for an hour."""
    shifts, now = world.services.store.shifts, unix_ms()
    added = await world.services.store.run(shifts.add, await account(world, user), now - 1, now + HOUR)
    await world.services.desk.rota.refresh()
    world.services.desk.rota.changed()  # its watch then knows when the next one ends
    return wire.OnDuty(person=added.person, until=added.ends_ms)


async def at_the_desk(world: World, *users: str) -> list[Page]:
    pages = []
    for user in users:
        pages.append(await (await world.sign_in(user)).page())
        await asyncio.sleep(0.002)  # so that who came first has the lower time
    return pages


def a_call_to(department: str) -> wire.Call:
    return replace(a_call(), department=department)


async def test_the_lobby_counts_each_department(world: World) -> None:
    await at_the_desk(world, "specialist", "specialist2")
    (village,) = await at_the_desk(world, "village")
    lobby = await village.get(wire.Lobby)
    counted = {d.name: (d.on_call, d.free) for d in lobby.departments}
    assert counted == {CARDIOLOGY: (1, 1), PAEDIATRICS: (0, 0), ULTRASOUND: (1, 1)}
    await village.ask(a_call_to(CARDIOLOGY))
    await village.get(wire.Lobby, lambda m: any(d.name == CARDIOLOGY and not d.free for d in m.departments))


async def test_a_call_goes_to_the_department_asked_for(world: World) -> None:
    first, second = await at_the_desk(world, "specialist", "specialist2")
    (village,) = await at_the_desk(world, "village")
    calling = await village.ask(a_call_to(CARDIOLOGY))
    assert (await second.get(wire.Incoming)).consultation == calling.consultation
    lobby = await village.get(wire.Lobby, lambda m: bool(m.consultations))
    assert lobby.consultations[0].department == CARDIOLOGY
    assert not [m for m in first.seen if isinstance(m, wire.Incoming)]


async def test_nobody_of_the_department_is_an_error_and_no_other_department_rings(world: World) -> None:
    (first,) = await at_the_desk(world, "specialist")
    (village,) = await at_the_desk(world, "village")
    for department in (PAEDIATRICS, "no such department"):
        with pytest.raises(Refusal, match="nobody_on_call"):
            await village.ask(a_call_to(department))
    await village.ask(a_call())  # the caller chose any
    await first.get(wire.Incoming)


async def test_the_ring_moves_on_inside_the_department_only(world: World) -> None:
    first, _other = await at_the_desk(world, "specialist", "specialist2")
    (village,) = await at_the_desk(world, "village")
    calling = await village.ask(a_call_to(ULTRASOUND))
    await village.ask(wire.Join(re=1, version=1, token=calling.token))
    await first.get(wire.Incoming)
    # Somebody of another department who comes on call meanwhile is not rung for this one.
    await at_the_desk(world, "specialist3")
    await first.ask(wire.DeclineCall(re=1, consultation=calling.consultation, reason=DeclineReason.BUSY))
    assert (await village.event(ev.Closed)).reason == "declined"


async def test_whose_shift_it_is_is_rung_before_those_longer_on_call(world: World) -> None:
    first, second = await at_the_desk(world, "specialist", "specialist2")
    duty = await on_duty(world, "specialist2")
    (village,) = await at_the_desk(world, "village")
    lobby = await village.get(wire.Lobby)
    assert [(one.person.account, one.on_duty_until) for one in lobby.on_call] == [
        (duty.person.account, duty.until),
        (await account(world, "specialist"), 0),
    ]
    await village.ask(a_call())
    await second.get(wire.Incoming)
    assert not [m for m in first.seen if isinstance(m, wire.Incoming)]


async def test_a_shift_puts_an_open_page_on_call_and_takes_it_off_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = 0
    monkeypatch.setattr("sefaw_rtc.service.rota.unix_ms", lambda: unix_ms() + later)
    world.services.desk.presence._on_call_at_once = False  # as outside the demo
    (page,) = await at_the_desk(world, "specialist")
    assert not (await page.get(wire.Lobby)).am_on_call
    await on_duty(world, "specialist")
    await page.get(wire.Lobby, lambda m: m.am_on_call)
    page.seen.clear()
    later = HOUR - 250  # it is nearly over, and the rota is looked at for something else
    world.services.desk.rota.changed()
    await page.get(wire.Lobby, lambda m: not m.am_on_call)  # by itself, when the shift is over


async def test_a_shift_can_be_switched_off(world: World) -> None:
    world.services.desk.presence._on_call_at_once = False
    await on_duty(world, "specialist")
    (page,) = await at_the_desk(world, "specialist")
    assert (await page.get(wire.Lobby)).am_on_call
    await page.ask(wire.SetOnCall(re=1, on=False))
    (village,) = await at_the_desk(world, "village")
    lobby = await village.get(wire.Lobby)
    assert lobby.on_call == []
    assert [one.person.account for one in lobby.unreachable] == [await account(world, "specialist")]
    with pytest.raises(Refusal, match="nobody_on_call"):
        await village.ask(a_call())


async def test_who_is_on_duty_and_has_no_page_is_shown_as_such(world: World) -> None:
    duty = await on_duty(world, "specialist2")
    (village,) = await at_the_desk(world, "village")
    assert (await village.get(wire.Lobby)).unreachable == [duty]
    await at_the_desk(world, "specialist2")
    await village.get(wire.Lobby, lambda m: m.on_call and not m.unreachable)


async def test_who_comes_on_duty_while_it_rings_is_next(world: World) -> None:
    first, second, third = await at_the_desk(world, "specialist", "specialist2", "specialist3")
    await third.ask(wire.SetOnCall(re=1, on=False))
    (village,) = await at_the_desk(world, "village")
    calling = await village.ask(a_call())
    await on_duty(world, "specialist3")
    await first.ask(wire.DeclineCall(re=1, consultation=calling.consultation, reason=DeclineReason.BUSY))
    await third.get(wire.Incoming)
    assert not [m for m in second.seen if isinstance(m, wire.Incoming)]


async def test_who_goes_off_call_while_waiting_is_not_rung(world: World) -> None:
    first, second, third = await at_the_desk(world, "specialist", "specialist2", "specialist3")
    (village,) = await at_the_desk(world, "village")
    calling = await village.ask(a_call())
    await second.ask(wire.SetOnCall(re=1, on=False))
    await first.ask(wire.DeclineCall(re=1, consultation=calling.consultation, reason=DeclineReason.BUSY))
    await third.get(wire.Incoming)
    assert not [m for m in second.seen if isinstance(m, wire.Incoming)]


async def test_everybody_of_the_department_is_busy(world: World) -> None:
    await at_the_desk(world, "specialist", "specialist2")
    (village,) = await at_the_desk(world, "village")
    await village.ask(a_call_to(ULTRASOUND))
    routine = replace(a_call_to(ULTRASOUND), key="call-2", urgency=Urgency.ROUTINE)
    with pytest.raises(Refusal, match="nobody_on_call"):
        await village.ask(routine)
