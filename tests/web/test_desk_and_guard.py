"""Who is rung and in which order, what time does to a ring and a seat, and what is taken back while people are in."""

import asyncio
from pathlib import Path

import pytest

from sefaw_rtc.media import port
from sefaw_rtc.service import guard
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.host import Host
from signalling import events as ev
from signalling import messages as wire
from signalling.ids import Mid, TrackId
from signalling.vocabulary import WIRE_VERSION, CloseReason, ErrorCode, Notice, Status, Transport
from tests.web.world import MEDIA, PATIENCE_S, Page, Refusal, World, a_call, a_world, connect


def later(host: Host, seconds: float) -> None:
    """Turn the session clock on, and let the host look at it."""
    host.clock._base_us += int(seconds * 1_000_000)
    host._timed_out()


def host_of(world: World) -> Host:
    """The one call that is not a demo consultation."""
    (host,) = [host for host in world.services.registry if not host.demo]
    return host


# ---- who is rung --------------------------------------------------------------------------------------------------


async def test_people_are_rung_before_the_bot_whoever_came_first(world: World) -> None:
    bot = await (await world.sign_in("bot")).page()
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    await village.ask(a_call())
    await specialist.get(wire.Incoming)
    assert not [m for m in bot.seen if isinstance(m, wire.Incoming)]
    later(host_of(world), 31)
    await bot.get(wire.Incoming)
    assert (await specialist.get(wire.IncomingEnded)).reason is CloseReason.NO_ANSWER


async def test_who_is_in_a_call_is_rung_only_if_nobody_else_can_be(world: World) -> None:
    _village, busy = await connect(world)
    lobby = await busy.get(wire.Lobby, lambda m: any(o.busy for o in m.on_call))
    assert lobby.am_on_call
    second = await (await world.sign_in("specialist2")).page()
    other = await (await world.sign_in("village")).page()
    await other.ask(a_call("another"))
    await second.get(wire.Incoming)
    assert len([m for m in busy.seen if isinstance(m, wire.Incoming)]) == 1


async def test_a_specialist_who_comes_while_it_rings_is_next(world: World) -> None:
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    await village.ask(a_call())
    await specialist.get(wire.Incoming)
    second = await (await world.sign_in("specialist2")).page()
    later(host_of(world), 31)
    await second.get(wire.Incoming)


async def test_a_page_that_comes_while_it_rings_for_its_account_rings_too(world: World) -> None:
    first = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await first.get(wire.Incoming)
    second = await (await world.sign_in("specialist")).page()
    assert 0 < (await second.get(wire.Incoming)).timeout_ms <= 30_000
    await second.ask(wire.AnswerCall(re=1, consultation=calling.consultation))
    assert (await first.get(wire.IncomingEnded)).reason is CloseReason.ANSWERED_ELSEWHERE


async def test_a_specialist_whose_page_went_is_waited_for_and_then_passed_over(
    tmp_path: Path, short_grace: float
) -> None:
    async with a_world(tmp_path) as world:
        first = await (await world.sign_in("specialist")).page()
        second = await (await world.sign_in("specialist2")).page()
        village = await (await world.sign_in("village")).page()
        await first.close()
        await village.ask(a_call())
        await second.get(wire.Incoming)


async def test_nobody_answers(world: World) -> None:
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token, media=MEDIA))
    await specialist.get(wire.Incoming)
    later(host_of(world), 31)
    assert (await village.event(ev.Closed)).reason is CloseReason.NO_ANSWER


# ---- seats and time -----------------------------------------------------------------------------------------------


async def test_a_kept_seat_is_given_up_and_then_the_consultation(world: World) -> None:
    village, specialist = await connect(world)
    host = host_of(world)
    await village.close()
    await specialist.event(ev.Disconnected)
    later(host, 61)
    assert (await specialist.event(ev.Left)).reason is CloseReason.ABANDONED
    await specialist.close()
    await _until_lost(host)
    later(host, 61)
    later(host, 121)
    assert host.state.status is Status.CLOSED
    assert host.state.close_reason is CloseReason.ABANDONED


async def _until_lost(host: Host) -> None:
    """The server notices a closed socket in its own time."""
    async with asyncio.timeout(PATIENCE_S):
        while any(p.connected for p in host.state.participants):  # noqa: ASYNC110 - nothing says so to the outside
            await asyncio.sleep(0)


async def test_a_ring_survives_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await (await world.sign_in("specialist")).page()
        village = await (await world.sign_in("village")).page()
        calling = await village.ask(a_call())
        async with a_world(tmp_path) as restarted:
            specialist = await (await restarted.sign_in("specialist")).page()
            assert (await specialist.get(wire.Incoming)).consultation == calling.consultation


# ---- media --------------------------------------------------------------------------------------------------------


async def test_a_page_whose_media_ended_is_told_and_may_offer_again(world: World) -> None:
    village, specialist = await connect(world)
    world.engine.emit(port.Ended(peer=1, reason=port.EndReason.NETWORK_BLOCKED, detail=""))
    error = await village.get(wire.Error)
    assert (error.re, error.code, error.detail) == (0, ErrorCode.MEDIA_UNAVAILABLE, "network_blocked")
    assert (await specialist.event(ev.TrackRemoved)).reason is CloseReason.NETWORK_BLOCKED
    assert (await specialist.get(wire.Quality)).transport is Transport.NONE
    answer = await village.ask(wire.Offer(re=1, media=MEDIA))
    assert answer.answer
    assert len([t for t in host_of(world).state.tracks if t.participant == 1]) == 2


async def test_quality_and_notices_reach_everybody_and_newcomers(world: World) -> None:
    village, specialist = await connect(world)
    figures = dict.fromkeys(port.PeerStats.__struct_fields__, 0) | {"peer": 1, "connected": True, "rtt_ms": 42}
    stats = port.PeerStats(**figures)
    for _ in range(6):
        world.engine.emit(port.Stats(shard=0, rooms=1, peers=[stats], tracks=[], counters={}))
    world.engine.emit(port.Track(room=2, track=TrackId(2), notice=Notice.SILENT, peer=None))
    quality = await specialist.get(wire.Quality)
    assert (quality.participant, quality.rtt_ms, quality.transport) == (1, 42, Transport.UDP)
    assert len([m for m in specialist.seen if isinstance(m, wire.Quality)]) == 1, "unchanged figures are told once"
    assert (await village.get(wire.TrackNotice)).notice is Notice.SILENT
    token = (await specialist.get(wire.JoinedReply)).resume
    again = await world.page()
    await again.ask(wire.Resume(re=1, version=WIRE_VERSION, token=token, since_seq=0))
    assert (await again.get(wire.TrackNotice)).notice is Notice.SILENT
    assert (await again.get(wire.Quality)).rtt_ms == 42


async def test_a_wish_is_followed_until_its_track_ends(world: World) -> None:
    village, specialist = await connect(world)
    await specialist.ask(wire.Watch(re=1, mid=Mid("3"), track=None))
    assert (await specialist.get(wire.SlotChanged, lambda m: m.mid == "3" and m.track is None)).track is None
    for mid, track in ((Mid("9"), None), (Mid("3"), TrackId(99)), (Mid("3"), TrackId(3))):
        with pytest.raises(Refusal, match="not_found"):  # no such slot, no such track, its own
            await specialist.ask(wire.Watch(re=1, mid=mid, track=track))
    await village.ask(wire.Chat(re=1, key="k", text="fine"))


async def test_the_fast_lane_falls_back_to_the_wire(world: World) -> None:
    village, specialist = await connect(world)
    await village.send(wire.FastUp(body=b"\x01\x02"))
    await village.ask(wire.Chat(re=1, key="k", text="after"))
    sent = [c for c in world.engine.commands if isinstance(c, port.Fast)]
    assert [(c.peer, c.body) for c in sent] == [(1, "AQI=")]
    world.engine.emit(port.FastFor(peer=2, sender=1, body="AQI="))
    down = await specialist.get(wire.FastDown)
    assert (down.participant, down.body) == (1, b"\x01\x02")
    assert {c.peer for c in world.engine.commands if isinstance(c, port.FastRights) and c.send} == {1, 2}


async def test_the_plane_is_told_who_leads_and_under_which_epoch(world: World) -> None:
    village, specialist = await connect(world)

    def leads() -> dict[port.PeerId, int]:
        return {c.peer: c.lead for c in world.engine.commands if isinstance(c, port.FastRights)}

    first = leads()
    assert first[1] > 0
    assert first[2] == 0
    await village.ask(wire.GiveLead(re=1, participant=2))
    given = leads()
    assert given == {1: 0, 2: first[1] + 1}
    await specialist.ask(wire.ReturnLead(re=1))
    assert leads() == {1: first[1] + 2, 2: 0}


# ---- taken back ---------------------------------------------------------------------------------------------------


async def test_a_disabled_account_is_cut_from_lobby_and_call(world: World) -> None:
    village, specialist = await connect(world)
    store = world.services.store
    account = await store.run(store.accounts.by_user, "specialist")
    assert account is not None
    resume = (await specialist.get(wire.JoinedReply)).resume
    await store.run(store.accounts.disable, account.id, unix_s())
    await guard.cut_disabled(world.services)
    assert (await village.event(ev.Left)).reason is CloseReason.ACCESS_REVOKED
    assert (await specialist.get(wire.Goodbye)).reason is CloseReason.ACCESS_REVOKED
    program = await world.page()
    with pytest.raises(Refusal, match="account_disabled"):
        await program.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0))


async def test_signing_out_closes_the_pages_of_that_session_only(world: World) -> None:
    here, there = await world.sign_in("village"), await world.sign_in("village")
    page, other = await here.page(), await there.page()
    async with here.http.delete(f"{world.url}/api/session", headers={"X-CSRF-Token": here.csrf}) as reply:
        assert reply.status == 204
    assert (await page.get(wire.Goodbye)).reason is CloseReason.ACCESS_REVOKED
    await other.send(wire.Ping(n=1))
    await other.get(wire.Pong)


async def test_a_session_that_ended_elsewhere_closes_its_pages(world: World) -> None:
    person = await world.sign_in("village")
    page: Page = await person.page()
    (client,) = [c for c in world.services.clients if c.session is not None]
    assert client.session is not None
    await world.services.sign_ins.sign_out(client.session.cookie.reveal())
    await guard.cut_ended_sessions(world.services)
    assert (await page.get(wire.Goodbye)).reason is CloseReason.ACCESS_REVOKED
