"""An encoder by WHIP hears of freezes by an answer that waits, and brings its own raw picture; one that does not listen
is not waited for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sefaw_rtc.access import Audience
from sefaw_rtc.media import port
from sefaw_rtc.service import encoder_freezes
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.tickets import media_token
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import TrackId
from tests.web.test_stills import KEY, PIXELS, png
from tests.web.world import SENDS_ONLY, Page, World, a_world, config, connect


class Encoder:
    """A box beside the machine, with the village doctor's token for this call."""

    def __init__(self, world: World, specialist: Page, host: Any) -> None:
        self.world, self.specialist, self.host = world, specialist, host
        person = next(p.person for p in host.state.participants if p.person.role == "village_doctor")
        token = media_token(world.services, host, person, Audience.WHIP, unix_s())
        self.headers = {"Authorization": f"Bearer {token}"}
        self.resource = ""

    async def publish(self) -> None:
        headers = {**self.headers, "Content-Type": "application/sdp"}
        url = f"{self.world.url}/whip/{self.host.id}"
        async with self.world.stranger().post(url, data=SENDS_ONLY, headers=headers) as reply:
            assert reply.status == 201
            self.resource = self.world.url + reply.headers["Location"]

    @property
    def track(self) -> TrackId:
        return next(t.track for t in self.host.state.tracks if t.mid.startswith("whip.") and t.kind == "video")

    async def do(self, method: str, path: str, data: bytes | None = None) -> tuple[int, Any]:
        headers = self.headers | ({"Content-Type": "image/png"} if data else {})
        async with self.world.stranger().request(method, self.resource + path, data=data, headers=headers) as reply:
            return reply.status, await reply.json() if reply.content_type == "application/json" else None

    async def freeze(self, key: str = KEY) -> look.FrameKey:
        frame = look.FrameKey(track=self.track, rtp=90_000)
        await self.specialist.ask(wire.AskFreeze(re=1, key=key, frame=frame))
        return frame

    async def listening(self) -> "asyncio.Task[tuple[int, Any]]":
        asked = asyncio.create_task(self.do("GET", "/freezes?wait=20"))
        while not self.host.media.publisher(self.track).listens_until:  # noqa: ASYNC110 - a request on its way
            await asyncio.sleep(0)
        return asked


@pytest.fixture
async def encoder(tmp_path: Path) -> AsyncIterator[Encoder]:
    async with a_world(tmp_path, settings=config(tmp_path, still_bytes=100_000)) as world:
        village, specialist = await connect(world)
        host = world.services.registry.get((await village.get(wire.JoinedReply)).consultation)
        made = Encoder(world, specialist, host)
        await made.publish()
        yield made


async def test_it_hears_at_once_and_its_picture_is_everybodys(encoder: Encoder) -> None:
    asked = await encoder.listening()
    frame = await encoder.freeze()
    assert await asked == (200, {"freezes": [{"key": KEY, "rtp": 90_000}]})
    assert not grabbed(encoder)
    status, body = await encoder.do("POST", f"/stills/{KEY}?rtp=90000", png(PIXELS))
    assert status == 201, body
    frozen = await encoder.specialist.event(look.Frozen)
    assert (frozen.frame, frozen.as_transmitted) == (frame, False)


async def test_each_is_told_once_and_what_waits_is_told_at_once(encoder: Encoder) -> None:
    asked = await encoder.listening()
    await encoder.freeze("first")
    await encoder.freeze("second")
    told = [one["key"] for one in (await asked)[1]["freezes"]]
    if told == ["first"]:
        told += [one["key"] for one in (await encoder.do("GET", "/freezes?wait=1"))[1]["freezes"]]
    assert told == ["first", "second"]
    assert await encoder.do("GET", "/freezes?wait=1") == (200, {"freezes": []})


async def test_one_that_has_it_no_more_says_so(encoder: Encoder) -> None:
    asked = await encoder.listening()
    await encoder.freeze()
    await asked
    assert (await encoder.do("DELETE", f"/stills/{KEY}"))[0] == 204
    assert (await encoder.specialist.event(look.FreezeFailed)).fault == "frame_gone"  # this plane has no media


def grabbed(encoder: Encoder) -> bool:
    """Whether the plane was asked at once; the heart would wait three seconds for a publisher."""
    return any(isinstance(command, port.Grab) for command in encoder.world.engine.commands)


async def test_one_that_does_not_listen_is_not_waited_for(encoder: Encoder) -> None:
    await encoder.freeze()
    assert grabbed(encoder)
    assert (await encoder.specialist.event(look.FreezeFailed)).fault == "frame_gone"


async def test_one_that_no_longer_listens_is_not_waited_for(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_freezes, "BETWEEN_S", 0.0)
    assert (await encoder.do("GET", "/freezes?wait=1"))[1] == {"freezes": []}
    await encoder.freeze()
    assert grabbed(encoder)
    assert (await encoder.specialist.event(look.FreezeFailed)).fault == "frame_gone"


async def test_the_answer_ends_with_the_stream(encoder: Encoder) -> None:
    asked = await encoder.listening()
    assert (await encoder.do("DELETE", ""))[0] == 200
    assert await asked == (200, {"freezes": []})
    assert (await encoder.do("GET", "/freezes?wait=1"))[0] == 404
