"""Hostile clients of the wire: one clear error or a closed connection for them, and nobody else notices."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sefaw_rtc.web.wire import MALFORMED_MOST
from signalling import events as ev
from signalling import messages as wire
from signalling.codec import encode_client
from signalling.vocabulary import WIRE_VERSION, CloseReason
from tests.web.world import MEDIA, Page, Refusal, World, a_call, a_world, config, connect

TOO_BIG, BAD_TEXT, POLICY = 1009, 1007, 1008


@pytest.fixture
async def calm(world: World) -> AsyncIterator[tuple[Page, Page]]:
    """Two people in a call; afterwards they must still be able to talk, and have heard nothing strange."""
    village, specialist = await connect(world)
    yield village, specialist
    await village.ask(wire.Chat(re=1, key="after", text="still here"))
    said = await specialist.until(
        lambda m: (
            isinstance(m, wire.Events)
            and any(isinstance(e.body, ev.ChatSaid) and e.body.key == "after" for e in m.events)
        )
    )
    assert said
    for page in (village, specialist):
        assert not [m for m in page.seen if isinstance(m, wire.Error | wire.Goodbye)]


async def error_of(page: Page, sent: str) -> wire.Error:
    await page.ws.send_str(sent)
    return await page.get(wire.Error)


MALFORMED: dict[str, tuple[str, str]] = {
    "no JSON": ("hello", "malformed"),
    "not an object": ("[1,2]", "malformed"),
    "no type": ('{"re":1}', "malformed"),
    "unknown type": ('{"type":"shutdown"}', "malformed"),
    "a server's message": ('{"type":"goodbye","reason":"left"}', "malformed"),
    "wrong type of a field": ('{"type":"ping","n":"one"}', "malformed"),
    "unknown field": ('{"type":"ping","n":1,"admin":true}', "malformed"),
    "out of range": ('{"type":"ping","n":-1}', "malformed"),
    "a huge number": ('{"type":"ping","n":' + "9" * 5000 + "}", "malformed"),
    "deep nesting": ('{"type":"ping","n":' + "[" * 50_000 + "]" * 50_000 + "}", "malformed"),
    "deep nesting, never closed": ('{"a":' * 20_000, "malformed"),
    "a lone surrogate": ('{"type":"chat","re":1,"key":"k","text":"\\ud800"}', "malformed"),
    "an old version": ('{"type":"hello","version":0}', "version_unsupported"),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_no_message_gets_one_error_and_the_connection_goes_on(
    calm: tuple[Page, Page], world: World, case: str
) -> None:
    sent, code = MALFORMED[case]
    page = await world.page()
    assert (await error_of(page, sent)).code == code
    await page.send(wire.Ping(n=1))
    await page.get(wire.Pong)
    assert len([m for m in page.seen if isinstance(m, wire.Error)]) == 1


async def test_an_error_names_its_request_and_repeats_nothing(world: World) -> None:
    page = await world.page()
    error = await error_of(page, '{"type":"chat","re":7,"key":"k","text":"Zhang Guiying","secret":"Li Mei"}')
    assert error.re == 7
    assert "Zhang" not in error.detail
    assert "Li Mei" not in error.detail


async def test_whoever_sends_only_nonsense_is_closed(calm: tuple[Page, Page], world: World) -> None:
    page = await world.page()
    for _ in range(MALFORMED_MOST):
        await page.ws.send_str("nonsense")
    assert (await page.get(wire.Goodbye)).reason is CloseReason.PROTOCOL_VIOLATION
    assert await page.closed() == POLICY


@pytest.mark.parametrize("size", [131_073, 10 * 1024 * 1024])
async def test_too_large_a_frame_closes(calm: tuple[Page, Page], world: World, size: int) -> None:
    page = await world.page(max_msg_size=0)
    with contextlib.suppress(ConnectionError):  # cut while it was still being sent
        await page.ws.send_str("x" * size)
    assert await page.closed() in {TOO_BIG, 1006}


async def test_bad_utf8_closes(calm: tuple[Page, Page], world: World) -> None:
    page = await world.page()
    await page.ws.send_frame(b'{"type":"\xff\xfe"}', aiohttp.WSMsgType.TEXT)
    assert await page.closed() == BAD_TEXT


async def test_a_binary_frame_closes(calm: tuple[Page, Page], world: World) -> None:
    page = await world.page()
    await page.ws.send_bytes(encode_client(wire.Ping(n=1)))
    assert (await page.get(wire.Error)).code == "malformed"
    assert await page.closed() == POLICY


async def test_ten_thousand_messages_in_a_second_close(calm: tuple[Page, Page], world: World) -> None:
    page = await world.page()
    ping, begun = encode_client(wire.Ping(n=1)).decode(), asyncio.get_running_loop().time()
    with contextlib.suppress(ConnectionError):
        for _ in range(10_000):
            await page.ws.send_str(ping)
    await page.closed()
    errors = [m for m in page.seen if isinstance(m, wire.Error)]
    assert [e.code for e in errors] == ["too_many"]
    limits, took = world.services.config.limits, asyncio.get_running_loop().time() - begun
    most = limits.message_burst + (1 + took) * limits.messages_per_s
    assert len([m for m in page.seen if isinstance(m, wire.Pong)]) <= most


async def test_a_join_token_is_good_once(calm: tuple[Page, Page], world: World) -> None:
    village, _ = calm
    token = (await village.get(wire.Calling)).token
    page = await world.page()
    with pytest.raises(Refusal, match="token_replayed"):
        await page.ask(wire.Join(re=1, version=WIRE_VERSION, token=token, media=MEDIA))


async def test_tokens_are_good_for_one_thing_only(calm: tuple[Page, Page], world: World) -> None:
    village, _ = calm
    joined, calling = await village.get(wire.JoinedReply), await village.get(wire.Calling)
    page = await world.page()
    with pytest.raises(Refusal, match="token_invalid"):
        await page.ask(wire.Join(re=1, version=WIRE_VERSION, token=joined.resume))
    with pytest.raises(Refusal, match="token_invalid"):
        await page.ask(wire.Resume(re=1, version=WIRE_VERSION, token=calling.token, since_seq=0))
    header, payload, signature = joined.resume.split(".")
    for forged in (f"{header}.{payload}.{signature[::-1]}", f"{header}.{payload}.", joined.resume + "x"):
        with pytest.raises(Refusal, match="token_invalid"):
            await page.ask(wire.Resume(re=1, version=WIRE_VERSION, token=forged, since_seq=0))


async def test_another_consultations_ids_are_refused(calm: tuple[Page, Page], world: World) -> None:
    village, _specialist = calm
    theirs = (await village.get(wire.JoinedReply)).consultation
    demo = world.running.demos[0].id
    stranger = await (await world.sign_in("specialist2")).page()
    for consultation in (theirs, demo, type(demo)("z" * 26)):
        for message in (
            wire.Enter(re=1, consultation=consultation),
            wire.AnswerCall(re=1, consultation=consultation),
            wire.CancelCall(re=1, consultation=consultation),
        ):
            with pytest.raises(Refusal, match="forbidden"):
                await stranger.ask(message)


async def test_tracks_and_slots_that_are_not_there_are_not_found(calm: tuple[Page, Page], world: World) -> None:
    other = await (await world.sign_in("village")).page()
    with pytest.raises(Refusal, match="forbidden"):
        await other.ask(wire.Watch(re=1, mid=MEDIA.slots[0].mid, track=None))


async def test_a_slow_reader_is_dropped_and_comes_back(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, send_queue=16)) as world:
        village, specialist = await connect(world)
        (slow,) = [c for c in world.services.clients if c.seat and c.seat.participant == 2]
        joined = await specialist.get(wire.JoinedReply)
        # Its reader stops: the queue fills, because the writer has no turn between these.
        host = world.services.registry.get(joined.consultation)
        assert host is not None
        for number in range(40):
            slow.send(wire.Pong(n=number, t=0, at=0))
        await specialist.closed()
        await village.event(ev.Disconnected)
        program = await world.page()
        resumed = await program.ask(wire.Resume(re=1, version=WIRE_VERSION, token=joined.resume, since_seq=joined.seq))
        assert resumed.participant == joined.participant
        assert world.services.metrics.dropped._value.get() == 1


async def test_a_page_of_another_site_cannot_use_the_cookie(calm: tuple[Page, Page], world: World) -> None:
    person = await world.sign_in("specialist2")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await world.page(person.http, headers={"Origin": "https://elsewhere.example"})
    assert refused.value.status == 403
    ours = await world.page(person.http, headers={"Origin": world.url})
    await ours.send(wire.Hello(version=WIRE_VERSION))
    await ours.get(wire.Lobby)


async def test_whoever_says_nothing_is_closed(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, hello_s=1)) as world:
        page = await world.page()
        assert (await page.get(wire.Error)).code == "unauthenticated"
        assert await page.closed() == POLICY


async def test_strangers_of_one_address_are_bounded(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, connections_per_address=2)) as world:
        first, _second = await world.page(), await world.page()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await world.page()
        assert refused.value.status == 429
        await first.close()
        third = await world.page()
        await third.send(wire.Ping(n=1))
        await third.get(wire.Pong)


async def test_offers_are_bounded(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, offers_per_minute=3)) as world:
        village, _ = await connect(world)
        await village.ask(wire.Offer(re=1, media=MEDIA))
        await village.ask(wire.Offer(re=1, media=MEDIA))
        with pytest.raises(Refusal, match="too_many"):
            await village.ask(wire.Offer(re=1, media=MEDIA))


async def test_calls_are_bounded(tmp_path: Path) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, calls_per_account=1)) as world:
        await (await world.sign_in("specialist")).page()
        await (await world.sign_in("specialist2")).page()
        village = await (await world.sign_in("village")).page()
        await village.ask(a_call("one"))
        with pytest.raises(Refusal, match="too_many"):
            await village.ask(a_call("two"))


async def test_many_at_once_break_nothing(calm: tuple[Page, Page], world: World) -> None:
    """Fifty hostile connections together; the call goes on (the fixture looks)."""

    async def attack(number: int) -> None:
        page = await world.page()
        sent = [case for case, _ in MALFORMED.values()][number % len(MALFORMED)]
        for _ in range(3):
            await page.ws.send_str(sent)
        if number % 2:
            await page.ws.close()
        else:
            page.ws._response.connection.transport.abort()  # type: ignore[union-attr]

    await asyncio.gather(*(attack(number) for number in range(50)))


async def test_bodies_of_requests_are_bounded_and_typed(world: World) -> None:
    url = f"{world.url}/api/session"
    cases: list[tuple[Any, str, int]] = [
        (b"x" * 20_000, "application/json", 413),
        (b"{", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (json.dumps({"user": "village", "password": "x", "role": "administrator"}), "application/json", 400),
        (json.dumps({"user": 1, "password": "x"}), "application/json", 400),
        (json.dumps({"user": "village", "password": "demo-village"}), "text/plain", 415),
        (json.dumps({"user": "village", "password": "wrong"}), "application/json", 401),
    ]
    for body, kind, status in cases:
        async with world.stranger().post(url, data=body, headers={"Content-Type": kind}) as reply:
            assert (reply.status, reply.content_type) == (status, "application/problem+json"), body[:20]
