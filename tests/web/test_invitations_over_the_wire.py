"""A third participant over the wire, moving a call between one's own devices, and the faults of ringing."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from sefaw_rtc.service.bell import LOOK_EVERY_S
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.presence import GRACE_S
from signalling import events as ev
from signalling import messages as wire
from signalling.ids import AccountId
from signalling.vocabulary import WIRE_VERSION, CloseReason, DeclineReason, IncomingKind, Status
from tests.web.test_departments_and_rota import account
from tests.web.world import MEDIA, PATIENCE_S, Page, Refusal, World, a_call, a_world, connect


def host_of(world: World) -> Host:
    (host,) = [host for host in world.services.registry if not host.demo]
    return host


async def come_in(page: Page, token: str) -> wire.JoinedReply:
    joined = await page.ask(wire.Join(re=1, version=WIRE_VERSION, token=token, media=MEDIA))
    assert isinstance(joined, wire.JoinedReply)
    return joined


async def three(world: World) -> tuple[Page, Page, Page, AccountId]:
    """An open call and a second specialist who is being asked in."""
    third = await (await world.sign_in("specialist2")).page()
    first = await (await world.sign_in("specialist")).page()
    await third.ask(wire.SetOnCall(re=1, on=False))
    village, specialist = await connect(world)
    await third.ask(wire.SetOnCall(re=1, on=True))
    who = await account(world, "specialist2")
    await specialist.ask(wire.Invite(re=1, account=who))
    await first.close()
    return village, specialist, third, who


async def test_a_third_participant_is_asked_in_and_comes(world: World) -> None:
    village, specialist, third, who = await three(world)
    ringing = await third.get(wire.Incoming)
    assert ringing.kind is IncomingKind.INVITATION
    assert ringing.inviter is not None
    assert ringing.inviter.account == await account(world, "specialist")
    assert ringing.requester.account == await account(world, "village")
    assert (await village.event(ev.Invited)).callee.account == who
    ticket = await third.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
    joined = await come_in(third, ticket.token)
    assert joined.state.invited == [who]
    assert len(joined.state.participants) == 3
    # Sees and hears one of the two in its one pair of slots; both others get its voice and face offered.
    theirs = {t.track for t in joined.state.tracks if t.participant == joined.participant}
    assert len(theirs) == 2
    for page in (village, specialist):
        await page.event(ev.InvitationAccepted)


async def test_whoever_was_asked_in_leaves_and_comes_back(world: World) -> None:
    village, _specialist, third, who = await three(world)
    ringing = await third.get(wire.Incoming)
    ticket = await third.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
    first = await come_in(third, ticket.token)
    await third.ask(wire.Leave(re=1))
    assert (await village.event(ev.Left)).participant == first.participant
    lobby = await third.get(wire.Lobby, lambda m: any(not b.joined for b in m.consultations))
    assert lobby.consultations[0].status is Status.OPEN
    back = await third.ask(wire.Enter(re=1, consultation=ringing.consultation))
    third.seen = [m for m in third.seen if not isinstance(m, wire.JoinedReply)]
    again = await come_in(third, back.token)
    assert again.participant == first.participant
    members = host_of(world).resource().participants
    assert who in members


async def test_whoever_accepted_and_has_not_come_yet_may_still_come(world: World) -> None:
    _village, _specialist, third, _who = await three(world)
    ringing = await third.get(wire.Incoming)
    await third.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
    other = await (await world.sign_in("specialist2")).page()
    ticket = await other.ask(wire.Enter(re=1, consultation=ringing.consultation))
    assert (await come_in(other, ticket.token)).state.invited


async def test_an_invited_specialist_does_not_end_it_for_all(world: World) -> None:
    village, _specialist, third, _who = await three(world)
    ringing = await third.get(wire.Incoming)
    ticket = await third.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
    await come_in(third, ticket.token)
    with pytest.raises(Refusal, match="forbidden"):
        await third.ask(wire.HangUp(re=1))
    await village.ask(wire.Chat(re=1, key="k", text="still here"))


async def test_a_declined_invitation_is_told_with_its_reason(world: World) -> None:
    village, _specialist, third, who = await three(world)
    ringing = await third.get(wire.Incoming)
    await third.ask(
        wire.DeclineCall(re=1, consultation=ringing.consultation, reason=DeclineReason.BUSY, text="in theatre")
    )
    ended = await village.event(ev.InvitationEnded)
    assert (ended.callee, ended.decline, ended.text) == (who, DeclineReason.BUSY, "in theatre")
    with pytest.raises(Refusal, match="out_of_state"):
        await third.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
    with pytest.raises(Refusal, match="forbidden"):
        await third.ask(wire.Enter(re=1, consultation=ringing.consultation))


async def test_a_cancelled_invitation_stops_ringing(world: World) -> None:
    village, _specialist, third, who = await three(world)
    await third.get(wire.Incoming)
    await village.ask(wire.CancelInvitation(re=1, account=who))
    assert (await third.get(wire.IncomingEnded)).reason is CloseReason.CANCELLED


async def test_nobody_is_asked_in_who_is_not_on_call(world: World) -> None:
    village, _specialist = await connect(world)
    for who in (await account(world, "specialist2"), AccountId("d" * 26), await account(world, "operator")):
        with pytest.raises(Refusal, match="not_on_call"):
            await village.ask(wire.Invite(re=1, account=who))


async def test_a_page_that_opens_while_it_is_asked_in_rings(world: World) -> None:
    _village, _specialist, third, _who = await three(world)
    await third.get(wire.Incoming)
    other = await (await world.sign_in("specialist2")).page()
    assert (await other.get(wire.Incoming)).kind is IncomingKind.INVITATION


async def test_after_a_restart_the_invitation_rings_anew(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        _village, _specialist, third, _who = await three(world)
        await third.get(wire.Incoming)
        async with a_world(tmp_path) as restarted:
            page = await (await restarted.sign_in("specialist2")).page()
            ringing = await page.get(wire.Incoming)
            assert ringing.kind is IncomingKind.INVITATION
            ticket = await page.ask(wire.AnswerCall(re=1, consultation=ringing.consultation))
            assert (await come_in(page, ticket.token)).state.status is Status.OPEN


# ---- one's own second device --------------------------------------------------------------------------------------


async def test_a_second_device_sees_the_call_and_takes_it_over_without_a_word_to_the_others(world: World) -> None:
    village, specialist = await connect(world)
    first = await village.get(wire.JoinedReply)
    tablet = await (await world.sign_in("village")).page()
    lobby = await tablet.get(wire.Lobby)
    assert [(b.consultation, b.joined) for b in lobby.consultations] == [(first.consultation, True)]
    ticket = await tablet.ask(wire.Enter(re=1, consultation=first.consultation))
    second = await come_in(tablet, ticket.token)
    assert second.participant == first.participant
    assert (await village.get(wire.Goodbye)).reason is CloseReason.REPLACED
    await tablet.ask(wire.Chat(re=1, key="k", text="on the tablet now"))
    await specialist.event(ev.ChatSaid)
    events = [e.body for m in specialist.seen if isinstance(m, wire.Events) for e in m.events]
    assert not [body for body in events if isinstance(body, ev.Disconnected | ev.Left)]
    # And back: the first device opens its link again and takes it.
    phone = await (await world.sign_in("village")).page()
    ticket = await phone.ask(wire.Enter(re=1, consultation=first.consultation))
    assert (await come_in(phone, ticket.token)).participant == first.participant
    assert (await tablet.get(wire.Goodbye)).reason is CloseReason.REPLACED


async def test_the_lobby_says_that_the_seat_is_empty_again(world: World) -> None:
    village, _specialist = await connect(world)
    tablet = await (await world.sign_in("village")).page()
    await tablet.get(wire.Lobby, lambda m: m.consultations[0].joined)
    await village.close()
    tablet.seen.clear()
    await tablet.get(wire.Lobby, lambda m: not m.consultations[0].joined)


# ---- faults of ringing --------------------------------------------------------------------------------------------


@pytest.fixture
async def turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Turn the loop's clock on by so many seconds: what was to be done until then is done at once."""
    loop = asyncio.get_running_loop()
    real, on = loop.time, 0.0

    def by(seconds: float) -> None:
        nonlocal on
        on += seconds

    monkeypatch.setattr(loop, "time", lambda: real() + on)
    return by


def rung(world: World) -> AccountId:
    ring = host_of(world).state.ring
    assert ring is not None
    return ring.callee.account


async def sign_of(world: World, who: AccountId) -> None:
    """The bell has asked this account's pages for a sign of life, and has had one."""
    loop, attendant = asyncio.get_running_loop(), world.services.desk.presence.get(who)
    assert attendant is not None
    async with asyncio.timeout(PATIENCE_S):
        while loop.time() - attendant.last_sign > LOOK_EVERY_S / 2:  # noqa: ASYNC110 - a pong comes
            await asyncio.sleep(0.001)


async def answered(page: Page) -> None:
    """The server has done what was due, and this page lives."""
    page.seen.clear()
    await page.send(wire.Ping(n=1))
    await page.get(wire.Pong)


async def test_a_battery_that_dies_while_it_rings(world: World, turn: Callable[[float], None]) -> None:
    """The socket stays open and nothing comes from it any more, not even a pong: the next is rung, the caller told."""
    first = await (await world.sign_in("specialist")).page()
    second = await (await world.sign_in("specialist2")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token))
    await first.get(wire.Incoming)
    here, there = await account(world, "specialist"), await account(world, "specialist2")
    first._reader.cancel()
    for _ in range(int(GRACE_S / LOOK_EVERY_S) - 1):
        turn(LOOK_EVERY_S)
        await answered(village)
        assert rung(world) == here, "it may come back"
    turn(LOOK_EVERY_S)
    await second.get(wire.Incoming)
    assert (await village.event(ev.RingEnded)).reason is CloseReason.CONNECTION_LOST
    # Whoever lives is left to ring, however long: silence is not death while pongs come.
    for _ in range(2 * int(GRACE_S / LOOK_EVERY_S)):
        turn(LOOK_EVERY_S)
        await sign_of(world, there)
        await answered(village)
        assert rung(world) == there


async def test_a_battery_that_dies_while_it_is_asked_in(world: World, short_grace: float) -> None:
    village, _specialist, third, _who = await three(world)
    await third.get(wire.Incoming)
    third._reader.cancel()
    assert (await village.event(ev.InvitationEnded)).reason is CloseReason.CONNECTION_LOST


async def test_a_page_that_closes_in_the_middle_of_a_ring(world: World, short_grace: float) -> None:
    first = await (await world.sign_in("specialist")).page()
    second = await (await world.sign_in("specialist2")).page()
    village = await (await world.sign_in("village")).page()
    await village.ask(a_call())
    await first.get(wire.Incoming)
    await asyncio.sleep(short_grace * 1.5)  # later than one look at the beginning would see
    await first.close()
    await second.get(wire.Incoming)


async def test_two_answer_at_once_the_one_who_rings_and_the_one_who_just_did(world: World) -> None:
    first = await (await world.sign_in("specialist")).page()
    second = await (await world.sign_in("specialist2")).page()
    village = await (await world.sign_in("village")).page()
    consultation = (await village.ask(a_call())).consultation
    await first.get(wire.Incoming)
    host_of(world).clock._base_us += 31_000_000
    host_of(world)._timed_out()
    await second.get(wire.Incoming)
    answers = await asyncio.gather(
        *(page.ask(wire.AnswerCall(re=1, consultation=consultation)) for page in (first, second)),
        return_exceptions=True,
    )
    won = [answer for answer in answers if isinstance(answer, wire.Ticket)]
    lost = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert len(won) == 1
    assert lost in (["out_of_state"], ["already_answered"])
    assert host_of(world).state.specialist is not None
    assert host_of(world).state.specialist.account == await account(world, "specialist2")


async def test_one_person_is_called_and_asked_in_at_once_and_takes_one(world: World) -> None:
    """An emergency rings although somebody asks in: both are on the page, each ends by itself."""
    _village, _specialist, third, _who = await three(world)
    invitation = await third.get(wire.Incoming)
    caller = await (await world.sign_in("village")).page()
    calling = await caller.ask(replace(a_call("second"), department="心内科 Cardiology"))
    call = await third.get(wire.Incoming, lambda m: m.kind is IncomingKind.CALL)
    assert call.consultation == calling.consultation
    answers = await asyncio.gather(
        *(third.ask(wire.AnswerCall(re=1, consultation=one.consultation)) for one in (invitation, call))
    )
    assert {answer.consultation for answer in answers} == {invitation.consultation, call.consultation}


@pytest.mark.parametrize("way", ["cancel", "leave", "hang_up"])
async def test_the_caller_hangs_up_in_the_instant_of_the_answer(world: World, way: str) -> None:
    """Twenty races each; whoever was first, both sides hear one truth and nothing is left behind."""
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    for number in range(20):
        calling = await village.ask(replace(a_call(f"race-{number}")))
        line = await world.page()
        await line.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token))
        of = calling.consultation
        await specialist.get(wire.Incoming, lambda m, of=of: m.consultation == of)
        ends = {
            "cancel": village.ask(wire.CancelCall(re=1, consultation=of)),
            "leave": line.ask(wire.Leave(re=1)),
            "hang_up": line.ask(wire.HangUp(re=1)),
        }
        end = ends.pop(way)
        for unused in ends.values():
            unused.close()
        both = [specialist.ask(wire.AnswerCall(re=1, consultation=of)), end]
        answered, ended = await asyncio.gather(*(both if number % 2 else both[::-1]), return_exceptions=True)
        if not number % 2:
            answered, ended = ended, answered
        host = world.services.registry.get(of)
        if isinstance(answered, wire.Ticket):
            if way == "cancel":
                assert isinstance(ended, Refusal)
                assert ended.code == "already_answered"
                assert host is not None
                await line.ask(wire.HangUp(re=1))
            elif way == "leave":
                assert host is None or host.state.status is Status.OPEN  # open: left alone to the specialist
                if host is not None:
                    ticket = answered.token
                    await come_in(specialist, ticket)
                    await specialist.ask(wire.HangUp(re=1))
                    specialist.seen = [m for m in specialist.seen if not isinstance(m, wire.JoinedReply)]
        else:
            assert isinstance(answered, Refusal)
            assert answered.code == "consultation_closed"
        assert world.services.registry.get(of) is None
        await specialist.get(wire.IncomingEnded, lambda m, of=of: m.consultation == of)
        await line.close()
