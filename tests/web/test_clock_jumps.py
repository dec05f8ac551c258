"""The server's wall clock is set an hour on, or back, in the middle of a call: the call's own clock does not notice."""

import time
from collections.abc import Callable

import pytest

from recordings import read_consultation
from sefaw_rtc.service import guard
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION, ErrorCode, Status
from tests.web.test_desk_and_guard import host_of
from tests.web.world import MEDIA, Refusal, World, a_call, connect

HOUR_NS = 3600 * 1_000_000_000
Jump = Callable[[int], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Set the wall clock by so many hours from now on."""
    real = time.time_ns

    def by(hours: int) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: real() + hours * HOUR_NS)

    return by


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_call_does_not_notice(world: World, jump: Jump, hours: int) -> None:
    village, specialist = await connect(world)
    await village.ask(wire.Chat(re=1, key="before", text="before"))
    resume = (await village.get(wire.JoinedReply)).resume
    jump(hours)
    await specialist.ask(wire.Chat(re=1, key="after", text="after"))
    await village.send(wire.Ping(n=1))
    pong = await village.get(wire.Pong)
    assert 0 < pong.t < 60_000_000  # the session clock: seconds into the call, not an hour
    assert abs(pong.at / 1000 - time.time_ns() / 1e9) < 60  # the wall clock, as it now is
    times = [event.t for event in read_consultation(host_of(world).log_path, world.services.keeper.keyring).events]
    assert times == sorted(times)
    assert times[-1] < 60_000_000
    back = await world.page()  # a reload within the hour that never was
    joined = await back.ask(wire.Resume(re=1, version=WIRE_VERSION, token=resume, since_seq=0, media=MEDIA))
    assert [line.text for line in joined.state.chat] == ["before", "after"]
    assert host_of(world).state.status is Status.OPEN


@pytest.mark.parametrize("hours", [1, -1])
async def test_nobody_is_signed_out_and_a_ring_rings_its_time(world: World, jump: Jump, hours: int) -> None:
    doctor = await world.sign_in("village")
    specialist = await (await world.sign_in("specialist")).page()
    village = await doctor.page()
    await village.ask(a_call())
    first = await specialist.get(wire.Incoming)
    jump(hours)
    second = await (await world.sign_in("specialist")).page()  # another page of the same account
    again = await second.get(wire.Incoming)
    assert first.timeout_ms - 10_000 < again.timeout_ms <= first.timeout_ms
    assert host_of(world).state.status is Status.RINGING
    await guard.cut_ended_sessions(world.services)
    async with doctor.http.get(f"{world.url}/api/session") as reply:
        assert reply.status == 200
    await second.ask(wire.AnswerCall(re=1, consultation=again.consultation))


async def test_a_ticket_that_the_jump_made_old_is_refused_by_name_and_another_is_given(
    world: World, jump: Jump
) -> None:
    specialist = await (await world.sign_in("specialist")).page()
    village = await (await world.sign_in("village")).page()
    calling = await village.ask(a_call())
    await specialist.get(wire.Incoming)
    jump(1)
    with pytest.raises(Refusal) as refused:
        await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=calling.token))
    assert refused.value.code == ErrorCode.TOKEN_EXPIRED
    ticket = await village.ask(wire.Enter(re=1, consultation=calling.consultation))
    await village.ask(wire.Join(re=1, version=WIRE_VERSION, token=ticket.token))
