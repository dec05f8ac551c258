"""A whole call at debug level leaves no name, address, token, patient or SDP in the log."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from sefaw_rtc import logs
from sefaw_rtc.media import port
from sefaw_rtc.service import demo
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION
from tests.web.world import MEDIA, OFFER, PATIENT, SENDS_ONLY, Refusal, a_world, connect

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}|Bearer|sefaw_session")
_ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|::1|[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    root = logging.getLogger()
    kept = list(root.handlers)
    yield stream
    root.handlers = [handler for handler in kept if handler not in root.handlers]
    structlog.reset_defaults()


async def test_a_whole_call_at_debug_level_names_nobody(lines: io.StringIO, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        village, specialist = await connect(world)
        joined = await village.get(wire.JoinedReply)
        await village.ask(wire.Chat(re=1, key="k", text="Her number is 555-0199"))
        with pytest.raises(Refusal):
            await specialist.ask(wire.Join(re=1, version=WIRE_VERSION, token="not-a-real-token", media=MEDIA))
        await village.ws.send_str('{"type":"call","patient":{"name":"Zhang Guiying"}}')
        world.engine.emit(port.Ended(peer=2, reason=port.EndReason.CONNECTION_LOST, detail="10.1.2.3:4000"))
        host = world.running.demos[0]
        tokens = demo.tokens(world.services, host)
        for token in (*tokens.values(), "wrong"):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
            async with world.stranger().post(f"{world.url}/whip/{host.id}", data=SENDS_ONLY, headers=headers) as reply:
                assert reply.status in {201, 401, 403}
        credentials = {"user": "village", "password": "wrong-password"}
        async with world.stranger().post(f"{world.url}/api/session", json=credentials) as reply:
            assert reply.status == 401
        resume = joined.resume
        await village.ask(wire.HangUp(re=1))
        await world.services.keeper.close()
    said = lines.getvalue()
    assert said.count("\n") > 20, "the call must have been logged"
    for account in world.running.accounts:
        assert account.password not in said
        assert account.display not in said
    personal = [PATIENT.name, PATIENT.identifier, "Severe pain", "555-0199", "wrong-password", resume, *tokens.values()]
    personal += [demo.CLINIC, demo.HOSPITAL, "a=mid", "m=audio", OFFER[:40]]
    for word in personal:
        assert word not in said, word
    assert not _TOKEN.search(said)
    assert not _ADDRESS.search(said), _ADDRESS.search(said)
    assert '"dropped"' not in said, "a log call uses a key that is not known"
