"""The real engine: its lifecycle over the binary, without any peer."""

import asyncio
import socket
import time

import pytest

from sefaw_rtc.media import port
from sefaw_rtc.media.engine import Engine
from tests.engine.plane import PATIENCE_S, Plane


async def test_the_port_is_open_on_udp_and_tcp(plane: Plane) -> None:
    (address,) = plane.engine.addresses
    host, _, number = address.rpartition(":")
    with socket.create_connection((host, int(number)), 2):
        pass
    with pytest.raises(OSError, match=number):
        Engine([address])


async def test_nonsense_is_refused_by_request(plane: Plane) -> None:
    plane.submit(port.Join(request=7, room=1, peer=1, kind=port.PeerKind.WHIP, offer="hello", pairs=[], dtls13=False))
    refused = await plane.next(port.Refused)
    assert (refused.request, refused.code) == (7, port.RefuseCode.SDP_MALFORMED)


async def test_statistics_come_by_themselves(plane: Plane) -> None:
    stats = await plane.next(port.Stats)
    assert stats.shard == 0
    assert stats.counters["wakeups"] > 0


@pytest.mark.parametrize("bind", [[], ["localhost"], ["127.0.0.1:0"] * 17])
def test_a_wrong_configuration_is_said(bind: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Engine(bind)


async def test_a_failing_handler_does_not_stop_the_events() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    engine, seen = Engine(["127.0.0.1:0"]), asyncio.Event()

    def handler(event: port.Event) -> None:
        if isinstance(event, port.Refused) and event.request == 2:
            seen.set()
        raise KeyError("as you wish")

    engine.listen(handler)
    for request in (1, 2):
        engine.submit(port.Trickle(request=request, peer=99, fragment=""))
    async with asyncio.timeout(PATIENCE_S):
        await seen.wait()
    await engine.close()
    assert reported


async def test_closing_is_quick_and_twice_is_once() -> None:
    took = []
    for _ in range(5):  # whatever else the machine does, it does not do it each time
        engine = Engine(["127.0.0.1:0"], shards=2)
        engine.listen(lambda event: None)
        begun = time.monotonic()
        await engine.close()
        await engine.close()
        took.append(time.monotonic() - begun)
        engine.submit(port.Leave(peer=1, reason="left"))
    print(took)
    assert min(took) < 0.5
